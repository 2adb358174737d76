package callstate

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// members are those of the tests: small enough to collide often.
var members = []string{"ada", "bob", "eve"}

var steps = []Step{StepSay, StepAsk, StepRing, StepLine, StepForward, StepRecord, StepLast, StepHangUp}

func anyEvents(t *rapid.T) []Event {
	m := rapid.SampledFrom(members).Draw(t, "member")
	on := rapid.Bool().Draw(t, "on")
	cause := rapid.SampledFrom(append(Causes(), CauseNone)).Draw(t, "cause")
	recording := rapid.SampledFrom([]Recording{RecordingOff, RecordingOn, RecordingPaused}).Draw(t, "recording")
	to := rapid.SampledFrom(append([]string{""}, members...)).Draw(t, "to")
	some := rapid.SliceOfDistinct(rapid.SampledFrom(members), rapid.ID[string]).Draw(t, "some")
	step := rapid.SampledFrom(steps).Draw(t, "step")
	key := rapid.SampledFrom([]string{"1", "*", "#"}).Draw(t, "key")
	return []Event{
		Arrived{}, Routed{Do: step, Members: some, Lined: on, Accept: on, Asking: on, Cause: cause}, Blocked{}, Rung{m},
		Routed{Do: StepRing, Members: members}, Answered{m}, Answered{m},
		Pressed{key}, KeyAwaited{}, Waited{}, ExternalAnswered{}, ExternalGone{cause}, DialExpired{}, Spoken{}, Proven{m}, Unproven{some},
		Dialled{m}, Answered{m}, Declined{m}, OfferLost{m}, RungOut{}, RungOut{m}, Announced{}, CustomerRinging{}, CustomerEarly{}, CustomerAnswered{}, CustomerHeld{on},
		CustomerGone{cause}, Muted{m, on}, Held{m, on}, Recorded{m, recording}, HungUp{m}, AgentLost{m},
		AgentBack{m}, AwayExpired{}, HandedOver{m, to, on, CauseAgentRemoved}, Stopped{CauseServerStopped}, Returning{},
	}
}

// anyEvent is anything, mostly something that means something in s and does not end
// the call: else few walks would get anywhere.
func anyEvent(t *rapid.T, s State, book *ledger) Event {
	all := anyEvents(t)
	if rapid.IntRange(0, 4).Draw(t, "wild") > 0 {
		apt := slices.DeleteFunc(slices.Clone(all), func(ev Event) bool {
			next, _, ok := Next(s, ev)
			return !ok || next.Phase == Ended || book != nil && unbooked(s, ev, book)
		})
		if len(apt) > 0 {
			all = apt
		}
	}
	return rapid.SampledFrom(all).Draw(t, "event")
}

func anyFresh(t *rapid.T) State {
	return Fresh(
		rapid.SampledFrom([]Direction{Inbound, Outbound}).Draw(t, "direction"),
		Policy{
			RecordAuto:  rapid.Bool().Draw(t, "auto"),
			RecordAgent: rapid.Bool().Draw(t, "agent"),
			DemandTag:   rapid.Bool().Draw(t, "tag"),
		})
}

// TestAnyLife drives calls through random events and checks what must hold of
// every call at every moment.
func TestAnyLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyFresh(t)
		book := newLedger()
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			before := s
			ev := anyEvent(t, s, book)
			next, effects, ok := Next(s, ev)
			if !reflect.DeepEqual(s, before) {
				t.Fatalf("Next changed the state it was given by %#v", ev)
			}
			if unbooked(s, ev, book) {
				continue // whoever runs the call books members before the event
			}
			if !ok && (len(effects) > 0 || !reflect.DeepEqual(next, s)) {
				t.Fatalf("refused %#v has effects %v or changed the state", ev, effects)
			}
			if s.Phase == Ended && ok {
				t.Fatalf("ended call took %#v", ev)
			}
			s = next
			book.note(t, s, effects)
			checkState(t, s)
		}
		if s.Phase != New && s.Phase != Ended {
			if s, effects, ok := Next(s, Stopped{CauseServerStopped}); ok {
				book.note(t, s, effects)
				checkState(t, s)
			} else {
				t.Fatalf("a stop was refused in %s", s.Phase)
			}
		}
		book.settle(t, s)
	})
}

func checkState(t *rapid.T, s State) {
	answered := 0
	for _, o := range s.Offers {
		if o.Outcome == OfferAnswered {
			answered++
		}
	}
	switch {
	case answered > 1:
		t.Fatalf("%d members answered", answered)
	case s.Phase == Talking && s.Agent == "":
		t.Fatal("talking without an agent")
	case s.Phase != Ringing && s.Phase != Waiting && s.Phase != Passing && len(s.Ringers()) > 0:
		t.Fatalf("phones ring in %s", s.Phase)
	case s.Phase == Passing && (len(s.Ringers()) != 1 || s.Agent != "" || !s.Talked):
		t.Fatalf("handed over to %v by %q, talked %v", s.Ringers(), s.Agent, s.Talked)
	case s.Phase == Ringing && len(s.Ringers()) == 0 && !s.Lined:
		t.Fatal("nobody rings and nobody is waited for")
	case s.Unproven() && (s.Phase != Talking || s.Before != Ringing && s.Before != Waiting):
		t.Fatalf("in %s the call may go back to %s", s.Phase, s.Before)
	case s.Agent != "" && s.Phase != Talking && s.Phase != Dialling && s.Phase != Ended:
		t.Fatalf("%s is the agent in %s", s.Agent, s.Phase)
	case s.Phase == Ended && s.Cause == CauseNone:
		t.Fatal("ended without a cause")
	case s.Recording != RecordingOff && s.Phase != Talking && s.Phase != Passing && s.Phase != Voicemail:
		t.Fatalf("recording in %s", s.Phase)
	}
	checkHearing(t, s)
}

