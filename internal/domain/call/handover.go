package call

import (
	"context"
	"slices"

	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
)

// Handing takes a member out of a call.
type Handing struct {
	From  string
	To    member.Member   // rung in his place; the zero Member: the call ends
	Cause callstate.Cause // why From leaves
}

// HandOver takes a member out of a call he is in, or that rings him, and rings
// another in his place, with music for the customer meanwhile. Faults are those of
// a call that has ended or that the member is not in.
func (e *Engine) HandOver(ctx context.Context, workspaceID, callID string, h Handing) error {
	return e.send(ctx, workspaceID, callID, input{do: func(c *live) error { return c.handOver(h) }})
}

// handOver books who is to take over before the call is told.
func (c *live) handOver(h Handing) error {
	ev := callstate.HandedOver{From: h.From, To: h.To.ID, Cause: h.Cause}
	passed := make(map[string]agent.Reason)
	_, effects, _ := callstate.Next(c.state, ev)
	rings := slices.Contains(effects, callstate.Effect(callstate.RingMember{Member: h.To.ID}))
	if rings {
		c.members[h.To.ID] = h.To
		if reason := c.engine.agents.Reserve(h.To.ID, c.id); reason != agent.Free {
			passed[h.To.ID], ev.Missed = reason, true
		}
	}
	return c.handle(input{event: ev, passed: passed})
}
