package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/internal/shared/protocol"
)

// shelf is the stores of a registry, in memory.
type shelf struct {
	mu      sync.Mutex
	due     []agent.Obligation
	members map[string]member.Member
	failing bool
}

func (s *shelf) Obligations(context.Context) ([]agent.Obligation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.due), nil
}

func (s *shelf) SaveObligation(_ context.Context, o agent.Obligation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing {
		return errors.New("disk is full")
	}
	s.drop(o.MemberID, o.CallID, o.Kind)
	s.due = append(s.due, o)
	return nil
}

func (s *shelf) MeetObligation(_ context.Context, memberID, callID string, kind agent.ObligationKind) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing {
		return errors.New("disk is full")
	}
	s.drop(memberID, callID, kind)
	return nil
}

func (s *shelf) drop(memberID, callID string, kind agent.ObligationKind) {
	s.due = slices.DeleteFunc(s.due, func(o agent.Obligation) bool {
		return o.MemberID == memberID && o.CallID == callID && o.Kind == kind
	})
}

func (s *shelf) fail(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = on
}

func (s *shelf) Member(_ context.Context, _, id string) (member.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.members[id], nil
}

func (s *shelf) SetSetting(_ context.Context, _, id string, setting member.Setting) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.members[id]
	kept.Setting = setting
	s.members[id] = kept
	return nil
}

// Workspace is in Paris, where it is an hour later than in London.
func (s *shelf) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, TimeZone: "Europe/Paris"}, nil
}

const (
	ws   = "ws1"
	work = 30 * time.Second
)

func ada() member.Member {
	return member.Member{ID: "ada", WorkspaceID: ws, Role: member.User, Setting: member.Available}
}

// open returns a registry over s in which ada has a tab that can ring.
func open(t *testing.T, s *shelf) *agent.Registry {
	t.Helper()
	s.members = map[string]member.Member{"ada": ada()}
	r := agent.NewRegistry(s, s, s, slog.New(slog.DiscardHandler))
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	r.Connect(ada(), "tab1")
	r.SetReady(ws, "ada", "tab1", true)
	return r
}

// leave takes ada through a call she owes a tag and after-call work for.
func leave(t *testing.T, r *agent.Registry, callID string) {
	t.Helper()
	if reason := r.Reserve("ada", callID); reason != agent.Free {
		t.Fatalf("ada cannot be rung: %s", reason)
	}
	r.Engage(ws, "ada", callID)
	owed := agent.Owed(ws, "ada", callID, true, work)
	if err := r.Owe(t.Context(), owed); err != nil {
		t.Fatal(err)
	}
	r.Release(ws, "ada", callID, owed...)
}

func want(t *testing.T, r *agent.Registry, state protocol.LiveState) {
	t.Helper()
	if got := r.Status("ada").State; got != state {
		t.Errorf("ada is %s, want %s", got, state)
	}
}

// TestCrashBetweenTagAndWork stops where the tag is stored as given but the
// after-call work has not got its end yet.
func TestCrashBetweenTagAndWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		before := open(t, s)
		leave(t, before, "c1")
		if err := s.MeetObligation(t.Context(), "ada", "c1", agent.OwesTag); err != nil {
			t.Fatal(err)
		}
		before.Close()

		after := open(t, s)
		want(t, after, protocol.LiveWrapUp)
		if after.Status("ada").WrapUpEnds.IsZero() {
			t.Error("after-call work has no end")
		}
		time.Sleep(work + time.Second)
		synctest.Wait()
		want(t, after, protocol.LiveAvailable)
		if due, _ := s.Obligations(t.Context()); len(due) > 0 {
			t.Errorf("still stored: %+v", due)
		}
	})
}

func TestWorkWaitsForItsTagThroughARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		leave(t, open(t, s), "c1")
		after := open(t, s)
		time.Sleep(time.Hour)
		synctest.Wait()
		if st := after.Status("ada"); st.DueTag != "c1" || !st.WrapUpEnds.IsZero() {
			t.Errorf("an hour after the restart: %+v", st)
		}
		if err := after.MeetTag(t.Context(), ws, "ada", "c1"); err != nil {
			t.Fatal(err)
		}
		want(t, after, protocol.LiveWrapUp)
		if err := after.EndWrapUp(t.Context(), ws, "ada"); err != nil {
			t.Fatal(err)
		}
		want(t, after, protocol.LiveAvailable)
	})
}

func TestAFailingStoreFreesNobodyOfATag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := open(t, s)
		leave(t, r, "c1")
		s.fail(true)
		if err := r.MeetTag(t.Context(), ws, "ada", "c1"); err == nil {
			t.Error("the tag counts as given although that is not stored")
		}
		if reason := r.ReserveToDial("ada", "c2"); reason != agent.ReasonTagDue {
			t.Errorf("ada may dial: %q", reason)
		}
	})
}

// TestALateTabBringsNoOldSetting: its member was read before the other tab chose.
func TestALateTabBringsNoOldSetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, &shelf{})
		late := ada()
		if err := r.SetSetting(t.Context(), ws, "ada", member.DoNotDisturb); err != nil {
			t.Fatal(err)
		}
		r.Connect(late, "tab2")
		if reason := r.Reserve("ada", "c1"); reason != agent.ReasonDND {
			t.Errorf("a call rings ada, who does not want to be disturbed: %q", reason)
		}
		r.Disconnect(ws, "ada", "tab1")
		r.Disconnect(ws, "ada", "tab2")
		r.Connect(late, "tab3")
		if got := r.Status("ada").Setting; got != member.Available {
			t.Errorf("the first tab brings the stored setting, not %s", got)
		}
	})
}

// slowShelf holds up whoever stores that ada is available.
type slowShelf struct {
	*shelf
	stored, gate chan struct{}
}

func (s *slowShelf) SetSetting(ctx context.Context, ws, id string, setting member.Setting) error {
	err := s.shelf.SetSetting(ctx, ws, id, setting)
	if setting == member.Available {
		close(s.stored)
		<-s.gate
	}
	return err
}

// TestTheSettingStoredLastCounts: ada chooses in the moment in which an admin does.
func TestTheSettingStoredLastCounts(t *testing.T) {
	kept := &slowShelf{shelf: &shelf{}, stored: make(chan struct{}), gate: make(chan struct{})}
	kept.members = map[string]member.Member{"ada": ada()}
	r := agent.NewRegistry(kept, kept, kept, slog.New(slog.DiscardHandler))
	t.Cleanup(r.Close)
	r.Connect(ada(), "tab1")
	set := func(s member.Setting) <-chan struct{} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := r.SetSetting(t.Context(), ws, "ada", s); err != nil {
				t.Error(err)
			}
		}()
		return done
	}
	first := set(member.Available)
	<-kept.stored
	second := set(member.DoNotDisturb)
	select {
	case <-second:
	case <-time.After(20 * time.Millisecond): // it waits for its turn
	}
	close(kept.gate)
	<-first
	<-second
	stored, _ := kept.Member(t.Context(), ws, "ada")
	if got := r.Status("ada").Setting; got != stored.Setting {
		t.Errorf("ada's desk says %s, the store %s", got, stored.Setting)
	}
}

// TestIdleSince: a call rung out keeps a member's place among the longest idle, a
// call he had does not.
func TestIdleSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, &shelf{})
		came := r.Status("ada").IdleSince
		time.Sleep(time.Minute)
		r.Reserve("ada", "c1")
		r.Release(ws, "ada", "c1")
		if got := r.Status("ada").IdleSince; !got.Equal(came) || came.IsZero() {
			t.Errorf("after a call that only rang: idle since %s, came %s", got, came)
		}
		r.Reserve("ada", "c2")
		r.Engage(ws, "ada", "c2")
		time.Sleep(time.Minute)
		r.Release(ws, "ada", "c2")
		if got := r.Status("ada").IdleSince; !got.Equal(time.Now()) {
			t.Errorf("after a call: idle since %s, now %s", got, time.Now())
		}
	})
}
