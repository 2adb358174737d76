package calls

import (
	"slices"

	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/web/ui"
)

// choices are what the list can be filtered by.
type choices struct {
	numbers []number.Number
	members []member.Member // none for who sees nobody's calls but his own
	tags    []tag.Tag
}

// choicesOf are those of somebody with the scope.
func choicesOf(s access.Scope, n *names) choices {
	c := choices{numbers: lines(s, n.numbers), tags: n.tags}
	for _, m := range n.colleagues {
		if s.All || slices.Contains(s.Members, m.ID) {
			c.members = append(c.members, m)
		}
	}
	if len(c.members) < 2 {
		c.members = nil
	}
	return c
}

func (c choices) hasNumber(id string) bool {
	return slices.ContainsFunc(c.numbers, func(n number.Number) bool { return n.ID == id })
}

func (c choices) hasMember(id string) bool {
	return slices.ContainsFunc(c.members, func(m member.Member) bool { return m.ID == id })
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
	for _, kind := range []string{kindInbound, kindOutbound, kindMissed} {
		kinds = append(kinds, ui.Option{Value: kind, Text: n.kind(kind), Selected: kind == q.kind})
	}
	tags = []ui.Option{{Text: n.c.T("calls.any-tag"), Selected: q.tag == ""}}
	for _, t := range c.tags {
		tags = append(tags, ui.Option{Value: t.ID, Text: t.Name, Selected: t.ID == q.tag})
	}
	return numbers, members, kinds, tags
}
