package agent_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/shared/protocol"
)

// nine to six in Paris; synctest begins on Saturday, the 1st of January 2000, at
// midnight in UTC.
func office() hours.Hours {
	return hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60}}}
}

var monday = time.Date(2000, 1, 3, 8, 0, 0, 0, time.UTC) // nine in Paris

// until sleeps up to a moment and a little on.
func until(moment time.Time) {
	time.Sleep(time.Until(moment))
	synctest.Wait()
}

// counted is a registry in which ada has a tab, with how often it told of her.
func counted(t *testing.T, m member.Member) (*agent.Registry, *atomic.Int32) {
	t.Helper()
	r := open(t, &shelf{})
	r.Disconnect(ws, "ada", "tab1")
	told := &atomic.Int32{}
	r.OnChange(func(string, string) { told.Add(1) })
	r.Connect(m, "tab1")
	r.SetReady(ws, "ada", "tab1", true)
	told.Store(0)
	return r, told
}

func TestAutoFlipsAtTheMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ada()
		m.Setting, m.Hours = member.Auto, office()
		r, told := counted(t, m)
		want(t, r, protocol.LiveDND)
		if st := r.Status("ada"); st.Open || !st.FlipsAt.Equal(monday) || st.Setting != member.Auto {
			t.Errorf("at the weekend: %+v", st)
		}
		if reason := r.Reserve("ada", "c1"); reason != agent.ReasonHours {
			t.Errorf("rung at the weekend: %q", reason)
		}
		until(monday.Add(-time.Millisecond))
		want(t, r, protocol.LiveDND)
		if n := told.Load(); n != 0 {
			t.Errorf("told %d times before anything changed", n)
		}
		until(monday)
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times at the minute", n)
		}
		want(t, r, protocol.LiveAvailable)
		if st := r.Status("ada"); !st.Since.Equal(monday) || !st.FlipsAt.Equal(monday.Add(9*time.Hour)) {
			t.Errorf("on Monday: %+v", st)
		}
		until(monday.Add(9 * time.Hour))
		want(t, r, protocol.LiveDND)
		if n := told.Load(); n != 2 {
			t.Errorf("told %d times by the evening", n)
		}
		if reason := r.ReserveToDial("ada", "c1"); reason != agent.Free {
			t.Errorf("outside her hours ada may dial: %q", reason)
		}
	})
}

// TestAFlipThatSomebodySawIsToldToo: asking for the state must not use it up.
func TestAFlipThatSomebodySawIsToldToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ada()
		m.Setting, m.Hours = member.Auto, office()
		r, told := counted(t, m)
		time.Sleep(time.Until(monday)) // the timer may not have run yet
		want(t, r, protocol.LiveAvailable)
		synctest.Wait()
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestSetHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ada()
		m.Setting = member.Auto
		r, told := counted(t, m)
		want(t, r, protocol.LiveAvailable) // without hours always
		r.SetHours(ws, "ada", office())
		want(t, r, protocol.LiveDND)
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times", n)
		}
		london := office()
		london.Zone = "Europe/London"
		r.SetHours(ws, "ada", london)
		r.WorkspaceChanged(ws)
		if st := r.Status("ada"); !st.FlipsAt.Equal(monday.Add(time.Hour)) {
			t.Errorf("hours of her own zone: %+v", st)
		}
		if err := r.SetSetting(t.Context(), ws, "ada", member.Available); err != nil {
			t.Fatal(err)
		}
		want(t, r, protocol.LiveAvailable)
		if err := r.SetSetting(t.Context(), ws, "ada", member.Auto); err != nil {
			t.Fatal(err)
		}
		want(t, r, protocol.LiveDND)
		if err := r.SetSetting(t.Context(), ws, "ada", "asleep"); err == nil {
			t.Error("any setting is taken")
		}
		r.SetHours(ws, "nobody", office())
		if st := r.Status("nobody"); !st.Open || st.State != protocol.LiveOffline {
			t.Errorf("who was never here: %+v", st)
		}
	})
}

// TestNobodyWatchesWhoIsNotThere: the state is right again when she comes back.
func TestNobodyWatchesWhoIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ada()
		m.Setting, m.Hours = member.Auto, office()
		r, told := counted(t, m)
		r.Disconnect(ws, "ada", "tab1")
		told.Store(0)
		until(monday)
		if n := told.Load(); n != 0 {
			t.Errorf("told %d times", n)
		}
		r.Connect(m, "tab1")
		r.SetReady(ws, "ada", "tab1", true)
		want(t, r, protocol.LiveAvailable)
	})
}

func TestDismiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, &shelf{})
		if reason := r.Reserve("ada", "c1"); reason != agent.Free {
			t.Fatal(reason)
		}
		r.Engage(ws, "ada", "c1")
		r.Dismiss(ws, "ada")
		want(t, r, protocol.LiveOnCall)
		r.Release(ws, "ada", "c1", agent.Owed(ws, "ada", "c1", true, work)...)
		want(t, r, protocol.LiveOffline)
		for _, reason := range []agent.Reason{r.Reserve("ada", "c2"), r.ReserveToDial("ada", "c2")} {
			if reason != agent.ReasonStranger {
				t.Errorf("who was removed: %q", reason)
			}
		}
		r.Connect(ada(), "tab2")
		r.SetReady(ws, "ada", "tab2", true)
		want(t, r, protocol.LiveOffline)
		r.Dismiss(ws, "eve")
		if reason := r.Reserve("eve", "c2"); reason != agent.ReasonStranger {
			t.Errorf("who was never here: %q", reason)
		}
	})
}
