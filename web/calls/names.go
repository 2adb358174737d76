package calls

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/domain/call"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
	"parley/internal/shared/callstate"
	"parley/web/locale"
	"parley/web/ui"
)

// names knows what ids stand for, in the reader's language.
type names struct {
	c       *locale.Catalogue
	tags    []tag.Tag
	numbers map[string]string
	members map[string]string
}

func (h *Handlers) names(ctx context.Context, workspaceID string) (*names, error) {
	n := names{c: locale.From(ctx), numbers: map[string]string{}, members: map[string]string{}}
	var err error
	if n.tags, err = h.needs.Directory.Tags(ctx, workspaceID); err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return &n, nil
}

// meet learns the names of members and numbers, of those who left, too: their
// calls keep them.
func (h *Handlers) meet(ctx context.Context, workspaceID string, n *names, members, numbers []string) error {
	people, err := h.needs.Directory.MemberNames(ctx, workspaceID, unknown(n.members, members))
	if err != nil {
		return fmt.Errorf("look up members: %w", err)
	}
	note(n.members, people)
	lines, err := h.needs.Directory.NumberNames(ctx, workspaceID, unknown(n.numbers, numbers))
	if err != nil {
		return fmt.Errorf("look up numbers: %w", err)
	}
	note(n.numbers, lines)
	return nil
}

func note(known map[string]string, found []people.Name) {
	for _, one := range found {
		known[one.ID] = one.Name
	}
}

// unknown are those of the ids that have no name yet; never nil, which would ask
// for all.
func unknown(known map[string]string, ids []string) []string {
	out := []string{}
	for _, id := range ids {
		if _, there := known[id]; !there && id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (n *names) member(id string) string {
	if name := n.members[id]; name != "" {
		return name
	}
	return n.c.T("calls.somebody")
}

// line is the name of a number; one given up is called so.
func (n *names) line(id string) string {
	if name := n.numbers[id]; name != "" {
		return name
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
	case kindVoicemail:
		return n.c.T("calls.voicemail")
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
	case r.Cause == callstate.CauseBlocked:
		return "ban", "calls.blocked"
	case r.VoicemailID != "":
		return "voicemail", "calls.voicemail"
	case r.Missed():
		return "phone-missed", "calls.missed"
	case r.Direction == "outbound":
		return "phone-outgoing", "calls.outbound"
	}
	return "phone-incoming", "calls.inbound"
}
