package todo_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/tag"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

// shelf keeps items in memory as the store does.
type shelf struct {
	mu      sync.Mutex
	items   []todo.Item
	broken  error
	raced   *todo.Item // another node stores it between the look and the save
	labels  []string
	changed int
	heard   []string
}

func (s *shelf) Items(_ context.Context, _ string, f todo.Filter) ([]todo.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(s.items), func(i todo.Item) bool {
		seen := f.NumberIDs == nil || slices.Contains(f.NumberIDs, i.NumberID) || f.AssigneeID != "" && i.AssigneeID == f.AssigneeID
		return i.Open() == f.Done || !seen
	})
	return out[:min(len(out), f.Limit)], s.broken
}

func (s *shelf) Item(_ context.Context, _, id string) (todo.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if i.ID == id {
			return i, s.broken
		}
	}
	return todo.Item{}, fault.New(fault.NotFound, "error.not-found")
}

func (s *shelf) OpenItem(_ context.Context, _, numberID, e164 string) (todo.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items {
		if i.Open() && e164 != "" && i.E164 == e164 && i.NumberID == numberID {
			return i, s.broken
		}
	}
	return todo.Item{}, fault.New(fault.NotFound, "error.not-found")
}

func (s *shelf) EditItem(_ context.Context, _, id string, change func(*todo.Item) error) (todo.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.items {
		if s.items[i].ID == id {
			edited := s.items[i]
			if err := change(&edited); err != nil {
				return edited, err
			}
			s.items[i] = edited
			return edited, nil
		}
	}
	return todo.Item{}, fault.New(fault.NotFound, "error.not-found")
}

func (s *shelf) SaveItem(_ context.Context, item todo.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	if s.raced != nil {
		s.items, s.raced = append(s.items, *s.raced), nil
	}
	for i, o := range s.items {
		switch {
		case o.ID == item.ID:
			s.items[i] = item
			return nil
		case o.Open() && item.Open() && item.E164 != "" && o.E164 == item.E164 && o.NumberID == item.NumberID:
			return fault.New(fault.Conflict, "error.taken")
		}
	}
	s.items = append(s.items, item)
	return nil
}

func (s *shelf) Tags(context.Context, string) ([]tag.Tag, error) {
	return []tag.Tag{
		{ID: "own", Name: tag.CalledBack + "!"}, {ID: "request", Name: tag.CallbackRequest, System: true}, {ID: "back", Name: tag.CalledBack, System: true},
	}, nil
}

func (s *shelf) Label(_ context.Context, _, callID, tagID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.labels = append(s.labels, callID+" "+tagID)
	return nil
}

func (s *shelf) Changed(context.Context, string, string, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
}

func (s *shelf) CallChanged(call.View)                               {}
func (s *shelf) CallGone(call.View, string, callstate.Cause, string) {}
func (s *shelf) CallEnded(_ call.View, r call.Record)                { s.heard = append(s.heard, r.ID) }
func (s *shelf) Alarm(call.View, string)                             {}

// told is the items in short.
func (s *shelf) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, i := range s.items {
		text := fmt.Sprintf("%s %s %s x%d last %s", i.ID, i.Kind, i.E164, i.Calls, i.CallID)
		if !i.Open() {
			text += fmt.Sprintf(" %s by %q", i.Outcome, i.DoneBy)
		}
		out = append(out, text)
	}
	return out
}

// clock gives calls their times, a minute each.
func at(n int) time.Time { return time.Date(2026, 3, 3, 10, n, 0, 0, time.UTC) }

// missed is the nth call, which nobody took.
func missed(n int, e164 string) call.Record {
	return call.Record{
		ID: fmt.Sprintf("c%d", n), WorkspaceID: "w", NumberID: "sales", Direction: callstate.Inbound, PartyE164: e164,
		StartedAt: at(n), EndedAt: at(n).Add(30 * time.Second), Cause: callstate.CauseNoAnswer,
	}
}

// talked is the nth call, which somebody took.
func talked(n int, e164, memberID string, d callstate.Direction) call.Record {
	r := missed(n, e164)
	r.Direction, r.MemberID, r.AnsweredAt, r.Cause = d, memberID, r.StartedAt.Add(time.Second), callstate.CauseAgentHungUp
	return r
}

// after runs the watch over calls that ended.
func after(t *testing.T, s *shelf, calls ...call.Record) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := todo.NewWatch(todo.WatchNeeds{Store: s, Tags: s, Changes: s, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.Run(ctx, s)
		for _, r := range calls {
			w.Audience(s).CallEnded(call.View{}, r)
			synctest.Wait()
		}
	})
}
