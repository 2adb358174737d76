package calls

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/web/locale"
	"parley/web/ui"
)

// names knows what ids stand for, in the reader's language.
type names struct {
	c       *locale.Catalogue
	numbers []number.Number
	tags    []tag.Tag
	members map[string]string
	// colleagues are the members who are still there, by name.
	colleagues []member.Member
}

func (h *Handlers) names(ctx context.Context, workspaceID string) (*names, error) {
	n := names{c: locale.From(ctx), members: map[string]string{}}
	var err error
	if n.numbers, err = h.needs.Directory.Numbers(ctx, workspaceID); err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	if n.tags, err = h.needs.Directory.Tags(ctx, workspaceID); err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	members, err := h.needs.Directory.Members(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	for _, m := range members {
		n.members[m.ID] = m.Name
	}
	slices.SortFunc(members, func(a, b member.Member) int { return cmp.Compare(text.Fold(a.Name), text.Fold(b.Name)) })
	n.colleagues = members
	return &n, nil
}

// meet looks up members who left: their calls keep their names.
func (h *Handlers) meet(ctx context.Context, workspaceID string, n *names, ids ...string) error {
	for _, id := range ids {
		if _, known := n.members[id]; known || id == "" {
			continue
		}
		switch m, err := h.needs.Directory.Member(ctx, workspaceID, id); {
		case err == nil:
			n.members[id] = m.Name
		case fault.KindOf(err) == fault.NotFound:
			n.members[id] = n.c.T("calls.somebody")
		default:
			return fmt.Errorf("look up a member: %w", err)
		}
	}
	return nil
}

func (n *names) member(id string) string {
	if name := n.members[id]; name != "" {
		return name
	}
	return n.c.T("calls.somebody")
}

// line is the name of a number; one given up is called so.
func (n *names) line(id string) string {
	for _, one := range n.numbers {
		if one.ID == id {
			return one.Name
		}
	}
	return n.c.T("calls.line-gone")
}

// kind is the name of a kind of call.
func (n *names) kind(kind string) string {
	switch kind {
	case kindInbound:
		return n.c.T("calls.inbound")
	case kindOutbound:
		return n.c.T("calls.outbound")
	}
	return n.c.T("calls.missed")
}

// tagged are the tags of a call that still exist.
func (n *names) tagged(ids []string) []ui.Tag {
	var out []ui.Tag
	for _, id := range ids {
		for _, t := range n.tags {
			if t.ID == id {
				out = append(out, ui.Tag{Name: t.Name, Colour: ui.ColourValue(t.Colour)})
			}
		}
	}
	return out
}

func (n *names) tagNames(ids []string) string {
	var out []string
	for _, t := range n.tagged(ids) {
		out = append(out, t.Name)
	}
	return strings.Join(out, ", ")
}

// party is the customer in words.
func (n *names) party(r call.Record) string {
	switch {
	case r.PartyName != "":
		return r.PartyName
	case r.PartyE164 != "":
		return n.c.Phone(r.PartyE164).Text
	case r.Web:
		return n.c.T("calls.web-caller")
	}
	return n.c.T("calls.hidden")
}

func icon(r call.Record) (name, key string) {
	switch {
	case r.Missed():
		return "phone-missed", "calls.missed"
	case r.Direction == "outbound":
		return "phone-outgoing", "calls.outbound"
	}
	return "phone-incoming", "calls.inbound"
}
