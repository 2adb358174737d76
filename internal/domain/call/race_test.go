package call_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// deadLeg is a leg that has ended before anybody listened.
type deadLeg struct {
	*leg
	cause callstate.Cause
}

func (l deadLeg) Listen(f func(call.LegEvent)) {
	l.leg.Listen(f)
	l.report(call.LegEvent{Kind: call.LegEnded, Cause: l.cause})
}

func TestCallerGoneBeforeAnythingRang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		gone := deadLeg{leg: &leg{id: callstate.CustomerLeg}}
		h.flows.set("n1", "ada")
		id, err := h.Arrive(call.Incoming{Number: line(), Leg: gone})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.state(t, "ada", protocol.LiveAvailable)
		if r := h.record(t, id); r.Cause != callstate.CauseCustomerLeft || r.NumberID != "n1" || r.StartedAt.IsZero() {
			t.Errorf("record: %+v", r)
		}
		if h.Live() != 0 {
			t.Errorf("%d calls live on", h.Live())
		}
	})
}

func TestTabGoneBeforeItsCallWasDialled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		gone := deadLeg{&leg{id: callstate.AgentLeg("ada")}, callstate.CauseAgentLost}
		id, err := h.Place(t.Context(), call.Placing{
			Number: line(), Member: person("ada"), To: "+33622222222", Tab: "tab-ada", Leg: gone, Allowed: []string{"FR"},
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.state(t, "ada", protocol.LiveAvailable)
		if r := h.record(t, id); r.Cause != callstate.CauseAgentLost {
			t.Errorf("record: %+v", r)
		}
		stop(t, h)
	})
}

// TestStopRacesNewCalls stops the engine while calls come in and go out: none is
// left behind, and nobody stays booked.
func TestStopRacesNewCalls(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "ada", "bob", "cid", "dan")
			var race sync.WaitGroup
			for _, who := range []string{"ada", "bob"} {
				h.flows.set(who, who)
				race.Go(func() {
					n := line()
					n.ID = who
					_, _ = h.Arrive(call.Incoming{Number: n, Leg: &leg{id: callstate.CustomerLeg}})
				})
			}
			for _, who := range []string{"cid", "dan"} {
				race.Go(func() {
					_, _ = h.Place(context.Background(), call.Placing{
						Number: line(), Member: person(who), To: "+33622222222", Leg: &leg{id: callstate.AgentLeg(who)}, Allowed: []string{"FR"},
					})
				})
			}
			race.Go(func() { stop(t, h) })
			race.Wait()
			synctest.Wait()
			for _, who := range []string{"ada", "bob", "cid", "dan"} {
				h.state(t, who, protocol.LiveAvailable)
			}
			if h.Live() != 0 {
				t.Errorf("%d calls live on after the stop", h.Live())
			}
		})
	}
}

func TestConcurrentLimitHoldsInARace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		who := []string{"ada", "bob", "cid", "dan"}
		h := newHouse(t, who...)
		var race sync.WaitGroup
		for _, m := range who {
			race.Go(func() {
				_, err := h.Place(t.Context(), call.Placing{
					Number: line(), Member: person(m), To: "+33622222222", Leg: &leg{id: callstate.AgentLeg(m)},
					Allowed: []string{"FR"}, Limits: call.Limits{Concurrent: 2},
				})
				if err != nil && fault.KindOf(err) != fault.TooMany {
					t.Error(err)
				}
			})
		}
		race.Wait()
		synctest.Wait()
		if h.Live() != 2 {
			t.Errorf("%d calls go out at once, 2 may", h.Live())
		}
		free := slices.IndexFunc(who, func(m string) bool { return h.desks.Status(m).Call == "" })
		_, err := h.Place(t.Context(), call.Placing{
			Number: line(), Member: person(who[free]), To: "112", Leg: &leg{id: callstate.AgentLeg(who[free])},
			Limits: call.Limits{Concurrent: 2},
		})
		if err != nil {
			t.Errorf("the limit stands before an emergency call: %v", err)
		}
		stop(t, h)
	})
}

// TestALegGivenUpWhileItAnswers has the tab hang its leg up because it waited too
// long for the answer to be taken.
func TestALegGivenUpWhileItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, _ := h.arrive(t, "ada")
		gone := deadLeg{&leg{id: callstate.AgentLeg("ada")}, callstate.CauseAnsweredElsewhere}
		if err := h.Answer(t.Context(), ws, id, "ada", "tab-ada", gone); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, ok := h.View(ws, id); !ok || !v.State.Away {
			t.Errorf("the caller talks to a leg that is gone: %+v", v.State)
		}
		stop(t, h)
	})
}

// TestOneAnswerWins races many answers to one call, many times.
func TestOneAnswerWins(t *testing.T) {
	const agents, calls = 20, 50
	var ids []string
	for i := range agents {
		ids = append(ids, "m"+strconv.Itoa(i))
	}
	synctest.Test(t, func(t *testing.T) {
		for range calls {
			h := newHouse(t, ids...)
			id, _ := h.arrive(t, ids...)
			var winners atomic.Int32
			var race sync.WaitGroup
			for _, who := range ids {
				race.Go(func() {
					if h.Answer(t.Context(), ws, id, who, "tab", &leg{id: callstate.AgentLeg(who)}) == nil {
						winners.Add(1)
					}
				})
			}
			race.Wait()
			synctest.Wait()
			if winners.Load() != 1 {
				t.Fatalf("%d answered", winners.Load())
			}
			free := 0
			for _, who := range ids {
				if h.desks.Status(who).State == protocol.LiveAvailable {
					free++
				}
			}
			if free != agents-1 {
				t.Fatalf("%d of %d are free again", free, agents-1)
			}
			stop(t, h)
		}
	})
}
