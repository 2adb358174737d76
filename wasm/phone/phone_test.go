package phone

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/wasm/sound"
)

// rig is a softphone with a server that is a list of what was sent, and a clock
// half an hour behind the server's.
type rig struct {
	t    *testing.T
	m    *Model
	now  time.Time
	sent []protocol.Message
}

const serverAhead = 30 * time.Minute

func (r *rig) Send(m protocol.Message) string {
	r.sent = append(r.sent, m)
	return strconv.Itoa(len(r.sent))
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)}
	r.m = New(english(t), "FR", r)
	r.m.SetMicrophone(MicGranted)
	r.hear(&protocol.Snapshot{
		Now: r.server(),
		Me:  protocol.Me{ID: "me", Name: "Ada", Setting: SettingAvailable, State: protocol.LiveAvailable, Since: r.server(), MediaReady: true, Open: true, Notify: true},
		Lines: []protocol.Line{
			{ID: "l0", Name: "Web only", Display: "01", Country: "FR"},
			{ID: "l1", Name: "Sales", Display: "01 39 28 19 00", Country: "FR", CanDial: true},
		},
		Tags: []protocol.Tag{{ID: "t1", Name: "Réclamation"}, {ID: "t2", Name: "Order"}, {ID: "t3", Name: "Reorder"}},
		Recents: []protocol.Recent{{
			ID: "old", Line: "Sales", LineID: "l1", Party: protocol.Party{E164: "+33612345678", Display: "06 12 34 56 78"},
			Direction: callstate.Inbound, CauseText: "Nobody answered", StartedAt: r.server() - 3600_000,
		}},
	})
	r.sent = nil
	return r
}

