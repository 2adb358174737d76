package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
)

// Write sends a packet to the far end; it implements relay.Sink. What the far
// end does not want is dropped without an error.
func (s *Session) Write(p *relay.Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dest := s.latch.dest()
	if !s.far.Send || !dest.IsValid() {
		s.numbers.rest()
		return nil
	}
	if p.Codec == codec.Opus {
		return relay.ErrNotSpoken
	}
	if p.Kind == relay.Event && s.far.Event == 0 || len(p.Payload) > maxPacket-headerLen {
		return nil
	}
	out := s.out[:]
	if p.Turn != nil {
		out = p.Turn.Buffer()
	}
	stamp := rtcp.Stamp{Time: p.Timestamp + s.time, Clock: codec.PCMA.Clock()}
	sealed, err := s.seal(out[:s.put(out, p, stamp.Time)])
	if err != nil {
		return fmt.Errorf("encrypt RTP: %w", err)
	}
	if p.Turn != nil {
		p.Turn.Send(s.media, len(sealed), dest)
		s.reports.Sent(0, stamp, len(p.Payload), p.Turn.Now())
		return nil
	}
	s.reports.Sent(0, stamp, len(p.Payload), time.Now())
	if _, err := s.lease.media.WriteToUDPAddrPort(sealed, dest); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("send RTP: %w", err)
	}
	return nil
}

// put writes the packet, still plain, and returns its length.
func (s *Session) put(out []byte, p *relay.Packet, timestamp uint32) int {
	h := header{marker: p.Marker, sequence: s.numbers.next(p.Sequence), timestamp: timestamp}
	body := out[headerLen : headerLen+len(p.Payload)]
	if p.Kind == relay.Event {
		h.payload = s.far.Event
		copy(body, p.Payload)
	} else {
		if s.far.Law == codec.PCMA {
			h.payload = 8
		}
		s.law(body, p)
	}
	h.write(out, s.ssrc)
	return headerLen + len(body)
}

// law copies the payload, in the far end's law. The call speaks one law as a
// rule; this covers the moment until a browser has changed over.
func (s *Session) law(dst []byte, p *relay.Packet) {
	if p.Codec == s.far.Law {
		copy(dst, p.Payload)
		return
	}
	codec.Convert(s.far.Law, dst, p.Codec, p.Payload)
}

// numbers are the sequence numbers of what is sent: the relay's, moved so that they
// stand still while nothing is. SRTP counts their turns (RFC 3711 section 3.3.1), and
// in a long hold the relay's would go round without the far end hearing of it.
type numbers struct {
	offset  uint16 // from the relay's to ours
	free    uint16 // the next that was never sent
	resting bool
}

// newNumbers begins in the lower half, at random: who misses our first packets must not
// miss a turn (the same section).
func newNumbers() numbers { return numbers{free: uint16(rand.Uint32N(1 << 15)), resting: true} }

// rest notes that a packet is not sent.
func (n *numbers) rest() { n.resting = true }

// next is the number that a packet is sent with.
func (n *numbers) next(sequence uint16) uint16 {
	if n.resting {
		n.resting, n.offset = false, n.free-sequence
	}
	number := sequence + n.offset
	if int16(number-n.free) >= 0 {
		n.free = number + 1
	}
	return number
}
