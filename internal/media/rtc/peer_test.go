package rtc

import (
	"testing"
	"time"

	"parley/internal/media/codec"
)

func TestStateMayCallThePeer(t *testing.T) {
	e := rawEngine(t, Config{})
	r := newRaw(t, e)
	var p *Peer
	p, err := e.NewPeer(PeerConfig{
		Signal: func(Signal) {},
		State:  func(PeerState) { p.Speaks(codec.Opus) },
		Log:    e.log,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Answer(r.answer()) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("the answer is reported with a lock held that the peer needs")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
