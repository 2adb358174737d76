package call

import (
	"context"
	"maps"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
)

// How long a caller waits for what his way depends on: where something is known of it
// already, and where nothing is.
const (
	factsTime      = 2 * time.Second
	firstFactsTime = 10 * time.Second
)

// Unanswered is how long a caller hears it ring before he is answered and a ringing
// tone played to him: carriers give up calls that ring for three minutes (Q.118, and
// timer C of RFC 3261), and the flow may ring for longer.
const Unanswered = 150 * time.Second

// routed is what the flow has next for a call, and what it was decided by.
type routed struct {
	blocked bool
	facts   flow.Facts
	people  map[string]member.Member
	at      flow.Position
	action  flow.Action
	notes   []flow.Note
}

// ask has the flow say what comes next, off the call's goroutine: reading what it
// depends on may take a moment.
func (c *live) ask(ev flow.Event) {
	at, known := c.at, c.facts
	c.engine.work.Go(func() {
		r := routed{blocked: ev.Kind == flow.Started && c.blocked()}
		if !r.blocked {
			r.facts, r.people = c.collect(known)
			if !r.facts.Known() { // to guess would be to turn the caller away in another's words
				r.at, r.action = at, flow.End{Sound: flow.Sound{Prompt: flow.PromptUnavailable}, Cause: callstate.CauseInternal}
			} else {
				r.at, r.action, r.notes = flow.Next(at, r.facts, ev)
			}
		}
		c.post(input{do: func(c *live) error { return c.route(r) }})
	})
}

// collect reads what the call's way depends on. Where it cannot be read the call
// goes on with what was known before, if anything; who is busy by now is not booked
// anyway.
func (c *live) collect(known flow.Facts) (flow.Facts, map[string]member.Member) {
	patience := factsTime
	if !known.Known() {
		patience = firstFactsTime
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	facts, people, err := c.engine.flows.Facts(ctx, c.number.WorkspaceID, c.number.ID)
	if err != nil {
		c.log.Error("what the call's way depends on was not read", obs.Err, err)
		known.At = time.Now()
		return known, nil
	}
	return facts, people
}

// blocked says whether the company takes no calls of this caller. Where that cannot
// be read it does. A page has no number that could be blocked.
func (c *live) blocked() bool {
	if c.opening.Web {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), factsTime)
	defer cancel()
	yes, err := c.engine.blocklist.Blocks(ctx, c.number.WorkspaceID, c.opening.E164)
	if err != nil {
		c.log.Error("blacklist not read: the call is taken", obs.Err, err)
		return false
	}
	return yes
}

// route does what the flow has next, unless the call has ended meanwhile.
func (c *live) route(r routed) error {
	if c.state.Phase != callstate.Routing {
		return nil
	}
	if r.blocked {
		return c.handle(input{event: callstate.Blocked{}})
	}
	c.facts, c.at, c.action = r.facts, r.at, r.action
	maps.Copy(c.members, r.people)
	in := input{notes: r.notes}
	var step callstate.Routed
	switch a := r.action.(type) {
	case flow.Say:
		step = callstate.Routed{Do: callstate.StepSay, Asking: c.at.Told}
	case flow.Ask:
		step = callstate.Routed{Do: callstate.StepAsk}
	case flow.Offer:
		c.since = time.Now()
		step = callstate.Routed{Do: callstate.StepRing, Lined: a.Wait, Accept: a.Music != "" || c.ringsLong(a.For)}
		step.Members, in.passed = c.book(a.Members)
		c.turn(step.Members)
	case flow.Enqueue:
		c.since = time.Now()
		step = callstate.Routed{Do: callstate.StepLine, Asking: c.offersCallback()}
	case flow.Dial:
		step = callstate.Routed{Do: callstate.StepForward, Accept: c.ringsLong(a.For)}
	case flow.Record:
		step = callstate.Routed{Do: callstate.StepRecord}
	case flow.Promise:
		step = callstate.Routed{Do: callstate.StepLast, Cause: callstate.CauseCallbackPromised}
	case flow.End:
		step = callstate.Routed{Do: callstate.StepLast, Cause: a.Cause}
		if a.Sound.Silent() {
			step.Do = callstate.StepHangUp
		}
	default: // a call must not hang whatever the flow says
		c.log.Error("the flow has nothing next", "step", c.at.Step)
		step = callstate.Routed{Do: callstate.StepHangUp, Cause: callstate.CauseInternal}
	}
	in.event = step
	return c.handle(in)
}

// ringsLong says whether the caller would hear it ring unanswered for too long if it
// rang for a time more.
func (c *live) ringsLong(length time.Duration) bool {
	return time.Since(c.record.StartedAt)+length > Unanswered
}

// book takes members who are free for this call, and says why others are not.
func (c *live) book(members []string) (booked []string, passed map[string]agent.Reason) {
	for _, id := range members {
		reason := c.engine.agents.Reserve(id, c.id)
		if reason == agent.Free {
			booked = append(booked, id)
			continue
		}
		if passed == nil {
			passed = make(map[string]agent.Reason)
		}
		passed[id] = reason
	}
	return booked, passed
}

// turn remembers who was rung alone, for round robin.
func (c *live) turn(rung []string) {
	if len(rung) == 1 {
		c.engine.flows.Turn(flow.QueueID(c.at.Line, c.at.Step), rung[0])
	}
}

// said is what the caller hears in the step he is in.
func (c *live) said() []Sound {
	say := func(s flow.Sound) Sound { return Sound{Say: s, Language: c.number.Language} }
	switch a := c.action.(type) {
	case flow.Say:
		return []Sound{say(a.Sound)}
	case flow.Ask:
		return []Sound{say(a.Sound)}
	case flow.Record:
		return []Sound{say(a.Sound), {Tone: Beep}}
	case flow.Promise:
		return []Sound{say(a.Sound)}
	case flow.End:
		if a.Cause == callstate.CauseNotAssigned && a.Sound.Prompt == flow.PromptUnavailable {
			a.Sound.Prompt = flow.PromptNotInService
		}
		return []Sound{say(a.Sound)}
	}
	return nil
}

// key is the caller pressing a key.
func (c *live) key(digit byte) error {
	return c.handle(input{event: callstate.Pressed{Key: string(rune(digit))}})
}
