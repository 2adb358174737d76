package call_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// give hands the call from one to another, "" to nobody.
func (h *house) give(t *testing.T, id, from, to string) {
	t.Helper()
	handing := call.Handing{From: from, Cause: callstate.CauseAgentRemoved}
	if to != "" {
		handing.To = person(to)
	}
	if err := h.HandOver(t.Context(), ws, id, handing); err != nil {
		t.Fatalf("from %s to %q: %v", from, to, err)
	}
	synctest.Wait()
}

func TestHandOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, customer := h.arrive(t, "ada", "bob")
		first := h.answer(t, id, "ada")
		time.Sleep(time.Minute)
		h.give(t, id, "ada", "bob")

		if _, _, hungUp := first.state(); hungUp != callstate.CauseAgentRemoved {
			t.Errorf("ada's leg ended with %q", hungUp)
		}
		if want := "ada agent-removed "; !slices.Contains(h.audience.gone, want) {
			t.Errorf("told %q, want %q", h.audience.gone, want)
		}
		if got := h.media.playing().Music; got != "soft" || !slices.Equal(h.media.detached, []callstate.LegID{callstate.AgentLeg("ada")}) {
			t.Errorf("while bob is rung the customer hears %q; detached %v", got, h.media.detached)
		}
		h.state(t, "ada", protocol.LiveAvailable) // she owes nothing
		h.state(t, "bob", protocol.LiveRinging)
		if err := h.Act(t.Context(), ws, id, "ada", callstate.HangUp, false); fault.KindOf(err) != fault.Conflict {
			t.Errorf("ada hangs up a call she has left: %v", err)
		}

		h.answer(t, id, "bob")
		h.state(t, "bob", protocol.LiveOnCall)
		if !h.media.playing().Silent() || !h.media.hears(callstate.CustomerLeg, callstate.AgentLeg("bob")) {
			t.Errorf("the customer hears %+v, not bob", h.media.playing())
		}
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if want := []string{"start", "pass agent:ada agent:bob", "stop"}; !slices.Equal(h.media.steps, want) {
			t.Errorf("recorder: %v", h.media.steps)
		}
		h.state(t, "bob", protocol.LiveWrapUp)
		r := h.record(t, id)
		if r.MemberID != "bob" || r.Cause != callstate.CauseCustomerHungUp {
			t.Errorf("record: %+v", r)
		}
		entries, _ := h.store.Entries(t.Context(), ws, id)
		i := slices.IndexFunc(entries, func(e call.Entry) bool { return e.Kind == string(callstate.KindHandedOver) })
		if i < 0 {
			t.Fatal("the log does not say that the call was handed over")
		}
		f, err := call.ReadFacts(entries[i])
		if err != nil || f.Member != "ada" || f.To != "bob" || !r.AnsweredAt.Before(entries[i].At) {
			t.Errorf("logged as %+v, answered at %s: %v", f, r.AnsweredAt, err)
		}
	})
}

// TestHandOverOfALostAgent: his tab is gone first, as where he was signed out.
func TestHandOverOfALostAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, _ := h.arrive(t, "ada")
		h.answer(t, id, "ada").report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
		synctest.Wait()
		h.give(t, id, "ada", "bob")
		time.Sleep(call.AwayTime + time.Second) // ada is not waited for any more
		synctest.Wait()
		h.answer(t, id, "bob")
		h.state(t, "bob", protocol.LiveOnCall)
		stop(t, h)
	})
}