func checkHearing(t *rapid.T, s State) {
	table := s.Hearing()
	agent := AgentLeg(s.Agent)
	for _, r := range table {
		if r.Listener == r.Speaker {
			t.Fatalf("%s hears itself", r.Listener)
		}
		if r.Listener != agent && r.Listener != CustomerLeg && (s.Phase != Forwarded || r.Listener != ExternalLeg) {
			t.Fatalf("%s has ears", r.Listener)
		}
	}
	agentHeard := table.Hears(CustomerLeg, agent)
	switch {
	case agentHeard && (s.Muted || s.Held || s.FarHeld || s.Away):
		t.Fatalf("agent is heard while muted, held or away: %+v", s)
	case agentHeard && s.Phase != Talking:
		t.Fatalf("agent is heard in %s", s.Phase)
	case s.Held && table.Hears(agent, CustomerLeg):
		t.Fatal("the customer is heard on hold")
	case s.Phase == Passing && !slices.Equal(table, Table{{CustomerLeg, PlayerLeg}}):
		t.Fatalf("while the call is handed over: %v", table)
	case s.Phase == Ended && len(table) > 0:
		t.Fatal("somebody hears somebody after the end")
	case s.Phase == Talking && !s.Held && !s.Away && !table.Hears(agent, CustomerLeg):
		t.Fatal("the agent does not hear the customer")
	}
}

// ledger counts what effects began, to see that it ends.
type ledger struct {
	booked   map[string]int // members rung or in the call
	timers   map[StartTimer]bool
	finished int
	record   Recording
	accepted bool
	lined    bool
	asked    bool // the flow has to say what comes next
}

func newLedger() *ledger {
	return &ledger{booked: map[string]int{}, timers: map[StartTimer]bool{}, record: RecordingOff}
}

// unbooked says whether the event rings a member who is in the call already: the
// agents' registry lets nobody be booked twice.
func unbooked(s State, ev Event, l *ledger) bool {
	var rung []string
	switch e := ev.(type) {
	case Routed:
		rung = e.Members
	case Rung:
		rung = []string{e.Member}
	case Unproven:
		rung = e.Again
	}
	return slices.ContainsFunc(rung, func(m string) bool { return l.booked[m] > 0 })
}

// note takes the effects that led to s.
func (l *ledger) note(t *rapid.T, s State, effects []Effect) {
	for _, effect := range effects {
		if l.finished > 0 {
			t.Fatalf("%#v after Finish", effect)
		}
		switch e := effect.(type) {
		case DialCustomer:
			l.booked[s.Agent] = 1 // whoever calls back was rung before
		case RingMember:
			l.booked[e.Member]++
		case Withdraw:
			l.booked[e.Member]--
		case ReleaseAgent:
			l.booked[e.Member]--
		case StartTimer:
			l.timers[e] = true
		case StopTimer:
			delete(l.timers, StartTimer(e))
		case EnterLine:
			l.enter(t)
		case LeaveLine:
			if !l.lined {
				t.Fatal("left a line that it is not in")
			}
			l.lined = false
		case Advance:
			l.asked = true
		case Record:
			if e.To == l.record {
				t.Fatalf("recorder told twice to be %s", e.To)
			}
			l.record = e.To
		case AcceptCustomer:
			if l.accepted {
				t.Fatal("customer accepted twice")
			}
			l.accepted = true
		case Finish:
			l.finished++
		}
	}
	if l.lined != (s.Lined && (s.Phase == Ringing || s.Phase == Waiting)) {
		t.Fatalf("in line %v: %+v", l.lined, s)
	}
	if s.Phase == Routing && !l.asked {
		t.Fatal("the flow is not asked")
	}
	for m, n := range l.booked {
		if in := s.Agent == m || s.Offered(m); s.Phase != Ended && in != (n == 1) || n < 0 || n > 1 {
			t.Fatalf("%s is booked %d times in %+v", m, n, s)
		}
	}
}

func (l *ledger) enter(t *rapid.T) {
	if l.lined {
		t.Fatal("in line twice")
	}
	l.lined = true
}

