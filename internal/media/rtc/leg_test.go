package rtc_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtc"
	"parley/internal/shared/callstate"
	"parley/internal/tests/softphone"
)

// inbox takes a leg's events.
type inbox chan call.LegEvent

func listen(l *rtc.Leg) inbox {
	in := make(inbox, 100)
	l.Listen(func(e call.LegEvent) { in <- e })
	return in
}

func (in inbox) want(t *testing.T, want call.LegEvent) {
	t.Helper()
	select {
	case got := <-in:
		if got != want {
			t.Fatalf("event %+v, want %+v", got, want)
		}
	case <-soon(t).Done():
		t.Fatalf("no event, want %+v", want)
	}
}

func TestLegServesOneCallAfterAnother(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	b.connect(t, nil)
	b.phone.Tone(500)
	for n := range 2 {
		id := callstate.LegID(fmt.Sprintf("agent:%d", n))
		l := b.Leg(id)
		in := listen(l)
		l.Ringing()
		l.Accept()
		in.want(t, call.LegEvent{Leg: id, Kind: call.LegFlowing})
		b.phone.Press(5)
		in.want(t, call.LegEvent{Leg: id, Kind: call.LegDigit, Digit: '5'})
		b.phone.Press(11)
		in.want(t, call.LegEvent{Leg: id, Kind: call.LegDigit, Digit: '#'})
		l.Press('*') // on the page
		in.want(t, call.LegEvent{Leg: id, Kind: call.LegDigit, Digit: '*'})
		l.HangUp(callstate.CauseAgentHungUp)
		l.HangUp(callstate.CauseInternal)
		in.want(t, call.LegEvent{Leg: id, Kind: call.LegEnded, Cause: callstate.CauseAgentHungUp})
		if len(in) != 0 {
			t.Fatalf("%d events after the end", len(in))
		}
	}
}

func TestLegKeepsEventsUntilListen(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	l := b.Leg("agent:1")
	l.Press('5')
	l.HangUp(callstate.CauseDeclined)
	in := listen(l)
	in.want(t, call.LegEvent{Leg: "agent:1", Kind: call.LegDigit, Digit: '5'})
	in.want(t, call.LegEvent{Leg: "agent:1", Kind: call.LegEnded, Cause: callstate.CauseDeclined})
}

// TestARefusedLegTakesNothing: a tab that answers twice has two legs, the second of
// which is refused. What it sends is still the first one's.
func TestARefusedLegTakesNothing(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	first, second := b.Leg("agent:1"), b.Leg("agent:1")
	in := listen(first)
	second.HangUp(callstate.CauseAnsweredElsewhere)
	third := b.Leg("agent:1")
	third.HangUp(callstate.CauseAnsweredElsewhere)
	first.Port().Receive(&relay.Packet{Codec: codec.PCMA, Payload: make([]byte, relay.FrameBytes)})
	in.want(t, call.LegEvent{Leg: "agent:1", Kind: call.LegFlowing})
}

func TestLegEndsWithItsPeer(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	in := listen(b.Leg("agent:1"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	lost := call.LegEvent{Leg: "agent:1", Kind: call.LegEnded, Cause: callstate.CauseAgentLost}
	in.want(t, lost)
	listen(b.Leg("agent:1")).want(t, lost)
}

func TestLegEndsWhenTheBrowserVanishes(t *testing.T) {
	e := newEngine(t, rtc.Config{Disconnected: 500 * time.Millisecond, Failed: 500 * time.Millisecond})
	b := newBrowser(t, e, softphone.Options{})
	b.connect(t, nil)
	in := listen(b.Leg("agent:1"))
	b.phone.Vanish()
	in.want(t, call.LegEvent{Leg: "agent:1", Kind: call.LegEnded, Cause: callstate.CauseAgentLost})
	b.await(t, rtc.PeerFailed)
}

// TestAnsweringIsAChangeOfTable measures what a warm connection is for: from
// the change to the first frame of the other party.
func TestAnsweringIsAChangeOfTable(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	a, b := newBrowser(t, e, softphone.Options{}), newBrowser(t, e, softphone.Options{})
	a.connect(t, nil)
	b.connect(t, nil)
	bridge := talk(t, a, b)
	bridge.SetTable(nil)
	in := listen(a.Leg("a"))
	a.phone.Tone(500)
	in.want(t, call.LegEvent{Leg: "a", Kind: call.LegFlowing})
	start := time.Now()
	bridge.SetTable(callstate.Table{{Listener: "b", Speaker: "a"}})
	if _, err := b.phone.Listen(soon(t), audio.Rate/50); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	t.Logf("first frame after %v", took)
	if took > time.Second {
		t.Fatalf("first frame after %v", took)
	}
}
