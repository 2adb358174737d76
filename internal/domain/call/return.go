package call

import (
	"context"
	"fmt"
	"maps"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/flow"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
)

// Returning is a callback: the place that a caller kept in line when he hung up.
type Returning struct {
	Number  number.Number
	To      string // E.164
	Name    string
	QueueID string    // where he waited
	Since   time.Time // from when on: of equal priority, the earlier goes first
	Until   time.Time // the place is kept no longer
	Limits  Limits    // of the workspace
	Allowed []string  // countries that may be called
	// Wanted is asked once a member has taken the call and before the customer is
	// called. Where it says no the call ends with CauseSettled.
	Wanted func(ctx context.Context, callID string) bool
}

// Return starts an outbound call that stands in line in its caller's place, and
// returns its id once it does: of two, the one returned first is before the other. It
// rings one member at a time; whoever takes it calls the customer.
// Faults: Conflict where the line is no more, and those of Guard.Check.
func (e *Engine) Return(ctx context.Context, r Returning) (string, error) {
	if r.Number.TrunkID == "" {
		return "", fault.New(fault.Conflict, "error.number-without-trunk").With("number", r.Number.Name)
	}
	facts, people, err := e.flows.Facts(ctx, r.Number.WorkspaceID, r.Number.ID)
	if err != nil {
		return "", fmt.Errorf("read what the callback depends on: %w", err)
	}
	numberID, stepID := flow.OfQueue(r.QueueID)
	at, line, ok := flow.InLine(numberID, stepID, facts)
	if !ok {
		return "", fault.New(fault.Conflict, "error.line-gone")
	}
	p := Placing{Number: r.Number, To: r.To, Limits: r.Limits, Allowed: r.Allowed}
	if err := e.guard.Check(ctx, p); err != nil {
		return "", err
	}
	c := e.prepare(id.New(), r.Number, callstate.Outbound)
	c.opening = Facts{NumberID: r.Number.ID, Direction: callstate.Outbound, E164: r.To, Name: r.Name, Policy: &c.state.Policy}
	c.at, c.facts, c.since, c.dialTo, c.wanted = at, facts, r.Since, r.To, r.Wanted
	maps.Copy(c.members, people)
	// There is nobody to tell his place, and one member is enough.
	line.Queue = flow.Queue{
		Strategy: flow.LongestIdle, Priority: line.Queue.Priority, RingTime: line.Queue.RingTime, MaxWait: r.Until.Sub(r.Since),
	}
	c.action = line
	lined := make(chan error, 1)
	c.post(input{event: callstate.Returning{}, reply: lined})
	if err := e.admit(c, 0); err != nil {
		e.guard.Undo(p)
		return "", err
	}
	c.log.Info("call stands in line for who asked to be called back", obs.Number, r.Number.ID, "to", obs.Phone(r.To))
	go c.run()
	return c.id, <-lined
}

// Settle ends a callback that nobody needs any more, unless a member has taken it.
func (e *Engine) Settle(workspaceID, callID string) {
	c, err := e.find(workspaceID, callID)
	if err != nil {
		return
	}
	c.post(input{do: func(c *live) error {
		if c.state.Direction != callstate.Outbound || c.state.Phase != callstate.Waiting {
			return nil
		}
		return c.handle(input{event: callstate.Stopped{Cause: callstate.CauseSettled}})
	}})
}
