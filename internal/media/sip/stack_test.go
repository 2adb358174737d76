package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/trunk"
	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// fast are protocol clocks at which 64*T1 is 1.3 s and 90 "seconds" are 1.8 s.
func fast() timing {
	return timing{t1: 20 * time.Millisecond, second: 20 * time.Millisecond, silence: 2 * time.Second, idle: time.Minute}
}

type handlerFunc func(Inbound)

func (f handlerFunc) Inbound(in Inbound) { f(in) }

// newTestStack starts a stack on loopback that is closed with the test.
func newTestStack(t *testing.T, cfg Config, h Handler) *Stack {
	t.Helper()
	if cfg.UDPAddr == "" && cfg.TCPAddr == "" && cfg.TLSAddr == "" {
		cfg.UDPAddr = "127.0.0.1:0"
	}
	orDefault(&cfg.timing, fast())
	cfg.Loop = newLoop(t)
	level := slog.LevelError
	if os.Getenv("SIP_LOG") != "" {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: level}))
	s, err := New(cfg, log, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		_ = s.Close(ctx) // far ends that fell silent on purpose make it fail
	})
	return s
}

func newLoop(t *testing.T) *datagram.Loop {
	t.Helper()
	l, err := datagram.NewLoop(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func refuseAll(t *testing.T) Handler {
	return handlerFunc(func(in Inbound) {
		t.Errorf("unexpected call from %q", in.From)
		in.Leg.HangUp(callstate.CauseInternal)
	})
}

// trunkTo is a trunk whose far end listens at addr.
func trunkTo(id string, addr netip.AddrPort) Trunk {
	return Trunk{ID: id, Host: addr.Addr().String(), Port: int(addr.Port()), Transport: trunk.UDP}
}

// events collects what a leg reports.
type events struct {
	t    *testing.T
	mu   sync.Mutex
	all  []call.LegEvent
	wake chan struct{}
}

func listen(t *testing.T, l *Leg) *events {
	e := &events{t: t, wake: make(chan struct{}, 1)}
	l.Listen(func(ev call.LegEvent) {
		e.mu.Lock()
		e.all = append(e.all, ev)
		e.mu.Unlock()
		select {
		case e.wake <- struct{}{}:
		default:
		}
	})
	return e
}

// await returns the first event of a kind, waiting for it.
func (e *events) await(kind call.LegEventKind) call.LegEvent {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		for _, ev := range e.all {
			if ev.Kind == kind {
				e.mu.Unlock()
				return ev
			}
		}
		got := append([]call.LegEvent(nil), e.all...)
		e.mu.Unlock()
		select {
		case <-e.wake:
		case <-deadline:
			e.t.Fatalf("no %q, only %v", kind, got)
		}
	}
}

func (e *events) ended(want callstate.Cause, code int) {
	e.t.Helper()
	if ev := e.await(call.LegEnded); ev.Cause != want || ev.Code != code {
		e.t.Errorf("ended %q %d %q, want %q %d", ev.Cause, ev.Code, ev.Reason, want, code)
	}
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// receive returns the next call a channel handler got.
func receive(t *testing.T, calls <-chan Inbound) Inbound {
	t.Helper()
	select {
	case in := <-calls:
		return in
	case <-time.After(patience):
		t.Fatal("no call came in")
		panic("unreachable")
	}
}

func chanHandler() (handlerFunc, chan Inbound) {
	calls := make(chan Inbound, 16)
	return func(in Inbound) { calls <- in }, calls
}

// pairOver is two stacks that are each other's trunk "peer".
func pairOver(t *testing.T, a, b Config, transport trunk.Transport) (*Stack, *Stack, chan Inbound) {
	t.Helper()
	h, calls := chanHandler()
	sa, sb := newTestStack(t, a, refuseAll(t)), newTestStack(t, b, h)
	network := string(transport)
	ta, tb := trunkTo("peer", sb.Addr(network)), trunkTo("peer", sa.Addr(network))
	ta.Transport, tb.Transport = transport, transport
	sa.SetTrunks([]Trunk{ta})
	sb.SetTrunks([]Trunk{tb})
	eventually(t, "the trunks see each other", func() bool {
		return sa.Status()["peer"].OptionsCode == 200 && sb.Status()["peer"].OptionsCode == 200
	})
	return sa, sb, calls
}

func spec(to string) DialSpec {
	return DialSpec{TrunkID: "peer", From: "+33123456789", FromName: `Zoë "Z" Doe`, To: to, ID: callstate.CustomerLeg}
}

func testCall(t *testing.T, a *Stack, calls <-chan Inbound) {
	t.Helper()
	out, err := a.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	oe := listen(t, out)
	in := receive(t, calls)
	if in.From != "+33123456789" || in.To != "+33987654321" || in.FromName != `Zoë "Z" Doe` || in.TrunkID != "peer" {
		t.Errorf("call came in as %+v", in)
	}
	in.Leg.Ringing()
	oe.await(call.LegRinging)
	in.Leg.Accept()
	oe.await(call.LegAnswered)
	ie := listen(t, in.Leg)
	ie.await(call.LegAnswered)
	if out.Codec() != codec.PCMA || in.Leg.Codec() != codec.PCMA {
		t.Errorf("codecs %v and %v", out.Codec(), in.Leg.Codec())
	}
	oneWay(t, out, ie)
	oneWay(t, in.Leg, oe)
	out.HangUp(callstate.CauseAgentHungUp)
	oe.ended(callstate.CauseAgentHungUp, 0)
	ie.ended(callstate.CauseCustomerHungUp, 0)
}

// oneWay sends a packet from one leg until the other end flows.
func oneWay(t *testing.T, from *Leg, to *events) {
	t.Helper()
	pkt := relay.Packet{Codec: codec.PCMA, Payload: make([]byte, 160)}
	eventually(t, "audio arrives", func() bool {
		pkt.Sequence++
		pkt.Timestamp += 160
		if err := from.media.Write(&pkt); err != nil {
			t.Fatal(err)
		}
		to.mu.Lock()
		defer to.mu.Unlock()
		for _, e := range to.all {
			if e.Kind == call.LegFlowing {
				return true
			}
		}
		return false
	})
}

func TestCallOverUDP(t *testing.T) {
	a, _, calls := pairOver(t, Config{}, Config{}, trunk.UDP)
	testCall(t, a, calls)
}

func TestCallOverTCP(t *testing.T) {
	a, _, calls := pairOver(t, Config{TCPAddr: "127.0.0.1:0"}, Config{TCPAddr: "127.0.0.1:0"}, trunk.TCP)
	testCall(t, a, calls)
}

// TestTwoHundredCalls leaves nothing behind; TestMain looks for goroutines.
func TestTwoHundredCalls(t *testing.T) {
	clocks := realTime() // a busy machine must not look like a dead far end
	a, b, calls := pairOver(t, Config{timing: clocks}, Config{timing: clocks}, trunk.UDP)
	go func() {
		for in := range calls {
			in.Leg.Accept()
		}
	}()
	defer close(calls)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				leg, err := a.Dial(t.Context(), spec("+33987654321"))
				if err != nil {
					t.Error(err)
					return
				}
				e := listen(t, leg)
				e.awaitOr(call.LegAnswered)
				leg.HangUp(callstate.CauseAgentHungUp)
				<-leg.gone
			}
		})
	}
	wg.Wait()
	eventually(t, "all legs are gone", func() bool { return a.Counters().Legs == 0 && b.Counters().Legs == 0 })
	if got := b.Counters().Inbound; got != 200 {
		t.Errorf("%d calls came in", got)
	}
}

// awaitOr is await for goroutines that must not end the test.
func (e *events) awaitOr(kind call.LegEventKind) {
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		for _, ev := range e.all {
			if ev.Kind == kind {
				e.mu.Unlock()
				return
			}
		}
		e.mu.Unlock()
		select {
		case <-e.wake:
		case <-deadline:
			e.t.Errorf("no %q", kind)
			return
		}
	}
}
