package call_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

const wrapUp = 40 * time.Second

// arrive brings a call in that rings everybody given.
func (h *house) arrive(t *testing.T, ids ...string) (string, *leg) {
	t.Helper()
	customer := &leg{id: callstate.CustomerLeg}
	h.flows.set("n1", ids...)
	id, err := h.Arrive(call.Incoming{Number: line(), E164: "+33611111111", Leg: customer})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return id, customer
}

func (h *house) answer(t *testing.T, id, who string) *leg {
	t.Helper()
	l := &leg{id: callstate.AgentLeg(who)}
	if err := h.Answer(t.Context(), ws, id, who, "tab-"+who, l); err != nil {
		t.Fatalf("%s answers: %v", who, err)
	}
	synctest.Wait()
	return l
}

func (h *house) state(t *testing.T, who string, want protocol.LiveState) {
	t.Helper()
	if got := h.desks.Status(who).State; got != want {
		t.Errorf("%s is %s, want %s", who, got, want)
	}
}

func (h *house) record(t *testing.T, id string) call.Record {
	t.Helper()
	r, err := h.store.Record(t.Context(), ws, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestInboundCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, customer := h.arrive(t, "ada", "bob", "eve")
		h.state(t, "ada", protocol.LiveRinging)
		if ringing, accepted, _ := customer.state(); !ringing || accepted {
			t.Errorf("caller: ringing %v, accepted %v", ringing, accepted)
		}

		agentLeg := h.answer(t, id, "bob")
		h.state(t, "ada", protocol.LiveAvailable)
		h.state(t, "bob", protocol.LiveOnCall)
		if want := "ada answered-elsewhere bob"; !slices.Contains(h.audience.gone, want) {
			t.Errorf("the loser was told %q, want %q", h.audience.gone, want)
		}
		if !h.media.hears(callstate.CustomerLeg, callstate.AgentLeg("bob")) {
			t.Error("the customer does not hear bob")
		}
		h.steer(t, id)

		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if _, _, hungUp := agentLeg.state(); hungUp != callstate.CauseCustomerHungUp {
			t.Errorf("bob's leg ended with %q", hungUp)
		}
		h.checkHistory(t, id)
		h.checkDebts(t, id)
	})
}

// steer uses the buttons of a call.
func (h *house) steer(t *testing.T, id string) {
	t.Helper()
	do := func(a callstate.Action, on bool) {
		t.Helper()
		if err := h.Act(t.Context(), ws, id, "bob", a, on); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		synctest.Wait()
	}
	do(callstate.PauseRecording, false)
	do(callstate.ResumeRecording, false)
	do(callstate.Hold, true)
	if got := h.media.playing().Music; got != "soft" {
		t.Errorf("on hold the caller hears %q", got)
	}
	do(callstate.Hold, false)
	if !h.media.playing().Silent() {
		t.Error("music goes on after hold")
	}
	do(callstate.Mute, true)
	if h.media.hears(callstate.CustomerLeg, callstate.AgentLeg("bob")) {
		t.Error("a muted agent is heard")
	}
	do(callstate.Mute, false)
	if err := h.Keypad(t.Context(), ws, id, "bob", "12#"); err != nil || h.media.digits != "12#" {
		t.Errorf("digits %q, %v", h.media.digits, err)
	}
	for _, stranger := range []string{"ada", "eve"} {
		if err := h.Act(t.Context(), ws, id, stranger, callstate.PauseRecording, false); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s paused bob's recording: %v", stranger, err)
		}
	}
	if err := h.Act(t.Context(), "ws2", id, "bob", callstate.HangUp, false); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another workspace reached the call: %v", err)
	}
}

func (h *house) checkHistory(t *testing.T, id string) {
	t.Helper()
	r := h.record(t, id)
	if r.Live() || r.MemberID != "bob" || r.Cause != callstate.CauseCustomerHungUp || r.AnsweredAt.IsZero() || r.PartyE164 != "+33611111111" {
		t.Errorf("record: %+v", r)
	}
	entries, _ := h.store.Entries(t.Context(), ws, id)
	var folded call.Record
	var kinds []string
	for i, e := range entries {
		if e.Seq != i+1 {
			t.Errorf("entry %d has number %d", i+1, e.Seq)
		}
		kinds = append(kinds, e.Kind)
		var err error
		if folded, err = call.Fold(folded, e); err != nil {
			t.Fatal(err)
		}
	}
	if folded.ID != r.ID || folded.EndedAt != r.EndedAt || folded.MemberID != r.MemberID || folded.Entries != r.Entries {
		t.Errorf("the log folds to %+v, stored is %+v", folded, r)
	}
	for _, want := range []string{call.EntryRing, call.EntryStep, call.EntryRecordingPaused, call.EntryWithdrawn, call.EntryEnded} {
		if !slices.Contains(kinds, want) {
			t.Errorf("log lacks %s: %v", want, kinds)
		}
	}
	if want := []string{"start", "pause", "resume", "stop"}; !slices.Equal(h.media.steps, want) {
		t.Errorf("recorder: %v", h.media.steps)
	}
	if len(h.audience.early) > 0 {
		t.Errorf("told before written: %v", h.audience.early)
	}
}

