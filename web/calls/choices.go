package calls

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/domain/access"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
	"parley/web/ui"
)

// choices are what the list can be filtered by.
type choices struct {
	numbers []people.Name
	members []people.Name // none for who sees nobody's calls but his own
	tags    []tag.Tag
}

// choices are those of somebody with the scope; n learns their names.
func (h *Handlers) choices(ctx context.Context, workspaceID string, s access.Scope, n *names) (choices, error) {
	c := choices{tags: n.tags}
	members, numbers := append([]string{}, s.Members...), append([]string{}, s.Numbers...)
	if s.All {
		members, numbers = nil, nil
	}
	var err error
	if c.members, err = h.needs.Directory.MemberNames(ctx, workspaceID, members); err != nil {
		return c, fmt.Errorf("list members to choose from: %w", err)
	}
	if c.numbers, err = h.needs.Directory.NumberNames(ctx, workspaceID, numbers); err != nil {
		return c, fmt.Errorf("list numbers to choose from: %w", err)
	}
	note(n.members, c.members)
	note(n.numbers, c.numbers)
	if len(c.members) < 2 {
		c.members = nil
	}
	return c, nil
}

func (c choices) hasNumber(id string) bool { return has(c.numbers, id) }

func (c choices) hasMember(id string) bool { return has(c.members, id) }

func has(all []people.Name, id string) bool {
	return slices.ContainsFunc(all, func(n people.Name) bool { return n.ID == id })
}

func (c choices) hasTag(id string) bool {
	return slices.ContainsFunc(c.tags, func(t tag.Tag) bool { return t.ID == id })
}

// options are the selects of the filter form, each with its way out first.
func (c choices) options(n *names, q query) (numbers, members, kinds, tags []ui.Option) {
	numbers = []ui.Option{{Text: n.c.T("calls.any-line"), Selected: q.number == ""}}
	for _, one := range c.numbers {
		numbers = append(numbers, ui.Option{Value: one.ID, Text: one.Name, Selected: one.ID == q.number})
	}
	if len(c.members) > 0 {
		members = []ui.Option{{Text: n.c.T("calls.any-member"), Selected: q.member == ""}}
	}
	for _, one := range c.members {
		members = append(members, ui.Option{Value: one.ID, Text: one.Name, Selected: one.ID == q.member})
	}
	kinds = []ui.Option{{Text: n.c.T("calls.any-kind"), Selected: q.kind == ""}}
	for _, kind := range allKinds() {
		kinds = append(kinds, ui.Option{Value: kind, Text: n.kind(kind), Selected: kind == q.kind})
	}
	tags = []ui.Option{{Text: n.c.T("calls.any-tag"), Selected: q.tag == ""}}
	for _, t := range c.tags {
		tags = append(tags, ui.Option{Value: t.ID, Text: t.Name, Selected: t.ID == q.tag})
	}
	return numbers, members, kinds, tags
}
