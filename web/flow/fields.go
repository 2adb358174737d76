package flow

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/message"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/messages"
	"parley/web/page"
	"parley/web/ui"
)

// fieldsView is what the fields of every kind of step are made of.
type fieldsView struct {
	Look   *look
	Step   flow.Step
	Errors map[string]string
	typed  *form.Form // what was posted and refused, nil else
	n      *names

	Speaks   bool // texts can be spoken
	Language string
	Voices   []ui.Option
	Music    []string
	Manages  bool // may make numbers
	NumberID string
	Workdays hours.Schedule // of the preview
	Preview  *previewView
}

// value is what somebody typed, or what is set.
func (v fieldsView) value(name, set string) string {
	if v.typed == nil {
		return set
	}
	return v.typed.Value(name)
}

func (v fieldsView) number(name, label, hint, suffix string, set int) ui.TextField {
	return ui.TextField{
		Label: label, Name: name, Value: v.value(name, strconv.Itoa(set)), Hint: hint, Error: v.Errors[name], Suffix: suffix,
		InputMode: "numeric", Short: true, Required: true, MaxLength: 5,
	}
}

// body is the fields of the step.
func (v fieldsView) body() templ.Component {
	switch {
	case v.Step.Hours != nil:
		return hoursFields(v)
	case v.Step.Message != nil:
		return messageFields(v)
	case v.Step.Menu != nil:
		return menuFields(v)
	case v.Step.Ring != nil:
		return ringFields(v)
	case v.Step.Queue != nil:
		return queueFields(v)
	case v.Step.Forward != nil:
		return forwardFields(v)
	case v.Step.Number != nil:
		return numberFields(v)
	case v.Step.Voicemail != nil:
		return voicemailFields(v)
	case v.Step.Callback != nil:
		return endFields(v, soundField{Name: "say", Set: v.Step.Callback.Say, Silence: true})
	}
	return endFields(v, soundField{Name: "say", Set: v.Step.HangUp.Say, Silence: true})
}

// soundField is a choice of what a caller hears.
type soundField struct {
	Name    string
	Label   string
	Set     flow.Sound
	Silence bool // nothing can be said
}

// picker is the choice itself, with what was chosen before, if that was refused.
func (v fieldsView) picker(f soundField) messages.Picker {
	selected := f.Set
	if v.typed != nil {
		selected, _ = messages.SoundOf(v.typed.Value(f.Name))
	}
	kept := slices.DeleteFunc(slices.Clone(v.n.hidden), func(m message.Message) bool { return m.ID != f.Set.MessageID })
	return messages.Picker{
		Label: f.Label, Name: f.Name, Error: v.Errors[f.Name], Messages: slices.Concat(v.n.messages, kept), Prompts: flow.Prompts(),
		Selected: selected, Language: v.Language, Silence: f.Silence, Back: v.Look.at("open=" + v.Step.ID),
	}
}

func (v fieldsView) languages() []ui.Option {
	set := v.value("language", v.Language)
	var out []ui.Option
	for _, lang := range workspace.Languages() {
		out = append(out, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == set})
	}
	return out
}

// whoView is one row of the list of whom a step rings.
type whoView struct {
	Value, Name, Hint, Icon string
	On                      bool
}

const (
	whoEverybody = "everybody"
	whoTeam      = "team:"
	whoMember    = "member:"
)

func targetValue(t flow.Target) string {
	switch {
	case t.TeamID != "":
		return whoTeam + t.TeamID
	case t.MemberID != "":
		return whoMember + t.MemberID
	}
	return whoEverybody
}

// who lists whom a step can ring: those it does first, in their order.
func (v fieldsView) who(set []flow.Target) (chosen, others []whoView) {
	if len(set) == 0 {
		set = []flow.Target{{}}
	}
	taken := map[string]bool{}
	for _, t := range set {
		row := v.whoRow(t)
		row.On = true
		taken[row.Value] = true
		chosen = append(chosen, row)
	}
	all := []flow.Target{{}}
	for _, t := range v.n.teams {
		all = append(all, flow.Target{TeamID: t.ID})
	}
	for _, m := range v.n.roster {
		all = append(all, flow.Target{MemberID: m.ID})
	}
	for _, t := range all {
		if row := v.whoRow(t); !taken[row.Value] {
			others = append(others, row)
		}
	}
	return chosen, others
}

func (v fieldsView) whoRow(t flow.Target) whoView {
	row := whoView{Value: targetValue(t), Name: v.n.target(t), Icon: "user"}
	switch {
	case t.TeamID != "":
		row.Icon, row.Hint = "users", v.n.c.T("flow.team")
	case t.Everybody():
		row.Icon, row.Name, row.Hint = "hash", v.n.c.T("flow.everybody-name"), v.n.c.T("flow.everybody-hint")
	}
	return row
}

