package call_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// rush is many calls and members who answer within milliseconds, some of whom are
// cut off at any moment.
type rush struct {
	*house
	t    *testing.T
	wake map[string]chan struct{} // by member: something has changed at his desk

	mu  sync.Mutex
	ids []string
}

// work is one member: he answers what rings, talks and hangs up.
func (r *rush) work(ctx context.Context, who string, dice *rand.Rand) {
	for ctx.Err() == nil {
		st := r.desks.Status(who)
		if st.State != protocol.LiveRinging {
			select {
			case <-r.wake[who]:
			case <-ctx.Done():
			}
			continue
		}
		time.Sleep(time.Duration(dice.IntN(5000)) * time.Microsecond)
		if dice.IntN(20) == 0 { // his tab is gone, and back
			r.desks.Disconnect(ws, who, "tab-"+who)
			r.Lose(ws, st.Call, who)
			time.Sleep(time.Duration(dice.IntN(5)) * time.Millisecond)
			r.desks.Connect(person(who), "tab-"+who)
			r.desks.SetReady(ws, who, "tab-"+who, true)
			continue
		}
		l := &leg{id: callstate.AgentLeg(who), mute: dice.IntN(10) == 0}
		if r.Answer(ctx, ws, st.Call, who, "tab-"+who, l) != nil {
			continue // another was faster
		}
		time.Sleep(time.Duration(dice.IntN(20)) * time.Millisecond)
		if dice.IntN(8) == 0 {
			l.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
			continue
		}
		_ = r.Act(ctx, ws, st.Call, who, callstate.HangUp, false)
	}
}

// come brings one call in, whose caller may leave at any time.
func (r *rush) come(dice *rand.Rand) {
	customer := &leg{id: callstate.CustomerLeg}
	n := line()
	n.MandatoryTag = false
	id, err := r.Arrive(call.Incoming{Number: n, E164: "+33611111111", Leg: customer})
	if err != nil {
		r.t.Error(err)
		return
	}
	r.mu.Lock()
	r.ids = append(r.ids, id)
	r.mu.Unlock()
	if dice.IntN(10) == 0 {
		time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
		customer.report(call.LegEvent{Kind: call.LegEnded})
	}
}

// TestRush: a thousand calls, fifty members. Every call has one winner or none,
// nobody is left booked, and the logs tell the same story as what is stored.
func TestRush(t *testing.T) {
	const calls, members = 1000, 50
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range members {
			names = append(names, "m"+strconv.Itoa(i))
		}
		h := script(t, nil,
			flow.Step{ID: "all", Ring: &flow.Ring{Time: 10 * time.Second}},
			line1(flow.Queue{Strategy: flow.AllAtOnce, MaxWait: time.Hour}), voicemail())
		for _, n := range names {
			m := person(n)
			m.WrapUp = 0
			h.store.members[n] = m
			h.desks.Connect(m, "tab-"+n)
			h.desks.SetReady(ws, n, "tab-"+n, true)
		}
		h.flows.wrapUp = -1
		h.flows.set("n1", names...)
		r := &rush{house: h, t: t, wake: map[string]chan struct{}{}}
		for _, n := range names {
			r.wake[n] = make(chan struct{}, 1)
		}
		h.changed = func(who string) {
			select {
			case r.wake[who] <- struct{}{}:
			default:
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var staff sync.WaitGroup
		for i, n := range names {
			staff.Go(func() { r.work(ctx, n, rand.New(rand.NewPCG(1, uint64(i)))) })
		}
		dice := rand.New(rand.NewPCG(2, 2))
		for range calls {
			r.come(dice)
			time.Sleep(time.Duration(dice.IntN(2000)) * time.Microsecond)
		}
		for h.Live() > 0 {
			time.Sleep(time.Second)
		}
		cancel()
		staff.Wait()
		synctest.Wait()
		if len(r.ids) != calls || len(h.store.records) != calls {
			t.Fatalf("%d calls, %d records of %d", len(r.ids), len(h.store.records), calls)
		}
		won := 0
		for _, id := range r.ids {
			if h.replay(t, id) {
				won++
			}
		}
		if won < calls/2 {
			t.Errorf("%d of %d calls were taken", won, calls)
		}
		h.nothingLeft(t, names)
	})
}

// nothingLeft checks that nobody is booked and no line has a call.
func (h *house) nothingLeft(t *testing.T, names []string) {
	t.Helper()
	for _, n := range names {
		if st := h.desks.Status(n); st.Call != "" {
			t.Errorf("%s stays %s with %s", n, st.State, st.Call)
		}
	}
	if lines := h.board.Waiting(ws); len(lines) > 0 {
		t.Errorf("still in line: %v", lines)
	}
	if due, err := h.store.Obligations(t.Context()); err != nil || len(due) > 0 && h.flows.wrapUp < 0 {
		t.Errorf("owed: %+v, %v", due, err)
	}
}

// replay reads a call's log from the beginning: who rings was offered the call, one
// member at most has it at a time, and it folds to what is stored. It says whether
// somebody talked.
func (h *house) replay(t *testing.T, id string) bool {
	t.Helper()
	entries, err := h.store.Entries(t.Context(), ws, id)
	if err != nil {
		t.Fatal(err)
	}
	var r call.Record
	rings, agent, ended := map[string]bool{}, "", 0
	for i, e := range entries {
		f, err := call.ReadFacts(e)
		if err != nil || e.Seq != i+1 {
			t.Fatalf("%s: entry %d has number %d, %v", id, i+1, e.Seq, err)
		}
		if r, err = call.Fold(r, e); err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case call.EntryRing:
			for _, m := range f.Whom() {
				if rings[m] {
					t.Errorf("%s rings %s twice at once", id, m)
				}
				rings[m] = true
			}
		case call.EntryWithdrawn:
			for _, m := range f.Whom() {
				if !rings[m] {
					t.Errorf("%s is withdrawn from %s, whom it does not ring", id, m)
				}
				delete(rings, m)
			}
		case string(callstate.KindAnswered):
			if !rings[f.Member] || agent != "" {
				t.Errorf("%s is answered by %s, rung %v, while %q has it", id, f.Member, rings[f.Member], agent)
			}
			delete(rings, f.Member)
			agent = f.Member
		case string(callstate.KindUnproven), string(callstate.KindHandedOver):
			agent = ""
		case call.EntryEnded:
			ended++
		}
	}
	stored := h.record(t, id)
	r.TagIDs, stored.TagIDs = nil, nil
	if !reflect.DeepEqual(r, stored) {
		t.Errorf("the log of %s folds to %+v, stored is %+v", id, r, stored)
	}
	if len(rings) > 0 || ended != 1 || r.Live() {
		t.Errorf("%s ended %d times, rings %v", id, ended, rings)
	}
	return !r.AnsweredAt.IsZero()
}
