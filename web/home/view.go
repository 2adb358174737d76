package home

import (
	"slices"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type view struct {
	Frame     ui.Page
	Admin     bool
	Steps     ui.Steps // of an admin, empty once all are done
	Progress  string
	Attention []ui.Notice
	Reach     ui.Notice // whether calls reach the reader, left out where they do
	Mine      []line
	More      int // numbers of the reader's not listed
}

// line is a number of the reader; Level is said where it does not ring.
type line struct{ Name, E164, Level string }

// maxMine bounds the numbers listed.
const maxMine = 12

func newView(c *locale.Catalogue, s state) view {
	v := view{Admin: s.admin, Reach: s.reach(c)}
	for _, n := range s.held[:min(maxMine, len(s.held))] {
		mine := line{Name: n.Name, E164: n.E164}
		if !n.Level.Rings() {
			mine.Level = page.LevelName(c, n.Level)
		}
		v.Mine = append(v.Mine, mine)
	}
	v.More = len(s.held) - len(v.Mine)
	if !s.admin {
		return v
	}
	v.Attention = s.attention(c)
	steps := s.steps(c)
	done := 0
	for _, one := range steps {
		if one.Done {
			done++
		}
	}
	if done < len(steps) {
		v.Steps = ui.Steps{Label: c.T("home.steps"), Items: steps}
		v.Progress = c.T("home.progress", "done", done, "all", len(steps))
	}
	return v
}

// reach says what keeps calls from the reader, and the way out.
func (s state) reach(c *locale.Catalogue) ui.Notice {
	change := ui.Button{Text: c.T("home.change"), Small: true, Href: "/me#availability"}
	switch {
	case s.offered:
		return ui.Notice{
			Tone: ui.Info, Title: c.T("home.offered"), Text: c.T("home.offered-text"),
			Action: ui.Button{Text: c.T("home.offered-do"), Small: true, Href: "/welcome"},
		}
	case len(s.held) == 0: // the empty list says so
		return ui.Notice{}
	case s.me.Setting == member.DoNotDisturb:
		return ui.Notice{Tone: ui.Info, Title: c.T("home.disturb"), Text: c.T("home.disturb-text"), Action: change}
	case s.me.Setting == member.Auto && !s.me.Hours.In(c.Zone().String()).Open(s.now):
		return ui.Notice{
			Tone: ui.Info, Title: hourform.Preview(c, s.me.Hours, s.now).Text, Text: c.T("home.closed-text"), Action: change,
		}
	}
	return ui.Notice{}
}

// steps lead from an empty workspace to a team that calls.
func (s state) steps(c *locale.Catalogue) []ui.Step {
	return []ui.Step{
		{
			Done: len(s.numbers) > 0, Title: c.T("home.step.number"), Text: c.T("home.step.number-text"),
			Action: ui.Button{Text: c.T("home.step.number-do"), Icon: "plus", Variant: ui.Primary, Href: "/numbers/new"},
		},
		s.testCall(c),
		{
			Done: s.seats.Members > 1, Title: c.T("home.step.team"), Text: c.T("home.step.team-text"),
			Action: ui.Button{Text: c.T("home.step.team-do"), Icon: "user-plus", Href: "/team/invite"},
		},
		{
			Done: len(s.trunks) > 0, Title: c.T("home.step.trunk"), Text: c.T("home.step.trunk-text"),
			Action: ui.Button{Text: c.T("home.step.trunk-do"), Icon: "cable", Href: "/trunks/new"},
		},
	}
}

// testCall leads to the public page of a number, or to where it is switched on.
func (s state) testCall(c *locale.Catalogue) ui.Step {
	step := ui.Step{Done: s.called, Title: c.T("home.step.call"), Text: c.T("home.step.call-later")}
	if i := slices.IndexFunc(s.numbers, func(n number.Number) bool { return n.OnWeb() }); i >= 0 {
		step.Text = c.T("home.step.call-text")
		step.Action = ui.Button{
			Text: c.T("home.step.call-do"), Icon: "external-link", Href: "/call/" + s.numbers[i].E164,
			Attrs: map[string]any{"target": "_blank", "rel": "noopener"},
		}
	} else if len(s.numbers) > 0 {
		step.Text = c.T("home.step.call-switch")
		step.Action = ui.Button{Text: c.T("home.step.call-switch-do"), Icon: "globe", Href: "/numbers/" + s.numbers[0].ID}
	}
	return step
}

// attention lists what keeps calls or people from getting through, worst first.
func (s state) attention(c *locale.Catalogue) []ui.Notice {
	var out []ui.Notice
	for _, t := range s.trunks {
		if s.health[t.ID] == trunk.Down {
			out = append(out, ui.Notice{
				Tone: ui.Bad, Title: c.T("home.trunk-down", "name", t.Name), Text: c.T("home.trunk-down-text"),
				Action: ui.Button{Text: c.T("home.look"), Small: true, Href: "/trunks/" + t.ID},
			})
		}
	}
	out = append(out, s.broken(c)...)
	out = append(out, s.unanswered(c)...)
	team := ui.Button{Text: c.T("home.look"), Small: true, Href: "/team"}
	if s.failed > 0 {
		out = append(out, ui.Notice{Tone: ui.Bad, Title: c.T("home.mail-failed", "n", s.failed), Text: c.T("home.mail-failed-text"), Action: team})
	}
	if s.expired > 0 {
		out = append(out, ui.Notice{Tone: ui.Warn, Title: c.T("home.expired", "n", s.expired), Text: c.T("home.expired-text"), Action: team})
	}
	if taken := s.seats.Taken(); s.seats.Limit > 1 && taken*10 >= s.seats.Limit*9 {
		out = append(out, ui.Notice{
			Tone: ui.Warn, Title: c.T("home.seats", "taken", taken, "limit", s.seats.Limit), Text: c.T("home.seats-text"),
			Action: ui.Button{Text: c.T("home.look"), Small: true, Href: "/settings"},
		})
	}
	return out
}

// broken are the flows that name somebody or something that is gone: each, or the
// first of many.
func (s state) broken(c *locale.Catalogue) []ui.Notice {
	if len(s.gaps) > maxNamed {
		return []ui.Notice{{
			Tone: ui.Bad, Title: c.T("home.flow-many", "name", s.gaps[0].Number.Name), Text: c.T("home.flow-text"),
			Action: ui.Button{Text: c.T("home.look"), Small: true, Href: "/numbers/" + s.gaps[0].Number.ID + page.NumberFlow},
		}}
	}
	var out []ui.Notice
	for _, w := range s.gaps {
		out = append(out, ui.Notice{
			Tone: ui.Bad, Title: c.T("home.flow", "name", w.Number.Name), Text: c.T("home.flow-text"),
			Action: ui.Button{Text: c.T("home.look"), Small: true, Href: "/numbers/" + w.Number.ID + page.NumberFlow},
		})
	}
	return out
}

// unanswered are the numbers nobody has: each, or the first of many.
func (s state) unanswered(c *locale.Catalogue) []ui.Notice {
	if len(s.vacant) > maxNamed {
		return []ui.Notice{{
			Tone: ui.Warn, Title: c.T("home.nobody-many", "name", s.vacant[0].Name), Text: c.T("home.nobody-text"),
			Action: ui.Button{Text: c.T("home.look"), Small: true, Href: "/numbers"},
		}}
	}
	var out []ui.Notice
	for _, n := range s.vacant {
		out = append(out, ui.Notice{
			Tone: ui.Warn, Title: c.T("home.nobody", "name", n.Name), Text: c.T("home.nobody-text"),
			Action: ui.Button{Text: c.T("home.assign"), Small: true, Href: "/numbers/" + n.ID + "/access"},
		})
	}
	return out
}
