package document

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
)

// checkedFlow is a flow of the document with stand-ins for the ids of what is not
// there yet, which is as good for judging it.
type checkedFlow struct {
	path  string
	flow  flow.Flow
	paths map[string]string // of its steps, by id
}

// flows checks every flow against what the workspace will have.
func (c *checker) flows(context.Context) error {
	before := len(c.all)
	checked := map[string]checkedFlow{} // by number id
	for i, n := range c.plan.numbers {
		if n.doc.Flow == nil {
			continue
		}
		path := fmt.Sprintf("numbers[%d].flow", i)
		one := checkedFlow{path: path}
		var err error
		if one.flow, one.paths, err = c.readFlow(path, *n.doc.Flow, n.Phone); err != nil {
			return err
		}
		checked[c.future().number(n.Phone)] = one
	}
	if len(c.all) > before || len(checked) == 0 {
		return nil // what is broken already would be told twice
	}
	c.judge(checked)
	return nil
}

func (c *checker) readFlow(path string, steps []Step, e164 string) (flow.Flow, map[string]string, error) {
	r := flowReader{
		refs: c.future(), country: c.plan.ws.Country, problem: c.add,
		present: func(path string) bool { _, there := c.at[path]; return there },
	}
	r.message = func(name string) string { return c.messageID(name, e164) }
	f := flow.Clean(flow.Flow{Steps: r.steps(path, steps)})
	paths, i := map[string]string{}, 0
	var err error
	f.Walk(func(s flow.Step) bool {
		paths[s.ID] = r.paths[i]
		if s.Hours != nil {
			_, wrong := s.Hours.Schedule.Clean()
			err = c.addErr(r.paths[i]+".hours", wrong)
		}
		i++
		return err == nil
	})
	return f, paths, err
}

// judge has package flow look at the flows of the document, each beside what all
// others will be.
func (c *checker) judge(checked map[string]checkedFlow) {
	w := c.world(checked)
	for i, n := range c.plan.numbers {
		numberID := c.future().number(n.Phone)
		one, ok := checked[numberID]
		if !ok {
			continue
		}
		mine := w
		mine.NumberID, mine.Type = numberID, string(n.Type)
		for _, p := range flow.Check(one.flow, mine) {
			path, ok := one.paths[p.StepID]
			if !ok {
				path = fmt.Sprintf("numbers[%d].flow", i)
			}
			var args []string
			for _, name := range sortedKeys(p.Args) {
				args = append(args, name, p.Args[name])
			}
			c.add(path, "", p.Key, args...)
		}
	}
}

// countries are where the company will call to.
func (c *checker) countries() flow.Countries {
	numbers := slices.Clone(c.have.numbers)
	for _, n := range c.plan.numbers {
		numbers = append(numbers, number.Number{Country: n.Country})
	}
	return flow.CountriesOf(number.Callable(c.plan.ws.AllowedCountries, numbers))
}

// world is what there will be once the document is applied.
func (c *checker) world(checked map[string]checkedFlow) flow.World {
	f := c.future()
	w := flow.World{
		Numbers: map[string]bool{}, Own: map[string]bool{}, Teams: map[string]bool{}, Members: map[string]bool{}, Sounds: map[string]bool{},
		Feeds: map[string]bool{}, OtherFlows: map[string]flow.Flow{}, At: c.applier.needs.Now(), Zone: c.plan.ws.TimeZone,
	}
	w.Countries = c.countries()
	for _, n := range c.have.numbers {
		if w.Numbers[n.ID] = f.number(n.E164) != ""; w.Numbers[n.ID] {
			w.Own[n.E164] = true
			w.OtherFlows[n.ID] = c.have.flows[n.ID].Flow
		}
	}
	for _, n := range c.plan.numbers {
		w.Numbers[f.number(n.Phone)], w.Own[n.Phone] = true, true
	}
	for id, one := range checked {
		w.OtherFlows[id] = one.flow
	}
	for _, m := range c.have.members {
		w.Members[m.ID] = f.member(m.Email) != ""
	}
	for _, m := range c.plan.members {
		w.Members[m.ID] = true
	}
	for _, t := range c.have.teams {
		w.Teams[t.ID] = f.team(t.Name) != ""
	}
	for _, t := range c.plan.teams {
		w.Teams[f.team(t.name)] = true
	}
	for _, m := range c.have.messages {
		w.Sounds[m.ID] = true
	}
	for _, m := range c.plan.messages {
		w.Sounds[standIn("message", m.Name)] = true
	}
	for _, d := range c.have.feeds {
		w.Feeds[d.ID] = f.calendar(d.Name) != ""
	}
	for _, d := range c.plan.feeds {
		w.Feeds[d.ID] = true
	}
	return w
}