func TestNobodyTakesOver(t *testing.T) {
	for name, miss := range map[string]func(*testing.T, *house, string){
		"rings out": func(t *testing.T, h *house, id string) {
			h.give(t, id, "ada", "bob")
			time.Sleep(call.RingTime + time.Second)
		},
		"declines": func(t *testing.T, h *house, id string) {
			h.give(t, id, "ada", "bob")
			if err := h.Act(t.Context(), ws, id, "bob", callstate.Decline, false); err != nil {
				t.Fatal(err)
			}
		},
		"is not there": func(t *testing.T, h *house, id string) { h.give(t, id, "ada", "eve") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, "ada", "bob")
				id, customer := h.arrive(t, "ada")
				h.answer(t, id, "ada")
				miss(t, h, id)
				synctest.Wait()
				if h.media.playing().Say.Prompt != "unavailable" {
					t.Fatalf("the caller hears %+v", h.media.playing())
				}
				h.state(t, "bob", protocol.LiveAvailable)
				h.media.prompted()
				synctest.Wait()
				r := h.record(t, id)
				if _, _, hungUp := customer.state(); hungUp != callstate.CauseNotTakenOver || r.Cause != hungUp || r.MemberID != "ada" {
					t.Errorf("ended %q; record %+v", hungUp, r)
				}
				if want := []string{"start", "stop"}; !slices.Equal(h.media.steps, want) {
					t.Errorf("recorder: %v", h.media.steps)
				}
				if due, _ := h.store.Obligations(t.Context()); len(due) > 0 {
					t.Errorf("owed for the call: %+v", due)
				}
			})
		})
	}
}

func TestHandOverOutbound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, _, err := h.place(t, "+33622222222")
		if err != nil {
			t.Fatal(err)
		}
		h.network.leg.report(call.LegEvent{Kind: call.LegAnswered})
		synctest.Wait()
		h.give(t, id, "ada", "bob")
		h.answer(t, id, "bob")
		h.give(t, id, "bob", "")
		if _, _, hungUp := h.network.leg.state(); hungUp != callstate.CauseAgentRemoved {
			t.Errorf("the customer's leg ended with %q", hungUp)
		}
		h.state(t, "bob", protocol.LiveAvailable)
		if r := h.record(t, id); r.Cause != callstate.CauseAgentRemoved || r.MemberID != "bob" {
			t.Errorf("record: %+v", r)
		}
	})
}

func TestHandOverRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, _ := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		for name, try := range map[string]struct {
			ws, id, from string
			to           member.Member
			want         fault.Kind
		}{
			"of another workspace":    {"ws2", id, "ada", person("bob"), fault.NotFound},
			"of a call there is not":  {ws, "c9", "ada", person("bob"), fault.NotFound},
			"of a colleague's call":   {ws, id, "bob", person("eve"), fault.Conflict},
			"to the one who talks":    {ws, id, "ada", person("ada"), fault.Conflict},
			"of a call that has none": {ws, id, "", person("bob"), fault.Conflict},
		} {
			err := h.HandOver(t.Context(), try.ws, try.id, call.Handing{From: try.from, To: try.to})
			if fault.KindOf(err) != try.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.state(t, "ada", protocol.LiveOnCall)
		h.state(t, "bob", protocol.LiveAvailable)
		stop(t, h)
	})
}

// TestCrashWhileHandedOver: who has left the call owes nothing for it.
func TestCrashWhileHandedOver(t *testing.T) {
	for left, owes := range map[bool]int{true: 0, false: 1} {
		store := newMemory()
		var r call.Record
		kinds := []string{string(callstate.KindArrived), string(callstate.KindAnswered)}
		if left {
			kinds = append(kinds, string(callstate.KindHandedOver))
		}
		for i, kind := range kinds {
			f := call.Facts{Member: "ada"}
			if i == 0 {
				f = call.Facts{NumberID: "n1", Direction: callstate.Inbound, Policy: &callstate.Policy{DemandTag: true}}
			}
			payload, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			e := call.Entry{CallID: "c1", WorkspaceID: ws, Seq: i + 1, At: time.Now(), Kind: kind, Payload: payload}
			if r, err = call.Fold(r, e); err != nil {
				t.Fatal(err)
			}
			if err := store.Append(t.Context(), []call.Entry{e}, r); err != nil {
				t.Fatal(err)
			}
		}
		log := slog.New(slog.DiscardHandler)
		e := call.NewEngine(call.Deps{Log: store, Agents: agent.NewRegistry(store, store, store, log), Slog: log})
		if err := e.Recover(t.Context(), func(call.Record) time.Time { return time.Time{} }); err != nil {
			t.Fatal(err)
		}
		if due, _ := store.Obligations(t.Context()); len(due) != owes {
			t.Errorf("handed over %v: owed %+v", left, due)
		}
	}
}
