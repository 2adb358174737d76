package call_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// said is how long every message takes in these tests.
const said = 2 * time.Second

// script is a house whose messages end by themselves, and a number with a flow.
func script(t *testing.T, members []string, steps ...flow.Step) *house {
	t.Helper()
	h := newHouse(t, members...)
	h.media.length = said
	h.flows.publish(steps...)
	return h
}

// pass lets time pass, to just after whatever happens at its end.
func pass(d time.Duration) {
	time.Sleep(d + time.Millisecond)
	synctest.Wait()
}

func press(customer *leg, key byte) {
	customer.report(call.LegEvent{Kind: call.LegDigit, Digit: key})
	synctest.Wait()
}

func (h *house) phase(t *testing.T, id string, want callstate.Phase) {
	t.Helper()
	if v, _ := h.View(ws, id); v.State.Phase != want {
		t.Fatalf("the call is %s, want %s: %+v", v.State.Phase, want, v.State)
	}
}

func (h *house) heard(t *testing.T, want ...string) {
	t.Helper()
	h.media.mu.Lock()
	defer h.media.mu.Unlock()
	if !slices.Equal(h.media.heard, want) {
		t.Errorf("the caller hears %q, want %q", h.media.heard, want)
	}
}

// kinds are the kinds of a call's entries.
func (h *house) kinds(t *testing.T, id string) []string {
	t.Helper()
	entries, err := h.store.Entries(t.Context(), ws, id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Kind)
	}
	return out
}

func message(id string) flow.Step {
	return flow.Step{ID: "hello", Message: &flow.Message{Say: flow.Sound{MessageID: id}}}
}

func ringing(id string, length time.Duration, wait bool, who ...string) flow.Step {
	r := &flow.Ring{Strategy: flow.InOrder, Time: length, Wait: wait}
	for _, w := range who {
		r.Targets = append(r.Targets, flow.Target{MemberID: w})
	}
	return flow.Step{ID: id, Ring: r}
}

func voicemail() flow.Step {
	return flow.Step{ID: "vm", Voicemail: &flow.Voicemail{Say: flow.Sound{Prompt: "voicemail"}, Limit: time.Minute}}
}

func menu(options ...flow.Option) flow.Step {
	return flow.Step{ID: "menu", Menu: &flow.Menu{
		Say: flow.Sound{MessageID: "m1"}, Options: options, Otherwise: []flow.Step{voicemail()},
	}}
}

func TestMenuByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada", "bob"}, message("m1"), menu(
			flow.Option{Key: "1", Steps: []flow.Step{ringing("one", 10*time.Second, false, "ada")}},
			flow.Option{Key: "2", Steps: []flow.Step{ringing("two", 10*time.Second, false, "bob")}},
		))
		id, customer := h.arrive(t, "ada", "bob")
		h.phase(t, id, callstate.Announcing)
		press(customer, '1') // nobody has asked yet
		h.phase(t, id, callstate.Announcing)
		h.state(t, "ada", protocol.LiveAvailable)
		pass(said)
		time.Sleep(said / 2)
		press(customer, '7') // breaks the menu off, and leads nowhere
		h.heard(t, "m1", "m1", "wrong-key")
		press(customer, '2') // and so does this the message that says so
		h.phase(t, id, callstate.Ringing)
		h.state(t, "bob", protocol.LiveRinging)
		h.state(t, "ada", protocol.LiveAvailable)
		h.answer(t, id, "bob")
		h.phase(t, id, callstate.Talking)
		h.heard(t, "m1", "m1", "wrong-key", "ringback")
		if !h.media.playing().Silent() {
			t.Errorf("while they talk the caller hears %+v", h.media.playing())
		}
		stop(t, h)
	})
}

func TestMenuWithoutKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, menu(flow.Option{Key: "1", Steps: []flow.Step{ringing("one", 10*time.Second, false, "ada")}}))
		id, customer := h.arrive(t, "ada")
		pass(said + flow.DefaultMenuWait) // once more
		h.heard(t, "m1", "silence", "m1")
		pass(said + flow.DefaultMenuWait)
		h.phase(t, id, callstate.Voicemail)
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if r := h.record(t, id); r.Cause != callstate.CauseCustomerLeft || r.VoicemailID != "" {
			t.Errorf("who leaves during the greeting has left a voicemail: %+v", r)
		}
	})
}

