package flow

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/routing"
	"parley/internal/shared/callstate"
	"parley/web/page"
	"parley/web/ui"
)

// moment is how a date-and-time field writes a moment.
const moment = "2006-01-02T15:04"

// trialView is the page that tries a call out.
type trialView struct {
	Frame    ui.Page
	Base     string
	At       string
	Caller   string
	Keys     string
	Takes    []ui.Option
	Away     []ui.Option
	Drafted  bool
	Live     bool // the live flow is tried, not the draft
	Story    []momentView
	End      string
	EndIcon  string
	Good     bool // somebody answers
	Begins   string
	Path     listView
	Query    string // of the scenario, to keep it
	Ran      bool
	CaseName string
	Errors   map[string]string
	Summary  []ui.FieldError
}

// momentView is one line of a story.
type momentView struct {
	At, Icon, Title string
	Details         []string
	Tone            ui.Tone
}

// simulate tells what a call would live through; the scenario is in the address.
func (h *Handlers) simulate(w http.ResponseWriter, r *http.Request, s *scene) {
	v, err := h.trial(r, s)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v.Frame = h.frame(r, s, pageOf(s.C.T("flow.trial.title"), s.C.T("flow.trial.lead")))
	v.Frame.Flash = s.trialFlash(r)
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.needs.Pages.Show(w, r, status, trialPage(v))
}

func (s *scene) trialFlash(r *http.Request) ui.Notice {
	if r.URL.Query().Get("done") != "case" {
		return ui.Notice{}
	}
	return ui.Notice{Tone: ui.Good, Text: s.C.T("flow.case-saved"), Action: ui.Button{Text: s.C.T("flow.cases"), Small: true, Href: s.base() + "/cases"}}
}

func (h *Handlers) trial(r *http.Request, s *scene) (trialView, error) {
	q := r.URL.Query()
	v := trialView{Base: s.base(), Drafted: s.Draft.Revision > 0, Live: q.Get("which") == "live", Query: q.Encode(), Ran: q.Has("at")}
	v.CaseName = q.Get("name")
	sc, errs := h.scenario(q, s)
	v.Errors, v.Summary = page.Texts(s.C, errs)
	v.At, v.Caller, v.Keys = sc.At.In(s.C.Zone()).Format(moment), q.Get("caller"), sc.Keys
	s.people(&v, sc)
	tried := s.Draft.Flow
	if v.Live {
		live, err := h.needs.Versions.Live(r.Context(), s.Who.Member, s.Number.ID)
		if err != nil {
			return v, err
		}
		tried = live.Flow
	}
	t, err := edit(tried)
	if err != nil {
		return v, err
	}
	l := &look{Base: s.base()}
	if v.Ran && len(errs) == 0 {
		story, err := h.needs.Trials.Simulate(r.Context(), s.Who.Member, s.Number.ID, tried, sc)
		if err != nil {
			return v, err
		}
		s.tell(&v, t, story)
		l.Visits = visits(s, story)
	}
	v.Begins, v.Path = s.names.phone(s.Number.E164), path{l, s.names, t}.view()
	return v, nil
}

// scenario reads the call to imagine from an address.
func (h *Handlers) scenario(q url.Values, s *scene) (flow.Scenario, []*fault.Error) {
	sc := flow.Scenario{At: h.needs.Now(), Away: map[string]string{}}
	var errs []*fault.Error
	if raw := q.Get("at"); raw != "" {
		at, err := time.ParseInLocation(moment, raw, s.C.Zone())
		if err != nil {
			errs = append(errs, fault.OnField("at", "error.form-unreadable").Because(err))
		} else {
			sc.At = at
		}
	}
	if raw := strings.TrimSpace(q.Get("caller")); raw != "" {
		e164, err := phone.Parse(raw, s.Number.Country)
		if err != nil {
			errs = append(errs, fault.OnField("caller", "error.phone-invalid").Because(err))
		}
		sc.Caller = e164
	}
	for _, key := range q.Get("keys") {
		if slices.Contains(flow.Keys(), string(key)) && len(sc.Keys) < 20 {
			sc.Keys += string(key)
		}
	}
	for _, m := range s.names.roster {
		if slices.Contains(q["away"], m.ID) {
			sc.Away[m.ID] = string(agent.ReasonOffline)
		}
		if q.Get("takes") == m.ID {
			sc.Takes = m.ID
		}
	}
	if slices.Contains(s.outside(), q.Get("takes")) {
		sc.Takes = q.Get("takes")
	}
	return sc, errs
}

// outside lists the numbers outside that the draft calls.
func (s *scene) outside() []string {
	var out []string
	s.Draft.Flow.Walk(func(step flow.Step) bool {
		if step.Forward != nil && step.Forward.To != "" && !slices.Contains(out, step.Forward.To) {
			out = append(out, step.Forward.To)
		}
		return true
	})
	return out
}

// people fills in who can be away and who can answer.
func (s *scene) people(v *trialView, sc flow.Scenario) {
	v.Takes = []ui.Option{{Value: "", Text: s.C.T("flow.trial.nobody"), Selected: sc.Takes == ""}}
	for _, m := range s.names.roster {
		_, away := sc.Away[m.ID]
		v.Away = append(v.Away, ui.Option{Value: m.ID, Text: m.Name, Selected: away})
		v.Takes = append(v.Takes, ui.Option{Value: m.ID, Text: m.Name, Selected: sc.Takes == m.ID})
	}
	for _, to := range s.outside() {
		v.Takes = append(v.Takes, ui.Option{Value: to, Text: s.names.phone(to), Selected: sc.Takes == to})
	}
}