func english(t *testing.T) Texts {
	t.Helper()
	texts := Texts{}
	for _, area := range []string{"phone", "common"} {
		data, err := os.ReadFile("../../web/locale/en/" + area + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var part Texts
		if err := json.Unmarshal(data, &part); err != nil {
			t.Fatal(err)
		}
		for k, v := range part {
			texts[k] = v
		}
	}
	return texts
}

func (r *rig) server() int64 { return r.now.Add(serverAhead).UnixMilli() }

// hear passes a message through the wire form.
func (r *rig) hear(m protocol.Message) {
	r.t.Helper()
	data, err := protocol.Encode(m, "", "", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	_, got, err := protocol.Decode(data)
	if err != nil {
		r.t.Fatal(err)
	}
	r.m.Apply(got, r.now)
}

func (r *rig) pass(d time.Duration) { r.now = r.now.Add(d) }

func (r *rig) do(k Kind, value ...string) {
	r.m.Do(Intent{Kind: k, Value: strings.Join(value, "")}, r.now)
}

func (r *rig) view() View { return r.m.View(r.now) }

// took returns the one message sent since, and forgets it.
func (r *rig) took() protocol.Message {
	r.t.Helper()
	if len(r.sent) != 1 {
		r.t.Fatalf("%d messages sent, want 1: %+v", len(r.sent), r.sent)
	}
	m := r.sent[0]
	r.sent = nil
	return m
}

func (r *rig) answer(command protocol.Message, res protocol.Result) {
	for id, c := range r.m.pending {
		if c == command {
			r.m.Answered(id, c, res, r.now)
			return
		}
	}
	r.t.Fatal("nothing waits for that answer")
}

func (r *rig) panel(want Panel) View {
	r.t.Helper()
	v := r.view()
	if v.Panel != want {
		r.t.Fatalf("panel %q, want %q", v.Panel, want)
	}
	return v
}

// inbound is a call that rings at me, moved on by events.
func (r *rig) inbound(events ...callstate.Event) protocol.Call {
	s := callstate.Fresh(callstate.Inbound, callstate.Policy{RecordAuto: true, RecordAgent: true, DemandTag: true})
	return r.call(s, append([]callstate.Event{callstate.Arrived{}, rings("me", "you")}, events...))
}

func rings(members ...string) callstate.Event {
	return callstate.Routed{Do: callstate.StepRing, Members: members}
}

func (r *rig) outbound(events ...callstate.Event) protocol.Call {
	s := callstate.Fresh(callstate.Outbound, callstate.Policy{})
	return r.call(s, append([]callstate.Event{callstate.Dialled{Member: "me"}}, events...))
}

func (r *rig) call(s callstate.State, events []callstate.Event) protocol.Call {
	r.t.Helper()
	for _, ev := range events {
		next, _, ok := callstate.Next(s, ev)
		if !ok {
			r.t.Fatalf("%s means nothing in %s", callstate.KindOf(ev), s.Phase)
		}
		s = next
	}
	c := protocol.Call{
		ID: "c1", Line: protocol.Line{ID: "l1", Name: "Sales", Display: "01 39 28 19 00"}, State: s,
		Party: protocol.Party{Name: "Grace Hopper", E164: "+33612345678", Display: "06 12 34 56 78"},
		Here:  s.Agent == "me", StartedAt: r.server(),
	}
	if s.Talked {
		c.AnsweredAt = r.server()
	}
	return c
}

func TestAnInboundCallFromRingToAfterCallWork(t *testing.T) {
	r := newRig(t)
	r.panel(PanelIdle)

	r.hear(&protocol.CallChanged{Call: r.inbound()})
	v := r.panel(PanelIncoming)
	if v.Sound != sound.Ring || v.Ring.Call != "c1" || v.Input != (Input{Open: true}) {
		t.Fatalf("ringing: sound %q, notification %+v, microphone %+v", v.Sound, v.Ring, v.Input)
	}
	if v.Call.Who != "Grace Hopper" || v.Call.Number != "06 12 34 56 78" || v.Call.Initials != "GH" || v.Call.Line != "Sales" {
		t.Fatalf("who rings: %+v", v.Call)
	}
	if !strings.Contains(v.Alert, "Grace Hopper") || len(v.History) != 1 {
		t.Fatalf("alert %q, history %+v", v.Alert, v.History)
	}
	r.do(DoAnswer)
	r.do(DoAnswer) // a second click while the first is under way
	if a := r.took().(*protocol.Act); a.Action != callstate.Answer || a.Call != "c1" {
		t.Fatalf("sent %+v", a)
	}

	r.hear(&protocol.CallChanged{Call: r.inbound(callstate.Answered{Member: "me"})})
	r.pass(65 * time.Second)
	v = r.panel(PanelTalking)
	if v.Call.Timer != "1:05" || v.Sound != sound.None || v.Input != (Input{Open: true, Live: true}) {
		t.Fatalf("talking: %q %q %+v", v.Call.Timer, v.Sound, v.Input)
	}
	if v.Call.Recording != callstate.RecordingOn || !v.Call.Can[callstate.PauseRecording] || v.Call.Can[callstate.StartRecording] {
		t.Fatalf("recording: %+v", v.Call)
	}
	if !strings.HasPrefix(v.Title, "1:05") {
		t.Fatalf("title %q", v.Title)
	}

	r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.CauseCustomerHungUp, Text: "The customer hung up"})
	r.hear(&protocol.MeChanged{Me: protocol.Me{
		ID: "me", Setting: SettingAvailable, State: protocol.LiveWrapUp, DueTag: "c1",
		WrapUpEnds: r.server() + 30_000, WrapUpMS: 30_000,
	}})
	v = r.panel(PanelTag)
	if v.Call.Who != "Grace Hopper" || v.Call.Ended != "The customer hung up" || v.Input.Open {
		t.Fatalf("tag: %+v, microphone %+v", v.Call, v.Input)
	}
	r.do(DoFilter, "recl")
	if v = r.view(); len(v.Tags.Items) != 1 || v.Tags.Items[0].ID != "t1" {
		t.Fatalf("found %+v", v.Tags)
	}
	r.sent = nil
	r.do(DoTag)
	if s := r.took().(*protocol.SetTags); s.Call != "c1" || len(s.Tags) != 1 || s.Tags[0] != "t1" {
		t.Fatalf("sent %+v", s)
	}

	r.hear(&protocol.MeChanged{Me: protocol.Me{
		ID: "me", Setting: SettingAvailable, State: protocol.LiveWrapUp, WrapUpEnds: r.server() + 30_000, WrapUpMS: 40_000,
	}})
	r.pass(10 * time.Second)
	v = r.panel(PanelWrapUp)
	if v.WrapUp.Left != "0:20" || v.WrapUp.Share != 0.5 {
		t.Fatalf("after-call work %+v", v.WrapUp)
	}
	r.do(DoEndWrapUp)
	if _, ok := r.took().(*protocol.EndWrapUp); !ok {
		t.Fatal("after-call work was not ended")
	}
}