func (v fieldsView) strategies(set flow.Strategy) []ui.Option {
	if set == "" {
		set = flow.AllAtOnce
	}
	var out []ui.Option
	for _, s := range flow.Strategies() {
		out = append(out, ui.Option{
			Value: string(s), Text: v.n.c.T("flow.strategy-name." + string(s)), Selected: v.value("strategy", string(set)) == string(s),
		})
	}
	return out
}

func (v fieldsView) tunes(set, nothing string) []ui.Option {
	out := []ui.Option{{Value: "", Text: nothing, Selected: set == ""}}
	for _, id := range v.Music {
		text := id
		if key := "numbers.music." + id; v.n.c.Has(key) {
			text = v.n.c.T(key)
		}
		out = append(out, ui.Option{Value: id, Text: text, Selected: id == set})
	}
	return out
}

func (v fieldsView) modes(set hours.Mode) []ui.Option {
	if set == "" {
		set = hours.AlwaysOpen
	}
	var out []ui.Option
	for _, m := range []hours.Mode{hours.Custom, hours.AlwaysOpen, hours.AlwaysClosed} {
		out = append(out, ui.Option{Value: string(m), Text: v.n.c.T("flow.hours." + string(m)), Selected: m == set})
	}
	return out
}

// holidays are the countries whose public holidays are known, the number's own and
// its neighbours by name.
func (v fieldsView) holidays(set string) []ui.Option {
	out := []ui.Option{{Value: "", Text: v.n.c.T("flow.hours.no-holidays"), Selected: set == ""}}
	var rest []ui.Option
	for _, code := range hours.HolidayCountries() {
		rest = append(rest, ui.Option{Value: code, Text: v.n.country(code), Selected: code == set})
	}
	slices.SortFunc(rest, func(a, b ui.Option) int { return compareWords(a.Text, b.Text) })
	return append(out, rest...)
}

func (v fieldsView) calendars(set string) []ui.Option {
	out := []ui.Option{{Value: "", Text: v.n.c.T("flow.hours.no-feed"), Selected: set == ""}}
	for _, f := range v.n.feeds {
		out = append(out, ui.Option{Value: f.ID, Text: f.Name, Selected: f.ID == set})
	}
	return out
}

func (v fieldsView) lines(set string) []ui.Option {
	var out []ui.Option
	for _, one := range v.n.numbers {
		if one.ID != v.NumberID {
			out = append(out, ui.Option{Value: one.ID, Text: one.Name + " · " + v.n.phone(one.E164), Selected: one.ID == set})
		}
	}
	if v.Manages {
		out = append(out, ui.Option{Value: newLine, Text: v.n.c.T("flow.number-new"), Selected: v.value("number", set) == newLine || len(out) == 0})
	}
	return out
}

// newLine is the choice of a number that does not exist yet.
const newLine = "new"

func (v fieldsView) week(c *locale.Catalogue) templ.Component {
	return hourform.Week(c, v.Step.Hours.Schedule.Hours, v.Errors)
}

// exceptionView is one row of exceptional days.
type exceptionView struct{ No, Name, From, To, Opens, Closes, Error string }

// exceptions are those there are, and two empty rows.
func (v fieldsView) exceptions() []exceptionView {
	var out []exceptionView
	for i, e := range v.Step.Hours.Schedule.Exceptions {
		row := exceptionView{No: itoa(i), Name: e.Name, From: string(e.From), To: string(e.To), Error: v.Errors["exception-"+itoa(i)]}
		if len(e.Open) > 0 {
			row.Opens, row.Closes = clockField(e.Open[0].From), clockField(e.Open[0].To)
		}
		out = append(out, row)
	}
	for range 2 {
		out = append(out, exceptionView{No: itoa(len(out))})
	}
	return out
}

// keyRow is one key of a menu as its fields show it.
type keyRow struct{ No, Was, Label, Leads string }

func (v fieldsView) keyRows() []keyRow {
	var out []keyRow
	for i, o := range v.Step.Menu.Options {
		row := keyRow{No: itoa(i), Was: o.Key, Label: o.Label, Leads: v.n.c.T("flow.option-empty")}
		if len(o.Steps) > 0 {
			row.Leads = v.n.say(o.Steps[0]).Title
		}
		out = append(out, row)
	}
	return out
}

func (v fieldsView) replays() int { return v.Step.Menu.Plays() - 1 }
