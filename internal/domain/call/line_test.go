package call_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/queue"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

func line1(q flow.Queue) flow.Step { return flow.Step{ID: "line", Queue: &q} }

// further brings another call in on the same number.
func (h *house) further(t *testing.T) (string, *leg) {
	t.Helper()
	customer := &leg{id: callstate.CustomerLeg}
	id, err := h.Arrive(call.Incoming{Number: line(), E164: "+33611111112", Leg: customer})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return id, customer
}

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{}))
		first, customer := h.arrive(t, "ada")
		h.answer(t, first, "ada")
		var waiting []string
		for range 3 {
			id, _ := h.further(t)
			waiting = append(waiting, id)
			pass(time.Second)
		}
		for _, id := range waiting {
			h.phase(t, id, callstate.Waiting)
		}
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if err := h.desks.MeetTag(t.Context(), ws, "ada", first); err != nil {
			t.Fatal(err)
		}
		pass(wrapUp)
		if got := h.desks.Status("ada").Call; got != waiting[0] {
			t.Errorf("ada is rung by %q of %v", got, waiting)
		}
		// She passes on it: nobody else serves the line, so that she is asked again
		// after a rest, and by the next caller meanwhile.
		if err := h.Act(t.Context(), ws, waiting[0], "ada", callstate.Decline, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := h.desks.Status("ada").Call; got != waiting[1] {
			t.Errorf("after she declined ada is rung by %q of %v", got, waiting)
		}
		for _, id := range waiting[1:] {
			if err := h.Act(t.Context(), ws, id, "ada", callstate.Decline, false); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		pass(queue.Rest + 10*time.Second)
		if got := h.desks.Status("ada").Call; got != waiting[0] {
			t.Errorf("rested, ada is rung by %q of %v", got, waiting)
		}
		stop(t, h)
	})
}

// TestOneByOneInLine: the longest idle first, the next when he does not answer; each
// rings his time.
func TestOneByOneInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{Strategy: flow.LongestIdle, RingTime: 12 * time.Second}))
		pass(time.Second)
		h.desks.Connect(person("bob"), "tab-bob")
		h.desks.SetReady(ws, "bob", "tab-bob", true)
		id, _ := h.arrive(t, "bob", "ada")
		h.state(t, "ada", protocol.LiveRinging)
		h.state(t, "bob", protocol.LiveAvailable)
		pass(12 * time.Second)
		h.state(t, "ada", protocol.LiveAvailable)
		h.state(t, "bob", protocol.LiveRinging)
		h.answer(t, id, "bob")
		if n := h.board.Waiting(ws); len(n) != 0 {
			t.Errorf("still in line: %v", n)
		}
		stop(t, h)
	})
}

func TestComfortAndOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, line1(flow.Queue{
			Position: true, Comfort: flow.Sound{MessageID: "m1"}, Interval: 30 * time.Second, MaxWait: 45 * time.Second, Music: "jazz",
		}), voicemail())
		id, _ := h.arrive(t, "ada")
		h.phase(t, id, callstate.Waiting)
		pass(said)
		h.heard(t, "position-next", "jazz")
		pass(30*time.Second + 2*said)
		h.heard(t, "position-next", "jazz", "position-next", "m1", "jazz")
		pass(11 * time.Second)
		h.phase(t, id, callstate.Voicemail)
		if n := h.board.Waiting(ws); len(n) != 0 {
			t.Errorf("still in line: %v", n)
		}
		stop(t, h)
	})
}

// TestCallbackFromTheLine: where the queue allows it the caller is told of `*` and may
// press it, unless his number is hidden.
func TestCallbackFromTheLine(t *testing.T) {
	for _, caller := range []string{"+33611111111", ""} {
		for _, allowed := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				h := script(t, []string{"ada"}, line1(flow.Queue{Callback: allowed}))
				h.flows.set("n1", "ada")
				customer := &leg{id: callstate.CustomerLeg}
				id, err := h.Arrive(call.Incoming{Number: line(), E164: caller, Leg: customer})
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				offered := slices.Contains(h.media.heard, flow.PromptCallbackOffer)
				press(customer, '1')
				press(customer, '*')
				if !allowed || caller == "" {
					h.phase(t, id, callstate.Waiting)
					if offered {
						t.Error("the caller is told of what he may not do")
					}
					stop(t, h)
					return
				}
				h.phase(t, id, callstate.Announcing)
				h.state(t, "ada", protocol.LiveAvailable)
				customer.report(call.LegEvent{Kind: call.LegEnded}) // he need not hear it out
				synctest.Wait()
				if r := h.record(t, id); r.Cause != callstate.CauseCallbackPromised {
					t.Errorf("record: %+v", r)
				}
				if !offered || !slices.Contains(h.media.heard, flow.PromptCallbackPromise) {
					t.Errorf("the caller heard %v", h.media.heard)
				}
			})
		}
	}
}

