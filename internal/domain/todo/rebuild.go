package todo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
)

// History reads the calls of a workspace.
type History interface {
	Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error)
}

// maxRebuilt bounds the calls that Rebuild holds in memory.
const maxRebuilt = 100_000

// Rebuild makes the items of a workspace anew from the calls since a time, such as
// after a crash or a store that failed. What people did with items stays, and what
// came of callbacks: it is in no call. It returns how many items it stored.
func Rebuild(ctx context.Context, calls History, store Store, workspaceID string, since time.Time) (int, error) {
	records, err := history(ctx, calls, workspaceID, since)
	if err != nil {
		return 0, err
	}
	b := builder{store: store, workspaceID: workspaceID, open: make(map[party]int)}
	for _, r := range slices.Backward(records) {
		if err := b.add(ctx, r); err != nil {
			return 0, err
		}
	}
	stored := 0
	for _, made := range b.items {
		done, err := b.put(ctx, made)
		if err != nil {
			return stored, err
		}
		if done {
			stored++
		}
	}
	return stored, nil
}

// history lists the calls since a time, newest first.
func history(ctx context.Context, calls History, workspaceID string, since time.Time) ([]call.Record, error) {
	var out []call.Record
	f := call.Filter{Limit: 200}
	for len(out) < maxRebuilt {
		page, err := calls.Records(ctx, workspaceID, f)
		if err != nil {
			return nil, fmt.Errorf("read the calls: %w", err)
		}
		for _, r := range page {
			if r.StartedAt.Before(since) {
				return out, nil
			}
			out = append(out, r)
		}
		if len(page) < f.Limit {
			return out, nil
		}
		f.Before = page[len(page)-1].ID
	}
	return out, nil
}

// party is whom an item is about.
type party struct{ numberID, e164 string }

type builder struct {
	store       Store
	workspaceID string
	items       []Item
	open        map[party]int // index in items
}

// add takes a call, later than those before.
func (b *builder) add(ctx context.Context, r call.Record) error {
	p := party{r.NumberID, r.PartyE164}
	i, known := b.open[p]
	if known && !b.items[i].Open() && r.StartedAt.After(b.items[i].DoneAt) { // somebody did away with it before this call
		delete(b.open, p)
		known = false
	}
	k, o := opens(r), closes(r)
	switch {
	case o != "" && known && b.items[i].Open():
		b.items[i] = b.items[i].done(o, r.EndedAt, r.MemberID)
		delete(b.open, p)
	case k == "":
	case known:
		b.items[i] = b.items[i].join(r, k)
	default:
		made := begin(r, k)
		stored, err := b.store.Item(ctx, b.workspaceID, made.ID)
		switch {
		case err == nil:
			made.AssigneeID, made.AssignedAt = stored.AssigneeID, stored.AssignedAt
			made.Outcome, made.DoneAt, made.DoneBy = stored.Outcome, stored.DoneAt, stored.DoneBy
			if !stored.Return.PromisedAt.Before(made.Return.PromisedAt) { // else a crash kept the promise from being noted
				made.Return = stored.Return
			}
		case fault.KindOf(err) != fault.NotFound:
			return fmt.Errorf("look for an item: %w", err)
		}
		b.items = append(b.items, made)
		if p.e164 != "" {
			b.open[p] = len(b.items) - 1
		}
	}
	return nil
}

// put stores an item unless it is there as it is. One that began before the calls
// that were read, and is open, has the caller's place: then this one is left out.
func (b *builder) put(ctx context.Context, made Item) (bool, error) {
	stored, err := b.store.Item(ctx, b.workspaceID, made.ID)
	if err == nil && stored == made {
		return false, nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return false, fmt.Errorf("look for an item: %w", err)
	}
	err = b.store.SaveItem(ctx, made)
	if fault.KindOf(err) == fault.Conflict {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store an item: %w", err)
	}
	return true, nil
}
