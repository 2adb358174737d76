package call_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// answerMute takes the call with a leg that no audio comes of.
func (h *house) answerMute(t *testing.T, id, who string) *leg {
	t.Helper()
	l := &leg{id: callstate.AgentLeg(who), mute: true}
	if err := h.Answer(t.Context(), ws, id, who, "tab-"+who, l); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return l
}

// TestWinnerWithoutAudio: the others are told who took the call, and rung again
// when nothing is heard of him.
func TestWinnerWithoutAudio(t *testing.T) {
	for name, fail := range map[string]func(*leg){
		"his leg ends": func(l *leg) { l.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost}) },
		"he is silent": func(*leg) { pass(call.ProofTime) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, "ada", "bob", "eve")
				id, customer := h.arrive(t, "ada", "bob", "eve")
				silent := h.answerMute(t, id, "ada")
				if want := "bob answered-elsewhere ada"; !slices.Contains(h.audience.gone, want) {
					t.Errorf("told %q, want %q", h.audience.gone, want)
				}
				h.state(t, "bob", protocol.LiveAvailable)
				h.desks.ReserveToDial("eve", "other") // meanwhile
				fail(silent)
				synctest.Wait()
				h.phase(t, id, callstate.Ringing)
				h.state(t, "ada", protocol.LiveAvailable) // she owes nothing
				h.state(t, "bob", protocol.LiveRinging)
				h.state(t, "eve", protocol.LiveOnCall)
				if r := h.record(t, id); !r.AnsweredAt.IsZero() || r.MemberID != "" {
					t.Errorf("an answer that came to nothing counts: %+v", r)
				}
				if _, _, hungUp := silent.state(); hungUp == callstate.CauseNone {
					t.Error("ada's leg stays in the call")
				}
				h.answer(t, id, "bob")
				pass(call.ProofTime)
				h.phase(t, id, callstate.Talking)
				customer.report(call.LegEvent{Kind: call.LegEnded})
				synctest.Wait()
				if r := h.record(t, id); r.MemberID != "bob" || r.AnsweredAt.IsZero() || r.Cause != callstate.CauseCustomerHungUp {
					t.Errorf("record: %+v", r)
				}
			})
		})
	}
}

// TestOnlyOneRings and nothing is heard of him: his leg is waited for as always.
func TestOnlyOneRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, _ := h.arrive(t, "ada")
		silent := h.answerMute(t, id, "ada")
		pass(2 * call.ProofTime)
		h.phase(t, id, callstate.Talking)
		silent.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
		synctest.Wait()
		if v, _ := h.View(ws, id); !v.State.Away {
			t.Errorf("the call does not wait: %+v", v.State)
		}
		pass(call.AwayTime)
		h.phase(t, id, callstate.Announcing) // on with the flow
		stop(t, h)
	})
}

// TestBackInLine: a caller in line keeps his place when who answered cannot be heard.
func TestBackInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{MaxWait: time.Minute}))
		id, _ := h.arrive(t, "ada", "bob")
		pass(20 * time.Second)
		h.answerMute(t, id, "ada").report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
		synctest.Wait()
		h.phase(t, id, callstate.Waiting)
		h.state(t, "ada", protocol.LiveAvailable) // spared for a while
		h.desks.Connect(person("bob"), "tab-bob")
		h.desks.SetReady(ws, "bob", "tab-bob", true)
		synctest.Wait()
		h.state(t, "bob", protocol.LiveRinging)
		pass(40 * time.Second)
		h.phase(t, id, callstate.Announcing)
		h.state(t, "bob", protocol.LiveAvailable)
		stop(t, h)
	})
}
