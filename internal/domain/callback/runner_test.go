package callback_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

// pass lets time pass, to just after whatever happens at its end.
func pass(d time.Duration) {
	time.Sleep(d + time.Millisecond)
	synctest.Wait()
}

// TestTriedThreeTimes: again 5 and 15 minutes after a call that came to nothing, then
// left to people (CB-01).
func TestTriedThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.promise("1", -9)
		n := o.start(t, "a")
		first := n.nth(0)
		if !first.Since.Equal(time.Now().Add(-9*time.Minute)) || !first.Until.Equal(time.Now().Add(12*time.Hour)) || first.To != "+3361" ||
			first.Name != "Zoé" || first.QueueID != "sales/line" || first.Number.ID != "sales" || !slices.Equal(first.Allowed, []string{"BE", "FR"}) ||
			first.Limits != (call.Limits{PerMember: 7, PerWorkspace: 7, Concurrent: 3}) {
			t.Errorf("stands in line: %+v", first)
		}
		for tried, in := range []struct {
			call  string
			cause callstate.Cause
			pause time.Duration
		}{{"a1", callstate.CauseBusy, 5 * time.Minute}, {"a2", callstate.CauseNoAnswer, 15 * time.Minute}} {
			if got := o.item("1").Return; got.Trying != in.call || !n.wanted(in.call) || got.Attempts != tried {
				t.Fatalf("tried %d times: %+v", tried, got)
			}
			n.end(in.call, in.cause)
			if got := o.item("1").Return; got.Trying != "" || got.Attempts != tried+1 || !got.NextAt.Equal(time.Now().Add(in.pause)) {
				t.Errorf("after %s: %+v", in.cause, got)
			}
			pass(in.pause - time.Second)
			if len(n.lined()) != tried+1 {
				t.Fatal("tried too soon")
			}
			pass(time.Second)
		}
		if last := n.nth(2); !last.Since.Equal(first.Since) || !last.Until.Equal(first.Until) {
			t.Errorf("the place is lost: %+v", last)
		}
		n.end("a3", callstate.CauseAgentCancelled)
		pass(24 * time.Hour)
		if got := o.item("1"); !got.Open() || got.Return.Pending() || got.Return.Attempts != 3 || len(n.lined()) != 3 || n.heard != 3 {
			t.Errorf("%d calls made, %d heard of: %+v", len(n.lined()), n.heard, got)
		}
	})
}

// TestWhatCallsComeTo: what counts as an attempt, and when the next comes.
func TestWhatCallsComeTo(t *testing.T) {
	const never = -1
	for _, tc := range []struct {
		cause    callstate.Cause
		attempts int
		next     time.Duration
	}{
		{callstate.CauseRejected, 1, 5 * time.Minute},
		{callstate.CauseTrunkUnreachable, 1, 5 * time.Minute},
		{callstate.CauseTrunkRefused, 1, 5 * time.Minute},
		{callstate.CauseAgentLost, 1, 5 * time.Minute},
		{callstate.CauseServerStopped, 0, 0},
		{callstate.CauseServerCrashed, 0, 0},
		{callstate.CauseSettled, 0, time.Minute}, // the store failed when it was asked
		{callstate.CauseInternal, 0, time.Minute},
		{callstate.CauseNobodyAvailable, 0, time.Minute},
		{callstate.CauseInvalidNumber, 0, never},
		{callstate.CauseAgentHungUp, 0, never}, // they talked: the item is closed elsewhere
		{callstate.CauseCustomerHungUp, 0, never},
	} {
		t.Run(string(tc.cause), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				o.promise("1", -1)
				n := o.start(t, "a")
				n.end("a1", tc.cause)
				if got := o.item("1").Return.Attempts; got != tc.attempts {
					t.Errorf("%d attempts count", got)
				}
				if tc.next == never {
					pass(24 * time.Hour)
					if len(n.lined()) != 1 || o.item("1").Return.Pending() {
						t.Errorf("%d calls, %+v", len(n.lined()), o.item("1").Return)
					}
					return
				}
				pass(tc.next)
				if len(n.lined()) != 2 || o.item("1").Return.Trying != "a2" {
					t.Errorf("%d calls, %+v", len(n.lined()), o.item("1").Return)
				}
			})
		})
	}
}

// TestThePlaceIsKeptTwelveHours: then the callback is left to people, whether a call
// stands in line, waits for its time, or the server was down.
func TestThePlaceIsKeptTwelveHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.promise("1", -1)
		o.promise("2", 0)
		n := o.start(t, "a")
		pass(12*time.Hour - time.Minute)
		n.end("a2", callstate.CauseBusy)
		pass(time.Minute)
		n.end("a1", callstate.CauseNobodyAvailable)
		pass(time.Hour)
		for _, id := range []string{"1", "2"} {
			if got := o.item(id); !got.Open() || got.Return.Pending() || got.Return.Trying != "" {
				t.Errorf("%+v", got)
			}
		}
		n.stop()
		o.promise("3", -1)
		time.Sleep(13 * time.Hour)
		if n := o.start(t, "b"); len(n.lined()) != 0 || o.item("3").Return.Pending() {
			t.Errorf("%d calls made of old promises, %+v", len(n.lined()), o.item("3"))
		}
	})
}

