package flow

import (
	"slices"
)

// Change is one difference between two flows, for somebody who reads what a draft
// changes. From and To are as the flow says them: ids, seconds ("25s"), 09:00-18:00.
type Change struct {
	StepID string
	Kind   Kind
	What   string // one of the Change constants
	Field  string // of ChangeChanged: such as "time", "hours", "option.1.label"; of ChangeMoved: "list" where it is in another list now, "order"
	From   string
	To     string
}

// What can change.
const (
	ChangeAdded   = "added"
	ChangeRemoved = "removed"
	ChangeMoved   = "moved"
	ChangeChanged = "changed"
)

// Diff is what leads from a to b: the steps removed, in a's order, then those
// added, moved and changed, in b's. Flows without differences have none.
func Diff(a, b Flow) []Change {
	before, after := placed(a), placed(b)
	var out []Change
	for _, p := range before.steps {
		if _, stays := after.at[p.step.ID]; !stays {
			out = append(out, Change{StepID: p.step.ID, Kind: p.step.Kind(), What: ChangeRemoved, From: p.list})
		}
	}
	kept := unmoved(before, after)
	for _, p := range after.steps {
		i, stayed := before.at[p.step.ID]
		if !stayed {
			out = append(out, Change{StepID: p.step.ID, Kind: p.step.Kind(), What: ChangeAdded, To: p.list})
			continue
		}
		was := before.steps[i]
		switch {
		case was.list != p.list:
			out = append(out, Change{StepID: p.step.ID, Kind: p.step.Kind(), What: ChangeMoved, Field: "list", From: was.list, To: p.list})
		case !kept[p.step.ID]:
			out = append(out, Change{StepID: p.step.ID, Kind: p.step.Kind(), What: ChangeMoved, Field: "order", From: was.behind, To: p.behind})
		}
		out = append(out, fieldChanges(was.step, p.step)...)
	}
	return out
}

// spot is a step with where it stands: its list, "" for the flow's own, else
// "menu-1/2" or "hours-1/closed", and the step it comes behind, "" for the first.
type spot struct {
	step         Step
	list, behind string
}

// spots are the steps of a flow in reading order; at finds them by id.
type spots struct {
	steps []spot
	at    map[string]int
}

func placed(f Flow) spots {
	s := spots{at: make(map[string]int)}
	s.add(f.Steps, "")
	return s
}

func (s *spots) add(steps []Step, list string) {
	behind := ""
	for _, step := range steps {
		s.at[step.ID] = len(s.steps)
		s.steps = append(s.steps, spot{step: step, list: list, behind: behind})
		behind = step.ID
		for _, b := range step.Branches() {
			s.add(b.Steps, step.ID+"/"+b.Name)
		}
	}
}

// unmoved are as many steps as possible that stay in their list in the same order;
// the others of the list have moved past them.
func unmoved(before, after spots) map[string]bool {
	lists := make(map[string][]int) // by list: where its steps of before are, in the order of after
	for _, p := range after.steps {
		if i, ok := before.at[p.step.ID]; ok && before.steps[i].list == p.list {
			lists[p.list] = append(lists[p.list], i)
		}
	}
	kept := make(map[string]bool)
	for _, order := range lists {
		for _, i := range longestRise(order) {
			kept[before.steps[i].step.ID] = true
		}
	}
	return kept
}

// longestRise is a longest subsequence in rising order. Lists have 100 steps at most.
func longestRise(in []int) []int {
	best := make([][]int, len(in))
	var out []int
	for i, v := range in {
		for j := range i {
			if in[j] < v && len(best[j]) > len(best[i]) {
				best[i] = best[j]
			}
		}
		best[i] = append(slices.Clone(best[i]), v)
		if len(best[i]) > len(out) {
			out = best[i]
		}
	}
	return out
}

// fieldChanges are the differences of what a step says, its lists left out.
func fieldChanges(a, b Step) []Change {
	before, after := fields(a), fields(b)
	var out []Change
	note := func(name, from, to string) {
		if from != to {
			out = append(out, Change{StepID: b.ID, Kind: b.Kind(), What: ChangeChanged, Field: name, From: from, To: to})
		}
	}
	for _, f := range after {
		note(f.name, valueOf(before, f.name), f.value)
	}
	for _, f := range before {
		if !slices.ContainsFunc(after, func(g field) bool { return g.name == f.name }) {
			note(f.name, f.value, "")
		}
	}
	return out
}

func valueOf(fields []field, name string) string {
	for _, f := range fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}
