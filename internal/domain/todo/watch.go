package todo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/tag"
)

const (
	// queue is how many calls may wait. What is lost beyond it Rebuild finds.
	queue    = 1000
	noteTime = 10 * time.Second // for one call
	stopTime = 3 * time.Second  // for what waits when the program stops
)

// Tags lists a workspace's tags.
type Tags interface {
	Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error)
}

// Labels puts a tag of the system's on a call that is over. call.Engine is it.
type Labels interface {
	Label(ctx context.Context, workspaceID, callID, tagID string) error
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// changed is the kind of change that is told.
const changed = "todo"

// WatchNeeds is what a Watch works with.
type WatchNeeds struct {
	Store   Store
	Tags    Tags
	Changes Changes
	Log     *slog.Logger
}

// Watch is told of calls and keeps the items they open and close. It holds no call
// up: calls wait in a short queue for one goroutine, Run, which alone asks the store.
type Watch struct {
	needs WatchNeeds
	calls chan call.Record
}

// NewWatch returns a Watch. Run has to run for anything to be kept.
func NewWatch(n WatchNeeds) *Watch { return &Watch{needs: n, calls: make(chan call.Record, queue)} }

// Audience tells next everything, and the Watch of calls that ended.
func (w *Watch) Audience(next call.Audience) call.Audience { return watched{next, w} }

type watched struct {
	call.Audience
	w *Watch
}

func (a watched) CallEnded(v call.View, r call.Record) {
	a.w.ended(r)
	a.Audience.CallEnded(v, r)
}

func (w *Watch) ended(r call.Record) {
	if opens(r) == "" && closes(r) == "" {
		return
	}
	select {
	case w.calls <- r:
	default:
		w.needs.Log.Warn("too many calls at once: what is to be done is not kept", obs.Call, r.ID, obs.Workspace, r.WorkspaceID)
	}
}

// Run keeps items until ctx ends, and then those of the calls that wait.
func (w *Watch) Run(ctx context.Context, labels Labels) {
	for {
		select {
		case r := <-w.calls:
			w.note(context.WithoutCancel(ctx), labels, r)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			for len(w.calls) > 0 && last.Err() == nil {
				w.note(last, labels, <-w.calls)
			}
			return
		}
	}
}

// note keeps what one call comes to. What fails is logged: the call itself is stored.
func (w *Watch) note(ctx context.Context, labels Labels, r call.Record) {
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	label, err := w.keep(ctx, r)
	if label != "" {
		err = errors.Join(err, w.label(ctx, labels, r, label))
	}
	if err != nil {
		w.needs.Log.ErrorContext(ctx, "what is to be done for a caller is not kept", obs.Call, r.ID, obs.Workspace, r.WorkspaceID, obs.Err, err)
	}
}

// keep stores what a call opens or closes, and returns the name of the tag it gets:
// one for a call that ended with a promise, one for that by which somebody was
// called back.
func (w *Watch) keep(ctx context.Context, r call.Record) (label string, err error) {
	if o := closes(r); o != "" {
		closed, err := w.close(ctx, r, o)
		if closed && o == CalledBack {
			label = tag.CalledBack
		}
		return label, err
	}
	k := opens(r)
	if k == Callback {
		label = tag.CallbackRequest
	}
	return label, w.open(ctx, r, k)
}

// open stores the item of a call, or joins it to the one that is open. Of two calls
// of one caller that end at once on two nodes the second is told that there is one.
func (w *Watch) open(ctx context.Context, r call.Record, k Kind) error {
	err := w.join(ctx, r, k)
	if fault.KindOf(err) == fault.NotFound {
		err = w.needs.Store.SaveItem(ctx, begin(r, k))
	}
	if fault.KindOf(err) == fault.Conflict {
		err = w.join(ctx, r, k)
	}
	if err != nil {
		return fmt.Errorf("keep what is to be done: %w", err)
	}
	w.needs.Changes.Changed(ctx, r.WorkspaceID, changed, r.ID)
	return nil
}

// join adds the call to the caller's open item; NotFound where there is none.
func (w *Watch) join(ctx context.Context, r call.Record, k Kind) error {
	return w.edit(ctx, r, func(i *Item) error {
		if i.CallID != r.ID {
			*i = i.join(r, k)
		}
		return nil
	})
}

// close does away with the caller's open item, if there is one.
func (w *Watch) close(ctx context.Context, r call.Record, o Outcome) (bool, error) {
	err := w.edit(ctx, r, func(i *Item) error {
		*i = i.done(o, r.EndedAt, r.MemberID)
		return nil
	})
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("close what is to be done: %w", err)
	}
	w.needs.Changes.Changed(ctx, r.WorkspaceID, changed, r.ID)
	return true, nil
}

// edit changes the open item of a call's party; NotFound where there is none any more.
func (w *Watch) edit(ctx context.Context, r call.Record, change func(*Item) error) error {
	item, err := w.needs.Store.OpenItem(ctx, r.WorkspaceID, r.NumberID, r.PartyE164)
	if err != nil {
		return err
	}
	_, err = w.needs.Store.EditItem(ctx, r.WorkspaceID, item.ID, func(i *Item) error {
		if !i.Open() {
			return fault.New(fault.NotFound, "error.not-found")
		}
		return change(i)
	})
	return err
}

func (w *Watch) label(ctx context.Context, labels Labels, r call.Record, name string) error {
	all, err := w.needs.Tags.Tags(ctx, r.WorkspaceID)
	if err != nil {
		return fmt.Errorf("find the tag %s: %w", name, err)
	}
	i := slices.IndexFunc(all, func(t tag.Tag) bool { return t.System && t.Name == name })
	if i < 0 {
		return fmt.Errorf("the workspace has no tag %s", name)
	}
	return labels.Label(ctx, r.WorkspaceID, r.ID, all[i].ID)
}
