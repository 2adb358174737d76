package load

import (
	"math/rand/v2"
	"slices"
	"time"

	"parley/internal/media/datagram"
)

// Link is a bad way from a talker to the server. What is late by more than a frame
// comes out of order.
type Link struct {
	Loss, Twice float64       // fractions of packets
	Jitter      time.Duration // by which packets are late, at most
}

// held is a packet on its way.
type held struct {
	packet []byte
	frames int // until it arrives
}

// Over has the talker speak over a link from now on.
func (t *Talker) Over(l Link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.link = l
}

// hold puts a packet on its way.
func (t *Talker) hold(b []byte) {
	if rand.Float64() < t.link.Loss {
		return
	}
	copies := 1
	if rand.Float64() < t.link.Twice {
		copies = 2
	}
	for range copies {
		late := rand.N(t.link.Jitter + 1)
		t.held = append(t.held, held{slices.Clone(b), int((late + FrameTime/2) / FrameTime)})
	}
}

// release sends what has arrived by now.
func (t *Talker) release(turn *datagram.Turn) {
	t.held = slices.DeleteFunc(t.held, func(h held) bool {
		if h.frames > 0 {
			return false
		}
		turn.Send(t.socket, copy(turn.Buffer(), h.packet), t.to)
		return true
	})
	for i := range t.held {
		t.held[i].frames--
	}
}
