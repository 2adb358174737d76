package document

import (
	"fmt"
	"time"

	"parley/internal/base/phone"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
)

// refs finds the ids of what a flow names; "" where there is no such thing.
type refs struct {
	member, team, number, message, calendar func(name string) string
}

// flowReader turns the steps of a document into those of a flow. It is used for one
// flow.
type flowReader struct {
	refs

	country string                                        // phone numbers are read in
	present func(path string) bool                        // says whether the document has the field
	problem func(path, field, key string, args ...string) // takes what is wrong
	paths   []string                                      // of the steps, in the order of flow.Walk
}

func (r *flowReader) steps(path string, in []Step) []flow.Step {
	var out []flow.Step
	for i, s := range in {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.paths = append(r.paths, at)
		out = append(out, r.step(at, s))
	}
	return out
}

// step reads one step. A part that stands there without anything, "hang_up:", is
// one with nothing but defaults.
func (r *flowReader) step(path string, s Step) flow.Step {
	bare := func(field string) bool { return r.present(path + "." + field) }
	out, parts := flow.Step{ID: s.ID}, 0
	part := func(there bool, read func()) {
		if there {
			parts++
			read()
		}
	}
	part(s.Hours != nil, func() { out.Hours = r.hours(path+".hours", *s.Hours) })
	part(s.Message != nil, func() { out.Message = &flow.Message{Say: r.sound(path+".message", s.Message)} })
	part(s.Menu != nil, func() { out.Menu = r.menu(path+".menu", *s.Menu) })
	part(s.Ring != nil || bare("ring"), func() { out.Ring = r.ring(path+".ring", deref(s.Ring)) })
	part(s.Queue != nil || bare("queue"), func() { out.Queue = r.queue(path+".queue", deref(s.Queue)) })
	part(s.Forward != nil, func() {
		out.Forward = &flow.Forward{To: r.phone(path+".forward", "to", s.Forward.To), Time: time.Duration(s.Forward.Time)}
	})
	part(s.Number != "", func() { out.Number = &flow.Number{NumberID: r.line(path, s.Number)} })
	part(s.Voicemail != nil || bare("voicemail"), func() {
		v := deref(s.Voicemail)
		out.Voicemail = &flow.Voicemail{Say: r.sound(path+".voicemail.say", v.Say), Limit: time.Duration(v.Limit)}
	})
	part(s.Callback != nil || bare("callback"), func() {
		out.Callback = &flow.Callback{Say: r.sound(path+".callback.say", deref(s.Callback).Say)}
	})
	part(s.HangUp != nil || bare("hang_up"), func() {
		out.HangUp = &flow.HangUp{Say: r.sound(path+".hang_up.say", deref(s.HangUp).Say)}
	})
	if parts != 1 {
		r.problem(path, "", "error.document-step")
	}
	return out
}

func deref[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

func (r *flowReader) hours(path string, h HoursStep) *flow.Hours {
	s := hours.Schedule{Mode: hours.Mode(h.Mode), Hours: h.Hours.hours(), Holidays: h.Holidays}
	switch {
	case h.Mode != "":
	case len(h.Slots) > 0:
		s.Mode = hours.Custom
	default:
		s.Mode = hours.AlwaysOpen
	}
	for _, e := range h.Exceptions {
		one := hours.Exception{Name: e.Name, From: e.From, To: e.To}
		if one.To == "" {
			one.To = e.From
		}
		for _, span := range e.Open {
			one.Open = append(one.Open, hours.Span{From: hours.Minute(span.From), To: hours.Minute(span.To)})
		}
		s.Exceptions = append(s.Exceptions, one)
	}
	if h.Calendar != "" {
		if s.FeedID = r.calendar(h.Calendar); s.FeedID == "" {
			r.problem(path, "calendar", "error.calendar-unknown")
		}
	}
	return &flow.Hours{Schedule: s, Closed: r.steps(path+".closed", h.Closed)}
}

func (r *flowReader) menu(path string, m MenuStep) *flow.Menu {
	out := flow.Menu{Say: r.sound(path+".say", m.Say), Wait: time.Duration(m.Wait), Replays: m.Replays}
	for i, o := range m.Options {
		out.Options = append(out.Options, flow.Option{
			Key: o.Key, Label: o.Label, Steps: r.steps(fmt.Sprintf("%s.options[%d].steps", path, i), o.Steps),
		})
	}
	out.Otherwise = r.steps(path+".otherwise", m.Otherwise)
	return &out
}

func (r *flowReader) ring(path string, s RingStep) *flow.Ring {
	return &flow.Ring{
		Targets: r.targets(path+".to", s.To), Strategy: flow.Strategy(s.Strategy), Time: time.Duration(s.Time),
		Wait: s.Wait, Again: s.Again, Music: s.Music,
	}
}

func (r *flowReader) queue(path string, s QueueStep) *flow.Queue {
	return &flow.Queue{
		Targets: r.targets(path+".to", s.To), Strategy: flow.Strategy(s.Strategy), RingTime: time.Duration(s.RingTime),
		MaxWait: time.Duration(s.MaxWait), MaxCalls: s.MaxCalls, Priority: s.Priority, Music: s.Music, Position: s.Position,
		Comfort: r.sound(path+".comfort", s.Comfort), Interval: time.Duration(s.Interval), Callback: s.Callback,
	}
}

func (r *flowReader) targets(path string, in []Target) []flow.Target {
	var out []flow.Target
	for i, t := range in {
		item := fmt.Sprintf("%s[%d]", path, i)
		one := flow.Target{}
		switch {
		case t.Team != "":
			if one.TeamID = r.team(t.Team); one.TeamID == "" {
				r.problem(item, "", "error.team-unknown")
			}
		case t.Member != "":
			if one.MemberID = r.member(t.Member); one.MemberID == "" {
				r.problem(item, "", "error.member-unknown")
			}
		}
		out = append(out, one)
	}
	return out
}

func (r *flowReader) sound(path string, s *Sound) flow.Sound {
	if s == nil || s.Message == "" {
		return flow.Sound{Prompt: deref(s).Prompt}
	}
	id := r.message(s.Message)
	if id == "" {
		r.problem(path, "", "error.message-unknown", "name", short(s.Message))
	}
	return flow.Sound{MessageID: id}
}

func (r *flowReader) phone(path, field, typed string) string {
	e164, err := phone.Parse(typed, r.country)
	if err != nil {
		r.problem(path, field, "error.phone-invalid")
	}
	return e164
}

// line reads a number of the workspace.
func (r *flowReader) line(path, typed string) string {
	e164, err := phone.Parse(typed, r.country)
	id := r.number(e164)
	if err != nil || id == "" {
		r.problem(path, "number", "error.number-unknown")
	}
	return id
}
