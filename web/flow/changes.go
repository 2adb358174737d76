package flow

import (
	"slices"
	"strings"

	"parley/internal/domain/flow"
)

// changes is the difference of two flows in words, one line for each step.
func (n *names) changes(was, now flow.Flow) []string {
	before, after := &tree{was}, &tree{now}
	var out []string
	told := map[string]bool{}
	all := flow.Diff(was, now)
	for _, c := range all {
		switch c.What {
		case flow.ChangeAdded:
			out = append(out, n.c.T("flow.change.added", "step", n.stepOf(after, c.StepID), "where", n.where(after, c.To)))
		case flow.ChangeRemoved:
			out = append(out, n.c.T("flow.change.removed", "step", n.stepOf(before, c.StepID), "where", n.where(before, c.From)))
		case flow.ChangeMoved:
			out = append(out, n.c.T("flow.change.moved", "step", n.titleOf(after, c.StepID), "where", n.where(after, c.To)))
		case flow.ChangeChanged:
			if !told[c.StepID] {
				told[c.StepID] = true
				out = append(out, n.changed(before, after, c.StepID, all))
			}
		}
	}
	for i, text := range out {
		out[i] = strings.TrimSpace(text)
	}
	return out
}

// changed says what a step was and is; where both read the same, which of its
// settings differ.
func (n *names) changed(before, after *tree, id string, all []flow.Change) string {
	was, now := n.stepOf(before, id), n.stepOf(after, id)
	if was != now {
		return n.c.T("flow.change.changed", "was", was, "now", now)
	}
	var fields []string
	for _, c := range all {
		if c.StepID != id || c.What != flow.ChangeChanged {
			continue
		}
		if name := n.fieldName(c.Field); !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return n.c.T("flow.change.settings", "step", n.titleOf(after, id), "fields", n.list(fields))
}

// fieldName is what a setting is called; the options of a menu by their key.
func (n *names) fieldName(field string) string {
	if rest, ok := strings.CutPrefix(field, "option."); ok {
		key, _, _ := strings.Cut(rest, ".")
		return n.c.T("flow.key-named", "key", key)
	}
	if key := "flow.field." + field; n.c.Has(key) {
		return n.c.T(key)
	}
	return field
}

func (n *names) stepOf(t *tree, id string) string {
	if s := t.step(id); s != nil {
		return n.say(*s).sentence()
	}
	return id
}

func (n *names) titleOf(t *tree, id string) string {
	if s := t.step(id); s != nil {
		return n.say(*s).Title
	}
	return id
}

// where says in which branch a list is, "" for the flow's own.
func (n *names) where(t *tree, list string) string {
	owner, branch, ok := strings.Cut(list, "/")
	if !ok {
		return ""
	}
	switch branch {
	case flow.BranchClosed:
		return n.c.T("flow.where-closed")
	case flow.BranchOtherwise:
		return n.c.T("flow.where-otherwise")
	}
	if s := t.step(owner); s == nil || s.Menu == nil {
		return ""
	}
	return n.c.T("flow.where-key", "key", branch)
}

// problem puts what is wrong into a sentence.
func (n *names) problem(p flow.Problem) string {
	if !n.c.Has(p.Key) {
		return n.c.T("flow.problem-other")
	}
	args := make([]any, 0, 2*len(p.Args))
	for name, value := range p.Args {
		args = append(args, name, value)
	}
	return n.c.T(p.Key, args...)
}
