package document

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
)

// run brings a plan about, one kind at a time, in the order the kinds refer to
// each other.
type run struct {
	*Applier

	have *stored
	plan plan
	at   positions // of the document
	sum  Summary
}

// server acts for the person at the command line: whoever can run parley on the
// machine may do everything. The empty id stands for the server in the audit.
func (r *run) server() member.Member {
	return member.Member{WorkspaceID: r.plan.ws.ID, Role: member.Owner}
}

func (r *run) workspace(ctx context.Context) error {
	if reflect.DeepEqual(normal(r.have.ws), normal(r.plan.ws)) {
		return nil
	}
	if err := r.needs.Workspaces.SaveWorkspace(ctx, r.plan.ws); err != nil {
		return fmt.Errorf("save workspace: %w", err)
	}
	if r.have.fresh {
		if err := tag.Seed(ctx, r.needs.Tags, r.plan.ws.ID, r.needs.Now()); err != nil {
			return err
		}
	}
	r.told(ctx, "workspace", r.plan.ws.ID, r.plan.ws.Name, r.have.fresh)
	return nil
}

func (r *run) tags(ctx context.Context) error {
	for _, d := range r.plan.tags {
		old, known := r.have.tag(d.Name)
		if !known {
			if _, err := r.needs.TagService.Create(ctx, r.server(), d); err != nil {
				return fmt.Errorf("tag %q: %w", d.Name, err)
			}
			r.sum.note(Created, "tag", d.Name)
			continue
		}
		edited, err := r.needs.TagService.Edit(ctx, r.server(), old.ID, d)
		if err != nil {
			return fmt.Errorf("tag %q: %w", d.Name, err)
		}
		if edited != old {
			r.sum.note(Changed, "tag", d.Name)
		}
	}
	return nil
}

func (r *run) trunks(ctx context.Context) error {
	for _, d := range r.plan.trunks {
		old, known := r.have.trunk(strings.Join(strings.Fields(d.Name), " "))
		if !known {
			made, err := r.needs.TrunkService.Create(ctx, r.server(), d)
			if err != nil {
				return fmt.Errorf("trunk %q: %w", d.Name, err)
			}
			r.have.trunks = append(r.have.trunks, made)
			r.sum.note(Created, "trunk", made.Name)
			continue
		}
		edited, err := r.needs.TrunkService.Edit(ctx, r.server(), old.ID, d)
		if err != nil {
			return fmt.Errorf("trunk %q: %w", d.Name, err)
		}
		if !reflect.DeepEqual(edited, old) {
			r.sum.note(Changed, "trunk", edited.Name)
		}
	}
	return nil
}

func (r *run) numbers(ctx context.Context) error {
	for i, p := range r.plan.numbers {
		d := p.Draft
		if p.doc.Trunk != "" {
			t, _ := r.have.trunk(strings.Join(strings.Fields(p.doc.Trunk), " "))
			d.TrunkID = t.ID
		}
		old, known := r.have.number(d.Phone)
		if !known {
			made, err := r.needs.NumberService.Create(ctx, r.server(), d)
			if err != nil {
				return fmt.Errorf("number %d of the document: %w", i+1, err)
			}
			r.have.numbers = append(r.have.numbers, made)
			r.sum.note(Created, "number", made.E164)
			continue
		}
		if number.DraftOf(old) == d {
			continue
		}
		edited, err := r.needs.NumberService.Edit(ctx, r.server(), old.ID, d)
		if err != nil {
			return fmt.Errorf("number %d of the document: %w", i+1, err)
		}
		if edited != old {
			r.sum.note(Changed, "number", edited.E164)
		}
	}
	return nil
}

func (r *run) pruneNumbers(ctx context.Context) error {
	for _, id := range r.plan.prune.numbers {
		n, _ := find(r.have.numbers, func(n number.Number) bool { return n.ID == id })
		if err := r.needs.NumberService.Delete(ctx, r.server(), id); err != nil {
			return fmt.Errorf("prune number: %w", err)
		}
		r.sum.note(Deleted, "number", n.E164)
	}
	return nil
}

func (r *run) pruneTrunks(ctx context.Context) error {
	for _, t := range r.have.trunks {
		if !slices.Contains(r.plan.prune.trunks, t.ID) {
			continue
		}
		if err := r.needs.TrunkService.Delete(ctx, r.server(), t.ID); err != nil {
			return fmt.Errorf("prune trunk %q: %w", t.Name, err)
		}
		r.sum.note(Deleted, "trunk", t.Name)
	}
	return nil
}

func (r *run) pruneTags(ctx context.Context) error {
	for _, t := range r.have.tags {
		if !slices.Contains(r.plan.prune.tags, t.ID) {
			continue
		}
		if err := r.needs.TagService.Delete(ctx, r.server(), t.ID); err != nil {
			return fmt.Errorf("prune tag %q: %w", t.Name, err)
		}
		r.sum.note(Deleted, "tag", t.Name)
	}
	return nil
}

// told notes, audits and announces a workspace or member that was stored.
func (r *run) told(ctx context.Context, kind, id, name string, created bool) {
	action, done := kind+".edited", Changed
	if created {
		action, done = kind+".created", Created
	}
	r.needs.Changes.Changed(ctx, r.plan.ws.ID, kind, id)
	r.needs.Audit.Record(ctx, r.plan.ws.ID, "", action, id)
	r.sum.note(done, kind, name)
}
