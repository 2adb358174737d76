package flow

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/form"
)

// fresh is a new step of a kind, filled so that it works where it can.
func (h *Handlers) fresh(s *scene, kind flow.Kind, t *tree) flow.Step {
	step := flow.Step{ID: t.freshID(kind)}
	switch kind {
	case flow.KindHours:
		step.Hours = &flow.Hours{Schedule: officeHours(s.Number.Country)}
	case flow.KindMessage:
		step.Message = &flow.Message{Say: flow.Sound{Prompt: flow.PromptWelcome}}
	case flow.KindMenu:
		step.Menu = &flow.Menu{Say: flow.Sound{Prompt: flow.PromptMenu}}
	case flow.KindRing:
		step.Ring = ringing()
	case flow.KindQueue:
		step.Queue = &flow.Queue{Strategy: flow.LongestIdle, Position: true}
	case flow.KindForward:
		step.Forward = &flow.Forward{Time: flow.DefaultRing}
	case flow.KindNumber:
		step.Number = &flow.Number{}
	case flow.KindVoicemail:
		step.Voicemail = &flow.Voicemail{Say: flow.Sound{Prompt: flow.PromptVoicemail}, Limit: flow.DefaultVoicemail}
	case flow.KindCallback:
		step.Callback = &flow.Callback{Say: flow.Sound{Prompt: flow.PromptCallbackPromise}}
	default:
		step.HangUp = &flow.HangUp{Say: flow.Sound{Prompt: flow.PromptGoodbye}}
	}
	return step
}

func ringing(targets ...flow.Target) *flow.Ring {
	return &flow.Ring{Targets: targets, Strategy: flow.AllAtOnce, Time: flow.DefaultRing}
}

// officeHours are Monday to Friday from 9 to 18, closed on the country's holidays.
func officeHours(country string) hours.Schedule {
	s := hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Slots: []hours.Slot{{
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, From: 9 * 60, To: 18 * 60,
	}}}}
	if slices.Contains(hours.HolidayCountries(), country) {
		s.Holidays = country
	}
	return s
}

// What a new key can lead to beside kinds of steps, and how the values begin.
const leadsNumber = "number:"

// maxNamed is up to how many members a new key offers by name. In a larger company
// the step is added first and searched in.
const maxNamed = 60

// leads are what a new key can lead to.
func (n *names) leads(numberID string) []group {
	kind := func(k flow.Kind) choice { return choice{Value: string(k), Text: n.c.T("flow.kind." + string(k))} }
	var teams, members, lines []choice
	for _, t := range n.teams {
		teams = append(teams, choice{Value: whoTeam + t.ID, Text: t.Name})
	}
	if len(n.roster) <= maxNamed {
		for _, m := range n.roster {
			members = append(members, choice{Value: whoMember + m.ID, Text: m.Name})
		}
	}
	for _, one := range n.numbers {
		if one.ID != numberID {
			lines = append(lines, choice{Value: leadsNumber + one.ID, Text: one.Name})
		}
	}
	return []group{
		{n.c.T("flow.leads-teams"), teams},
		{n.c.T("flow.leads-members"), members},
		{n.c.T("flow.leads-numbers"), lines},
		{n.c.T("flow.leads-steps"), []choice{
			kind(flow.KindRing), kind(flow.KindQueue), kind(flow.KindForward), kind(flow.KindNumber), kind(flow.KindMessage),
			kind(flow.KindMenu), kind(flow.KindVoicemail), kind(flow.KindCallback), kind(flow.KindHangUp),
		}},
	}
}

// addKey gives a menu a key with the first step it leads to.
func (h *Handlers) addKey(r *http.Request, s *scene, f *form.Form, t *tree) (outcome, error) {
	step := t.step(r.PathValue("step"))
	if step == nil || step.Menu == nil {
		return outcome{}, gone()
	}
	key := f.OneOf("key", flow.Keys()...)
	if slices.ContainsFunc(step.Menu.Options, func(o flow.Option) bool { return o.Key == key }) {
		f.Add(fault.OnField("keys", "error.flow-key-twice").With("key", key))
	}
	if count(t.flow) >= flow.MaxSteps {
		return outcome{}, fault.New(fault.Conflict, "error.flow-steps-too-many").With("limit", strconv.Itoa(flow.MaxSteps))
	}
	next, label, asks := h.lead(s, f, t)
	if f.Err() != nil {
		return outcome{}, nil
	}
	step.Menu.Options = inKeyOrder(append(step.Menu.Options, flow.Option{Key: key, Label: label, Steps: []flow.Step{next}}))
	out := outcome{At: next.ID, Done: "added"}
	if asks {
		out.Open = next.ID
	}
	return out, nil
}

// lead makes the first step behind a key. asks says that its fields have to be
// filled in.
func (h *Handlers) lead(s *scene, f *form.Form, t *tree) (next flow.Step, label string, asks bool) {
	kind, id, _ := strings.Cut(f.Value("leads"), ":")
	n := s.names
	switch kind + ":" {
	case whoTeam:
		if slices.ContainsFunc(n.teams, func(one team.Team) bool { return one.ID == id }) {
			return flow.Step{ID: t.freshID(flow.KindRing), Ring: ringing(flow.Target{TeamID: id})}, n.team(id), false
		}
	case whoMember:
		if slices.ContainsFunc(n.roster, func(one people.Brief) bool { return one.ID == id }) {
			return flow.Step{ID: t.freshID(flow.KindRing), Ring: ringing(flow.Target{MemberID: id})}, n.member(id), false
		}
	case leadsNumber:
		if slices.ContainsFunc(n.numbers, func(one number.Number) bool { return one.ID == id }) {
			return flow.Step{ID: t.freshID(flow.KindNumber), Number: &flow.Number{NumberID: id}}, n.number(id), false
		}
	default:
		if slices.Contains(flow.Kinds(), flow.Kind(kind)) && id == "" {
			return h.fresh(s, flow.Kind(kind), t), "", true
		}
	}
	f.Add(fault.OnField("leads", "error.form-choice"))
	return flow.Step{}, "", false
}
