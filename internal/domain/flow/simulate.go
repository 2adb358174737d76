package flow

import (
	"time"

	"parley/internal/shared/callstate"
)

// Simulate tells what would happen to the call that a scenario imagines. It asks
// Next as a call does. Nobody else is calling, whoever is not away has been idle for
// as long as the others, whoever answers or declines does so at once, in line each is
// rung once, and messages take no time.
func Simulate(facts Facts, numberID string, s Scenario) Story {
	sim := simulation{scenario: s, facts: facts, keys: []rune(s.Keys), pos: At(numberID), spared: make(map[string]time.Duration)}
	sim.facts.Waiting, sim.facts.Turn = nil, nil
	sim.facts.Members = make(map[string]Member, len(facts.Members))
	for id, m := range facts.Members {
		m.Reason, m.IdleSince = s.Away[id], time.Time{}
		sim.facts.Members[id] = m
	}
	event := Event{Kind: Started}
	for {
		action := sim.next(event)
		if action == nil && event.keys() { // two steps have one id: the key was meant for the other
			action = sim.next(Event{Kind: Silent})
		}
		var over bool
		if event, over = sim.event(action); over {
			sim.story.Steps = Steps(sim.notes)
			return sim.story
		}
	}
}

type simulation struct {
	scenario Scenario
	facts    Facts
	keys     []rune // not pressed yet
	pos      Position
	after    time.Duration
	notes    []Note
	story    Story
	spared   map[string]time.Duration // who did not take the call in line, and when
}

func (s *simulation) next(ev Event) Action {
	s.facts.At = s.scenario.At.Add(s.after)
	pos, action, notes := Next(s.pos, s.facts, ev)
	s.pos = pos
	s.notes = append(s.notes, notes...)
	for i, n := range notes {
		t := Timed{After: s.after, Note: n}
		if i == len(notes)-1 {
			t.Action = ActionName(action)
		}
		s.story.Notes = append(s.story.Notes, t)
	}
	return action
}

// event is what becomes of an action; over says that the call is.
func (s *simulation) event(action Action) (ev Event, over bool) {
	switch a := action.(type) {
	case Say:
		return Event{Kind: Said}, false
	case Ask:
		if len(s.keys) == 0 {
			s.after += a.Wait
			return Event{Kind: Silent}, false
		}
		return Event{Kind: Pressed, Key: s.key()}, false
	case Offer:
		return s.ring(a)
	case Enqueue:
		return s.wait(a)
	case Dial:
		return s.dial(a)
	case Record:
		s.story.End = callstate.CauseVoicemailLeft
	case Promise:
		s.story.End = callstate.CauseCallbackPromised
	case End:
		s.story.End = a.Cause
	}
	return Event{}, true
}

func (s *simulation) key() string {
	key := string(s.keys[0])
	s.keys = s.keys[1:]
	return key
}
