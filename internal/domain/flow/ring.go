package flow

import (
	"cmp"
	"slices"

	"parley/internal/shared/callstate"
)

// ring begins a ring step.
func (r *run) ring(step Step, at cursor) (Action, cursor) {
	r.gone(step, step.Ring.Targets)
	free, passed := next(r.pos, r.facts)
	switch {
	case len(free) > 0:
		r.note(step, Note{What: WhatEntered, Passed: passed})
		return r.offer(step.Ring, free), at
	case step.Ring.Wait:
		r.note(step, Note{What: WhatNobodyFree, Passed: passed})
		return r.offer(step.Ring, nil), at
	}
	r.nobody(step, step.Ring.Targets, passed)
	return nil, at.behind()
}

// offer rings those who are free: all of them, or the first.
func (r *run) offer(s *Ring, free []string) Action {
	o := Offer{Members: free, For: cmp.Or(s.Time, DefaultRing), Music: s.Music, Wait: s.Wait, OneByOne: s.Strategy.oneByOne()}
	if o.OneByOne && len(free) > 0 {
		// Who waits for one to become free has not found one; he rings alone.
		o.Members, o.Wait = free[:1:1], false
		r.pos.Tried = slices.Concat(r.pos.Tried, o.Members)
	}
	return o
}

func (s Strategy) oneByOne() bool { return s != AllAtOnce && s != "" }

// nobody passes a step that nobody can serve. What came of an earlier attempt says
// more about the call than that.
func (r *run) nobody(step Step, targets []Target, passed map[string]string) {
	r.note(step, Note{What: WhatNobodyFree, Passed: passed})
	cause := callstate.CauseNobodyAvailable
	if len(targets) == 0 && len(r.line().Rings) == 0 {
		cause = callstate.CauseNotAssigned
	}
	r.pos.Last = cmp.Or(r.pos.Last, cause)
}

// rang is what follows on a ring that was not answered: the next member where they
// ring one by one, else the next step.
func (r *run) rang(at cursor, ev Event) Action {
	if ev.keys() {
		return nil
	}
	step := at.step()
	r.missed(step, ev, WhatUnanswered)
	if step.Ring.Strategy.oneByOne() && len(r.pos.Tried) > 0 {
		if free, _ := next(r.pos, r.facts); len(free) > 0 {
			return r.offer(step.Ring, free)
		}
	}
	return r.behind(at, false)
}

// missed keeps who did not take the call, and how the attempt ended.
func (r *run) missed(step Step, ev Event, what string) {
	if len(ev.Missed) > 0 {
		known := indexed(r.pos.Missed)
		r.pos.Missed = slices.Clone(r.pos.Missed)
		for _, id := range ev.Missed {
			if known[id] == 0 {
				r.pos.Missed = append(r.pos.Missed, id)
			}
		}
	}
	cause := cmp.Or(ev.Cause, callstate.CauseNoAnswer)
	if cause == callstate.CauseNoAnswer && len(r.pos.Missed) == 0 { // nobody has been rung
		cause = callstate.CauseNobodyAvailable
	}
	r.pos.Last = cause
	r.tell(step, what, string(cause))
}

// queue puts the caller in line, unless the line is full or nobody serves it.
func (r *run) queue(step Step, at cursor) (Action, cursor) {
	r.gone(step, step.Queue.Targets)
	id := QueueID(r.pos.Line, step.ID)
	q := step.Queue.withDefaults()
	if r.facts.Waiting[id] >= q.MaxCalls {
		r.tell(step, WhatQueueFull, "")
		r.pos.Last = cmp.Or(r.pos.Last, callstate.CauseNobodyAvailable)
		return nil, at.behind()
	}
	_, passed := Candidates(r.pos, r.facts)
	servers := Servers(r.pos, r.facts)
	if len(servers) == 0 {
		r.nobody(step, q.Targets, passed)
		return nil, at.behind()
	}
	r.note(step, Note{What: WhatEntered, Passed: passed})
	return Enqueue{QueueID: id, Queue: q, Members: servers}, at
}

// queued is what follows on the wait in a queue.
func (r *run) queued(at cursor, ev Event) Action {
	step := at.step()
	switch ev.Kind {
	case Started, Pressed:
		return nil
	case Asked:
		if !step.Queue.Callback {
			return nil
		}
		r.tell(step, WhatAsked, "")
		r.enter(stepOver)
		return Promise{Sound: Sound{Prompt: PromptCallbackPromise}}
	case Waited:
		r.missed(step, ev, WhatWaited)
	default:
		r.missed(step, ev, WhatUnanswered)
	}
	return r.behind(at, false)
}

// withDefaults is the queue with what the flow leaves open filled in.
func (q Queue) withDefaults() Queue {
	q.Strategy = cmp.Or(q.Strategy, LongestIdle)
	q.RingTime = cmp.Or(q.RingTime, DefaultRing)
	q.MaxWait = cmp.Or(q.MaxWait, DefaultMaxWait)
	q.MaxCalls = cmp.Or(q.MaxCalls, MaxLength)
	q.Interval = cmp.Or(q.Interval, DefaultInterval)
	return q
}

// gone tells which targets of a step there are no more.
func (r *run) gone(step Step, targets []Target) {
	for _, t := range targets {
		if id, known := r.facts.target(t); !known {
			r.tell(step, WhatTargetGone, id)
		}
	}
}
