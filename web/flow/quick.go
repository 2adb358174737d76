package flow

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/number"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/page"
	"parley/web/ui"
)

// quickView is the form that builds a whole flow from a handful of answers.
type quickView struct {
	Base, Revision string
	Week           templ.Component
	Modes          []ui.Option
	Holidays       []ui.Option
	Teams          []ui.Option
	Time           ui.TextField
	Errors         map[string]string
	Summary        []ui.FieldError
	IVR            bool // the number's type asks for a menu
	Speaks         bool
	Replaces       bool // there is a draft
}

// plan is what the form asks for.
type plan struct {
	Schedule  hours.Schedule
	Welcome   bool
	Teams     []string
	Ring      time.Duration
	Everybody bool // ring next where the team does not answer
	Voicemail bool
	Closed    bool // voicemail outside the hours
}

// quick is the form, as it was filled in where it was refused.
func (h *Handlers) quick(s *scene, f *form.Form, errs map[string]string) quickView {
	sched := officeHours(s.Number.Country)
	teams := []string{}
	ring := strconv.Itoa(int(flow.DefaultRing / time.Second))
	if f != nil {
		sched.Hours, sched.Mode, sched.Holidays = hourform.ReadWeek(f), hours.Mode(f.Value("mode")), f.Value("holidays")
		teams, ring = f.Some("teams", s.teamIDs()), f.Value("time")
	}
	fields := fieldsView{n: s.names}
	v := quickView{
		Base: s.base(), Revision: s.revision(), Week: hourform.Week(s.C, sched.Hours, errs), Errors: errs,
		Modes: fields.modes(sched.Mode)[:2], Holidays: fields.holidays(sched.Holidays), IVR: s.Number.Type == number.IVR,
		Speaks: s.Speaks, Replaces: s.Draft.Revision > 0,
		Time: ui.TextField{
			Label: s.C.T("flow.ring-time"), Name: "time", Value: ring, Suffix: s.C.T("flow.unit-seconds"), InputMode: "numeric",
			Short: true, Required: true, Error: errs["time"], MaxLength: 4,
		},
	}
	for _, t := range s.names.teams {
		v.Teams = append(v.Teams, ui.Option{Value: t.ID, Text: t.Name, Selected: slices.Contains(teams, t.ID)})
	}
	return v
}

func (s *scene) teamIDs() []string {
	var out []string
	for _, t := range s.names.teams {
		out = append(out, t.ID)
	}
	return out
}

// build makes the draft what the form asks for.
func (h *Handlers) build(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.ParseWithin(w, r, maxForm)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if f.Value("rev") != s.revision() {
		h.conflict(w, r, s)
		return
	}
	p := readPlan(r, h, s, f)
	if errs := form.ErrorsOf(f.Err()); errs != nil {
		h.quickRefused(w, r, s, f, errs)
		return
	}
	made, err := h.compose(r.Context(), s, p)
	if err == nil {
		err = h.store(r, s, made)
	}
	if fault.KindOf(err) == fault.Conflict {
		h.conflict(w, r, s)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.after(outcome{Done: "built"}), http.StatusSeeOther)
}

func readPlan(r *http.Request, h *Handlers, s *scene, f *form.Form) plan {
	read := reader{h, r.Context(), s, f}
	p := plan{
		Teams: f.Some("teams", s.teamIDs()), Ring: read.seconds("time", int(flow.MinRing/time.Second), flow.MaxRing),
		Welcome: read.on("welcome"), Everybody: read.on("everybody"), Voicemail: read.on("voicemail"), Closed: read.on("closed_voicemail"),
	}
	if len(p.Teams) > len(flow.Keys()) {
		f.Add(fault.OnField("teams", "error.flow-too-many-teams").With("limit", strconv.Itoa(len(flow.Keys()))))
	}
	read.hours(&p.Schedule)
	return p
}

func (h *Handlers) quickRefused(w http.ResponseWriter, r *http.Request, s *scene, f *form.Form, errs form.Errors) {
	byField, summary := page.Texts(s.C, errs)
	v, err := h.editor(r, s, request{Flow: s.Draft.Flow})
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	quick := h.quick(s, f, byField)
	quick.Summary = summary
	v.Quick = &quick
	h.needs.Pages.Show(w, r, http.StatusUnprocessableEntity, editorPage(v))
}

// compose makes the flow of a plan: hours, welcome, menu or ring, then voicemail.
func (h *Handlers) compose(ctx context.Context, s *scene, p plan) (flow.Flow, error) {
	var steps []flow.Step
	if p.Schedule.Mode == hours.Custom {
		closed := &flow.Hours{Schedule: p.Schedule}
		if p.Closed {
			closed.Closed = []flow.Step{
				{ID: "message-closed", Message: &flow.Message{Say: flow.Sound{Prompt: flow.PromptClosed}}},
				{ID: "voicemail-closed", Voicemail: &flow.Voicemail{Say: flow.Sound{Prompt: flow.PromptVoicemail}, Limit: flow.DefaultVoicemail}},
			}
		}
		steps = append(steps, flow.Step{ID: "hours", Hours: closed})
	}
	if p.Welcome {
		steps = append(steps, flow.Step{ID: "welcome", Message: &flow.Message{Say: flow.Sound{Prompt: flow.PromptWelcome}}})
	}
	ivr := s.Number.Type == number.IVR // whoever has it only calls out with it
	if len(p.Teams) > 0 || ivr {
		menu, err := h.menuOf(ctx, s, p)
		if err != nil {
			return flow.Flow{}, err
		}
		steps = append(steps, menu)
	}
	if !ivr && (p.Everybody || len(p.Teams) == 0) {
		all := ringing()
		all.Time = p.Ring
		steps = append(steps, flow.Step{ID: "ring-everybody", Ring: all})
	}
	if p.Voicemail {
		steps = append(steps, flow.Step{ID: "voicemail", Voicemail: &flow.Voicemail{
			Say: flow.Sound{Prompt: flow.PromptVoicemail}, Limit: flow.DefaultVoicemail,
		}})
	}
	return flow.Flow{Steps: steps}, nil
}

// menuOf is a menu with a key for each team. Its words are spoken at once where
// there is a voice; else they are left to be recorded.
func (h *Handlers) menuOf(ctx context.Context, s *scene, p plan) (flow.Step, error) {
	words := h.needs.Bundle.For(s.Number.Language)
	menu := &flow.Menu{Say: flow.Sound{Prompt: flow.PromptMenu}}
	var text []string
	for i, id := range p.Teams {
		key, name := flow.Keys()[i], s.names.team(id)
		ring := ringing(flow.Target{TeamID: id})
		ring.Time = p.Ring
		menu.Options = append(menu.Options, flow.Option{
			Key: key, Label: name, Steps: []flow.Step{{ID: "ring-" + key, Ring: ring}},
		})
		text = append(text, words.T("flow.quick.press", "team", name, "key", key))
	}
	if s.Speaks && len(text) > 0 {
		m, err := h.speak(ctx, s.Who.Member, title(words.T("flow.quick.menu-name", "number", s.Number.Name)),
			strings.Join(text, " "), s.Number.Language)
		switch {
		case err == nil:
			menu.Say = flow.Sound{MessageID: m.ID}
		case fault.KindOf(err) == fault.Internal:
			return flow.Step{}, err
		}
	}
	return flow.Step{ID: "menu", Menu: menu}, nil
}