// visits says when each step was entered.
func visits(s *scene, story flow.Story) map[string][]string {
	out := map[string][]string{}
	for _, t := range story.Notes {
		if t.Note.Step == "" || t.Note.Line != s.Number.ID {
			continue
		}
		at := s.C.Duration(t.After)
		if !slices.Contains(out[t.Note.Step], at) && len(out[t.Note.Step]) < 3 {
			out[t.Note.Step] = append(out[t.Note.Step], at)
		}
	}
	return out
}

// tell writes the story of a call.
func (s *scene) tell(v *trialView, t *tree, story flow.Story) {
	last := flow.Note{}
	for _, one := range story.Notes {
		m := s.line(t, one)
		if n := len(v.Story); n > 0 && one.Note.Step != "" && one.Note.Step == last.Step && one.Note.Line == last.Line && v.Story[n-1].At == m.At {
			v.Story[n-1].Details = append(v.Story[n-1].Details, m.Details...)
			v.Story[n-1].Tone = cmp.Or(m.Tone, v.Story[n-1].Tone)
		} else {
			v.Story = append(v.Story, m)
		}
		last = one.Note
	}
	v.Good = story.TakenBy != ""
	switch {
	case v.Good:
		v.End, v.EndIcon = s.C.T("flow.trial.taken", "name", s.takenBy(story.TakenBy)), "phone"
	default:
		v.End, v.EndIcon = s.C.T("flow.trial.end", "cause", s.cause(story.End)), "phone-off"
		v.Good = story.End == callstate.CauseVoicemailLeft || story.End == callstate.CauseCallbackPromised
	}
}

func (s *scene) takenBy(id string) string {
	if strings.HasPrefix(id, "+") {
		return s.names.phone(id)
	}
	return s.names.member(id)
}

func (s *scene) cause(c callstate.Cause) string {
	if key := c.Verdict().TextKey; s.C.Has(key) {
		return s.C.T(key)
	}
	return string(c)
}

// line puts one note into words.
func (s *scene) line(t *tree, one flow.Timed) momentView {
	m := momentView{At: s.C.Duration(one.After), Icon: icon(one.Note.Kind), Title: s.stepTitle(t, one.Note)}
	if one.Note.What != flow.WhatEntered {
		m.Details = append(m.Details, s.what(one.Note))
	}
	switch one.Note.What {
	case flow.WhatOver:
		m.Icon, m.Title, m.Details = "phone-off", s.what(one.Note), nil
	case flow.WhatTargetGone, flow.WhatTooManyHops, flow.WhatEmpty:
		m.Tone = ui.Bad
	case flow.WhatNobodyFree, flow.WhatUnanswered, flow.WhatClosed, flow.WhatWrongKey, flow.WhatDialFailed, flow.WhatForbidden, flow.WhatQueueFull:
		m.Tone = ui.Warn
	}
	m.Details = append(m.Details, s.passedOver(one.Note.Passed)...)
	return m
}

func (s *scene) stepTitle(t *tree, n flow.Note) string {
	if step := t.step(n.Step); step != nil && n.Line == s.Number.ID {
		return s.names.say(*step).Title
	}
	if n.Line != s.Number.ID && n.Line != "" {
		return s.C.T("flow.trial.elsewhere", "number", s.names.number(n.Line), "step", s.C.T("flow.kind."+string(n.Kind)))
	}
	return s.C.T("flow.kind." + string(n.Kind))
}

// what says what became of a step.
func (s *scene) what(n flow.Note) string {
	detail := n.Detail
	switch n.What {
	case flow.WhatTargetGone, flow.WhatTooManyHops:
		detail = ""
	case flow.WhatDialFailed:
		detail = s.cause(callstate.Cause(n.Detail))
	}
	if (n.What == flow.WhatOpen || n.What == flow.WhatClosed) && detail != "" {
		return s.C.T("flow.what."+n.What+"-why", "detail", detail)
	}
	return s.C.T("flow.what."+n.What, "detail", detail)
}

// passedOver lists who was not rung, those of one reason together.
func (s *scene) passedOver(passed map[string]string) []string {
	byReason := map[string][]string{}
	for id, reason := range passed {
		byReason[reason] = append(byReason[reason], s.names.member(id))
	}
	var out []string
	for reason, who := range byReason {
		slices.Sort(who)
		if more := len(who) - 4; more > 0 {
			who = append(who[:4:4], s.C.T("flow.more", "n", more))
		}
		out = append(out, s.C.T("flow.trial.passed", "who", s.names.list(who), "why", s.reason(reason)))
	}
	slices.Sort(out)
	return out
}

func (s *scene) reason(reason string) string {
	if key := "flow.reason." + reason; s.C.Has(key) {
		return s.C.T(key)
	}
	return reason
}

// queryOf writes a scenario as simulate reads it.
func (s *scene) queryOf(c routing.Case) string {
	q := url.Values{"at": {c.Scenario.At.In(s.C.Zone()).Format(moment)}, "name": {c.Name}}
	if c.Scenario.Caller != "" {
		q.Set("caller", c.Scenario.Caller)
	}
	if c.Scenario.Keys != "" {
		q.Set("keys", c.Scenario.Keys)
	}
	if c.Scenario.Takes != "" {
		q.Set("takes", c.Scenario.Takes)
	}
	for id := range c.Scenario.Away {
		q.Add("away", id)
	}
	return q.Encode()
}
