package flow

import (
	"cmp"
	"slices"

	"parley/internal/base/phone"
	"parley/internal/shared/callstate"
)

// Next is the interpreter: where the call stands, what is known and what became of
// the last action give where it stands then, what to do, and what is told of it.
//
// A nil Action means that the event changes nothing: a key where no menu is, or
// `*` in a queue that promises no callback. Every other event says that the last
// action is over, and leads on even where it does not fit the step, so that no call
// ever hangs. Record, Promise and End are the last action of a call.
func Next(pos Position, facts Facts, ev Event) (Position, Action, []Note) {
	r := run{pos: pos, facts: facts}
	action := r.next(ev)
	return r.pos, action, r.notes
}

// stepOver is where a call stands that the flow has ended; no step has this id.
const stepOver = "."

// run is one call of Next.
type run struct {
	pos   Position
	facts Facts
	notes []Note
}

// line is the number whose flow the call is in. One that is not known, because the
// store could not be read, does what a number without flow does.
func (r *run) line() Line {
	if l, ok := r.facts.Lines[r.pos.Line]; ok {
		return l
	}
	return Line{Flow: Default()}
}

func (r *run) next(ev Event) Action {
	switch r.pos.Step {
	case "":
		return r.take(newCursor(r.line().Flow))
	case stepOver:
		return nil
	}
	at, ok := find(r.line().Flow, r.pos.Step)
	if !ok {
		return r.again()
	}
	switch step := at.step(); step.Kind() {
	case KindMenu:
		return r.menu(at, ev)
	case KindRing:
		return r.rang(at, ev)
	case KindQueue:
		return r.queued(at, ev)
	default:
		return r.done(at, ev)
	}
}

// again begins the flow anew when the step the call stands in has gone from it. It
// counts as a hop, so that it ends whatever is published.
func (r *run) again() Action {
	r.tell(Step{ID: r.pos.Step}, WhatStepGone, "")
	if len(r.pos.Hops) >= MaxHops {
		return r.over(callstate.CauseFlowEnded, Sound{Prompt: PromptUnavailable})
	}
	r.hop(r.pos.Line)
	return r.take(newCursor(r.line().Flow))
}

func (r *run) hop(to string) {
	r.pos.Hops = slices.Concat(r.pos.Hops, []string{r.pos.Line})
	r.pos.Line = to
	r.enter("")
}

// enter lets the call stand in a step, nothing of which has happened yet.
func (r *run) enter(step string) {
	r.pos.Step, r.pos.Plays, r.pos.Told, r.pos.Tried = step, 0, false, nil
}

// take goes through steps from the cursor until one of them has something to do.
func (r *run) take(at cursor) Action {
	for at.inside() {
		step := at.step()
		if step.ID == "" || step.ID == stepOver { // a flow that nobody checked: no call can stand there
			at = at.behind()
			continue
		}
		r.enter(step.ID)
		action, on := r.begin(step, at)
		if action != nil {
			return action
		}
		at = on
	}
	return r.end(at, false)
}

// behind goes on after the step. Said says that the caller has just heard a message.
func (r *run) behind(at cursor, said bool) Action {
	on := at.behind()
	if !on.inside() {
		return r.end(on, said)
	}
	return r.take(on)
}

// end ends a call whose flow has no more steps. Who has just heard a message hears
// no other.
func (r *run) end(at cursor, said bool) Action {
	sound, cause := Sound{Prompt: PromptUnavailable}, cmp.Or(r.pos.Last, callstate.CauseFlowEnded)
	if at.closed() {
		sound, cause = Sound{Prompt: PromptClosed}, callstate.CauseClosed
	}
	if said {
		sound = Sound{}
	}
	r.tell(Step{}, WhatOver, "")
	return r.over(cause, sound)
}

func (r *run) over(cause callstate.Cause, sound Sound) Action {
	r.enter(stepOver)
	return End{Sound: sound, Cause: cause}
}

// begin is the first action of a step, or the cursor of what follows at once.
func (r *run) begin(step Step, at cursor) (Action, cursor) {
	switch step.Kind() {
	case KindHours:
		return r.hours(step, at)
	case KindMessage:
		return r.message(step, at)
	case KindMenu:
		return r.openMenu(step, at)
	case KindRing:
		return r.ring(step, at)
	case KindQueue:
		return r.queue(step, at)
	case KindForward:
		if to := step.Forward.To; !r.facts.Countries.Dials(to) {
			r.pos.Last = callstate.CauseForwardFailed
			r.tell(step, WhatForbidden, phone.Country(to))
			return nil, at.behind()
		}
		r.tell(step, WhatEntered, "")
		return Dial{To: step.Forward.To, For: cmp.Or(step.Forward.Time, DefaultRing)}, at
	case KindNumber:
		return nil, r.number(step, at)
	case KindVoicemail, KindCallback, KindHangUp:
		return r.last(step, at), at
	}
	return nil, at.behind()
}

