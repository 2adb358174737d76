package call

import (
	"context"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
)

// dialTime bounds handing a call to the phone network.
const dialTime = 10 * time.Second

// dialExternal has the number called that the flow forwards to, over the trunk of
// the number that was called.
func (c *live) dialExternal() {
	a, _ := c.action.(flow.Dial)
	c.external.turn++
	turn := c.external.turn
	out := Outgoing{CallID: c.id, Number: c.number, To: a.To, CallerID: c.number.E164, Leg: callstate.ExternalLeg}
	failed := func(cause callstate.Cause) {
		c.post(input{do: func(c *live) error {
			if c.external.turn != turn {
				return nil
			}
			c.unseatExternal()
			return c.handle(input{event: callstate.ExternalGone{Cause: cause}})
		}})
	}
	done, ok := c.engine.guard.Forward(Forwarded{
		WorkspaceID: c.number.WorkspaceID, Caller: c.opening.E164, From: out.CallerID, To: a.To,
	})
	if c.external.done = done; !ok {
		c.log.Warn("call not forwarded: it was before, or the workspace has called too often", "to", obs.Phone(a.To))
		failed(callstate.CauseTrunkRefused)
		return
	}
	if c.number.TrunkID == "" {
		failed(callstate.CauseTrunkUnreachable)
		return
	}
	c.engine.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dialTime)
		defer cancel()
		leg, err := c.engine.dialler.Dial(ctx, out)
		if err != nil {
			c.log.Warn("call not forwarded", "to", obs.Phone(a.To), obs.Err, err)
			failed(callstate.CauseTrunkUnreachable)
			return
		}
		drop := func() { leg.HangUp(callstate.CauseCustomerLeft) }
		if !c.inbox.put(input{undo: drop, do: func(c *live) error {
			if c.external.turn != turn {
				drop()
				return nil
			}
			c.seatExternal(leg)
			return nil
		}}) {
			drop()
		}
	})
}

// external is the leg of a number outside. It counts its calls, so that late news
// of one is none of the next.
type external struct {
	leg  Leg
	turn int
	done func() // tells the guard that it is over; nil before the first
}

func (c *live) seatExternal(leg Leg) {
	c.external.leg = leg
	turn := c.external.turn
	c.bridge.Attach(leg)
	leg.Listen(func(ev LegEvent) {
		c.post(input{do: func(c *live) error {
			switch {
			case c.external.turn != turn:
				return nil
			case ev.Kind == LegAnswered:
				return c.handle(input{event: callstate.ExternalAnswered{}})
			case ev.Kind == LegEnded:
				c.unseatExternal()
				return c.handle(input{event: callstate.ExternalGone{Cause: ev.Cause}})
			}
			return nil
		}})
	})
}

// unseatExternal forgets the leg: what it still tells is of no interest.
func (c *live) unseatExternal() {
	c.external.turn++
	c.external.done()
	if c.external.leg != nil {
		c.bridge.Detach(callstate.ExternalLeg)
		c.external.leg = nil
	}
}

func (c *live) hangUpExternal(cause callstate.Cause) {
	leg := c.external.leg
	c.unseatExternal()
	if leg != nil {
		leg.HangUp(cause)
	}
}