// settle checks that nothing is left behind by a call that ended.
func (l *ledger) settle(t *rapid.T, s State) {
	if l.finished == 0 {
		return
	}
	for m, n := range l.booked {
		if n != 0 {
			t.Fatalf("%s is not let go of by %+v", m, s)
		}
	}
	for _, timer := range []Timer{AwayTimer, ProofTimer, LineTimer} {
		if l.timers[StartTimer{Timer: timer}] {
			t.Fatalf("the %s timer outlives the call", timer)
		}
	}
	if l.record != RecordingOff {
		t.Fatalf("recorder left %s", l.record)
	}
}

// TestCanAgreesWithNext checks that what a page greys out the server refuses,
// and what it offers the server does.
func TestCanAgreesWithNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyFresh(t)
		for range rapid.IntRange(0, 15).Draw(t, "length") {
			if next, _, ok := Next(s, anyEvent(t, s, nil)); ok {
				s = next
			}
		}
		m := rapid.SampledFrom(members).Draw(t, "who")
		for action, ev := range map[Action]Event{
			Answer: Answered{m}, Decline: Declined{m}, HangUp: HungUp{m},
			Mute: Muted{m, !s.Muted}, Hold: Held{m, !s.Held},
			PauseRecording: Recorded{m, RecordingPaused},
		} {
			if _, _, ok := Next(s, ev); ok != s.Can(m, action) {
				t.Fatalf("%s by %s in %+v: Can says %v, Next says %v", action, m, s, s.Can(m, action), ok)
			}
		}
		_, _, ok := Next(s, Recorded{m, RecordingOn})
		if ok != (s.Can(m, StartRecording) || s.Can(m, ResumeRecording)) {
			t.Fatalf("recording on by %s in %+v: Next says %v", m, s, ok)
		}
	})
}

func TestFirstAnswerWins(t *testing.T) {
	s := rings(t, Policy{}, members...)
	s, effects, ok := Next(s, Answered{"bob"})
	if !ok || s.Agent != "bob" || s.Phase != Talking {
		t.Fatalf("bob's answer: ok %v, %+v", ok, s)
	}
	for _, loser := range []string{"ada", "eve"} {
		want := Withdraw{Member: loser, Cause: CauseAnsweredElsewhere, By: "bob"}
		if !slices.Contains(effects, Effect(want)) {
			t.Errorf("%s is not told that bob took the call: %v", loser, effects)
		}
		if _, _, ok := Next(s, Answered{loser}); ok {
			t.Errorf("%s answered too", loser)
		}
	}
}

func TestObligations(t *testing.T) {
	s := rings(t, Policy{DemandTag: true}, "ada")
	s, _, _ = Next(s, Answered{"ada"})
	_, effects, _ := Next(s, CustomerGone{})
	want := ReleaseAgent{Member: "ada", Tag: true, Work: true, Cause: CauseCustomerHungUp}
	if !slices.Contains(effects, Effect(want)) {
		t.Errorf("after a call that demands a tag: %v", effects)
	}
	s, _, _ = Next(Fresh(Outbound, Policy{DemandTag: true}), Dialled{"ada"})
	_, effects, _ = Next(s, CustomerGone{CauseBusy})
	want = ReleaseAgent{Member: "ada", Cause: CauseBusy}
	if !slices.Contains(effects, Effect(want)) {
		t.Errorf("nobody talked, nothing is owed: %v", effects)
	}
}

func TestEveryCauseHasAVerdict(t *testing.T) {
	for _, c := range Causes() {
		v := c.Verdict()
		if v.Party == "" || v.TextKey != "cause."+string(c) || v.Metric == "" {
			t.Errorf("%s: %+v", c, v)
		}
		if v.SIPCode == 500 && c != CauseInternal && c != CauseServerCrashed {
			t.Errorf("%s falls through to the verdict of the unknown", c)
		}
	}
}

// FuzzNext feeds bytes as events: whatever comes, Next must not panic and an
// ended call stays ended.
func FuzzNext(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4})
	f.Add([]byte{16, 9, 12, 13, 14, 15})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Fresh(Inbound, Policy{RecordAuto: true, RecordAgent: true, DemandTag: true})
		if len(data) > 0 && data[0]&1 == 1 {
			s.Direction = Outbound
		}
		for i, b := range data {
			m := members[i%len(members)]
			events := []Event{
				Arrived{}, Routed{Do: steps[i%len(steps)], Members: members, Lined: b > 127}, Unproven{}, Pressed{"1"}, Dialled{m}, Answered{m}, Declined{m}, OfferLost{m}, RungOut{},
				Announced{}, CustomerRinging{}, CustomerEarly{}, CustomerAnswered{}, CustomerHeld{b > 127},
				CustomerGone{}, Muted{m, b > 127}, Held{m, b > 127}, Recorded{m, RecordingPaused},
				Recorded{m, RecordingOn}, HungUp{m}, AgentLost{m}, AgentBack{m}, AwayExpired{},
				HandedOver{m, members[int(b)%3], b > 200, CauseAgentRemoved}, Stopped{CauseInternal},
			}
			ended := s.Phase == Ended
			next, _, ok := Next(s, events[int(b)%len(events)])
			if ended && ok {
				t.Fatal("an ended call took an event")
			}
			s = next
			_ = s.Hearing()
		}
	})
}
