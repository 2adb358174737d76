package callback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

// changed is the kind of change that is told.
const changed = "todo"

// errMoved says that somebody else has changed the item meanwhile.
var errMoved = errors.New("the item has changed meanwhile")

// Runner has callers called back. Run's goroutine alone acts; any goroutine may tell
// it of changes and of calls.
type Runner struct {
	needs Needs
	look  chan struct{} // holds one: there is something to look at

	mu   sync.Mutex
	made map[string]string // calls that this node has made and that may not be over, with their workspace
	busy telephone
}

// NewRunner returns a Runner. Run has to run for anybody to be called back.
func NewRunner(n Needs) *Runner {
	return &Runner{needs: n, look: make(chan struct{}, 1), made: make(map[string]string), busy: newTelephone()}
}

// Changed tells that items of a workspace have changed: the Runner looks at them soon.
func (r *Runner) Changed(string) {
	select {
	case r.look <- struct{}{}:
	default:
	}
}

// Run has callers called back until ctx ends.
func (r *Runner) Run(ctx context.Context, calls Calls) {
	for ctx.Err() == nil {
		timer := time.NewTimer(time.Until(r.round(ctx, calls)))
		select {
		case <-r.look:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// round brings every callback one step on, who came first before the others, and says
// when to look again.
func (r *Runner) round(ctx context.Context, calls Calls) time.Time {
	next := time.Now().Add(sweep)
	items, err := r.needs.Items.PendingItems(ctx)
	if err != nil {
		r.fail(ctx, todo.Item{}, err)
		return next
	}
	tried := make(map[string]bool)
	for _, i := range items {
		moved, err := r.step(ctx, calls, i)
		if err != nil {
			r.fail(ctx, i, err)
		}
		tried[moved.Return.Trying] = true
		if at := moved.Return.NextAt; moved.Return.Trying == "" && at.After(time.Now()) && at.Before(next) {
			next = at
		}
	}
	r.settle(calls, tried)
	return next
}

func (r *Runner) fail(ctx context.Context, i todo.Item, err error) {
	if ctx.Err() != nil || errors.Is(err, errMoved) { // who changed it has told of it
		return
	}
	r.needs.Log.ErrorContext(ctx, "who asked to be called back is not yet", obs.Workspace, i.WorkspaceID, "item", i.ID, obs.Err, err)
}

// settle ends the calls in line that no item names any more: somebody has called the
// caller, or archived the item, or the caller has reached somebody himself.
func (r *Runner) settle(calls Calls, tried map[string]bool) {
	r.mu.Lock()
	needless := make(map[string]string)
	for callID, workspaceID := range r.made {
		if !tried[callID] {
			needless[callID] = workspaceID
			delete(r.made, callID)
		}
	}
	r.mu.Unlock()
	for callID, workspaceID := range needless {
		calls.Settle(workspaceID, callID)
	}
}

// step brings a callback on and returns its item as it then is.
func (r *Runner) step(ctx context.Context, calls Calls, i todo.Item) (todo.Item, error) {
	if i.Return.Trying != "" {
		over, known, err := r.over(ctx, calls, i)
		switch {
		case err == nil && known:
			i, err = r.edit(ctx, i, after(i.Return, over))
		case err == nil && i.Return.CalledAt.IsZero() && r.phones(i): // then nobody need ring for him
			aside := i.Return
			aside.Trying = ""
			return r.edit(ctx, i, aside)
		default:
			return i, err
		}
		if err != nil {
			return i, err
		}
	}
	now := time.Now()
	switch {
	case !i.Return.Pending():
		return i, nil
	case !now.Before(expires(i.Return)):
		return r.edit(ctx, i, i.Return.Over())
	case i.Return.NextAt.After(now), r.phones(i):
		return i, nil
	}
	return r.try(ctx, calls, i)
}

// over returns the call that was made for an item, once it has ended and that is
// stored. One that no log knows was cut off before anything happened.
func (r *Runner) over(ctx context.Context, calls Calls, i todo.Item) (rec call.Record, known bool, err error) {
	if v, live := calls.View(i.WorkspaceID, i.Return.Trying); live && v.State.Phase != callstate.Ended {
		return rec, false, nil
	}
	rec, err = r.needs.History.Record(ctx, i.WorkspaceID, i.Return.Trying)
	if fault.KindOf(err) == fault.NotFound {
		return call.Record{Cause: callstate.CauseServerCrashed}, true, nil
	}
	if err != nil {
		return rec, false, fmt.Errorf("read what came of a callback: %w", err)
	}
	return rec, !rec.Live(), nil
}

// edit stores how a callback stands, unless somebody else has changed it since it was
// read.
func (r *Runner) edit(ctx context.Context, i todo.Item, to todo.Return) (todo.Item, error) {
	edited, err := r.needs.Items.EditItem(ctx, i.WorkspaceID, i.ID, func(now *todo.Item) error {
		if !now.Open() || now.Return != i.Return {
			return errMoved
		}
		now.Return = to
		return nil
	})
	if err != nil {
		return i, fmt.Errorf("note how a callback stands: %w", err)
	}
	r.needs.Changes.Changed(ctx, i.WorkspaceID, changed, i.ID)
	return edited, nil
}
