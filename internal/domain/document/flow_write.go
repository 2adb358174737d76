package document

import (
	"encoding/json"
	"slices"

	"parley/internal/domain/flow"
	"parley/internal/domain/message"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
)

// exportFlow writes the live flow of a number, nil where it has none. Ids are
// written where they are not the ones that would be made up.
func (s *stored) exportFlow(numberID string) *[]Step {
	live, ok := s.flows[numberID]
	if !ok {
		return nil
	}
	steps := s.exportSteps(live.Flow.Steps)
	if sameFlow(flow.Clean(bare(live.Flow)), live.Flow) {
		forgetIDs(steps)
	}
	return &steps
}

// bare is the flow without ids.
func bare(f flow.Flow) flow.Flow {
	var strip func(in []flow.Step) []flow.Step
	strip = func(in []flow.Step) []flow.Step {
		out := slices.Clone(in)
		for i := range out {
			s := &out[i]
			s.ID = ""
			if s.Hours != nil {
				h := *s.Hours
				h.Closed = strip(h.Closed)
				s.Hours = &h
			}
			if s.Menu != nil {
				m := *s.Menu
				m.Options, m.Otherwise = slices.Clone(m.Options), strip(m.Otherwise)
				for j := range m.Options {
					m.Options[j].Steps = strip(m.Options[j].Steps)
				}
				s.Menu = &m
			}
		}
		return out
	}
	return flow.Flow{Steps: strip(f.Steps)}
}

// sameFlow compares flows as they are stored.
func sameFlow(a, b flow.Flow) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func forgetIDs(steps []Step) {
	for i := range steps {
		steps[i].ID = ""
		if h := steps[i].Hours; h != nil {
			forgetIDs(h.Closed)
		}
		if m := steps[i].Menu; m != nil {
			for _, o := range m.Options {
				forgetIDs(o.Steps)
			}
			forgetIDs(m.Otherwise)
		}
	}
}

func (s *stored) exportSteps(in []flow.Step) []Step {
	out := make([]Step, 0, len(in))
	for _, one := range in {
		out = append(out, s.exportStep(one))
	}
	return out
}

func (s *stored) exportStep(in flow.Step) Step {
	out := Step{ID: in.ID}
	switch in.Kind() {
	case flow.KindHours:
		out.Hours = s.exportHours(*in.Hours)
	case flow.KindMessage:
		out.Message = s.exportSound(in.Message.Say)
	case flow.KindMenu:
		out.Menu = s.exportMenu(*in.Menu)
	case flow.KindRing:
		r := in.Ring
		out.Ring = &RingStep{
			To: s.exportTargets(r.Targets), Strategy: string(r.Strategy), Time: Duration(r.Time), Wait: r.Wait, Again: r.Again, Music: r.Music,
		}
	case flow.KindQueue:
		q := in.Queue
		out.Queue = &QueueStep{
			To: s.exportTargets(q.Targets), Strategy: string(q.Strategy), RingTime: Duration(q.RingTime), MaxWait: Duration(q.MaxWait),
			MaxCalls: q.MaxCalls, Priority: q.Priority, Music: q.Music, Position: q.Position,
			Comfort: s.exportSound(q.Comfort), Interval: Duration(q.Interval), Callback: q.Callback,
		}
	case flow.KindForward:
		out.Forward = &ForwardStep{To: in.Forward.To, Time: Duration(in.Forward.Time)}
	case flow.KindNumber:
		out.Number = s.e164(in.Number.NumberID)
	case flow.KindVoicemail:
		out.Voicemail = &VoicemailStep{Say: s.exportSound(in.Voicemail.Say), Limit: Duration(in.Voicemail.Limit)}
	case flow.KindCallback:
		out.Callback = &EndStep{Say: s.exportSound(in.Callback.Say)}
	case flow.KindHangUp:
		out.HangUp = &EndStep{Say: s.exportSound(in.HangUp.Say)}
	}
	return out
}

func (s *stored) exportHours(h flow.Hours) *HoursStep {
	out := HoursStep{Mode: string(h.Schedule.Mode), Holidays: h.Schedule.Holidays, Closed: s.exportSteps(h.Closed)}
	if week := hoursOf(h.Schedule.Hours); week != nil {
		out.Hours = *week
	}
	for _, e := range h.Schedule.Exceptions {
		one := Exception{Name: e.Name, From: e.From, To: e.To}
		for _, span := range e.Open {
			one.Open = append(one.Open, Span{From: Clock(span.From), To: Clock(span.To)})
		}
		out.Exceptions = append(out.Exceptions, one)
	}
	if f, ok := find(s.feeds, func(f routing.Feed) bool { return f.ID == h.Schedule.FeedID }); ok {
		out.Calendar = f.Name
	}
	return &out
}

func (s *stored) exportMenu(m flow.Menu) *MenuStep {
	out := MenuStep{Say: s.exportSound(m.Say), Wait: Duration(m.Wait), Replays: m.Replays, Otherwise: s.exportSteps(m.Otherwise)}
	for _, o := range m.Options {
		out.Options = append(out.Options, Option{Key: o.Key, Label: o.Label, Steps: s.exportSteps(o.Steps)})
	}
	return &out
}

// exportTargets leaves out who is gone. Where all are, their ids stay: without any
// target the step would ring everybody.
func (s *stored) exportTargets(in []flow.Target) []Target {
	var out []Target
	for _, t := range in {
		if t.Everybody() {
			out = append(out, Target{})
		} else if m, ok := s.memberByID(t.MemberID); ok {
			out = append(out, Target{Member: m.Email})
		} else if one, ok := find(s.teams, func(x team.Team) bool { return x.ID == t.TeamID }); ok {
			out = append(out, Target{Team: one.Name})
		}
	}
	if len(out) == 0 && len(in) > 0 {
		out = append(out, Target{Member: in[0].MemberID, Team: in[0].TeamID})
	}
	return out
}

func (s *stored) exportSound(in flow.Sound) *Sound {
	if in.Prompt != "" {
		return &Sound{Prompt: in.Prompt}
	}
	if m, ok := find(s.messages, func(m message.Message) bool { return m.ID == in.MessageID }); ok {
		return &Sound{Message: m.Name}
	}
	return nil
}
