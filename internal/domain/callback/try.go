package callback

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/todo"
)

// try has a call stand in line for the caller, or finds that none can.
func (r *Runner) try(ctx context.Context, calls Calls, i todo.Item) (todo.Item, error) {
	noted := make(chan struct{})
	defer close(noted)
	spec, err := r.returning(ctx, i, noted)
	callID := ""
	if err == nil {
		callID, err = calls.Return(ctx, spec)
	}
	switch kind := fault.KindOf(err); {
	case err == nil:
	case slices.Contains(hopeless(), kind):
		r.needs.Log.WarnContext(ctx, "callback left to people", obs.Workspace, i.WorkspaceID, "item", i.ID, obs.Err, err)
		return r.edit(ctx, i, i.Return.Over())
	case kind == fault.TooMany:
		later := i.Return
		later.NextAt = time.Now().Add(pause)
		return r.edit(ctx, i, later)
	default:
		return i, fmt.Errorf("call back: %w", err)
	}
	r.mu.Lock()
	r.made[callID] = i.WorkspaceID
	r.mu.Unlock()
	trying := i.Return
	trying.Trying = callID
	return r.edit(ctx, i, trying)
}

// hopeless are the faults that would be the same every time.
func hopeless() []fault.Kind {
	return []fault.Kind{fault.Conflict, fault.Forbidden, fault.Invalid, fault.NotFound}
}

// line returns the number to call with, of which numbers. Faults: NotFound where it is
// no more, or inactive, Forbidden where the caller is blocked.
func (r *Runner) line(ctx context.Context, i todo.Item) (n number.Number, of []number.Number, err error) {
	blocked, err := r.needs.Blocked.Blocks(ctx, i.WorkspaceID, i.E164)
	if err != nil {
		return n, nil, fmt.Errorf("look whether the caller is blocked: %w", err)
	}
	if blocked {
		return n, nil, fault.New(fault.Forbidden, "error.not-allowed")
	}
	numbers, err := r.needs.Numbers.Numbers(ctx, i.WorkspaceID)
	if err != nil {
		return n, nil, fmt.Errorf("list numbers: %w", err)
	}
	at := slices.IndexFunc(numbers, func(n number.Number) bool { return n.ID == i.NumberID && !n.Inactive })
	if at < 0 {
		return n, nil, fault.New(fault.NotFound, "error.not-found")
	}
	return numbers[at], numbers, nil
}

// returning is the call to make. noted is closed once the item names it, or never will.
func (r *Runner) returning(ctx context.Context, i todo.Item, noted <-chan struct{}) (call.Returning, error) {
	n, numbers, err := r.line(ctx, i)
	if err != nil {
		return call.Returning{}, err
	}
	ws, err := r.needs.Workspaces.Workspace(ctx, i.WorkspaceID)
	if err != nil {
		return call.Returning{}, fmt.Errorf("read workspace: %w", err)
	}
	out := i.Return
	return call.Returning{
		Number: n, To: i.E164, Name: i.Name, QueueID: out.QueueID, Since: out.LinedAt, Until: expires(out),
		Allowed: number.Callable(ws.AllowedCountries, numbers),
		Limits: call.Limits{ // no member places it: all of them together have the workspace's limit
			PerMember: cmp.Or(ws.MaxOutboundPerHour, call.DefaultPerWorkspace), PerWorkspace: ws.MaxOutboundPerHour,
			Concurrent: ws.MaxConcurrentOutbound,
		},
		Wanted: func(ctx context.Context, callID string) bool {
			select {
			case <-noted:
			case <-ctx.Done():
				return false
			}
			return !r.phones(i) && r.wanted(ctx, i, callID)
		},
	}, nil
}

// wanted says whether the item is still to do and names this call, and notes that he is
// called: of two nodes that have made one for it, or of a call and somebody who
// archives the item, one wins.
func (r *Runner) wanted(ctx context.Context, i todo.Item, callID string) bool {
	_, _, err := r.line(ctx, i) // hours may have passed since the call got in line
	if err != nil {
		if !slices.Contains(hopeless(), fault.KindOf(err)) {
			r.fail(ctx, i, err)
		}
		return false
	}
	_, err = r.needs.Items.EditItem(ctx, i.WorkspaceID, i.ID, func(now *todo.Item) error {
		if !now.Open() || now.Return.Trying != callID {
			return errMoved
		}
		now.Return.CalledAt = time.Now()
		return nil
	})
	if err != nil {
		r.fail(ctx, i, fmt.Errorf("look whether the callback is still wanted: %w", err))
		return false
	}
	r.needs.Changes.Changed(ctx, i.WorkspaceID, changed, i.ID)
	return true
}
