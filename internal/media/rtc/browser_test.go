package rtc_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"
	"parley/internal/media/rtc"
	"parley/internal/shared/callstate"
	"parley/internal/tests/softphone"
)

const second = audio.Rate

func newEngine(t testing.TB, cfg rtc.Config) *rtc.Engine {
	t.Helper()
	if cfg.UDPAddr == "" {
		cfg.UDPAddr = "127.0.0.1:0"
	}
	cfg.Log = quiet()
	var err error
	if cfg.Loop, err = datagram.NewLoop(0); err != nil {
		t.Fatal(err)
	}
	e, err := rtc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), cfg.Loop.Close()); err != nil {
			t.Errorf("close engine: %v", err)
		}
	})
	return e
}

// browser is a softphone and the server's peer, signalling by function call.
type browser struct {
	*rtc.Peer
	phone  *softphone.Phone
	offers chan string

	mu     sync.Mutex
	states []rtc.PeerState
	moved  chan struct{}
}

func newBrowser(t testing.TB, e *rtc.Engine, opts softphone.Options) *browser {
	t.Helper()
	b := &browser{phone: softphone.New(t, opts), offers: make(chan string, 10), moved: make(chan struct{}, 100)}
	peer, err := e.NewPeer(rtc.PeerConfig{
		Signal: func(s rtc.Signal) { b.offers <- s.SDP },
		State:  b.state,
		Log:    quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Peer = peer
	t.Cleanup(func() {
		if err := peer.Close(); err != nil {
			t.Errorf("close peer: %v", err)
		}
	})
	return b
}

func (b *browser) state(s rtc.PeerState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.states = append(b.states, s)
	b.moved <- struct{}{}
}

// await waits for the peer to report a state.
func (b *browser) await(t testing.TB, want rtc.PeerState) {
	t.Helper()
	ctx := soon(t)
	for {
		b.mu.Lock()
		states := append([]rtc.PeerState(nil), b.states...)
		b.mu.Unlock()
		if len(states) > 0 && states[len(states)-1] == want {
			return
		}
		select {
		case <-b.moved:
		case <-ctx.Done():
			t.Fatalf("peer states %v, want %s last", states, want)
		}
	}
}

// negotiate answers the offer that is out, changed by edit if not nil.
func (b *browser) negotiate(t testing.TB, edit func(string) string) string {
	t.Helper()
	var offer string
	select {
	case offer = <-b.offers:
	case <-soon(t).Done():
		t.Fatal("no offer")
	}
	if edit != nil {
		offer = edit(offer)
	}
	answer, err := b.phone.Answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Answer(answer); err != nil {
		t.Fatal(err)
	}
	return offer
}

func (b *browser) connect(t testing.TB, edit func(string) string) {
	t.Helper()
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	b.negotiate(t, edit)
	b.await(t, rtc.PeerConnected)
	if err := b.phone.Connected(soon(t)); err != nil {
		t.Fatal(err)
	}
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// hears asserts that a phone hears one tone and not another.
func (b *browser) hears(t testing.TB, tone, not float64) {
	t.Helper()
	pcm, err := b.phone.Listen(soon(t), second/2)
	if err != nil {
		t.Fatal(err)
	}
	if on, off := audio.Level(pcm, audio.Rate, tone), audio.Level(pcm, audio.Rate, not); on < -20 || off > -45 {
		t.Fatalf("heard %.0f Hz at %.0f dB and %.0f Hz at %.0f dB", tone, on, not, off)
	}
}

func talk(t testing.TB, a, b *browser) *relay.Bridge {
	t.Helper()
	bridge := relay.NewBridge(relay.NewMetronome())
	t.Cleanup(bridge.Close)
	bridge.Attach("a", a.Port())
	bridge.Attach("b", b.Port())
	bridge.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}, {Listener: "b", Speaker: "a"}})
	return bridge
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