// TestACallback: what rings is somebody to call; whoever takes it dials.
func TestACallback(t *testing.T) {
	r := newRig(t)
	back := func(events ...callstate.Event) protocol.Call {
		s := callstate.Fresh(callstate.Outbound, callstate.Policy{})
		c := r.call(s, append([]callstate.Event{callstate.Returning{}, callstate.Rung{Member: "me"}}, events...))
		c.LinedAt = r.server() - 12*60_000
		return c
	}
	r.hear(&protocol.CallChanged{Call: back()})
	v := r.panel(PanelIncoming)
	if v.Sound != sound.Ring || v.Ring.Title != "Call back Grace Hopper" || v.Call.Take != "Call back" || v.Title != "☎ Call back Grace Hopper" ||
		v.Call.Kicker != "Asked to be called back · waiting for 12:00" || !strings.Contains(v.Alert, "asked to be called back") {
		t.Errorf("rings: %q %q %+v %+v", v.Title, v.Alert, v.Ring, v.Call)
	}
	r.do(DoAnswer)
	if a := r.took().(*protocol.Act); a.Action != callstate.Answer || a.Call != "c1" {
		t.Errorf("sent %+v", a)
	}
	r.hear(&protocol.CallChanged{Call: back(callstate.Answered{Member: "me"})})
	r.pass(3 * time.Second)
	if v = r.panel(PanelDialling); v.Sound != sound.None || v.Call.Timer != "0:03" || v.Call.Status != "Calling…" || !v.Input.Live {
		t.Errorf("dials: %q %+v", v.Sound, v.Call)
	}
	r.hear(&protocol.CallChanged{Call: back(callstate.Answered{Member: "me"}, callstate.CustomerRinging{})})
	if v = r.panel(PanelDialling); v.Sound != sound.Ringback {
		t.Errorf("rings there: %q", v.Sound)
	}
	r.hear(&protocol.CallChanged{Call: back(callstate.Answered{Member: "me"}, callstate.CustomerAnswered{})})
	if v = r.panel(PanelTalking); v.Sound != sound.None || !v.Call.Can[callstate.Hold] {
		t.Errorf("talks: %+v", v.Call)
	}
	r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.CauseSettled, Text: "not needed any more"})
	if v = r.view(); v.News != "not needed any more" || v.Banner.Text != "" {
		t.Errorf("settled: %q, %+v", v.News, v.Banner)
	}
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	if v := r.view(); v.Call.Take != "Answer" {
		t.Errorf("an ordinary call is taken by %q", v.Call.Take)
	}
}

func TestAnOutboundCall(t *testing.T) {
	r := newRig(t)
	for _, d := range "0612345678" {
		r.do(DoPadDigit, string(d))
	}
	v := r.view()
	if v.Pad.Entry != "06 12 34 56 78" || !v.Pad.CanDial || v.Pad.Hint != "+33 6 12 34 56 78" {
		t.Fatalf("pad %+v", v.Pad)
	}
	r.do(DoDial)
	r.do(DoDial)
	d := r.took().(*protocol.Dial)
	if d.NumberID != "l1" || d.To != "+33612345678" {
		t.Fatalf("sent %+v", d)
	}
	if v = r.panel(PanelDialling); v.Call.Who != "+33 6 12 34 56 78" || !v.Input.Open || v.Pad.CanDial {
		t.Fatalf("placing %+v", v.Call)
	}
	r.answer(d, protocol.Result{OK: true, Call: "c1"})
	r.panel(PanelDialling) // not back to idle until the call is shown

	r.hear(&protocol.CallChanged{Call: r.outbound()})
	if v = r.panel(PanelDialling); v.Sound != sound.None || v.Call.Can[callstate.Digits] {
		t.Fatalf("dialling: %q %v", v.Sound, v.Call.Can)
	}
	r.hear(&protocol.CallChanged{Call: r.outbound(callstate.CustomerRinging{})})
	if v = r.panel(PanelDialling); v.Sound != sound.Ringback || v.Call.Status != "Ringing…" {
		t.Fatalf("ringing: %q %q", v.Sound, v.Call.Status)
	}
	r.hear(&protocol.CallChanged{Call: r.outbound(callstate.CustomerRinging{}, callstate.CustomerEarly{})})
	if v = r.view(); v.Sound != sound.None {
		t.Fatal("our ringback over the network's own")
	}
	r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.CauseBusy, Text: "The number is busy"})
	if v = r.panel(PanelIdle); v.Sound != sound.Busy || v.News != "The number is busy" {
		t.Fatalf("busy: %q %q", v.Sound, v.News)
	}
	r.pass(busyFor + noticeFor(levelInfo))
	if v = r.view(); v.Sound != sound.None || v.News != "" {
		t.Fatalf("still %q %q", v.Sound, v.News)
	}
}

