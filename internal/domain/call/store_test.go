package call_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// TestTagWhileTheEndIsUnwritten tags a call that is over but whose last entries
// the store has not taken yet.
func TestTagWhileTheEndIsUnwritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, customer := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		h.store.fail(true)
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		h.store.fail(false)
		if err := h.Tag(t.Context(), ws, id, "ada", []string{"tag1"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r := h.record(t, id)
		if r.Live() || !slices.Equal(r.TagIDs, []string{"tag1"}) {
			t.Errorf("record: %+v", r)
		}
		entries, _ := h.store.Entries(t.Context(), ws, id)
		var folded call.Record
		for _, e := range entries {
			folded, _ = call.Fold(folded, e)
		}
		if folded.Live() || !slices.Equal(folded.TagIDs, []string{"tag1"}) {
			t.Errorf("the log folds to %+v", folded)
		}
	})
}

// TestDebtIsStoredBeforeTheEnd looks at every write as a crash after it would: a
// call that is over has left its agent with what he owes.
func TestDebtIsStoredBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.store.written = func(r call.Record) {
			if !r.Live() && len(h.store.due) != 2 {
				t.Errorf("the end is stored while %v is owed", h.store.due)
			}
		}
		id, customer := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		h.state(t, "ada", protocol.LiveWrapUp)
	})
}

// TestDebtIsStoredOnceTheStoreIsBack: a restart must not forgive what the store
// did not take at first.
func TestDebtIsStoredOnceTheStoreIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, customer := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		h.store.fail(true)
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		h.state(t, "ada", protocol.LiveWrapUp)
		h.store.fail(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		due, _ := h.store.Obligations(t.Context())
		if !slices.ContainsFunc(due, func(o agent.Obligation) bool { return o.Kind == agent.OwesTag && o.CallID == id }) {
			t.Errorf("stored as owed: %+v", due)
		}
	})
}

// TestSlowStoreDoesNotPileUp: news waits for the write under way and its own,
// not for one write each of everything before it.
func TestSlowStoreDoesNotPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		h.store.pause(2 * time.Second)
		id, customer := h.arrive(t, "ada", "bob")
		h.answer(t, id, "ada")
		for i := range 10 {
			if err := h.Act(t.Context(), ws, id, "ada", callstate.Mute, i%2 == 0); err != nil {
				t.Fatal(err)
			}
		}
		customer.report(call.LegEvent{Kind: call.LegEnded})
		time.Sleep(9 * time.Second) // the write under way, what is owed, the rest
		synctest.Wait()
		h.state(t, "ada", protocol.LiveWrapUp)
		h.state(t, "bob", protocol.LiveAvailable)
		stop(t, h)
	})
}

// TestRecordingIsKnownOnceTheStoreIsBack: without its row nobody finds the audio.
func TestRecordingIsKnownOnceTheStoreIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, customer := h.arrive(t, "ada")
		h.store.fail(true)
		h.answer(t, id, "ada")
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		h.store.fail(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		h.store.mu.Lock()
		defer h.store.mu.Unlock()
		if len(h.store.recordings) != 1 {
			t.Fatalf("recordings: %+v", h.store.recordings)
		}
		for _, r := range h.store.recordings {
			if r.State != recording.Ready || r.CallID != id {
				t.Errorf("recording: %+v", r)
			}
		}
	})
}
