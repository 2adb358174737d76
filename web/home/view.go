package home

import (
	"slices"
	"strings"

	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/web/locale"
	"parley/web/ui"
)

type view struct {
	Frame     ui.Page
	Admin     bool
	Steps     ui.Steps // of an admin, empty once all are done
	Progress  string
	Attention []ui.Notice
	Mine      []line
}

// line is a number of the reader.
type line struct{ Name, E164 string }

func newView(c *locale.Catalogue, s state) view {
	v := view{Admin: s.admin, Mine: s.mine()}
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

func (s state) mine() []line {
	var out []line
	for _, n := range s.numbers {
		if slices.ContainsFunc(s.assigned, func(a number.Assignment) bool { return a.NumberID == n.ID && a.MemberID == s.me }) {
			out = append(out, line{n.Name, n.E164})
		}
	}
	slices.SortFunc(out, func(a, b line) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out
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
			Done: len(s.members) > 1, Title: c.T("home.step.team"), Text: c.T("home.step.team-text"),
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
	if i := slices.IndexFunc(s.numbers, func(n number.Number) bool { return n.WebCall }); i >= 0 {
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

// attention lists what keeps calls from getting through, worst first.
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
	for _, n := range s.numbers {
		if !slices.ContainsFunc(s.assigned, func(a number.Assignment) bool { return a.NumberID == n.ID }) {
			out = append(out, ui.Notice{
				Tone: ui.Warn, Title: c.T("home.nobody", "name", n.Name), Text: c.T("home.nobody-text"),
				Action: ui.Button{Text: c.T("home.assign"), Small: true, Href: "/numbers/" + n.ID},
			})
		}
	}
	return out
}
