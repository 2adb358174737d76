package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// maxPacket is more than any 20 ms G.711 packet; longer datagrams are cut by
// the read and dropped.
const maxPacket = 1500

// Far is what the far end says of itself in its SDP.
type Far struct {
	Addr  netip.AddrPort // where it wants its packets
	Peer  netip.Addr     // where its SIP comes from
	Law   codec.Codec    // what it is sent
	Event uint8          // payload type it takes events on; 0: it takes none
	Send  bool           // whether it wants packets at all
}

// Session is the media of one leg. Its methods may be called from any
// goroutine.
type Session struct {
	lease lease
	port  *relay.Port
	read  sync.WaitGroup

	mu    sync.Mutex
	far   Far
	latch latch
	event uint8 // payload type we asked to get events on
	ssrc  uint32
	seq   uint16 // random offsets, RFC 3550 section 5.1
	time  uint32
	out   [maxPacket]byte
	lost  uint64
}

// Open takes a port of p and starts to read. Packets are dropped until SetFar.
func Open(p *Pool) (*Session, error) {
	l, err := p.open()
	if err != nil {
		return nil, err
	}
	s := &Session{lease: l, ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), time: rand.Uint32()}
	s.port = relay.NewPort(s)
	s.read.Go(s.run)
	return s, nil
}

// Port is the leg's side of the relay.
func (s *Session) Port() *relay.Port { return s.port }

// LocalPort is the UDP port to name in our SDP.
func (s *Session) LocalPort() uint16 {
	return uint16(s.lease.conn.LocalAddr().(*net.UDPAddr).Port)
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

// Close stops reading and gives the port back. No packet is delivered after it.
func (s *Session) Close() {
	_ = s.lease.conn.Close()
	s.read.Wait()
	s.lease.release()
}

// run reads until the socket is closed.
func (s *Session) run() {
	buf := make([]byte, maxPacket+1)
	var pkt relay.Packet
	for {
		n, from, err := s.lease.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n > maxPacket {
			continue // an ICMP error says nothing final about the far end
		}
		if s.accept(&pkt, buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port())) {
			s.port.Receive(&pkt)
		}
	}
}

// accept fills pkt from a datagram if it is media of the far end.
func (s *Session) accept(pkt *relay.Packet, b []byte, from netip.AddrPort) bool {
	h, payload, ok := parse(b)
	if !ok {
		return false
	}
	*pkt = relay.Packet{Marker: h.marker, Sequence: h.sequence, Timestamp: h.timestamp, Payload: payload}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.far.Addr.IsValid():
		return false
	case h.payload == 0:
		pkt.Codec = codec.PCMU
	case h.payload == 8:
		pkt.Codec = codec.PCMA
	case h.payload == s.event && len(payload) >= 4:
		pkt.Kind = relay.Event
	default:
		return false
	}
	if !s.latch.accept(from, time.Now()) {
		s.lost++
		return false
	}
	return true
}

// Write sends a packet to the far end; it implements relay.Sink. What the far
// end does not want is dropped without an error.
func (s *Session) Write(p *relay.Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dest := s.latch.dest()
	if !s.far.Send || !dest.IsValid() || len(p.Payload) > maxPacket-headerLen {
		return nil
	}
	h := header{marker: p.Marker, sequence: p.Sequence + s.seq, timestamp: p.Timestamp + s.time}
	body := s.out[headerLen : headerLen+len(p.Payload)]
	switch {
	case p.Kind == relay.Event && s.far.Event == 0:
		return nil
	case p.Kind == relay.Event:
		h.payload = s.far.Event
		copy(body, p.Payload)
	default:
		if s.far.Law == codec.PCMA {
			h.payload = 8
		}
		s.law(body, p)
	}
	h.write(s.out[:], s.ssrc)
	if _, err := s.lease.conn.WriteToUDPAddrPort(s.out[:headerLen+len(body)], dest); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("send RTP: %w", err)
	}
	return nil
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