// TestCascade: each rings his time, who is busy is passed, nobody rings twice.
func TestCascade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada", "bob", "eve"}, ringing("one", 10*time.Second, false, "ada", "bob"), ringing("two", 20*time.Second, false, "ada", "eve"))
		h.desks.ReserveToDial("bob", "other")
		id, _ := h.arrive(t, "ada", "bob", "eve")
		h.state(t, "ada", protocol.LiveRinging)
		time.Sleep(10*time.Second - time.Millisecond)
		h.state(t, "ada", protocol.LiveRinging)
		pass(time.Millisecond)
		h.state(t, "ada", protocol.LiveAvailable)
		h.state(t, "eve", protocol.LiveRinging)
		pass(20 * time.Second)
		h.phase(t, id, callstate.Announcing)
		h.heard(t, "unavailable")
		pass(said)
		if r := h.record(t, id); r.Cause != callstate.CauseNoAnswer || !r.Missed() {
			t.Errorf("record: %+v", r)
		}
		entries, _ := h.store.Entries(t.Context(), ws, id)
		passed := map[string]string{}
		for _, e := range entries {
			if f, _ := call.ReadFacts(e); e.Kind == call.EntryStep {
				for m, reason := range f.Step.Passed {
					passed[f.Step.Step+" "+m] = reason
				}
			}
		}
		if passed["one bob"] != "on-call" || passed["two ada"] != "missed" {
			t.Errorf("the story says of those who were not rung: %v", passed)
		}
	})
}

// TestRespectQueueTime: nobody is there; with it the caller waits the time, and who
// comes is rung.
func TestRespectQueueTime(t *testing.T) {
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := script(t, nil, ringing("one", 15*time.Second, wait, "ada"), voicemail())
			id, _ := h.arrive(t, "ada")
			if !wait {
				h.phase(t, id, callstate.Voicemail)
				stop(t, h)
				return
			}
			h.phase(t, id, callstate.Ringing)
			pass(5 * time.Second)
			h.desks.Connect(person("ada"), "tab-ada")
			h.desks.SetReady(ws, "ada", "tab-ada", true)
			synctest.Wait()
			h.state(t, "ada", protocol.LiveRinging)
			if err := h.Act(t.Context(), ws, id, "ada", callstate.Decline, false); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			h.state(t, "ada", protocol.LiveAvailable)
			h.phase(t, id, callstate.Ringing)
			time.Sleep(10*time.Second - 2*time.Millisecond)
			h.state(t, "ada", protocol.LiveAvailable) // she has declined
			h.phase(t, id, callstate.Ringing)
			pass(2 * time.Millisecond)
			h.phase(t, id, callstate.Voicemail)
			stop(t, h)
		})
	}
}

func TestVoicemail(t *testing.T) {
	for name, ends := range map[string]func(*leg){
		"hangs up":      func(l *leg) { l.report(call.LegEvent{Kind: call.LegEnded}) },
		"presses #":     func(l *leg) { press(l, '#') },
		"speaks for ev": func(*leg) { pass(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := script(t, nil, voicemail())
				id, customer := h.arrive(t)
				press(customer, '#') // not yet
				pass(2 * said)
				h.heard(t, "voicemail", "beep", "silence") // nothing, but sent
				if len(h.media.specs) != 1 || h.media.specs[0].Kind != recording.Voicemail ||
					!slices.Equal(h.media.specs[0].Channels, []callstate.LegID{callstate.CustomerLeg}) {
					t.Fatalf("recorded: %+v", h.media.specs)
				}
				pass(call.LeastVoicemail)
				ends(customer)
				synctest.Wait()
				r := h.record(t, id)
				if r.Cause != callstate.CauseVoicemailLeft || r.VoicemailID != h.media.specs[0].RecordingID || !r.AnsweredAt.IsZero() {
					t.Errorf("record: %+v", r)
				}
				row, err := h.store.Recording(t.Context(), ws, r.VoicemailID)
				if err != nil || row.Kind != recording.Voicemail || row.State != recording.Ready {
					t.Errorf("row: %+v, %v", row, err)
				}
				if want := []string{"start", "stop"}; !slices.Equal(h.media.steps, want) {
					t.Errorf("recorder: %v", h.media.steps)
				}
			})
		})
	}
}