// checkDebts follows a tag and after-call work to their end, through a restart.
func (h *house) checkDebts(t *testing.T, id string) {
	t.Helper()
	h.state(t, "bob", protocol.LiveWrapUp)
	if reason := h.desks.Reserve("bob", "next"); reason != agent.ReasonTagDue {
		t.Errorf("bob owes a tag and is refused for %q", reason)
	}
	restarted := agent.NewRegistry(h.store, h.store, h.store, nil)
	defer restarted.Close()
	if err := restarted.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	restarted.Connect(person("bob"), "tab-bob")
	restarted.SetReady(ws, "bob", "tab-bob", true)
	if reason := restarted.ReserveToDial("bob", "next"); reason != agent.ReasonTagDue {
		t.Errorf("after a restart bob may dial: %q", reason)
	}
	if err := h.Tag(t.Context(), ws, id, "bob", []string{"tag1"}); err != nil {
		t.Fatal(err)
	}
	if err := h.desks.MeetTag(t.Context(), ws, "bob", id); err != nil {
		t.Fatal(err)
	}
	if reason := h.desks.Reserve("bob", "next"); reason != agent.ReasonWrapUp {
		t.Errorf("after-call work: %q", reason)
	}
	time.Sleep(wrapUp - time.Second)
	h.state(t, "bob", protocol.LiveWrapUp)
	time.Sleep(2 * time.Second)
	synctest.Wait()
	h.state(t, "bob", protocol.LiveAvailable)
	if due, _ := h.store.Obligations(t.Context()); len(due) > 0 {
		t.Errorf("still stored as owed: %+v", due)
	}
	if r := h.record(t, id); !slices.Equal(r.TagIDs, []string{"tag1"}) {
		t.Errorf("tags of the record: %v", r.TagIDs)
	}
}

func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, customer := h.arrive(t, "ada")
		time.Sleep(call.RingTime + time.Millisecond)
		synctest.Wait()
		if h.media.playing().Say.Prompt != "unavailable" {
			t.Errorf("the caller hears %+v", h.media.playing())
		}
		h.state(t, "ada", protocol.LiveAvailable)
		h.media.prompted()
		synctest.Wait()
		r := h.record(t, id)
		if _, accepted, hungUp := customer.state(); !accepted || hungUp != callstate.CauseNoAnswer || !r.Missed() {
			t.Errorf("accepted %v, ended %q, missed %v", accepted, hungUp, r.Missed())
		}
	})
}

func TestNobodyCanBeRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		if _, _ = h.arrive(t, "ada"); h.media.playing().Say.Prompt != "unavailable" {
			t.Errorf("nobody signed in: %+v", h.media.playing())
		}
		if _, _ = h.arrive(t); h.media.playing().Say.Prompt != "not-in-service" {
			t.Errorf("nobody assigned: %+v", h.media.playing())
		}
		stop(t, h)
	})
}

func stop(t *testing.T, h *house) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestCallerLeavesWhileRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada", "bob")
		id, customer := h.arrive(t, "ada", "bob")
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if r := h.record(t, id); r.Cause != callstate.CauseCustomerLeft {
			t.Errorf("ended with %s", r.Cause)
		}
		h.state(t, "ada", protocol.LiveAvailable)
		h.state(t, "bob", protocol.LiveAvailable)
		if h.Live() != 0 {
			t.Errorf("%d calls live on", h.Live())
		}
	})
}

func (h *house) place(t *testing.T, to string) (string, *leg, error) {
	t.Helper()
	agentLeg := &leg{id: callstate.AgentLeg("ada")}
	id, err := h.Place(t.Context(), call.Placing{
		Number: line(), Member: person("ada"), To: to, Tab: "tab-ada", Leg: agentLeg, Allowed: []string{"FR"},
	})
	synctest.Wait()
	return id, agentLeg, err
}

func TestOutboundCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, _, err := h.place(t, "+33622222222")
		if err != nil {
			t.Fatal(err)
		}
		h.network.leg.report(call.LegEvent{Kind: call.LegRinging})
		h.network.leg.report(call.LegEvent{Kind: call.LegEarlyMedia})
		synctest.Wait()
		if !h.media.hears(callstate.AgentLeg("ada"), callstate.CustomerLeg) {
			t.Error("early media is not heard")
		}
		h.network.leg.report(call.LegEvent{Kind: call.LegAnswered})
		synctest.Wait()
		if err := h.Act(t.Context(), ws, id, "ada", callstate.PauseRecording, false); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the number lets no agent pause outbound calls: %v", err)
		}
		if err := h.Act(t.Context(), ws, id, "ada", callstate.HangUp, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, _, hungUp := h.network.leg.state(); hungUp != callstate.CauseAgentHungUp {
			t.Errorf("the customer's leg ended with %q", hungUp)
		}
		if r := h.record(t, id); r.Cause != callstate.CauseAgentHungUp || r.MemberID != "ada" {
			t.Errorf("record: %+v", r)
		}
	})
}

func TestOutboundRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		if _, _, err := h.place(t, "+882123456789"); fault.KindOf(err) != fault.Forbidden || len(h.refusals) != 1 {
			t.Errorf("a country that is not allowed: %v, audited %v", err, h.refusals)
		}
		id, _, err := h.place(t, "+33622222222")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.place(t, "+33633333333"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second call at once: %v", err)
		}
		h.network.leg.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseBusy, Code: 486})
		synctest.Wait()
		if r := h.record(t, id); r.Cause != callstate.CauseBusy || r.SIPCode != 486 {
			t.Errorf("record: %+v", r)
		}
		h.state(t, "ada", protocol.LiveAvailable)
	})
}

func TestAgentLostAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, customer := h.arrive(t, "ada")
		first := h.answer(t, id, "ada")
		first.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
		synctest.Wait()
		if h.media.playing().Music == "" {
			t.Error("the caller waits in silence")
		}
		second := &leg{id: callstate.AgentLeg("ada")}
		if err := h.Rejoin(t.Context(), ws, id, "ada", "tab-2", second); err != nil {
			t.Fatal(err)
		}
		first.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost}) // late news of the old tab
		synctest.Wait()
		if v, ok := h.View(ws, id); !ok || v.State.Away || v.Tab != "tab-2" {
			t.Errorf("after rejoining: %+v", v)
		}
		second.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
		time.Sleep(call.AwayTime + time.Millisecond)
		synctest.Wait()
		if _, _, hungUp := customer.state(); hungUp != callstate.CauseAgentLost {
			t.Errorf("the customer's leg ended with %q", hungUp)
		}
	})
}

func TestStoreFailsCallGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.store.fail(true)
		id, customer := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		if len(h.audience.alarms) == 0 {
			t.Error("nobody is alarmed")
		}
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if reason := h.desks.Reserve("ada", "next"); reason != agent.ReasonTagDue {
			t.Errorf("the debt is lost with the disk: %q", reason)
		}
		h.store.fail(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r := h.record(t, id); r.Live() || r.Entries < 5 {
			t.Errorf("the log was not made good: %+v", r)
		}
	})
}

func TestRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		id, _ := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		lastSeen := time.Now().Add(7 * time.Second)

		again := newHouse(t) // the process after the crash, over the same store
		again.store.entries, again.store.records = h.store.entries, h.store.records
		if err := again.Recover(t.Context(), func(call.Record) time.Time { return lastSeen }); err != nil {
			t.Fatal(err)
		}
		r := again.record(t, id)
		if r.Cause != callstate.CauseServerCrashed || !r.EndedAt.Equal(lastSeen) {
			t.Errorf("record: %+v", r)
		}
		if due, _ := again.store.Obligations(t.Context()); len(due) != 1 || due[0].Kind != agent.OwesTag {
			t.Errorf("owed after the crash: %+v", due)
		}
		stop(t, h)
	})
}

// TestRoom: a flood of one caller, or of all, leaves lines for others.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "ada")
		h.flows.set("n1", "ada")
		e := call.NewEngine(call.Deps{
			Log: h.store, Recordings: h.store, Agents: h.desks, Flows: h.flows, Blocked: h.flows, Board: h.board, Dialler: h.network, Media: h.media,
			Audience: h.audience, Guard: call.NewGuard(nil), Room: call.Room{Inbound: 4, Caller: 2}, Slog: slog.New(slog.DiscardHandler),
		})
		var legs []*leg
		for i, in := range []struct {
			caller, workspace string
			fits              bool
		}{
			{"+33611111111", ws, true}, {"+33611111111", ws, true}, {"+33611111111", ws, false}, {"+33611111111", "other", true},
			{"", ws, true}, {"", ws, false}, {"+33611111112", ws, false},
		} {
			n, l := line(), &leg{id: callstate.CustomerLeg}
			n.WorkspaceID = in.workspace
			_, err := e.Arrive(call.Incoming{Number: n, E164: in.caller, Leg: l})
			synctest.Wait()
			if fits := err == nil; fits != in.fits {
				t.Fatalf("call %d: %v", i+1, err)
			}
			if in.fits {
				legs = append(legs, l)
			} else if _, _, hungUp := l.state(); hungUp != callstate.CauseBusy {
				t.Errorf("call %d is refused with %q", i+1, hungUp)
			}
		}
		legs[0].report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		if _, err := e.Arrive(call.Incoming{Number: line(), E164: "+33611111112", Leg: &leg{id: callstate.CustomerLeg}}); err != nil {
			t.Errorf("there is room again: %v", err)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
