package relay

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// ClockRate is how many ticks a second the timestamps of packets make: the sampling rate
// of both laws.
const ClockRate = 8000

const (
	frameSamples = 160 // 20 ms

	// A source whose sequence jumps further than this is taken as restarted.
	maxSequenceJump = 1000
	// A source whose timestamps leave the wall clock by more, within one
	// packet, is taken as restarted. Above the longest key press of a browser.
	maxClockJump = 8 * ClockRate
)

// stream is one RTP stream that a leg hears. It renumbers the packets of
// whoever speaks so that the receiver sees a single source without a seam
// (RFC 3550 section 5.1): after a change of speaker the sequence goes on by one, the
// timestamp by the wall time that passed, and the marker is set.
type stream struct {
	mu      sync.Mutex
	sink    Sink
	track   uint8
	owner   *Bridge // the call whose table rules this stream
	speaker *Port   // the only one let through
	out     Packet  // handed to the sink; here so that it is not allocated
	sent    Traffic
	failed  uint64
	lastSeq uint16 // highest sent
	lastTS  uint32
	lastAt  time.Time // when the first with lastTS was sent

	// The running source, if anchored: how its numbers become ours.
	anchored  bool
	seqOffset uint16
	tsOffset  uint32
	high      uint16 // highest source sequence
	seen      uint64 // bit n: high-n was sent, or is older than the anchor

	keys keyer
}

func (s *stream) init(sink Sink, track uint8) {
	s.sink, s.track = sink, track
	// In the lower half: a receiver of SRTP who misses our first packets must not miss
	// that the numbers went round (RFC 3711 section 3.3.1).
	s.lastSeq = uint16(rand.Uint32N(1 << 15))
	s.lastTS = rand.Uint32()
}

// join puts the stream under b's table, taking it from whoever had it.
func (s *stream) join(b *Bridge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner = b
	s.setSpeaker(nil)
}

// leave undoes join, unless another call has taken the stream since.
func (s *stream) leave(b *Bridge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != b {
		return
	}
	s.owner = nil
	s.setSpeaker(nil)
	s.keys.clear()
}

// hear makes speaker the only one let through. When it returns nobody else is.
func (s *stream) hear(b *Bridge, speaker *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner == b {
		s.setSpeaker(speaker)
	}
}

func (s *stream) setSpeaker(p *Port) {
	if s.speaker != p {
		s.speaker = p
		s.anchored = false
	}
}

// forward writes a packet of from, renumbered, if from is who is heard now.
func (s *stream) forward(from *Port, p *Packet, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.speaker != from || s.keys.busy || s.sink == nil {
		return
	}
	marker := p.Marker
	if !s.anchored || s.restarted(p, now) {
		s.anchor(p, now)
		marker = true
	} else if !s.fresh(p.Sequence) {
		return
	}
	s.out = Packet{
		Kind: p.Kind, Codec: p.Codec, Marker: marker, Payload: p.Payload, Turn: p.Turn,
		Sequence:  p.Sequence + s.seqOffset,
		Timestamp: p.Timestamp + s.tsOffset,
	}
	s.write(now)
}

// anchor begins a new source at p.
func (s *stream) anchor(p *Packet, now time.Time) {
	s.anchored = true
	s.seqOffset = s.lastSeq + 1 - p.Sequence
	s.tsOffset = s.nextTimestamp(now) - p.Timestamp
	s.high = p.Sequence
	s.seen = ^uint64(0) // what is older than p must not reuse our numbers
}

// nextTimestamp goes on from the last one by the time that has passed, but never
// within the frame that was sent last. What a source made of its own clock meanwhile
// does not last longer than it is heard.
func (s *stream) nextTimestamp(now time.Time) uint32 {
	if s.lastAt.IsZero() {
		return s.lastTS
	}
	return s.lastTS + max(samples(now.Sub(s.lastAt)), frameSamples)
}

// restarted tells a source that began anew (another SSRC behind the same leg)
// from one that lost packets.
func (s *stream) restarted(p *Packet, now time.Time) bool {
	if jump := int16(p.Sequence - s.high); jump > maxSequenceJump || jump < -maxSequenceJump {
		return true
	}
	expected := s.lastTS + samples(now.Sub(s.lastAt))
	drift := int32(p.Timestamp + s.tsOffset - expected)
	return drift > maxClockJump || drift < -maxClockJump
}

// fresh notes a source sequence number. It is false for one already sent, too
// old to know, or from before the anchor: under SRTP a number must never be
// used twice.
func (s *stream) fresh(seq uint16) bool {
	ahead := int16(seq - s.high)
	if ahead > 0 {
		s.high = seq
		s.seen = s.seen<<uint(ahead) | 1
		return true
	}
	bit := uint64(1) << uint(-int(ahead))
	if bit == 0 || s.seen&bit != 0 {
		return false
	}
	s.seen |= bit
	return true
}

// write sends s.out.
func (s *stream) write(now time.Time) {
	s.out.Track = s.track
	err := s.sink.Write(&s.out)
	if errors.Is(err, ErrNotSpoken) { // its number is still to be used
		s.anchored = false
	} else if int16(s.out.Sequence-s.lastSeq) > 0 {
		s.lastSeq = s.out.Sequence
		if s.out.Timestamp != s.lastTS || s.lastAt.IsZero() { // the packets of a key share theirs
			s.lastTS, s.lastAt = s.out.Timestamp, now
		}
	}
	if err != nil {
		s.failed++
	} else {
		s.sent.Packets++
		s.sent.Bytes += uint64(len(s.out.Payload))
	}
	s.out.Payload, s.out.Turn = nil, nil
}

func (s *stream) traffic() (Traffic, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent, s.failed
}

// samples converts a wall time to the RTP clock.
func samples(d time.Duration) uint32 {
	return uint32(int64(d) * ClockRate / int64(time.Second))
}