func TestWhyACallCannotBePlaced(t *testing.T) {
	r := newRig(t)
	for entry, want := range map[string]string{"": "phone.js.pad.empty", "+331": "phone.js.pad.short", "+0612345678": "phone.js.pad.country"} {
		r.do(DoEntry, entry)
		r.do(DoDial)
		if v := r.view(); v.Pad.Hint != r.m.texts.T(want) || v.Pad.Tone != "bad" || len(r.sent) != 0 {
			t.Errorf("%q: %+v, sent %v", entry, v.Pad, r.sent)
		}
	}
	r.do(DoLine, "l0")
	r.do(DoEntry, "3631")
	if v := r.view(); v.Pad.CanDial || !strings.Contains(v.Pad.Hint, "Web only") {
		t.Errorf("a line without a trunk: %+v", v.Pad)
	}
	r.do(DoLine, "l1")
	if v := r.view(); !v.Pad.CanDial || v.Pad.Hint != r.m.texts.T("phone.js.pad.service") {
		t.Errorf("a short number: %+v", v.Pad)
	}
	r.do(DoDial)
	d := r.took()
	r.answer(d, protocol.Result{Kind: "forbidden", Key: "error.country", Text: "This country is not allowed"})
	if v := r.panel(PanelIdle); v.Pad.Hint != "This country is not allowed" || v.Pad.Entry != "3631" {
		t.Errorf("after a refusal: %+v", v.Pad)
	}
}

func TestMuteActsAtTheClick(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.CallChanged{Call: r.inbound(callstate.Answered{Member: "me"})})
	r.do(DoMute)
	mute := r.took()
	if v := r.view(); v.Input.Live || !v.Call.Muted {
		t.Fatalf("still heard while the server decides: %+v", v.Input)
	}
	r.answer(mute, protocol.Result{Text: "No"})
	if v := r.view(); !v.Input.Live || v.Banner.Text != "No" {
		t.Fatalf("after a refusal: %+v %+v", v.Input, v.Banner)
	}
}

func TestHoldKeypadAndRecording(t *testing.T) {
	r := newRig(t)
	talking := r.inbound(callstate.Answered{Member: "me"})
	r.hear(&protocol.CallChanged{Call: talking})
	r.do(DoKeypad)
	r.do(DoDigit, "5")
	if k := r.took().(*protocol.Keypad); k.Digits != "5" || k.Call != "c1" {
		t.Fatalf("sent %+v", k)
	}
	if v := r.view(); !v.Call.Keypad || v.Call.Sent != "5" {
		t.Fatalf("keypad %+v", v.Call)
	}
	r.do(DoRecord)
	if a := r.took().(*protocol.Act); a.Action != callstate.PauseRecording {
		t.Fatalf("sent %+v", a)
	}
	held := r.inbound(callstate.Answered{Member: "me"}, callstate.Held{Member: "me", On: true})
	held.HeldAt = r.server()
	r.hear(&protocol.CallChanged{Call: held})
	r.pass(42 * time.Second)
	if v := r.view(); v.Call.HeldText != "On hold since 0:42" {
		t.Fatalf("held: %q", v.Call.HeldText)
	}
	r.do(DoHold)
	if a := r.took().(*protocol.Act); a.Action != callstate.Hold || a.On {
		t.Fatalf("sent %+v", a)
	}
}

func TestAnsweredByAColleague(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.CauseAnsweredElsewhere, By: "Bob", Text: "Bob took the call"})
	if v := r.panel(PanelIdle); v.News != "Bob took the call" || v.Sound != sound.None || v.Ring.Call != "" || v.Alert != v.News {
		t.Fatalf("%+v", v)
	}
}

// Who takes a call may fail before he hears a word: then it rings again.
func TestItRingsAgainWhenAColleagueFails(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.CauseAnsweredElsewhere, By: "Bob", Text: "Bob took the call"})
	r.panel(PanelIdle)
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	if v := r.panel(PanelIncoming); v.Sound != sound.Ring || v.Call.ID != "c1" {
		t.Fatalf("%+v", v)
	}
}

