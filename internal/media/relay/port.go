// Package relay moves the packets of live calls: it is the one place that reads
// a call's who-hears-whom table.
//
// A transport (browser, trunk) owns a Port per leg: it hands what the leg sent
// to Receive, on its own reading goroutine, and takes what the leg shall hear
// through its Sink. A call owns a Bridge, which joins the Ports of its legs as
// the table says. A packet is written to its listeners before Receive returns:
// no queue, no goroutine of ours. What plays, and digits that are keyed, beat by a
// metronome which the bridges of a process share.
//
// Locks: Bridge.mu orders the control plane and is never taken on the packet
// path, which loads an immutable snapshot; Port.mu belongs to one leg's sending
// side and stream.mu to one leg's hearing side. They nest in that order. Sinks,
// taps and sources therefore must not call back into a Bridge or Port.
//
// A listener has a stream per track his transport offers: a browser some, a trunk one.
// Each speaker he hears has a track of his own, on which his packets go as they are;
// where there are more speakers than tracks, a mixer (mix.go) decodes them all and
// speaks to the listener in his own law.
//
// But for mixes the relay never transcodes. It does not log or know of sockets, SDP or encryption.
package relay

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
)

// FrameTime is how long one frame lasts: the interval of the metronome of bridges.
const FrameTime = 20 * time.Millisecond

// NewMetronome returns the metronome for the bridges of a process.
func NewMetronome() *datagram.Metronome { return datagram.NewMetronome(FrameTime, time.Millisecond) }

// Kind tells audio from the events that share its stream.
type Kind uint8

// The kinds of packet.
const (
	Audio Kind = iota
	Event      // RFC 4733 telephone-event
)

// Packet is an RTP packet without what belongs to its transport (payload type,
// SSRC, encryption). Timestamps count 8 kHz samples, whatever the codec's own clock:
// transports convert.
type Packet struct {
	Kind      Kind
	Track     uint8       // of the listener; on the way in, 0
	Codec     codec.Codec // of Audio
	Marker    bool
	Sequence  uint16
	Timestamp uint32
	Payload   []byte // borrowed: valid until the call that was handed it returns
	// Turn is the round in which the packet goes its way, on whose goroutine it is
	// written: sinks send by it. Nil: by none, at once.
	Turn *datagram.Turn
}

// ErrNotSpoken is returned by a Sink, as it is, for a codec that its far end does not
// understand: nothing was sent, and the numbers of the packet have not been used.
var ErrNotSpoken = errors.New("the far end does not understand the codec")

// Sink is the sending side of a leg's transport. Sequence and timestamp arrive
// continuous for this receiver, whoever speaks. Write must not block or keep p.
type Sink interface {
	Write(p *Packet) error
}

// Traffic counts packets and payload bytes.
type Traffic struct{ Packets, Bytes uint64 }

// PortStats is what passed through a Port since it was made.
type PortStats struct {
	In     Traffic   // sent by the leg
	Out    Traffic   // written to the leg
	Failed uint64    // packets the Sink refused
	LastIn time.Time // when the leg last sent; zero if never
}

// Port is where one leg's media enters and leaves the relay. It outlives calls:
// a browser's warm connection keeps its Port, and with it one continuous
// stream, from call to call. Its methods may be called from any goroutine.
type Port struct {
	tracks []stream               // what the leg hears, a speaker on each
	codec  atomic.Uint32          // Codec the leg would rather be sent
	bridge atomic.Pointer[Bridge] // the call it takes part in

	mu      sync.Mutex // held while a packet the leg sent is handed on
	in      Traffic
	lastIn  time.Time
	digits  digitReader
	onDigit func(byte)
	onFirst func()
}

// NewPort returns the port of a leg that hears one stream through sink. A nil sink
// makes a leg that only speaks.
func NewPort(sink Sink) *Port { return NewTracks(sink, 1) }

// NewTracks returns the port of a leg that hears so many speakers apart.
func NewTracks(sink Sink, tracks int) *Port {
	p := &Port{tracks: make([]stream, tracks)}
	for i := range p.tracks {
		p.tracks[i].init(sink, uint8(i))
	}
	p.codec.Store(uint32(codec.PCMA))
	return p
}

// Receive takes a packet the leg sent and hands it at once to the taps and to
// those who may hear the leg. It keeps nothing of pkt.
func (p *Port) Receive(pkt *Packet) {
	now := time.Now()
	p.mu.Lock()
	p.in.Packets++
	p.in.Bytes += uint64(len(pkt.Payload))
	p.lastIn = now
	var first func()
	var keyed func(byte)
	var digit byte
	if pkt.Kind == Audio {
		p.codec.Store(uint32(pkt.Codec))
		first, p.onFirst = p.onFirst, nil
	} else if d, ok := p.digits.read(pkt, now); ok {
		keyed, digit = p.onDigit, d
	}
	if b := p.bridge.Load(); b != nil {
		b.forward(p, pkt, now)
	}
	p.mu.Unlock()
	if first != nil {
		first()
	}
	if keyed != nil {
		keyed(digit)
	}
}

// OnDigit sets the function told of every key the leg presses (RFC 4733), once
// each: 0-9 * # A-D. It runs on the goroutine that calls Receive. Nil unsets it.
func (p *Port) OnDigit(f func(byte)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onDigit = f
}

// OnFirst sets the function told of the next audio packet the leg sends, once.
// It runs on the goroutine that calls Receive. Nil unsets it.
func (p *Port) OnFirst(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onFirst = f
}

// SetCodec says what the leg would rather be sent; sources speak its law (Codec.Law).
// Audio received from the leg changes it to what it speaks.
func (p *Port) SetCodec(c codec.Codec) { p.codec.Store(uint32(c)) }

// Codec is what the leg would rather be sent: PCMA until something is known.
func (p *Port) Codec() codec.Codec { return codec.Codec(p.codec.Load()) }

// Tracks is how many speakers the leg hears apart.
func (p *Port) Tracks() int { return len(p.tracks) }

// Stats returns what passed through so far.
func (p *Port) Stats() PortStats {
	p.mu.Lock()
	st := PortStats{In: p.in, LastIn: p.lastIn}
	p.mu.Unlock()
	for i := range p.tracks {
		sent, failed := p.tracks[i].traffic()
		st.Out.Packets += sent.Packets
		st.Out.Bytes += sent.Bytes
		st.Failed += failed
	}
	return st
}

// settle returns when no packet that Receive had begun to hand on is still
// under way: what a new snapshot forbids has then stopped.
func (p *Port) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
}