// TestWhoCameFirstIsCalledFirst: in the order of arrival, whenever they asked.
func TestWhoCameFirstIsCalledFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		for id, n := range map[string]int{"1": -3, "2": -9, "3": -6} {
			o.promise(id, n)
		}
		if got := o.start(t, "a").lined(); !slices.Equal(got, []string{"+3362", "+3363", "+3361"}) {
			t.Errorf("called in the order %v", got)
		}
	})
}

// TestWhoCannotBeCalledIsLeftToPeople, at once and once for all.
func TestWhoCannotBeCalledIsLeftToPeople(t *testing.T) {
	for name, spoil := range map[string]func(*office, *node){
		"without trunk": func(_ *office, n *node) { n.refuses(fault.New(fault.Conflict, "error.number-without-trunk")) },
		"line gone":     func(_ *office, n *node) { n.refuses(fault.New(fault.Conflict, "error.line-gone")) },
		"abroad":        func(_ *office, n *node) { n.refuses(fault.New(fault.Forbidden, "error.country-not-allowed")) },
		"inactive":      func(o *office, _ *node) { o.numbers[0].Inactive = true },
		"number gone":   func(o *office, _ *node) { o.numbers = nil },
		"blocked":       func(o *office, _ *node) { o.blocked = "+3361" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				n := o.start(t, "a")
				spoil(o, n)
				o.promise("1", -1)
				o.Changed(t.Context(), "w", "todo", "1")
				synctest.Wait()
				if got := o.item("1"); !got.Open() || got.Return.Pending() || got.Return.Attempts != 0 || len(n.lined()) != 0 {
					t.Errorf("%d calls, %+v", len(n.lined()), got)
				}
			})
		})
	}
}

// TestWhatChangesWhileInLine: who takes the call of somebody who was blocked since, or on
// a number that was switched off, calls nobody.
func TestWhatChangesWhileInLine(t *testing.T) {
	for name, spoil := range map[string]func(*office){
		"inactive": func(o *office) {
			o.numbers = []number.Number{{ID: "sales", WorkspaceID: "w", TrunkID: "t", Inactive: true}}
		},
		"blocked": func(o *office) { o.blocked = "+3361" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice()
				o.promise("1", -1)
				n := o.start(t, "a")
				o.mu.Lock()
				spoil(o)
				o.mu.Unlock()
				if n.wanted("a1") {
					t.Error("he is called")
				}
				n.end("a1", callstate.CauseSettled)
				pass(time.Minute)
				if got := o.item("1"); !got.Open() || got.Return.Pending() || len(n.lined()) != 1 {
					t.Errorf("%v in line, %+v", n.lined(), got)
				}
			})
		})
	}
}

// TestWhatPassesIsWaitedFor: the limit of calls out, a server that stops, a store
// that fails.
func TestWhatPassesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		n := o.start(t, "a")
		o.promise("1", -1)
		for _, in := range []struct {
			err    error
			broken error
		}{{err: fault.New(fault.TooMany, "error.dial-limit")}, {err: fault.New(fault.Unavailable, "error.server-stopping")}, {broken: errDown}, {err: errDown}} {
			o.fails(in.broken)
			n.refuses(in.err)
			pass(3 * time.Minute)
			if got := o.item("1").Return; !got.Pending() || got.Attempts != 0 || got.Trying != "" {
				t.Errorf("%v: %+v", in, got)
			}
		}
		o.fails(nil)
		n.refuses(nil)
		pass(time.Minute)
		if got := o.item("1").Return; got.Trying != "a1" {
			t.Errorf("once it has passed: %+v", got)
		}
	})
}

// TestNobodyIsCalledInVain: who is done with is called no more, his call in line ends
// at once; and one that is just being taken finds out.
func TestNobodyIsCalledInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.promise("1", -2)
		o.promise("2", -1)
		n := o.start(t, "a")
		o.archive(t, "1")
		synctest.Wait()
		if !slices.Equal(n.settled, []string{"a1"}) || n.wanted("a1") || !n.wanted("a2") {
			t.Errorf("settled %v", n.settled)
		}
		// He asks once more, in another line: the old call is nothing to wait for.
		if _, err := o.EditItem(t.Context(), "w", "2", func(i *todo.Item) error {
			i.Return = todo.Return{QueueID: "sales/other", LinedAt: time.Now(), PromisedAt: time.Now(), NextAt: time.Now()}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n.wanted("a2") {
			t.Error("called for a line he has left")
		}
		o.Changed(t.Context(), "w", "todo", "2")
		synctest.Wait()
		if !slices.Equal(n.settled, []string{"a1", "a2"}) || n.nth(2).QueueID != "sales/other" || !n.wanted("a3") {
			t.Errorf("settled %v, made %v", n.settled, n.lined())
		}
	})
}

