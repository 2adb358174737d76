package phone

import (
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/wasm/sound"
)

// wish changes what the member has set for himself.
func (r *rig) wish(change func(*protocol.Me)) {
	me := r.m.snap.Me
	change(&me)
	r.hear(&protocol.MeChanged{Me: me})
}

// handed is a call of a colleague's that is passed to me.
func (r *rig) handed(events ...callstate.Event) protocol.Call {
	s := callstate.Fresh(callstate.Outbound, callstate.Policy{})
	return r.call(s, append([]callstate.Event{
		callstate.Dialled{Member: "you"}, callstate.CustomerAnswered{},
		callstate.HandedOver{From: "you", To: "me", Cause: callstate.CauseAgentRemoved},
	}, events...))
}

func TestACallThatIsPassedOnRings(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.CallChanged{Call: r.handed()})
	v := r.panel(PanelIncoming)
	if v.Sound != sound.Ring || v.Ring.Call != "c1" || !v.Input.Open || !v.Call.Can[callstate.Answer] || !v.Call.Can[callstate.Decline] {
		t.Fatalf("sound %q, notification %+v, %+v", v.Sound, v.Ring, v.Call)
	}
	if ordinary := r.m.callView(r.inbound(), r.now).Kicker; v.Call.Kicker == ordinary || v.Call.Kicker == "" {
		t.Errorf("%q says nothing of a colleague", v.Call.Kicker)
	}
	r.do(DoAnswer)
	if a := r.took().(*protocol.Act); a.Action != callstate.Answer {
		t.Errorf("sent %+v", a)
	}
	r.hear(&protocol.CallChanged{Call: r.handed(callstate.Answered{Member: "me"})})
	r.panel(PanelTalking)
}

func TestRingTones(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	r.wish(func(me *protocol.Me) { me.RingTone = "bright" })
	if v := r.view(); v.Sound != sound.Ring || v.Tone != "bright" {
		t.Errorf("rings with %q, tone %q", v.Sound, v.Tone)
	}
	r.wish(func(me *protocol.Me) { me.RingTone = "silent" })
	if v := r.view(); v.Sound != sound.None || v.Panel != PanelIncoming || v.Ring.Call == "" {
		t.Errorf("silent: %q in %s, notification %+v", v.Sound, v.Panel, v.Ring)
	}
	r.wish(func(me *protocol.Me) { me.Notify = false })
	if v := r.view(); v.Ring != (Ring{}) {
		t.Errorf("notified though switched off: %+v", v.Ring)
	}
}

func TestTheDefaultLineIsChosen(t *testing.T) {
	lines := []protocol.Line{{ID: "l1", CanDial: true}, {ID: "l2", CanDial: true}, {ID: "web"}}
	r := newRig(t)
	r.hear(&protocol.LinesChanged{Lines: lines})
	chosen := func(want, when string) {
		t.Helper()
		if got := r.m.pad.line; got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	chosen("l1", "without a default the first that can dial")
	r.wish(func(me *protocol.Me) { me.DefaultLine = "l2" })
	chosen("l2", "with one")
	r.do(DoLine, "l1")
	r.wish(func(me *protocol.Me) { me.State = protocol.LiveDND })
	chosen("l1", "chosen by hand")
	r.hear(&protocol.Snapshot{Now: r.server(), Me: r.m.snap.Me, Lines: lines})
	chosen("l1", "chosen by hand, after a lost connection")
	r.hear(&protocol.LinesChanged{Lines: lines[1:]})
	chosen("l2", "the chosen line is gone")
	r.wish(func(me *protocol.Me) { me.DefaultLine = "web" })
	chosen("l2", "the default cannot dial")

	fresh := newRig(t)
	fresh.hear(&protocol.Snapshot{Now: r.server(), Me: protocol.Me{ID: "me", DefaultLine: "l2"}, Lines: lines})
	if fresh.m.pad.line != "l2" {
		t.Errorf("the first snapshot: %s", fresh.m.pad.line)
	}
}

func TestBareNumbersAreReadAsTheMemberSays(t *testing.T) {
	r := newRig(t)
	r.wish(func(me *protocol.Me) { me.DialCountry = "BE" })
	r.do(DoEntry, "02 511 55 55")
	r.do(DoDial)
	if d := r.took().(*protocol.Dial); d.To != "+3225115555" {
		t.Errorf("dials %s", d.To)
	}
}

func TestAutoSaysUntilWhen(t *testing.T) {
	r := newRig(t) // Tuesday, 10:30 by the server
	evening := time.Date(2026, 3, 3, 18, 0, 0, 0, time.Local)
	for _, tc := range []struct {
		open bool
		flip time.Time
		want string
	}{
		{true, evening, "Working hours: until 18:00"},
		{true, evening.AddDate(0, 0, 1), "Working hours: until tomorrow, 18:00"},
		{false, evening, "Working hours: from 18:00"},
		{false, evening.AddDate(0, 0, 1), "Working hours: from tomorrow, 18:00"},
		{false, evening.AddDate(0, 0, 3), "Working hours: from Friday, 18:00"},
		{false, evening.AddDate(0, 0, 9), "Working hours: from 12/3, 18:00"},
	} {
		r.wish(func(me *protocol.Me) { me.Open, me.FlipsAt = tc.open, tc.flip.UnixMilli() })
		if got := r.view().Auto; got != tc.want {
			t.Errorf("says %q, want %q", got, tc.want)
		}
	}
	r.wish(func(me *protocol.Me) { me.FlipsAt = 0 })
	if got := r.view().Auto; got != "" {
		t.Errorf("without hours it says %q", got)
	}
	r.do(DoSetting, SettingAuto)
	if s := r.took().(*protocol.SetAvailability); s.Setting != SettingAuto || r.view().Setting != SettingAuto {
		t.Errorf("sent %+v", s)
	}
}
