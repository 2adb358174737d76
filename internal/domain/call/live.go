package call

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
)

// live is a call that has not ended. Its goroutine (run) alone touches its
// fields, but for view, which others read.
type live struct {
	engine *Engine
	log    *slog.Logger
	inbox  *mailbox[input]
	view   atomic.Pointer[View]

	id       string
	number   number.Number
	opening  Facts // what the first entry of the log says
	members  map[string]member.Member
	state    callstate.State
	record   Record
	journal  *journal
	bridge   Bridge
	customer Leg
	agent    Leg
	tab      string
	dialTo   string
	wanted   func(context.Context, string) bool // of a callback; see Returning
	timers   map[callstate.StartTimer]*time.Timer
	player   player
	at       flow.Position        // where the call stands in its flow
	facts    flow.Facts           // what that was decided by
	action   flow.Action          // what is done about it; nil before the first
	since    time.Time            // when that began; of a callback, when its caller's waiting did
	taken    time.Time            // when a member took a callback
	booth    *booth               // where offers come in while the call is in line
	spared   map[string]time.Time // who did not take the call in line, and when
	external external
	recorder Recorder
	recID    string
	recAgent callstate.LegID // whose voice the agent's channel has
	recStart time.Time
	heldAt   time.Time
	sipCode  int
	sipText  string
}

// input is one thing for the call's goroutine to take: an event for the state
// machine with what comes along, or something to do outside the machine.
type input struct {
	event  callstate.Event
	leg    Leg    // of Answered and AgentBack
	tab    string // where that leg is
	code   int    // of CustomerGone
	text   string
	notes  []flow.Note             // what the flow tells of the event
	passed map[string]agent.Reason // who could not be booked for it
	do     func(*live) error
	undo   func() // where the call is over before do
	reply  chan<- error
}

// batch gathers what one transition writes and then tells.
type batch struct {
	owe     func(context.Context) error // see job
	entries []Entry
	rung    []string             // members whose phones begin to ring
	gone    []callstate.Withdraw // and those that stop
	after   []func()
	late    []func() // told when everything else is
}

var errEnded = fault.New(fault.Conflict, "error.call-ended")

// post hands the call an input; replies errEnded if it is over.
func (c *live) post(in input) {
	if !c.inbox.put(in) && in.reply != nil {
		in.reply <- errEnded
	}
}

// onCustomer turns what the customer's leg reports into the call's events.
func (c *live) onCustomer(ev LegEvent) {
	switch ev.Kind {
	case LegRinging:
		c.post(input{event: callstate.CustomerRinging{}})
	case LegEarlyMedia:
		c.post(input{event: callstate.CustomerEarly{}})
	case LegAnswered:
		c.post(input{event: callstate.CustomerAnswered{}})
	case LegHeld:
		c.post(input{event: callstate.CustomerHeld{On: true}})
	case LegResumed:
		c.post(input{event: callstate.CustomerHeld{On: false}})
	case LegEnded:
		c.post(input{event: callstate.CustomerGone{Cause: ev.Cause}, code: ev.Code, text: ev.Reason})
	case LegDigit:
		c.post(input{do: func(c *live) error { return c.key(ev.Digit) }})
	case LegFlowing:
	}
}

// run is the call's goroutine.
func (c *live) run() {
	defer c.engine.work.Done()
	defer c.engine.forget(c)
	for range c.inbox.wake {
		items, _ := c.inbox.take()
		for i, in := range items {
			if c.state.Phase == callstate.Ended {
				refuse(items[i:])
				break
			}
			err := c.handle(in)
			if in.reply != nil {
				in.reply <- err
			}
		}
		if c.state.Phase == callstate.Ended {
			break
		}
	}
	c.inbox.close()
	rest, _ := c.inbox.take()
	refuse(rest)
	c.journal.jobs.close()
	<-c.journal.done
}

func refuse(items []input) {
	for _, in := range items {
		if in.undo != nil {
			in.undo()
		}
		if in.reply != nil {
			in.reply <- errEnded
		}
	}
}