// TestWhoIsOnThePhoneIsNotCalled: he has called again himself, or somebody calls him by
// hand. If that comes to nothing he has his place.
func TestWhoIsOnThePhoneIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.promise("1", -2)
		o.promise("2", -1)
		n := o.start(t, "a")
		own := call.View{ID: "own", PartyE164: "+3361"}
		own.Number.WorkspaceID = "w"
		tell := n.runner.Audience(n)
		back := own
		back.ID, back.LinedAt = "a1", time.Now()
		tell.CallChanged(back) // which is no other call
		synctest.Wait()
		if len(n.settled) != 0 {
			t.Fatal("his callback keeps him from being called back")
		}
		early := !n.wanted("a1") // of a member who takes it in that moment
		if early {
			t.Error("nobody else phones him")
		}
		o.unmark(t, "1")
		tell.CallChanged(own)
		tell.CallChanged(own)
		if n.wanted("a1") {
			t.Error("he is called while he is on the phone")
		}
		synctest.Wait()
		if got := o.item("1").Return; !slices.Equal(n.settled, []string{"a1"}) || got.Trying != "" || !got.Pending() || o.item("2").Return.Trying != "a2" {
			t.Errorf("settled %v: %+v", n.settled, got)
		}
		pass(10 * time.Minute)
		if len(n.lined()) != 2 {
			t.Errorf("in line while he is on the phone: %v", n.lined())
		}
		tell.CallEnded(own, call.Record{ID: "own", WorkspaceID: "w"})
		synctest.Wait()
		if got := o.item("1").Return; got.Trying != "a3" || !n.nth(2).Since.Equal(got.LinedAt) || got.Attempts != 0 {
			t.Errorf("once he is off the phone: %+v", got)
		}
		// Who is being called back stays so, whatever else rings him.
		if !n.wanted("a2") {
			t.Fatal("not wanted")
		}
		own.ID, own.PartyE164 = "other", "+3362"
		tell.CallChanged(own)
		synctest.Wait()
		if got := o.item("2").Return; got.Trying != "a2" || got.CalledAt.IsZero() {
			t.Errorf("while he is called back: %+v", got)
		}
	})
}

// TestAfterARestart: a call that was cut counts for nothing, one that ended unheard
// counts, and one of another node is left alone.
func TestAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		for i, id := range []string{"1", "2", "3", "4"} {
			o.promise(id, i-9)
		}
		n := o.start(t, "a")
		n.stop()
		end := func(id string, c callstate.Cause) {
			r := o.records[id]
			r.EndedAt, r.Cause = time.Now(), c
			o.records[id] = r
		}
		end("a1", callstate.CauseServerCrashed)
		end("a2", callstate.CauseBusy)
		delete(o.records, "a3") // nothing of it was written
		b := o.start(t, "b")
		if got := b.lined(); !slices.Equal(got, []string{"+3361", "+3363"}) {
			t.Errorf("in line after the start: %v", got)
		}
		if got := o.item("1").Return; got.Attempts != 0 || !b.nth(0).Since.Equal(got.LinedAt) {
			t.Errorf("cut off: %+v", got)
		}
		if got := o.item("2").Return; got.Attempts != 1 || !got.NextAt.Equal(time.Now().Add(5*time.Minute)) {
			t.Errorf("busy: %+v", got)
		}
		if got := o.item("4").Return; got.Trying != "a4" || n.wanted("a1") || n.wanted("a3") || !n.wanted("a4") {
			t.Errorf("of another node: %+v", got)
		}
	})
}

// TestTwoNodesCallOnce: both hold the item, whoever stores first has it.
func TestTwoNodesCallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		a, b := o.start(t, "a"), o.start(t, "b")
		for round := range 50 {
			o.promise(string(rune('A'+round)), round)
			o.Changed(t.Context(), "w", "todo", "")
			synctest.Wait()
		}
		called := map[string]int{}
		for _, n := range []*node{a, b} {
			for id, r := range n.live {
				if n.wanted(id) {
					called[r.To]++
				}
			}
		}
		for _, i := range o.items {
			if called[i.E164] != 1 {
				t.Errorf("%s is called %d times", i.E164, called[i.E164])
			}
		}
		if len(a.live)+len(b.live) != 50 {
			t.Errorf("%d and %d calls in line for 50 callers", len(a.live), len(b.live))
		}
	})
}
