package callstate

import (
	"slices"
	"testing"
)

// after applies events that all must be possible, and returns the last one's
// effects.
func after(t *testing.T, s State, events ...Event) (State, []Effect) {
	t.Helper()
	var effects []Effect
	for _, ev := range events {
		next, done, ok := Next(s, ev)
		if !ok {
			t.Fatalf("%#v is refused in %+v", ev, s)
		}
		s, effects = next, done
	}
	return s, effects
}

func has(effects []Effect, wanted ...Effect) bool {
	return !slices.ContainsFunc(wanted, func(w Effect) bool { return !slices.Contains(effects, w) })
}

// rings is a call that rings members.
func rings(t *testing.T, p Policy, who ...string) State {
	t.Helper()
	s, _ := after(t, Fresh(Inbound, p), Arrived{}, Routed{Do: StepRing, Members: who})
	return s
}

// talks is a recorded call in which ada talks.
func talks(t *testing.T, d Direction) State {
	t.Helper()
	s := Fresh(d, Policy{RecordAuto: true, RecordAgent: true, DemandTag: true})
	if d == Outbound {
		s, _ = after(t, s, Dialled{"ada"}, CustomerAnswered{})
		return s
	}
	s, _ = after(t, s, Arrived{}, Routed{Do: StepRing, Members: []string{"ada", "bob"}}, Answered{"ada"})
	return s
}

func TestHandOver(t *testing.T) {
	give := HandedOver{From: "ada", To: "bob", Cause: CauseAgentRemoved}
	for _, d := range []Direction{Inbound, Outbound} {
		for name, before := range map[string][]Event{
			"talking": nil, "muted": {Muted{"ada", true}}, "on hold": {Held{"ada", true}}, "away": {AgentLost{"ada"}},
		} {
			s, _ := after(t, talks(t, d), before...)
			s, effects := after(t, s, give)
			if s.Phase != Passing || s.Agent != "" || s.Recording != RecordingOn || !s.Hearing().Hears(CustomerLeg, PlayerLeg) {
				t.Errorf("%s, %s: %+v", d, name, s)
			}
			if !has(effects, ReleaseAgent{Member: "ada", Cause: CauseAgentRemoved}, RingMember{"bob"}, StartTimer{Timer: RingTimer}) {
				t.Errorf("%s, %s: ada owes something, or bob is not rung: %v", d, name, effects)
			}
			s, effects = after(t, s, Answered{"bob"})
			if s.Phase != Talking || s.Agent != "bob" || s.Muted || s.Held || s.Away || s.Recording != RecordingOn {
				t.Errorf("%s, %s: bob takes over: %+v", d, name, s)
			}
			if want := []Effect{StopTimer{Timer: RingTimer}, EngageAgent{"bob"}}; !slices.Equal(effects, want) {
				t.Errorf("%s, %s: bob takes over with %v", d, name, effects)
			}
			if _, effects = after(t, s, HungUp{"bob"}); !has(effects, ReleaseAgent{Member: "bob", Tag: true, Work: true, Cause: CauseAgentHungUp}) {
				t.Errorf("%s, %s: who took over owes what the call demands: %v", d, name, effects)
			}
		}
	}
}

func TestNobodyTakesOver(t *testing.T) {
	give := HandedOver{From: "ada", To: "bob", Cause: CauseAgentRemoved}
	for name, events := range map[string][]Event{
		"declined":    {give, Declined{"bob"}},
		"rung out":    {give, RungOut{}},
		"lost":        {give, OfferLost{"bob"}},
		"unreachable": {HandedOver{From: "ada", To: "bob", Missed: true, Cause: CauseAgentRemoved}},
		"removed too": {give, HandedOver{From: "bob", Cause: CauseAgentRemoved}},
	} {
		s, effects := after(t, talks(t, Inbound), events...)
		if s.Phase != Announcing || s.Cause != CauseNotTakenOver || !has(effects, Apologise{}, Record{RecordingOff}) {
			t.Errorf("inbound, %s: %v, %+v", name, effects, s)
		}
		if has(effects, AcceptCustomer{}) {
			t.Errorf("inbound, %s: the caller is accepted twice", name)
		}
		s, effects = after(t, talks(t, Outbound), events...)
		if s.Phase != Ended || s.Cause != CauseNotTakenOver || !has(effects, HangUpCustomer{CauseNotTakenOver}, Record{RecordingOff}) {
			t.Errorf("outbound, %s: %v, %+v", name, effects, s)
		}
	}
}

func TestHandOverWhereNobodyTalks(t *testing.T) {
	give := HandedOver{From: "ada", To: "eve", Cause: CauseAgentRemoved}
	rings := rings(t, Policy{}, "ada", "bob")
	s, effects := after(t, rings, give)
	if s.Phase != Ringing || !slices.Equal(s.Ringers(), []string{"bob"}) || !slices.Equal(effects, []Effect{Withdraw{Member: "ada", Cause: CauseAgentRemoved}}) {
		t.Errorf("who rings is withdrawn: %v, %+v", effects, s)
	}
	dials, _ := after(t, Fresh(Outbound, Policy{DemandTag: true}), Dialled{"ada"})
	s, effects = after(t, dials, give)
	if s.Phase != Ended || s.Cause != CauseAgentRemoved || !has(effects, HangUpCustomer{CauseAgentRemoved}, ReleaseAgent{Member: "ada", Cause: CauseAgentRemoved}) {
		t.Errorf("a call that nobody has answered ends: %v, %+v", effects, s)
	}
	s, effects = after(t, talks(t, Inbound), HandedOver{From: "ada", Cause: CauseAgentRemoved})
	if s.Phase != Ended || s.Cause != CauseAgentRemoved || !has(effects, Record{RecordingOff}, HangUpCustomer{CauseAgentRemoved}, ReleaseAgent{Member: "ada", Cause: CauseAgentRemoved}) {
		t.Errorf("a call that nobody is to take over ends: %v, %+v", effects, s)
	}
	s, effects = after(t, talks(t, Inbound), HandedOver{From: "ada", To: "bob", Cause: CauseAgentRemoved}, passed("bob", "eve"))
	if !slices.Equal(s.Ringers(), []string{"eve"}) || !has(effects, Withdraw{Member: "bob", Cause: CauseAgentRemoved}, RingMember{"eve"}, StartTimer{Timer: RingTimer}) {
		t.Errorf("handed on to eve before bob took it: %v, %+v", effects, s)
	}
	for _, ev := range []Event{passed("bob", "eve"), passed("ada", "ada"), passed("", "bob")} {
		if _, _, ok := Next(talks(t, Inbound), ev); ok {
			t.Errorf("%+v of a call of ada's", ev)
		}
	}
}

func passed(from, to string) HandedOver {
	return HandedOver{From: from, To: to, Cause: CauseAgentRemoved}
}