// standIn is as good as an id for what is not there yet.
func standIn(kind, name string) string { return kind + ":" + text.Fold(name) }

// future finds what there will be: of what is not there yet, a stand-in.
func (c *checker) future() refs {
	return refs{
		member: func(email string) string {
			for _, p := range c.plan.members {
				if sameName(p.Email, email) {
					return p.ID
				}
			}
			m, ok := c.have.member(email)
			return when(ok && (!c.opt.Prune || c.doc.Members == nil), m.ID)
		},
		team: func(name string) string {
			planned := slices.ContainsFunc(c.plan.teams, func(p plannedTeam) bool { return sameName(p.name, name) })
			t, ok := c.have.team(name)
			return future(planned, ok, c.opt.Prune && c.doc.Teams != nil, t.ID, standIn("team", name))
		},
		number: func(e164 string) string {
			planned := slices.ContainsFunc(c.plan.numbers, func(p plannedNumber) bool { return p.Phone == e164 })
			n, ok := c.have.number(e164)
			return future(planned, ok, c.opt.Prune && c.doc.Numbers != nil, n.ID, standIn("number", e164))
		},
		calendar: func(name string) string {
			for _, d := range c.plan.feeds {
				if sameName(d.Name, name) {
					return d.ID
				}
			}
			d, ok := c.have.feed(name)
			listed := slices.ContainsFunc(c.doc.Calendars, func(d Calendar) bool { return sameName(d.Name, name) })
			return when(ok && (listed || !c.opt.Prune || c.doc.Calendars == nil), d.ID)
		},
	}
}

func future(planned, stored, pruned bool, id, otherwise string) string {
	if stored && (planned || !pruned) {
		return id
	}
	return when(planned, otherwise)
}

func when(is bool, s string) string {
	if is {
		return s
	}
	return ""
}

// messageID finds a message that there will be: one that is going to be made, one
// that is offered, or one that is not offered any more but in use by the number.
func (c *checker) messageID(name, e164 string) string {
	planned := slices.ContainsFunc(c.plan.messages, func(p plannedMessage) bool { return text.Fold(p.Name) == text.Fold(name) })
	if planned {
		return standIn("message", name)
	}
	n, _ := find(c.have.numbers, func(n number.Number) bool { return n.E164 == e164 })
	return c.have.messageFor(name, n.ID)
}

// messageFor finds the message a number's flow means by a name.
func (s *stored) messageFor(name, numberID string) string {
	if m, ok := s.message(name); ok {
		return m.ID
	}
	used := soundsOf(s.flows[numberID].Flow)
	m, _ := find(s.messages, func(m message.Message) bool {
		return text.Fold(m.Name) == text.Fold(name) && slices.Contains(used, m.ID)
	})
	return m.ID
}

// soundsOf lists the messages a flow names.
func soundsOf(f flow.Flow) []string {
	var out []string
	note := func(s flow.Sound) {
		if s.MessageID != "" {
			out = append(out, s.MessageID)
		}
	}
	f.Walk(func(s flow.Step) bool {
		switch s.Kind() {
		case flow.KindMessage:
			note(s.Message.Say)
		case flow.KindMenu:
			note(s.Menu.Say)
		case flow.KindQueue:
			note(s.Queue.Comfort)
		case flow.KindVoicemail:
			note(s.Voicemail.Say)
		case flow.KindCallback:
			note(s.Callback.Say)
		case flow.KindHangUp:
			note(s.HangUp.Say)
		}
		return true
	})
	return out
}
