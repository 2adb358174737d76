package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
	"parley/internal/media/srtp"
)

// maxPacket is more than any 20 ms G.711 packet; longer datagrams are dropped.
const maxPacket = 1500

// Far is what the far end says of itself in its SDP.
type Far struct {
	Addr    netip.AddrPort // where it wants its packets
	Reports netip.AddrPort // where it wants RTCP; port 0: where RFC 3550 says
	Peer    netip.Addr     // where its SIP comes from
	Law     codec.Codec    // what it is sent
	Event   uint8          // payload type it takes events on; 0: it takes none
	Send    bool           // whether it wants packets at all
	Keys    Keys           // if the leg is encrypted
}

// Session is the media of one leg. Its methods may be called from any
// goroutine.
type Session struct {
	lease   lease
	media   *datagram.Socket
	control *datagram.Socket
	hush    func() // ends reporting
	port    *relay.Port
	reports *rtcp.Session
	in      relay.Packet // the loop's

	mu      sync.Mutex
	far     Far
	latch   latch
	event   uint8 // payload type we asked to get events on
	ssrc    uint32
	numbers numbers
	time    uint32 // random offset, RFC 3550 section 5.1
	out     [maxPacket + srtp.Overhead]byte
	lost    uint64
	foreign uint64
}

// Open takes a port of p and starts to read. Packets are dropped until SetFar.
func Open(p *Pool) (*Session, error) {
	l, err := p.open()
	if err != nil {
		return nil, err
	}
	s := &Session{lease: l, ssrc: rand.Uint32(), numbers: newNumbers(), time: rand.Uint32()}
	s.port = relay.NewPort(s)
	s.reports = rtcp.NewSession(s.ssrc)
	if s.media, err = p.loop.Open(l.media, s.datagram); err == nil {
		s.control, err = p.loop.Open(l.reports, s.report)
	}
	if err != nil {
		l.release()
		return nil, errors.Join(fmt.Errorf("read RTP port: %w", err), l.close())
	}
	s.hush = p.beats.Start(s)
	return s, nil
}

// Port is the leg's side of the relay.
func (s *Session) Port() *relay.Port { return s.port }

// LocalPort is the UDP port to name in our SDP.
func (s *Session) LocalPort() uint16 {
	return uint16(portOf(s.lease.media))
}

// SetFar takes what the far end's SDP says, and the payload type our own SDP
// asks for events.
func (s *Session) SetFar(far Far, event uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.far, s.event = far, event
	s.latch.rename(far.Addr, far.Peer)
	s.port.SetCodec(far.Law)
}

// Strangers counts packets dropped because they came from somewhere else.
func (s *Session) Strangers() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// Foreign counts packets dropped because they were not protected as agreed.
func (s *Session) Foreign() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.foreign
}

// Encrypted says whether packets are, both ways.
func (s *Session) Encrypted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.far.Keys.In != nil
}

// Close stops reading and gives the port back. No packet is delivered after it. It
// must not be called on the packet path.
func (s *Session) Close() {
	s.hush()
	_, _ = s.media.Close(), s.control.Close()
	s.lease.release()
}

// Quality is how the leg's packets fare, both ways.
func (s *Session) Quality() rtcp.Quality { return s.reports.Quality() }

// datagram is the loop's handler.
func (s *Session) datagram(t *datagram.Turn, _ *datagram.Socket, b []byte, from netip.AddrPort) {
	switch {
	case len(b) > maxPacket:
	case isReport(b): // over the same port (RFC 5761), asked or not
		s.report(t, nil, b, from)
	case s.accept(&s.in, b, from, t.Now()):
		s.in.Turn = t
		s.port.Receive(&s.in)
	}
}

// report is the loop's handler of RTCP.
func (s *Session) report(t *datagram.Turn, _ *datagram.Socket, b []byte, from netip.AddrPort) {
	if plain := s.believed(b, from); plain != nil {
		s.reports.Read(plain, t.Now())
	}
}

// believed is a report of the host alone whose media are, nil for another.
func (s *Session) believed(b []byte, from netip.AddrPort) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from.Addr() != s.latch.dest().Addr() && from.Addr() != s.far.Reports.Addr() {
		return nil
	}
	if plain, ok := s.openReport(b); ok {
		return plain
	}
	return nil
}

// Beat sends the report that is due.
func (s *Session) Beat(t *datagram.Turn) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to := s.far.Reports
	if media := s.latch.dest(); to.Port() == 0 && media.IsValid() && media.Port() < 1<<16-1 {
		to = netip.AddrPortFrom(media.Addr(), media.Port()+1)
	}
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() {
		return true
	}
	if b, err := s.sealReport(s.reports.Compose(t.Buffer()[:0], t.Now())); err == nil {
		t.Send(s.control, len(b), to)
	}
	return true
}

// Miss does nothing: a report that was missed is told by the next.
func (s *Session) Miss(int) {}

// accept fills pkt from a datagram if it is media of the far end. Of an encrypted leg
// only what is authentic moves the latch.
func (s *Session) accept(pkt *relay.Packet, b []byte, from netip.AddrPort, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.far.Addr.IsValid() {
		return false
	}
	b, ok := s.open(b)
	if !ok {
		return false
	}
	h, payload, ok := parse(b)
	if !ok {
		return false
	}
	*pkt = relay.Packet{Marker: h.marker, Sequence: h.sequence, Timestamp: h.timestamp, Payload: payload}
	switch {
	case h.payload == 0:
		pkt.Codec = codec.PCMU
	case h.payload == 8:
		pkt.Codec = codec.PCMA
	case h.payload == s.event && len(payload) >= 4:
		pkt.Kind = relay.Event
	default:
		return false
	}
	if s.far.Keys.In == nil && !s.agreed(!looksSealed(pkt.Kind == relay.Event, len(payload))) {
		return false
	}
	if !s.latch.accept(from, now) {
		s.lost++
		return false
	}
	s.reports.Received(h.ssrc, h.sequence, rtcp.Stamp{Time: h.timestamp, Clock: codec.PCMA.Clock()}, now)
	return true
}