// TestEmptyVoicemail: who hangs up at the beep has left nothing to listen to.
func TestEmptyVoicemail(t *testing.T) {
	for name, ends := range map[string]func(*leg){
		"hangs up":  func(l *leg) { l.report(call.LegEvent{Kind: call.LegEnded}) },
		"presses #": func(l *leg) { press(l, '#') },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := script(t, nil, voicemail())
				id, customer := h.arrive(t)
				pass(2*said + call.LeastVoicemail/2)
				ends(customer)
				synctest.Wait()
				if r := h.record(t, id); r.VoicemailID != "" || r.Cause != callstate.CauseCustomerLeft || !r.Missed() {
					t.Errorf("record: %+v", r)
				}
			})
		})
	}
}

func TestBlockedCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.flows.blocks = "+33611111111"
		id, customer := h.arrive(t, "ada")
		ringing, accepted, hungUp := customer.state()
		if r := h.record(t, id); ringing || accepted || hungUp != callstate.CauseBlocked || r.Cause != callstate.CauseBlocked || r.Missed() {
			t.Errorf("ringing %v, accepted %v, ended %q, record %+v", ringing, accepted, hungUp, r)
		}
		if want := []string{"arrived", "blocked", "ended"}; !slices.Equal(h.kinds(t, id), want) {
			t.Errorf("log: %v", h.kinds(t, id))
		}
	})
}

func TestStoreIsDownWhenACallComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.media.length = said
		h.flows.fail(true)
		id, _ := h.arrive(t, "ada")
		if h.media.playing().Say.Silent() {
			t.Error("the caller hears nothing")
		}
		pass(2 * said)
		if r := h.record(t, id); r.Cause != callstate.CauseInternal {
			t.Errorf("it is laid to %q", r.Cause)
		}
		stop(t, h)
	})
}

func TestStoreGoesDownDuringACascade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada", "bob"}, ringing("one", 10*time.Second, false, "ada"), ringing("two", 10*time.Second, false, "bob"))
		h.arrive(t, "ada", "bob")
		h.flows.fail(true)
		pass(10 * time.Second)
		h.state(t, "bob", protocol.LiveRinging)
		stop(t, h)
	})
}

func TestClosedNumberIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, flow.Step{ID: "end", HangUp: &flow.HangUp{}})
		_, customer := h.arrive(t)
		if ringing, accepted, hungUp := customer.state(); ringing || accepted || hungUp != callstate.CauseFlowEnded {
			t.Errorf("ringing %v, accepted %v, ended %q", ringing, accepted, hungUp)
		}
	})
}

func TestRoundRobin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringing("one", 10*time.Second, false, "ada", "bob", "eve")
		ring.Ring.Strategy = flow.RoundRobin
		h := script(t, []string{"ada", "bob", "eve"}, ring)
		for _, who := range []string{"ada", "bob", "eve", "ada"} {
			_, customer := h.arrive(t, "ada", "bob", "eve")
			h.state(t, who, protocol.LiveRinging)
			customer.report(call.LegEvent{Kind: call.LegEnded})
			synctest.Wait()
		}
	})
}

// TestIVRRecordsNoInboundCall: its switches say so for classic numbers alone.
func TestIVRRecordsNoInboundCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.flows.set("n1", "ada")
		n := line()
		n.Type = number.IVR
		id, err := h.Arrive(call.Incoming{Number: n, Leg: &leg{id: callstate.CustomerLeg}})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.answer(t, id, "ada")
		if err := h.Act(t.Context(), ws, id, "ada", callstate.StartRecording, true); err == nil || len(h.media.steps) > 0 {
			t.Errorf("recorded: %v, %v", h.media.steps, err)
		}
		stop(t, h)
	})
}
