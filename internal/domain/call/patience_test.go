package call_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
)

// TestLongRinging: a carrier gives up a call that rings for some minutes unanswered.
// What the flow says for longer is lived through all the same.
func TestLongRinging(t *testing.T) {
	for name, steps := range map[string][]flow.Step{
		"one long ring":     {ringing("one", 10*time.Minute, false, "ada"), voicemail()},
		"nobody there":      {ringing("one", 10*time.Minute, true, "bob"), voicemail()},
		"a cascade":         {ringing("one", 2*time.Minute, false, "ada"), ringing("two", 2*time.Minute, false, "bob"), voicemail()},
		"a number outside":  {{ID: "out", Forward: &flow.Forward{To: "+33699999999", Time: 10 * time.Minute}}, voicemail()},
		"two such numbers":  {{ID: "out", Forward: &flow.Forward{To: "+33699999999", Time: 2 * time.Minute}}, {ID: "on", Forward: &flow.Forward{To: "+33699999998", Time: 2 * time.Minute}}, voicemail()},
		"one after another": {{ID: "one", Ring: &flow.Ring{Strategy: flow.InOrder, Time: 2 * time.Minute}}, voicemail()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := script(t, []string{"ada", "eve"}, steps...)
				h.network.outside = func() *leg { return &leg{id: callstate.ExternalLeg} }
				id, customer := h.arrive(t, "ada", "eve", "bob")
				for v, live := h.View(ws, id); live && v.State.Phase != callstate.Voicemail; v, live = h.View(ws, id) {
					if _, accepted, _ := customer.state(); !accepted && time.Since(v.StartedAt) > call.Unanswered {
						t.Fatalf("%s without an answer the call is %s", time.Since(v.StartedAt), v.State.Phase)
					}
					pass(10 * time.Second)
				}
				h.phase(t, id, callstate.Voicemail)
				stop(t, h)
			})
		})
	}
}

// TestShortRingingIsNotAnswered: who is rung for a while pays nothing before somebody answers.
func TestShortRingingIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, ringing("one", time.Minute, false, "ada"), ringing("two", time.Minute, true, "bob"), voicemail())
		_, customer := h.arrive(t, "ada", "bob")
		for range 11 {
			pass(10 * time.Second)
			if _, accepted, _ := customer.state(); accepted {
				t.Fatal("the caller is answered while phones ring")
			}
		}
		stop(t, h)
	})
}