func TestWhoWaitedInLine(t *testing.T) {
	r := newRig(t)
	c := r.inbound()
	c.Line.Name, c.StartedAt = "Support", r.server()
	c.State.Phase = callstate.Waiting
	r.pass(130 * time.Second)
	r.hear(&protocol.CallChanged{Call: c})
	v := r.panel(PanelIncoming)
	if v.Call.Kicker != "Has been waiting for 2:10" || v.Call.Line != "Support" || v.Sound != sound.Ring {
		t.Fatalf("%+v, sound %q", v.Call, v.Sound)
	}
}

func TestConnectionLost(t *testing.T) {
	r := newRig(t)
	r.m.Connected(false, r.now)
	r.panel(PanelIdle) // a blink is not worth a word
	r.pass(graceOffline)
	if v := r.panel(PanelOffline); v.State != protocol.LiveOffline || v.Banner.Text == "" {
		t.Fatalf("%+v", v)
	}
	r.hear(&protocol.Snapshot{Now: r.server(), Me: protocol.Me{ID: "me", State: protocol.LiveAvailable}})
	r.panel(PanelIdle)
	if d := r.took().(*protocol.Device); d.Microphone != "granted" {
		t.Fatalf("sent %+v: the new connection must know of the microphone", d)
	}
	r.hear(&protocol.CallChanged{Call: r.inbound(callstate.Answered{Member: "me"})})
	r.m.Connected(false, r.now)
	r.pass(time.Minute)
	if v := r.panel(PanelTalking); v.Call.News == "" || !v.Input.Live {
		t.Fatalf("the voices may still pass: %+v", v)
	}
}

func TestMicrophone(t *testing.T) {
	r := newRig(t)
	r.m.SetMicrophone(MicDenied)
	if d := r.took().(*protocol.Device); d.Microphone != "denied" {
		t.Fatalf("sent %+v", d)
	}
	r.panel(PanelMicBlocked)
	r.hear(&protocol.CallChanged{Call: r.inbound()})
	if v := r.panel(PanelIncoming); v.Input.Open { // another tab may hold the sound
		t.Fatal("a denied microphone is opened")
	}
}

func TestACallInAnotherTab(t *testing.T) {
	r := newRig(t)
	c := r.inbound(callstate.Answered{Member: "me"})
	c.Here = false
	r.hear(&protocol.CallChanged{Call: c})
	if v := r.panel(PanelTalking); v.Input.Open || v.Call.News == "" || !v.Call.Can[callstate.HangUp] {
		t.Fatalf("%+v", v)
	}
}

func TestRecentCallGoesToThePadAndItsLine(t *testing.T) {
	r := newRig(t)
	r.do(DoPanel, SideRecent)
	r.do(DoLine, "l0")
	v := r.view()
	if v.Recents[0].Kind != "missed" || v.Recents[0].Detail != "Sales · Nobody answered" {
		t.Fatalf("%+v", v.Recents[0])
	}
	r.do(DoRecent, v.Recents[0].Number)
	if v = r.view(); v.Side != SidePad || v.Pad.Entry != "+33 6 12 34 56 78" || !v.Lines[1].Chosen {
		t.Fatalf("%+v %+v", v.Pad, v.Lines)
	}
}

func TestAvailabilityShowsAtTheClick(t *testing.T) {
	r := newRig(t)
	r.do(DoSetting, SettingDND)
	if v := r.view(); v.Setting != SettingDND {
		t.Fatalf("setting %q", v.Setting)
	}
	c := r.took()
	r.answer(c, protocol.Result{Text: "No"})
	if v := r.view(); v.Setting != SettingAvailable {
		t.Fatalf("setting %q after a refusal", v.Setting)
	}
}

func TestRecentsAreKeptInOrderAndBounded(t *testing.T) {
	r := newRig(t)
	for i := range 2 * recentMost {
		r.hear(&protocol.RecentAdded{Recent: protocol.Recent{ID: strconv.Itoa(i % 60), StartedAt: r.server() + int64(i)*1000}})
	}
	v := r.view()
	if len(v.Recents) != recentMost || v.Recents[0].ID != strconv.Itoa((2*recentMost-1)%60) {
		t.Fatalf("%d recents, first %q", len(v.Recents), v.Recents[0].ID)
	}
}
