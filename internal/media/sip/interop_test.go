package sip

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
	"parley/internal/tests/peers"
)

// ear listens to and speaks with one leg, as a bridge would.
type ear struct {
	bridge *relay.Bridge
	mu     sync.Mutex
	pcm    []int16
}

func newEar(t *testing.T, l *Leg, hz float64) *ear {
	e := &ear{bridge: relay.NewBridge(relay.NewMetronome())}
	t.Cleanup(e.bridge.Close)
	e.bridge.Attach(callstate.CustomerLeg, l.Port())
	e.bridge.Tap(e)
	e.bridge.SetTable(callstate.Table{{Listener: callstate.CustomerLeg, Speaker: callstate.PlayerLeg}})
	e.bridge.Play(callstate.PlayerLeg, audio.NewToneSource(hz, -12), nil)
	return e
}

// Packet implements relay.Tap.
func (e *ear) Packet(from callstate.LegID, p *relay.Packet, _ time.Time) {
	if p.Kind != relay.Audio || from != callstate.CustomerLeg {
		return
	}
	pcm := make([]int16, len(p.Payload))
	codec.Decode(p.Codec, pcm, p.Payload)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm = append(e.pcm, pcm...)
}

// hears waits until the last half second is the tone.
func (e *ear) hears(t *testing.T, hz float64) {
	t.Helper()
	eventually(t, "the tone is heard", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return isTone(e.pcm, hz)
	})
}

// forget drops what was heard so far.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm = nil
}

func isTone(pcm []int16, hz float64) bool {
	const window = 4000
	if len(pcm) < window {
		return false
	}
	pcm = pcm[len(pcm)-window:]
	return audio.Level(pcm, 8000, hz) > -20 && audio.Level(pcm, 8000, hz*1.37) < -40
}

const ourTone, theirTone = 1000, 440

func phoneHears(t *testing.T, b *peers.Baresip, hz float64) {
	t.Helper()
	eventually(t, "the phone hears us", func() bool { return isTone(b.Heard(), hz) })
}

func TestBaresipAnswersUs(t *testing.T) {
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob", Hz: theirTone, Codec: "pcmu"})
	s := newTestStack(t, Config{timing: realTime()}, refuseAll(t))
	s.SetTrunks([]Trunk{trunkTo("peer", phone.Addr())})
	leg, err := s.Dial(t.Context(), spec("bob"))
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, leg)
	phone.Await("CALL_INCOMING")
	e.await(call.LegRinging)
	phone.Answer()
	e.await(call.LegAnswered)
	if leg.Codec() != codec.PCMU {
		t.Errorf("codec %v", leg.Codec())
	}
	ear := newEar(t, leg, ourTone)
	ear.hears(t, theirTone)
	phoneHears(t, phone, ourTone)
	phone.Digit('7')
	if ev := e.await(call.LegDigit); ev.Digit != '7' {
		t.Errorf("digit %q", ev.Digit)
	}
	phone.Hold()
	e.await(call.LegHeld)
	phone.Resume()
	e.await(call.LegResumed)
	leg.HangUp(callstate.CauseAgentHungUp)
	phone.Await("CALL_CLOSED")
	e.ended(callstate.CauseAgentHungUp, 0)
}

func TestBaresipCallsUs(t *testing.T) {
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob", Hz: theirTone})
	h, calls := chanHandler()
	s := newTestStack(t, Config{timing: realTime()}, h)
	s.SetTrunks([]Trunk{trunkTo("peer", phone.Addr())})
	phone.Dial("sip:+33987654321@" + s.Addr("udp").String())
	in := receive(t, calls)
	if in.To != "+33987654321" || in.From != "bob" {
		t.Errorf("call %+v", in)
	}
	e := listen(t, in.Leg)
	in.Leg.Ringing()
	phone.Await("CALL_RINGING")
	in.Leg.Accept()
	phone.Await("CALL_ESTABLISHED")
	ear := newEar(t, in.Leg, ourTone)
	ear.hears(t, theirTone)
	phoneHears(t, phone, ourTone)
	phone.HangUp()
	e.ended(callstate.CauseCustomerHungUp, 0)
}

// TestBaresipAnswersUsEncrypted by a trunk that demands it; what the phone hears shows
// that our key is its key, and the keys pressed and the hold that the context goes on.
func TestBaresipAnswersUsEncrypted(t *testing.T) {
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob", Hz: theirTone, Encrypt: "srtp-mand"})
	s := newTestStack(t, Config{timing: realTime()}, refuseAll(t))
	trunk := trunkTo("peer", phone.Addr())
	trunk.SRTP = true
	s.SetTrunks([]Trunk{trunk})
	leg, err := s.Dial(t.Context(), spec("bob"))
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, leg)
	phone.Await("CALL_INCOMING")
	phone.Answer()
	e.await(call.LegAnswered)
	if !leg.Encrypted() {
		t.Error("not encrypted")
	}
	ear := newEar(t, leg, ourTone)
	ear.hears(t, theirTone)
	phoneHears(t, phone, ourTone)
	eventually(t, "the phone's reports are read", func() bool { return leg.Quality().Out.Packets > 0 })
	phone.Hold()
	e.await(call.LegHeld)
	phone.Resume()
	e.await(call.LegResumed)
	phone.Digit('7')
	if ev := e.await(call.LegDigit); ev.Digit != '7' {
		t.Errorf("digit %q", ev.Digit)
	}
	ear.forget()
	ear.hears(t, theirTone)
	leg.HangUp(callstate.CauseAgentHungUp)
	phone.Await("CALL_CLOSED")
	e.ended(callstate.CauseAgentHungUp, 0)
	if n := leg.media.Foreign(); n > 5 { // what was under way as the keys changed
		t.Errorf("%d packets are foreign", n)
	}
}