func (r *run) hours(step Step, at cursor) (Action, cursor) {
	h := step.Hours
	open, why := h.Schedule.Open(r.facts.At, r.facts.Zone, r.facts.Feeds[h.Schedule.FeedID])
	if open {
		r.tell(step, WhatOpen, why)
		return nil, at.behind()
	}
	r.tell(step, WhatClosed, why)
	return nil, at.into(h.Closed, true)
}

func (r *run) message(step Step, at cursor) (Action, cursor) {
	if !r.there(step, step.Message.Say) {
		return nil, at.behind()
	}
	r.tell(step, WhatEntered, "")
	if step.Message.Say.Silent() {
		return nil, at.behind()
	}
	return Say{Sound: step.Message.Say}, at
}

// number goes on in another number's flow, unless the call has changed numbers
// too often already: so flows that lead in a circle end.
func (r *run) number(step Step, at cursor) cursor {
	to := step.Number.NumberID
	next, known := r.facts.Lines[to]
	switch {
	case !known:
		r.tell(step, WhatTargetGone, to)
		return at.behind()
	case to == r.pos.Line || len(r.pos.Hops) >= MaxHops:
		r.tell(step, WhatTooManyHops, to)
		return at.behind()
	}
	r.tell(step, WhatEntered, "")
	r.hop(to)
	return newCursor(next.Flow)
}

// last is the action of a step that ends the call.
func (r *run) last(step Step, at cursor) Action {
	r.tell(step, WhatEntered, "")
	switch {
	case step.Voicemail != nil:
		v := step.Voicemail
		return Record{Sound: r.or(step, v.Say, PromptVoicemail), Limit: cmp.Or(v.Limit, DefaultVoicemail)}
	case step.Callback != nil:
		return Promise{Sound: r.or(step, step.Callback.Say, PromptCallbackPromise)}
	}
	say := step.HangUp.Say
	if !r.there(step, say) {
		say = Sound{Prompt: PromptGoodbye}
	}
	return End{Sound: say, Cause: hungUp(at)}
}

// hungUp is why a call ends that a step hangs up on.
func hungUp(at cursor) callstate.Cause {
	if at.closed() {
		return callstate.CauseClosed
	}
	return callstate.CauseFlowEnded
}

// done goes on after a step of one action.
func (r *run) done(at cursor, ev Event) Action {
	if ev.keys() {
		return nil
	}
	switch step := at.step(); {
	case step.Voicemail != nil:
		return r.over(callstate.CauseVoicemailLeft, Sound{})
	case step.Callback != nil:
		return r.over(callstate.CauseCallbackPromised, Sound{})
	case step.HangUp != nil:
		return r.over(hungUp(at), Sound{})
	case step.Forward != nil:
		r.pos.Last = callstate.CauseForwardFailed
		r.tell(step, WhatDialFailed, string(ev.Cause))
		return r.behind(at, false)
	default:
		return r.behind(at, step.Message != nil)
	}
}

// keys says whether the event is of the caller's keys, which mean something in few steps.
func (e Event) keys() bool {
	return e.Kind == Pressed || e.Kind == Asked || e.Kind == Started
}

// there says whether a step's sound can be played, and tells where it cannot.
func (r *run) there(step Step, s Sound) bool {
	if s.MessageID == "" || r.facts.Sounds[s.MessageID] {
		return true
	}
	r.tell(step, WhatTargetGone, s.MessageID)
	return false
}

// or is the sound, or the one shipped in its place where it is silent or gone.
func (r *run) or(step Step, s Sound, prompt string) Sound {
	if s.Silent() || !r.there(step, s) {
		return Sound{Prompt: prompt}
	}
	return s
}

func (r *run) tell(step Step, what, detail string) {
	r.note(step, Note{What: what, Detail: detail})
}

func (r *run) note(step Step, n Note) {
	n.Line, n.Step, n.Kind = r.pos.Line, step.ID, step.Kind()
	r.notes = append(r.notes, n)
}
