package rtc

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
	"parley/internal/media/srtp"
)

// errNotConnected is what a packet meets that comes before the connection.
var errNotConnected = errors.New("browser not connected yet")

// media is a Peer's packets: what it sends goes to its port, what it hears comes from
// there. Each direction has a lock, which only the Peer's own packets take.
type media struct {
	peer    *Peer
	port    *relay.Port
	reports *rtcp.Session

	inMu   sync.Mutex
	in     *srtp.Receiver // nil before the handshake
	packet relay.Packet
	heard  inClock

	outMu sync.Mutex
	out   *srtp.Sender // nil before the handshake
	wide  bool         // the browser understands Opus
	said  [tracks]track
}

// tracks is how many speakers a browser hears apart; of more it hears a mix.
const tracks = 3

// track is what a browser hears of one speaker.
type track struct {
	ssrc  uint32
	clock outClock
}

func (m *media) init(p *Peer) {
	m.peer = p
	m.port = relay.NewTracks(m, tracks)
	first := rand.Uint32()
	ssrcs := make([]uint32, tracks)
	for i := range m.said {
		ssrcs[i] = first + uint32(i)
		m.said[i].ssrc = ssrcs[i]
	}
	m.reports = rtcp.NewSession(ssrcs...)
}

// secure sets the keys.
func (m *media) secure(k keys) {
	m.inMu.Lock()
	m.in = k.in
	m.inMu.Unlock()
	m.outMu.Lock()
	m.out = k.out
	m.outMu.Unlock()
}

// widen lets Opus through to the browser.
func (m *media) widen() {
	m.outMu.Lock()
	defer m.outMu.Unlock()
	m.wide = true
}

// receive takes an encrypted packet and hands it to the relay. It runs on the
// goroutine of the turn.
func (m *media) receive(t *datagram.Turn, b []byte) (authentic bool) {
	m.inMu.Lock()
	defer m.inMu.Unlock()
	if m.in == nil {
		return false
	}
	if isReport(b) {
		plain, err := m.in.RTCP(b)
		if err == nil {
			m.peer.heard(t.Now())
			m.reports.Read(plain, t.Now())
		}
		return err == nil
	}
	plain, err := m.in.RTP(b)
	if err != nil {
		return false
	}
	m.peer.heard(t.Now())
	if parse(plain, &m.packet) {
		stamp := rtcp.Stamp{Time: m.packet.Timestamp, Clock: clockOf(m.packet.Codec, m.heard.rate)}
		m.reports.Received(binary.BigEndian.Uint32(plain[8:]), m.packet.Sequence, stamp, t.Now())
		m.packet.Timestamp = m.heard.read(stamp.Clock, stamp.Time)
		m.packet.Turn = t
		m.port.Receive(&m.packet)
		m.packet.Payload = nil
	}
	return true
}

// isReport tells RTCP from RTP on the same port (RFC 5761 section 4).
func isReport(b []byte) bool { return len(b) > 1 && b[1] >= 192 && b[1] <= 223 }

// Write sends a packet of the relay with the payload type of its codec. All are
// negotiated, so the browser plays any without being asked; to one that does not
// understand Opus, none is sent.
func (m *media) Write(p *relay.Packet) error {
	w := m.peer.path.Load()
	if w == nil {
		return errNotConnected
	}
	if p.Turn == nil {
		var err error
		m.peer.engine.aside.do(func(t *datagram.Turn) { err = m.write(t, w, p) })
		return err
	}
	return m.write(p.Turn, w, p)
}

func (m *media) write(t *datagram.Turn, w *path, p *relay.Packet) error {
	m.outMu.Lock()
	defer m.outMu.Unlock()
	if m.out == nil {
		return errNotConnected
	}
	if p.Codec == codec.Opus && !m.wide {
		return relay.ErrNotSpoken
	}
	b, said := t.Buffer(), &m.said[p.Track]
	stamp := rtcp.Stamp{Clock: clockOf(p.Codec, said.clock.rate)}
	stamp.Time = said.clock.write(stamp.Clock, p.Timestamp)
	b[0], b[1] = 2<<6, payloadType(p)
	if p.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Sequence)
	binary.BigEndian.PutUint32(b[4:], stamp.Time)
	binary.BigEndian.PutUint32(b[8:], said.ssrc)
	sealed, err := m.out.RTP(b[:headerBytes+copy(b[headerBytes:maxPacket], p.Payload)])
	if err != nil {
		return err
	}
	w.send(t, len(sealed))
	m.reports.Sent(int(p.Track), stamp, len(p.Payload), t.Now())
	return nil
}

// Beat sends the report that is due.
func (m *media) Beat(t *datagram.Turn) (more bool) {
	w := m.peer.path.Load()
	m.outMu.Lock()
	defer m.outMu.Unlock()
	if m.out == nil || w == nil {
		return true
	}
	if sealed, err := m.out.RTCP(m.reports.Compose(t.Buffer()[:0], t.Now())); err == nil {
		w.send(t, len(sealed))
	}
	return true
}

// Miss does nothing: a report that was missed is told by the next.
func (m *media) Miss(int) {}

// maxPacket is where a packet must end to have room for its protection.
const maxPacket = datagram.MaxDatagram - srtp.Overhead
