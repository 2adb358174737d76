package flow

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/domain/flow"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
	"parley/web/locale"
)

// names knows what the ids in a flow stand for, in the reader's language, and what
// can be chosen.
type names struct {
	c        *locale.Catalogue
	roster   []people.Brief
	teams    []team.Team
	numbers  []number.Number
	messages []message.Message
	feeds    []routing.Feed
	hidden   []message.Message // replaced, but still played by the flow
	country  func(code string) string
}

// meet reads what the flows may name.
func (h *Handlers) meet(ctx context.Context, s *scene, flows ...flow.Flow) (*names, error) {
	n := &names{c: locale.From(ctx), country: h.countryName(ctx)}
	ws := s.Who.Workspace.ID
	var err error
	if n.roster, err = h.needs.Directory.Roster(ctx, ws); err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	if n.teams, err = h.needs.Directory.Teams(ctx, ws); err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	if n.numbers, err = h.needs.Directory.Numbers(ctx, ws); err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	if n.messages, err = h.needs.Sounds.Messages(ctx, ws); err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	if n.feeds, err = h.needs.Calendars.Feeds(ctx, s.Who.Member); err != nil {
		return nil, fmt.Errorf("list calendars: %w", err)
	}
	if missing := n.unknownSounds(flows); len(missing) > 0 {
		if n.hidden, err = h.needs.Sounds.MessagesByID(ctx, ws, missing); err != nil {
			return nil, fmt.Errorf("look up messages: %w", err)
		}
	}
	return n, nil
}

func (h *Handlers) countryName(ctx context.Context) func(string) string {
	all := h.needs.Regions.Countries(locale.From(ctx).Lang())
	return func(code string) string {
		for _, country := range all {
			if country.Code == code {
				return country.Name
			}
		}
		return code
	}
}

// unknownSounds are the messages that flows name and that are not offered any more.
func (n *names) unknownSounds(flows []flow.Flow) []string {
	var out []string
	for _, f := range flows {
		f.Walk(func(s flow.Step) bool {
			id := soundOf(s).MessageID
			known := slices.ContainsFunc(n.messages, func(m message.Message) bool { return m.ID == id })
			if id != "" && !known && !slices.Contains(out, id) {
				out = append(out, id)
			}
			return true
		})
	}
	return out
}

// soundOf is what a step says, the zero Sound where it says nothing.
func soundOf(s flow.Step) flow.Sound {
	switch {
	case s.Message != nil:
		return s.Message.Say
	case s.Menu != nil:
		return s.Menu.Say
	case s.Queue != nil:
		return s.Queue.Comfort
	case s.Voicemail != nil:
		return s.Voicemail.Say
	case s.Callback != nil:
		return s.Callback.Say
	case s.HangUp != nil:
		return s.HangUp.Say
	}
	return flow.Sound{}
}

func (n *names) member(id string) string {
	for _, m := range n.roster {
		if m.ID == id {
			return m.Name
		}
	}
	return n.c.T("flow.gone.member")
}

func (n *names) team(id string) string {
	for _, t := range n.teams {
		if t.ID == id {
			return t.Name
		}
	}
	return n.c.T("flow.gone.team")
}

func (n *names) number(id string) string {
	for _, one := range n.numbers {
		if one.ID == id {
			return one.Name
		}
	}
	return n.c.T("flow.gone.number")
}

func (n *names) feed(id string) string {
	for _, f := range n.feeds {
		if f.ID == id {
			return f.Name
		}
	}
	return n.c.T("flow.gone.feed")
}

func (n *names) message(id string) string {
	for _, m := range slices.Concat(n.messages, n.hidden) {
		if m.ID == id {
			return m.Name
		}
	}
	return n.c.T("flow.gone.message")
}

// sound is what a caller hears, as somebody would call it.
func (n *names) sound(s flow.Sound) string {
	switch {
	case s.MessageID != "":
		return n.c.T("flow.quoted", "text", n.message(s.MessageID))
	case s.Prompt != "":
		return n.c.T("flow.quoted", "text", n.prompt(s.Prompt))
	}
	return n.c.T("flow.silence")
}

// prompt is the name of a sound that ships with the program.
func (n *names) prompt(id string) string {
	if key := "flow.prompt." + id; n.c.Has(key) {
		return n.c.T(key)
	}
	return id
}

// target is whom a step rings.
func (n *names) target(t flow.Target) string {
	switch {
	case t.MemberID != "":
		return n.member(t.MemberID)
	case t.TeamID != "":
		return n.team(t.TeamID)
	}
	return n.c.T("flow.everybody")
}

// targets is whom a step rings, in one phrase: no more than three by name.
func (n *names) targets(all []flow.Target) string {
	if len(all) == 0 {
		return n.c.T("flow.everybody")
	}
	var words []string
	for _, t := range all {
		words = append(words, n.target(t))
	}
	if more := len(words) - 3; more > 0 {
		words = append(words[:3:3], n.c.T("flow.more", "n", more))
	}
	return n.list(words)
}

// list joins words as the language does: a, b and c.
func (n *names) list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	out := words[0]
	for _, w := range words[1 : len(words)-1] {
		out += ", " + w
	}
	return n.c.T("flow.and", "first", out, "last", words[len(words)-1])
}

func (n *names) phone(e164 string) string {
	if e164 == "" {
		return n.c.T("flow.no-number")
	}
	return n.c.Phone(e164).Text
}