// TestBaresipCallsUsEncrypted, in each of the ways a phone offers it, by a trunk that
// does not demand it.
func TestBaresipCallsUsEncrypted(t *testing.T) {
	for _, way := range []string{"srtp", "srtp-mand", "srtp-mandf"} {
		t.Run(way, func(t *testing.T) {
			phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob", Hz: theirTone, Encrypt: way})
			h, calls := chanHandler()
			s := newTestStack(t, Config{timing: realTime()}, h)
			s.SetTrunks([]Trunk{trunkTo("peer", phone.Addr())})
			phone.Dial("sip:+33987654321@" + s.Addr("udp").String())
			in := receive(t, calls)
			e := listen(t, in.Leg)
			in.Leg.Accept()
			phone.Await("CALL_ESTABLISHED")
			e.await(call.LegAnswered)
			if !in.Leg.Encrypted() {
				t.Error("not encrypted")
			}
			newEar(t, in.Leg, ourTone).hears(t, theirTone)
			phoneHears(t, phone, ourTone)
			phone.HangUp()
			e.ended(callstate.CauseCustomerHungUp, 0)
		})
	}
}

// TestBaresipWithoutEncryption has nothing to say to a trunk that demands it.
func TestBaresipWithoutEncryption(t *testing.T) {
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob"})
	s := newTestStack(t, Config{timing: realTime()}, refuseAll(t))
	trunk := trunkTo("peer", phone.Addr())
	trunk.SRTP = true
	s.SetTrunks([]Trunk{trunk})
	leg, err := s.Dial(t.Context(), spec("bob"))
	if err != nil {
		t.Fatal(err)
	}
	listen(t, leg).ended(callstate.CauseNotEncrypted, 488)
	phone.Dial("sip:+33987654321@" + s.Addr("udp").String())
	phone.Await("CALL_CLOSED")
}

func TestKamailioTrunk(t *testing.T) {
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: "bob", Hz: theirTone})
	proxy := peers.StartKamailio(t, peers.KamailioOptions{User: "acct", Password: "s3cret", Network: phone.Addr()})
	h, calls := chanHandler()
	s := newTestStack(t, Config{timing: realTime()}, h)
	trunk := trunkTo("peer", proxy.Addr())
	trunk.Username, trunk.Password, trunk.Register = "acct", "s3cret", true
	s.SetTrunks([]Trunk{trunk})
	eventually(t, "the trunk registers", func() bool { return s.Status()["peer"].Registered })

	leg, err := s.Dial(t.Context(), DialSpec{TrunkID: "peer", From: "acct", To: "bob", ID: callstate.CustomerLeg})
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, leg)
	phone.Await("CALL_INCOMING")
	phone.Answer()
	e.await(call.LegAnswered)
	newEar(t, leg, ourTone).hears(t, theirTone)
	if len(leg.routeSet()) == 0 {
		t.Error("no route through the proxy")
	}
	phone.HangUp()
	e.ended(callstate.CauseCustomerHungUp, 0)
	phone.Await("CALL_CLOSED")

	phone.Dial("sip:+33987654321@" + proxy.Addr().String())
	in := receive(t, calls)
	if in.To != "+33987654321" {
		t.Errorf("called %q", in.To)
	}
	e = listen(t, in.Leg)
	in.Leg.Accept()
	phone.Await("CALL_ESTABLISHED")
	in.Leg.HangUp(callstate.CauseAgentHungUp)
	phone.Await("CALL_CLOSED")
	e.ended(callstate.CauseAgentHungUp, 0)
}

func TestKamailioRefusesAWrongPassword(t *testing.T) {
	nobody := netip.MustParseAddrPort("127.0.0.1:9")
	proxy := peers.StartKamailio(t, peers.KamailioOptions{User: "acct", Password: "s3cret", Network: nobody})
	s := newTestStack(t, Config{timing: realTime()}, refuseAll(t))
	trunk := trunkTo("peer", proxy.Addr())
	trunk.Username, trunk.Password, trunk.Register = "acct", "wrong", true
	s.SetTrunks([]Trunk{trunk})
	eventually(t, "the failure shows", func() bool { return s.Status()["peer"].ErrorCode == 401 })
	leg, err := s.Dial(t.Context(), DialSpec{TrunkID: "peer", From: "acct", To: "bob", ID: callstate.CustomerLeg})
	if err != nil {
		t.Fatal(err)
	}
	listen(t, leg).ended(callstate.CauseTrunkUnauthorised, 407)
}

// routeSet returns the dialog's route, read on the leg's goroutine.
func (l *Leg) routeSet() []string {
	got := make(chan []string, 1)
	l.box.post(func() {
		var routes []string
		for _, r := range l.dlg.routes {
			routes = append(routes, r.String())
		}
		got <- routes
	})
	return <-got
}

// realTime are the clocks foreign programs live by.
func realTime() timing {
	return timing{t1: 500 * time.Millisecond, second: time.Second, silence: 10 * time.Second, idle: time.Minute}
}
