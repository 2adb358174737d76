package flow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
)

// tree is a flow being edited. Its lists are named: "" is the flow's own, and
// "step/branch" one that a step leads into.
type tree struct{ flow flow.Flow }

// edit returns a tree over a deep copy of f.
func edit(f flow.Flow) (*tree, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("copy a flow: %w", err)
	}
	t := &tree{}
	if err := json.Unmarshal(raw, &t.flow); err != nil {
		return nil, fmt.Errorf("copy a flow: %w", err)
	}
	return t, nil
}

// spot is where a step stands.
type spot struct {
	List  string
	Index int
}

func (p spot) String() string { return p.List + ":" + strconv.Itoa(p.Index) }

// parseSpot reads what String wrote.
func parseSpot(s string) (spot, bool) {
	cut := strings.LastIndex(s, ":")
	if cut < 0 {
		return spot{}, false
	}
	i, err := strconv.Atoi(s[cut+1:])
	return spot{List: s[:cut], Index: i}, err == nil && i >= 0
}

// branchName names the list that a step leads into.
func branchName(stepID, branch string) string { return stepID + "/" + branch }

// list returns the list of a name, nil where there is none.
func (t *tree) list(name string) *[]flow.Step {
	if name == "" {
		return &t.flow.Steps
	}
	stepID, branch, _ := strings.Cut(name, "/")
	s := t.step(stepID)
	if s == nil {
		return nil
	}
	return branchOf(s, branch)
}

func branchOf(s *flow.Step, branch string) *[]flow.Step {
	switch {
	case s.Hours != nil && branch == flow.BranchClosed:
		return &s.Hours.Closed
	case s.Menu != nil && branch == flow.BranchOtherwise:
		return &s.Menu.Otherwise
	case s.Menu != nil:
		if i := slices.IndexFunc(s.Menu.Options, func(o flow.Option) bool { return o.Key == branch }); i >= 0 {
			return &s.Menu.Options[i].Steps
		}
	}
	return nil
}

// step returns a step by its id, nil where there is none.
func (t *tree) step(id string) *flow.Step {
	at, ok := t.find(id)
	if !ok {
		return nil
	}
	return &(*t.list(at.List))[at.Index]
}

// find says where a step stands.
func (t *tree) find(id string) (spot, bool) { return findIn(t.flow.Steps, "", id) }

func findIn(steps []flow.Step, list, id string) (spot, bool) {
	for i, s := range steps {
		if s.ID == id {
			return spot{list, i}, true
		}
		for _, b := range s.Branches() {
			if at, ok := findIn(b.Steps, branchName(s.ID, b.Name), id); ok {
				return at, true
			}
		}
	}
	return spot{}, false
}

// insert puts a step where at says; an index past the end is the end.
func (t *tree) insert(at spot, s flow.Step) error {
	steps := t.list(at.List)
	if steps == nil {
		return gone()
	}
	*steps = slices.Insert(*steps, min(max(at.Index, 0), len(*steps)), s)
	return nil
}

// remove takes a step out, with all it leads into.
func (t *tree) remove(id string) (flow.Step, error) {
	at, ok := t.find(id)
	if !ok {
		return flow.Step{}, gone()
	}
	steps := t.list(at.List)
	s := (*steps)[at.Index]
	*steps = slices.Delete(*steps, at.Index, at.Index+1)
	return s, nil
}

// move puts a step elsewhere; to is read before the step is taken out.
func (t *tree) move(id string, to spot) error {
	from, ok := t.find(id)
	if !ok || t.list(to.List) == nil {
		return gone()
	}
	if t.leadsTo(id, to.List) {
		return fault.New(fault.Conflict, "error.flow-into-itself")
	}
	if from.List == to.List && to.Index > from.Index {
		to.Index--
	}
	s, err := t.remove(id)
	if err != nil {
		return err
	}
	return t.insert(to, s)
}

// leadsTo says whether the list is one that the step leads into, at any depth.
func (t *tree) leadsTo(id, list string) bool {
	for list != "" {
		owner, _, _ := strings.Cut(list, "/")
		if owner == id {
			return true
		}
		at, ok := t.find(owner)
		if !ok {
			return false
		}
		list = at.List
	}
	return false
}

// above is where the step goes when it is moved up: before the one above it or,
// the first of a branch, out of it and before the step that has the branch.
func (t *tree) above(id string) (spot, bool) {
	at, ok := t.find(id)
	switch {
	case !ok:
		return spot{}, false
	case at.Index > 0:
		return spot{at.List, at.Index - 1}, true
	case at.List == "":
		return spot{}, false
	}
	owner, _, _ := strings.Cut(at.List, "/")
	return t.find(owner)
}

// below is where the step goes when it is moved down, as a spot of move.
func (t *tree) below(id string) (spot, bool) {
	at, ok := t.find(id)
	switch {
	case !ok:
		return spot{}, false
	case at.Index < len(*t.list(at.List))-1:
		return spot{at.List, at.Index + 2}, true
	case at.List == "":
		return spot{}, false
	}
	owner, _, _ := strings.Cut(at.List, "/")
	out, ok := t.find(owner)
	return spot{out.List, out.Index + 1}, ok
}

// freshID is an id that no step of the flow has.
func (t *tree) freshID(kind flow.Kind) string {
	for n := 1; ; n++ {
		id := string(kind) + "-" + strconv.Itoa(n)
		if _, taken := t.find(id); !taken {
			return id
		}
	}
}

// freeKey is the first key that a menu does not use, "" where it uses all.
func freeKey(m flow.Menu) string {
	for _, key := range flow.Keys() {
		if !slices.ContainsFunc(m.Options, func(o flow.Option) bool { return o.Key == key }) {
			return key
		}
	}
	return ""
}

// gone is the fault of a step that somebody else has taken out.
func gone() *fault.Error { return fault.New(fault.Conflict, "error.flow-step-gone") }
