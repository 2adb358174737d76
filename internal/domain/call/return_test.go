package call_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// asks has the caller of a call in line ask to be called back.
func (h *house) asks(t *testing.T, id string, customer *leg) call.Record {
	t.Helper()
	press(customer, '*')
	pass(said)
	r := h.record(t, id)
	if r.Live() || r.Cause != callstate.CauseCallbackPromised {
		t.Fatalf("the caller has asked to be called back: %+v", r)
	}
	return r
}

// returns stands in line for the caller of r.
func (h *house) returns(t *testing.T, r call.Record, wanted func(context.Context, string) bool) string {
	t.Helper()
	id, err := h.Return(t.Context(), call.Returning{
		Number: line(), To: r.PartyE164, QueueID: r.AskedIn, Since: r.LinedAt, Until: r.LinedAt.Add(time.Hour), Allowed: []string{"FR"}, Wanted: wanted,
	})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return id
}

// TestCallbackKeepsThePlace: who asked to be called back comes before whoever came
// after him, and after whoever came before (CB-01).
func TestCallbackKeepsThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{Callback: true}))
		busy, talker := h.arrive(t, "ada")
		h.answer(t, busy, "ada")
		before, first := h.further(t)
		pass(time.Second)
		asked, customer := h.further(t)
		pass(time.Second)
		after, _ := h.further(t)
		r := h.asks(t, asked, customer)
		if r.AskedIn != flow.QueueID("n1", "line") || r.LinedAt.IsZero() {
			t.Fatalf("he asked in %q, in line since %v", r.AskedIn, r.LinedAt)
		}
		back := h.returns(t, r, nil)
		h.phase(t, back, callstate.Waiting)
		for _, in := range []struct {
			call     string
			customer *leg
		}{{busy, talker}, {before, first}} {
			in.customer.report(call.LegEvent{Kind: call.LegEnded})
			synctest.Wait()
			h.free(t, "ada", in.call)
			if next := map[string]string{busy: before, before: back}[in.call]; h.desks.Status("ada").Call != next {
				t.Fatalf("ada is rung by %q, want %q", h.desks.Status("ada").Call, next)
			}
			if in.call == busy {
				h.answer(t, before, "ada")
			}
		}
		h.phase(t, back, callstate.Waiting)
		pass(time.Second)
		if v, _ := h.View(ws, back); !v.LinedAt.Equal(r.LinedAt) || !v.StartedAt.Before(time.Now().Add(-time.Second)) {
			t.Errorf("waits since %v, rings since %v", v.LinedAt, v.StartedAt)
		}
		h.answer(t, back, "ada")
		h.phase(t, back, callstate.Dialling)
		if v, _ := h.View(ws, back); !v.StartedAt.Equal(time.Now()) {
			t.Errorf("dialled since %v", v.StartedAt)
		}
		far := h.network.leg
		far.report(call.LegEvent{Kind: call.LegAnswered})
		synctest.Wait()
		h.phase(t, back, callstate.Talking)
		h.state(t, "ada", protocol.LiveOnCall)
		far.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if r := h.record(t, back); r.MemberID != "ada" || r.AnsweredAt.IsZero() || r.Direction != callstate.Outbound || r.PartyE164 != "+33611111112" {
			t.Errorf("the callback: %+v", r)
		}
		h.phase(t, after, callstate.Waiting)
		stop(t, h)
	})
}

// free ends what a member owes for a call.
func (h *house) free(t *testing.T, who, id string) {
	t.Helper()
	if err := h.desks.MeetTag(t.Context(), ws, who, id); err != nil {
		t.Fatal(err)
	}
	if err := h.desks.EndWrapUp(t.Context(), ws, who); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// TestCallbackRingsOneAtATime: however many are free, one of them is rung for each
// callback, and nobody for the rest of them.
func TestCallbackRingsOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada", "bob"}, line1(flow.Queue{Strategy: flow.AllAtOnce, Callback: true}))
		h.flows.set("n1", "ada", "bob")
		var backs []string
		for i := range 3 {
			r := call.Record{PartyE164: "+33611111112", AskedIn: flow.QueueID("n1", "line"), LinedAt: time.Now().Add(time.Duration(i) * time.Second)}
			backs = append(backs, h.returns(t, r, nil))
		}
		rung := func() (n int) {
			for _, id := range backs {
				v, _ := h.View(ws, id)
				if len(v.State.Ringers()) > 1 {
					t.Errorf("a callback rings %v", v.State.Ringers())
				}
				n += len(v.State.Ringers())
			}
			return n
		}
		if rung() != 2 {
			t.Errorf("%d phones ring for callbacks, want one a member", rung())
		}
		// Who lets it ring is spared it for a while; so is the caller.
		pass(flow.DefaultRing)
		for _, id := range backs {
			h.phase(t, id, callstate.Waiting)
		}
		pass(time.Hour)
		for _, id := range backs {
			if r := h.record(t, id); r.Cause != callstate.CauseNobodyAvailable {
				t.Errorf("after its time the callback is %q", r.Cause)
			}
		}
		stop(t, h)
	})
}

// TestCallbackNobodyNeeds: it is not dialled once it is settled, whether it waits or
// has just been taken.
func TestCallbackNobodyNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{Callback: true}))
		h.flows.set("n1", "ada")
		r := call.Record{PartyE164: "+33611111112", AskedIn: flow.QueueID("n1", "line"), LinedAt: time.Now()}
		waits := h.returns(t, r, nil)
		h.Settle(ws, waits)
		synctest.Wait()
		taken := h.returns(t, r, func(context.Context, string) bool { return false })
		h.answer(t, taken, "ada")
		for _, id := range []string{waits, taken} {
			if r := h.record(t, id); r.Cause != callstate.CauseSettled || !r.AnsweredAt.IsZero() {
				t.Errorf("%+v", r)
			}
			if slices.Contains(h.kinds(t, id), string(callstate.KindCustomerAnswered)) {
				t.Error("the customer was called")
			}
		}
		h.state(t, "ada", protocol.LiveAvailable)
		stop(t, h)
	})
}

// TestCallbackWithoutALine: what the flow no longer has cannot be waited in.
func TestCallbackWithoutALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{Callback: true}))
		h.flows.set("n1", "ada")
		for name, r := range map[string]call.Returning{
			"gone":   {Number: line(), To: "+33611111112", QueueID: "n1/other", Allowed: []string{"FR"}},
			"abroad": {Number: line(), To: "+12125550123", QueueID: "n1/line", Allowed: []string{"FR"}},
		} {
			if _, err := h.Return(t.Context(), r); fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		stop(t, h)
	})
}
