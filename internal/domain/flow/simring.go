package flow

import (
	"slices"
	"time"

	"parley/internal/domain/queue"
	"parley/internal/shared/callstate"
)

// declines says whether a member, or a number outside, does not want the call.
func (s *simulation) declines(who string) bool { return slices.Contains(s.scenario.Declines, who) }

func (s *simulation) taken(by string) (Event, bool) {
	s.story.TakenBy = by
	return Event{}, true
}

// rung notes whose phones begin to ring.
func (s *simulation) rung(after time.Duration, members []string) {
	if len(members) > 0 {
		s.story.Rung = append(s.story.Rung, Ringing{After: after, QueueID: QueueID(s.pos.Line, s.pos.Step), Members: members})
	}
}

func (s *simulation) dial(a Dial) (Event, bool) {
	switch {
	case a.To == s.scenario.Takes:
		return s.taken(a.To)
	case s.declines(a.To):
		return Event{Kind: DialFailed, Cause: callstate.CauseRejected}, false
	}
	s.after += a.For
	return Event{Kind: DialFailed, Cause: callstate.CauseNoAnswer}, false
}

// ring has members rung. Where all of them decline, and nobody else is waited for,
// the flow goes on at once.
func (s *simulation) ring(a Offer) (Event, bool) {
	s.rung(s.after, a.Members)
	if s.scenario.Takes != "" && slices.Contains(a.Members, s.scenario.Takes) {
		return s.taken(s.scenario.Takes)
	}
	if !a.Wait && !slices.ContainsFunc(a.Members, func(id string) bool { return !s.declines(id) }) {
		return Event{Kind: Unanswered, Missed: a.Members, Cause: callstate.CauseDeclined}, false
	}
	if a.Wait {
		for _, id := range a.Members {
			s.spare(id, s.after, a.For)
		}
	}
	s.after += a.For
	return Event{Kind: Unanswered, Missed: a.Members, Cause: callstate.CauseNoAnswer}, false
}

// spare notes that a member whom the call in line began to ring passed on it: he
// declined at once, or let it ring out.
func (s *simulation) spare(id string, at, ringTime time.Duration) {
	if !s.declines(id) {
		at += ringTime
	}
	s.spared[id] = at
}

// wait stands in line: whoever is free is rung, one after the other or all at once,
// until one takes the call, the caller asks to be called back, or the wait is over.
// Who rings then has not missed it.
func (s *simulation) wait(a Enqueue) (Event, bool) {
	asks := a.Queue.Callback && s.scenario.Caller != "" && len(s.keys) > 0 && s.keys[0] == '*'
	var waited time.Duration
	var missed []string
	for free := s.unspared(); len(free) > 0 && waited < a.Queue.MaxWait; {
		now := free[:1]
		if a.Queue.Strategy == AllAtOnce {
			now = free
		}
		free = free[len(now):]
		s.rung(s.after+waited, now)
		if s.scenario.Takes != "" && slices.Contains(now, s.scenario.Takes) {
			s.after += waited
			return s.taken(s.scenario.Takes)
		}
		silent := slices.ContainsFunc(now, func(id string) bool { return !s.declines(id) })
		if silent && asks {
			break
		}
		for _, id := range now {
			if s.declines(id) || waited+a.Queue.RingTime < a.Queue.MaxWait {
				missed = append(missed, id)
				s.spare(id, s.after+waited, a.Queue.RingTime)
			}
		}
		if silent {
			waited += a.Queue.RingTime
		}
	}
	if asks {
		s.key()
		return Event{Kind: Asked}, false
	}
	s.after += a.Queue.MaxWait
	return Event{Kind: Waited, Missed: missed}, false
}

// unspared are who may be rung for the call in line, in order: not those who passed
// on it a moment ago.
func (s *simulation) unspared() []string {
	free, _ := Candidates(s.pos, s.facts)
	return slices.DeleteFunc(slices.Clone(free), func(id string) bool {
		at, passed := s.spared[id]
		return passed && s.after-at < queue.Rest
	})
}