// handle takes one input.
func (c *live) handle(in input) error {
	if in.do != nil {
		return in.do(c)
	}
	next, effects, ok := callstate.Next(c.state, in.event)
	if !ok {
		c.missing(in.event)
		return fault.New(fault.Conflict, "error.not-now")
	}
	now := time.Now()
	c.note(in, now)
	var b batch
	facts := factsOf(in.event)
	kind := callstate.KindOf(in.event)
	switch kind {
	case callstate.KindArrived, callstate.KindDialled, callstate.KindReturning:
		facts = c.opening
	case callstate.KindCustomerGone:
		facts.Code = in.code
	default:
	}
	for _, n := range in.notes {
		c.write(&b, now, EntryStep, Facts{Step: &n})
	}
	if !quiet(kind) {
		c.write(&b, now, string(kind), facts)
	}
	for m, reason := range in.passed {
		c.write(&b, now, EntryNotRung, Facts{Member: m, Reason: string(reason)})
	}
	before := c.state
	c.state = next
	if next.Held != before.Held {
		c.heldAt = time.Time{}
		if next.Held {
			c.heldAt = now
		}
	}
	c.publish() // before an effect frees a member: who is free is in no call that others see
	for _, effect := range effects {
		c.perform(&b, now, effect)
	}
	c.writeOffers(&b, now)
	c.follow()
	c.publish()
	c.commit(b)
	return nil
}

// note keeps what came along with an event.
func (c *live) note(in input, now time.Time) {
	switch in.event.(type) {
	case callstate.Answered, callstate.AgentBack:
		c.seat(in.leg, in.tab)
		if c.state.Phase == callstate.Waiting {
			c.taken = now
		}
	case callstate.CustomerGone:
		c.sipCode, c.sipText = in.code, in.text
	}
}

// seat gives the agent's place in the call to a leg. A leg that was replaced
// may still report its end: only the one in use counts, and it ends while the
// call goes on only if it is lost.
func (c *live) seat(leg Leg, tab string) {
	c.agent, c.tab = leg, tab
	c.bridge.Attach(leg)
	leg.Listen(func(ev LegEvent) {
		if ev.Kind != LegEnded && ev.Kind != LegFlowing {
			return
		}
		c.post(input{do: func(c *live) error {
			switch {
			case c.agent != leg:
				return nil
			case ev.Kind == LegFlowing:
				return c.heard()
			case c.state.Unproven():
				return c.unheard(true)
			}
			return c.handle(input{event: callstate.AgentLost{Member: c.state.Agent}})
		}})
	})
}

// seatCustomer gives the customer's place in the call to a leg.
func (c *live) seatCustomer(leg Leg) {
	c.customer = leg
	c.bridge.Attach(leg)
	leg.Listen(c.onCustomer)
}

// write adds an entry to the batch and folds it into the record.
func (c *live) write(b *batch, at time.Time, kind string, f Facts) {
	e, err := makeEntry(c.record, at, kind, f)
	if err != nil { // plain fields always encode
		c.log.Error("encode log entry", "kind", kind, obs.Err, err)
		return
	}
	c.record = fold(c.record, e, f)
	b.entries = append(b.entries, e)
}

// follow brings the media plane in step with the state.
func (c *live) follow() {
	if c.state.Phase == callstate.Ended {
		return
	}
	c.bridge.Follow(c.state)
	c.sound()
}

// publish makes the new state readable.
func (c *live) publish() {
	v := View{
		ID: c.id, Number: c.number, Web: c.record.Web,
		PartyE164: c.record.PartyE164, PartyName: c.record.PartyName,
		State: c.state, Tab: c.tab,
		StartedAt: c.record.StartedAt, AnsweredAt: c.record.AnsweredAt, HeldAt: c.heldAt,
		SIPCode: c.sipCode, SIPReason: c.sipText,
	}
	if c.state.Direction == callstate.Outbound {
		v.LinedAt = c.since
		if !c.taken.IsZero() {
			v.StartedAt = c.taken
		}
	}
	c.view.Store(&v)
}

// commit hands the batch to the journal; everybody concerned is told after it
// is written.
func (c *live) commit(b batch) {
	v, r := *c.view.Load(), c.record
	after := b.after
	switch c.state.Phase {
	case callstate.Ended:
		after = append(after, func() { c.engine.audience.CallEnded(v, r) })
	case callstate.Routing: // for a moment, which nobody needs to see
	default:
		after = append(after, func() { c.engine.audience.CallChanged(v) })
	}
	after = append(after, b.late...)
	c.journal.jobs.put(job{owe: b.owe, entries: b.entries, record: r, after: after})
}

// alarm tells that the log cannot be written.
func (c *live) alarm() { c.engine.audience.Alarm(*c.view.Load(), "alarm.log-not-written") }