func forwarding() flow.Step {
	return flow.Step{ID: "out", Forward: &flow.Forward{To: "+33699999999", Time: 20 * time.Second}}
}

// dialled is the call that is being forwarded.
func (h *house) dialled(t *testing.T) *leg {
	t.Helper()
	if out := <-h.network.external; out.To != "+33699999999" || out.Leg != callstate.ExternalLeg || out.Number.TrunkID != "t1" {
		t.Errorf("dialled: %+v", out)
	}
	l := &leg{id: callstate.ExternalLeg}
	h.network.answers <- l
	synctest.Wait()
	return l
}

func TestForwarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, message("m1"), forwarding())
		id, customer := h.arrive(t)
		pass(said)
		outside := h.dialled(t)
		h.phase(t, id, callstate.Forwarding)
		h.heard(t, "m1", "ringback")
		outside.report(call.LegEvent{Kind: call.LegAnswered})
		synctest.Wait()
		if !h.media.hears(callstate.CustomerLeg, callstate.ExternalLeg) || !h.media.hears(callstate.ExternalLeg, callstate.CustomerLeg) || !h.media.playing().Silent() {
			t.Errorf("the caller hears %+v, %v", h.media.playing(), h.media.table)
		}
		pass(time.Hour)
		h.phase(t, id, callstate.Forwarded)
		outside.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		r := h.record(t, id)
		if _, _, hungUp := customer.state(); hungUp != callstate.CauseForwardEnded || r.Cause != hungUp || r.Missed() || r.MemberID != "" {
			t.Errorf("ended %q, record %+v", hungUp, r)
		}
	})
}

func TestForwardFails(t *testing.T) {
	for name, fails := range map[string]func(*leg){
		"busy":     func(l *leg) { l.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseBusy}) },
		"rings on": func(*leg) { pass(20 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := script(t, nil, forwarding(), voicemail())
				id, customer := h.arrive(t)
				outside := h.dialled(t)
				fails(outside)
				synctest.Wait()
				h.phase(t, id, callstate.Voicemail)
				if _, _, hungUp := outside.state(); name == "rings on" && hungUp != callstate.CauseNoAnswer {
					t.Errorf("the number outside is left ringing: %q", hungUp)
				}
				customer.report(call.LegEvent{Kind: call.LegEnded})
				synctest.Wait()
			})
		})
	}
}

func TestCallerLeavesWhileForwarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, forwarding())
		_, customer := h.arrive(t)
		<-h.network.external
		customer.report(call.LegEvent{Kind: call.LegEnded}) // before there is a leg
		synctest.Wait()
		late := &leg{id: callstate.ExternalLeg}
		h.network.answers <- late
		synctest.Wait()
		if _, _, hungUp := late.state(); hungUp == callstate.CauseNone {
			t.Error("the number outside rings for nobody")
		}
		stop(t, h)
	})
}

// TestForwardsDoNotChaseEachOther: the phone a call is forwarded to sends it back to
// the number. What comes back is not forwarded again; others are.
func TestForwardsDoNotChaseEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, forwarding(), voicemail())
		h.flows.set("n1")
		var outside []*leg
		h.network.outside = func() *leg {
			outside = append(outside, &leg{id: callstate.ExternalLeg})
			return outside[len(outside)-1]
		}
		comes := func(from string, want callstate.Phase) *leg {
			t.Helper()
			customer := &leg{id: callstate.CustomerLeg}
			id, err := h.Arrive(call.Incoming{Number: line(), E164: from, Leg: customer})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			h.phase(t, id, want)
			return customer
		}
		first := comes("+33611111111", callstate.Forwarding)
		comes(line().E164, callstate.Voicemail)
		comes("+33611111112", callstate.Forwarding).HangUp(callstate.CauseCustomerHungUp)
		first.HangUp(callstate.CauseCustomerHungUp)
		synctest.Wait()
		comes(line().E164, callstate.Forwarding) // a colleague, while nothing is forwarded
		outside[len(outside)-1].report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseBusy})
		synctest.Wait()
		comes(line().E164, callstate.Forwarding)
		stop(t, h)
	})
}
