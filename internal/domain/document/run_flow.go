package document

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
)

// changedFlow is the kind of change that is told of flows and what they read.
const changedFlow = "flow"

// bound is the flow of a number, about to be live.
type bound struct {
	number number.Number
	flow   flow.Flow
}

// flows publishes those that differ from what is live. They were checked together
// before anything was stored; one after the other they might not have passed.
func (r *run) flows(ctx context.Context) error {
	for _, b := range inwards(r.bound()) {
		if err := r.try(ctx, b); err != nil {
			return err
		}
		if err := r.publish(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// bound reads the flows that differ, now that all they name is stored.
func (r *run) bound() []bound {
	var out []bound
	for _, p := range r.plan.numbers {
		if p.doc.Flow == nil {
			continue
		}
		n, _ := r.have.number(p.Phone)
		reader := flowReader{
			refs: r.now(n.ID), country: r.plan.ws.Country, problem: func(string, string, string, ...string) {},
			present: func(path string) bool { _, there := r.at[path]; return there },
		}
		f := flow.Clean(flow.Flow{Steps: reader.steps(p.path+".flow", *p.doc.Flow)})
		if live := r.have.flows[n.ID]; live.Version == 0 || !sameFlow(f, live.Flow) {
			out = append(out, bound{n, f})
		}
	}
	return out
}

// inwards sorts flows so that those others go on with come first: the cases of a
// flow are tried with what it leads to.
func inwards(all []bound) []bound {
	var out []bound
	visited := map[string]bool{}
	var visit func(b bound)
	visit = func(b bound) {
		if visited[b.number.ID] {
			return
		}
		visited[b.number.ID] = true
		b.flow.Walk(func(s flow.Step) bool {
			if s.Number != nil {
				if i := slices.IndexFunc(all, func(o bound) bool { return o.number.ID == s.Number.NumberID }); i >= 0 {
					visit(all[i])
				}
			}
			return true
		})
		out = append(out, b)
	}
	for _, b := range all {
		visit(b)
	}
	return out
}

// try refuses a flow that one of the number's cases does not pass.
func (r *run) try(ctx context.Context, b bound) error {
	results, err := r.needs.Cases.RunCases(ctx, r.server(), b.number.ID, b.flow)
	if err != nil {
		return fmt.Errorf("try the flow of a number: %w", err)
	}
	for _, c := range results {
		if !c.Passed {
			return fault.New(fault.Invalid, "error.document-case").With("number", b.number.E164).With("name", c.Case.Name)
		}
	}
	return nil
}

func (r *run) publish(ctx context.Context, b bound) error {
	n, live := b.number, r.have.flows[b.number.ID]
	v := routing.Version{
		NumberID: n.ID, WorkspaceID: n.WorkspaceID, Version: live.Version + 1, Flow: b.flow, PublishedAt: r.needs.Now().UTC(),
	}
	if err := r.needs.Flows.Publish(ctx, v, 0); err != nil {
		return fmt.Errorf("publish the flow of a number: %w", err)
	}
	r.needs.Changes.Changed(ctx, n.WorkspaceID, changedFlow, n.ID)
	r.needs.Audit.Record(ctx, n.WorkspaceID, "", routing.ActionPublished, n.ID, "name", n.Name, "version", strconv.Itoa(v.Version))
	r.sum.note(done(live.Version == 0), "flow", n.E164)
	return nil
}

// now finds what there is, once all but flows is stored.
func (r *run) now(numberID string) refs {
	return refs{
		member: r.memberID,
		team: func(name string) string {
			t, _ := r.have.team(name)
			return t.ID
		},
		number: func(e164 string) string {
			n, _ := r.have.number(e164)
			return n.ID
		},
		message: func(name string) string { return r.have.messageFor(name, numberID) },
		calendar: func(name string) string {
			f, _ := r.have.feed(name)
			return f.ID
		},
	}
}
