package routing

import (
	"context"
	"sync"

	"parley/internal/base/obs"
)

// view is what was read of one workspace, and when it is to be read again.
type view struct {
	reading sync.Mutex // one goroutine reads, the others wait for what it reads

	mu   sync.Mutex
	snap *snapshot
	read uint64 // what dropped was when the reading of snap began
	drop uint64 // grows with every change
}

// Changed drops what was read of a workspace, of all where the id is empty: its
// flows, numbers, who has them, its members, teams, messages or calendars were
// changed. Whoever asks after that sees the change.
func (s *Service) Changed(workspaceID string) {
	s.mu.Lock()
	var stale []*view
	for id, v := range s.views {
		if workspaceID == "" || id == workspaceID {
			stale = append(stale, v)
		}
	}
	s.mu.Unlock()
	for _, v := range stale {
		v.mu.Lock()
		v.drop++
		v.mu.Unlock()
	}
}

// snapshot returns what is known of a workspace. Where the store fails that is
// what was read last: calls go on by it.
func (s *Service) snapshot(ctx context.Context, workspaceID string) (*snapshot, error) {
	s.mu.Lock()
	v, ok := s.views[workspaceID]
	if !ok {
		v = &view{drop: 1}
		s.views[workspaceID] = v
	}
	s.mu.Unlock()
	if snap, fresh, _ := v.get(); fresh {
		return snap, nil
	}
	v.reading.Lock()
	defer v.reading.Unlock()
	old, fresh, drop := v.get()
	if fresh {
		return old, nil
	}
	snap, err := s.load(ctx, workspaceID)
	switch {
	case err == nil:
		v.set(snap, drop)
		return snap, nil
	case old != nil:
		s.needs.Log.WarnContext(ctx, "calls follow what was read before", obs.Workspace, workspaceID, obs.Err, err)
		return old, nil
	}
	return nil, err
}

// get returns what was read, whether nothing has changed since, and the count of
// changes so far.
func (v *view) get() (snap *snapshot, fresh bool, drop uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.snap, v.read == v.drop, v.drop
}

// set keeps what was read while drop was the count of changes.
func (v *view) set(snap *snapshot, drop uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.snap, v.read = snap, drop
}
