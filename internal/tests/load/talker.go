package load

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"parley/internal/media/datagram"
)

const (
	payloadPCMA = 8
	headerBytes = 12
	frameBytes  = 160
	packetBytes = headerBytes + frameBytes
	window      = 4096 // sequence numbers within which loss is told from reordering
)

// Talker is one end of a call. What it hears is counted from Reset on.
type Talker struct {
	farm   *Farm
	socket *datagram.Socket
	hush   []func()
	guard  guard // protects packets; nil: plain RTP

	mu    sync.Mutex
	to    netip.AddrPort
	ssrc  uint32
	seq   uint16
	sent  uint64
	heard heard
	link  Link
	held  []held
}

// guard protects packets.
type guard interface {
	seal(packet []byte) ([]byte, error)
	open(packet []byte) ([]byte, error)
}

// heard is what came since a moment.
type heard struct {
	packets uint64
	any     bool
	high    uint16
	lost    int64
	delays  []time.Duration // of some, drawn evenly
}

// Score is how the packets of some talkers fared.
type Score struct {
	Sent, Heard uint64
	Hearing     int             // talkers who have heard something
	Lost        int64           // of those between the first and the last that were heard
	Delays      []time.Duration // from mouth to ear, in order
}

// Delay is the delay that a fraction of packets stay within.
func (s Score) Delay(fraction float64) time.Duration {
	if len(s.Delays) == 0 {
		return 0
	}
	return s.Delays[min(int(fraction*float64(len(s.Delays))), len(s.Delays)-1)]
}

// keptDelays bounds those kept of a talker.
const keptDelays = 512

// Score sums what talkers have sent and heard since Reset.
func (f *Farm) Score() Score {
	f.mu.Lock()
	defer f.mu.Unlock()
	var s Score
	for _, t := range f.talkers {
		t.mu.Lock()
		s.Sent += t.sent
		s.Heard += t.heard.packets
		if t.heard.any {
			s.Hearing++
		}
		s.Lost += t.heard.lost
		s.Delays = append(s.Delays, t.heard.delays...)
		t.mu.Unlock()
	}
	slices.Sort(s.Delays)
	return s
}

// Reset begins to count anew.
func (f *Farm) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.talkers {
		t.mu.Lock()
		t.sent, t.heard = 0, heard{delays: t.heard.delays[:0]}
		t.mu.Unlock()
	}
}

// Speak begins to send to an address.
func (t *Talker) Speak(to netip.AddrPort) {
	t.mu.Lock()
	t.to, t.ssrc = to, rand.Uint32()
	t.mu.Unlock()
	stop := t.farm.speech.Start(t)
	t.farm.mu.Lock()
	defer t.farm.mu.Unlock()
	t.hush = append(t.hush, stop)
}

// Addr is where the talker hears.
func (t *Talker) Addr() netip.AddrPort { return t.socket.LocalAddr() }

// Beat says a frame: the time it is, and nothing more.
func (t *Talker) Beat(turn *datagram.Turn) (more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := turn.Buffer()[:packetBytes]
	b[0], b[1] = 0x80, payloadPCMA
	t.seq++
	binary.BigEndian.PutUint16(b[2:], t.seq)
	binary.BigEndian.PutUint32(b[4:], uint32(t.seq)*frameBytes)
	binary.BigEndian.PutUint32(b[8:], t.ssrc)
	binary.BigEndian.PutUint64(b[headerBytes:], uint64(time.Now().UnixNano()))
	if t.guard != nil {
		var err error
		if b, err = t.guard.seal(b); err != nil {
			return true
		}
	}
	t.sent++
	if t.link == (Link{}) {
		turn.Send(t.socket, len(b), t.to)
		return true
	}
	t.hold(b)
	t.release(turn)
	return true
}

// Miss does nothing: what was not said is not lost.
func (t *Talker) Miss(int) {}

// hear counts a packet.
func (t *Talker) hear(b []byte) {
	if len(b) < headerBytes+8 || b[0]>>6 != 2 || b[1] >= 192 && b[1] <= 223 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.guard != nil {
		var err error
		if b, err = t.guard.open(b); err != nil || len(b) < headerBytes+8 {
			return
		}
	}
	h := &t.heard
	seq := binary.BigEndian.Uint16(b[2:])
	h.packets++
	switch ahead := int16(seq - h.high); {
	case !h.any:
		h.any, h.high = true, seq
	case ahead > 0 && ahead < window:
		h.lost += int64(ahead) - 1
		h.high = seq
	case ahead > -window:
		h.lost-- // it was late, not lost
	}
	said := time.Unix(0, int64(binary.BigEndian.Uint64(b[headerBytes:])))
	delay := time.Since(said)
	if len(h.delays) < keptDelays {
		h.delays = append(h.delays, delay)
	} else if at := rand.Uint64N(h.packets); at < keptDelays {
		h.delays[at] = delay
	}
}

func (t *Talker) close() {
	for _, stop := range t.hush {
		stop()
	}
	_ = t.socket.Close()
}

// Phone returns a talker of plain RTP.
func (f *Farm) Phone() (*Talker, error) {
	t := &Talker{farm: f}
	return t, f.open(t, func(_ *datagram.Turn, _ *datagram.Socket, b []byte, _ netip.AddrPort) { t.hear(b) })
}
