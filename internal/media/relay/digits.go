package relay

import (
	"encoding/binary"
	"strings"
	"time"

	"parley/internal/media/datagram"
)

// keypad lists the digits in the order of their event codes (RFC 4733 section 3.2).
const keypad = "0123456789*#ABCD"

const (
	eventBytes  = 4    // RFC 4733 section 2.3
	eventEnd    = 0x80 // E bit
	eventVolume = 10   // -10 dBm0

	toneFrames = 5              // 100 ms of tone
	keyFrames  = toneFrames + 3 // the end, three times; with them the gap lasts 60 ms
	maxQueued  = 128

	// Nobody presses keys faster than keyEvery for longer than it takes to press
	// keyBurst: a network that held them back delivers some at once.
	keyEvery = 40 * time.Millisecond
	keyBurst = 32

	// staleEvent is how far back, in samples, a timestamp still belongs to an
	// earlier key rather than to a restarted source.
	staleEvent = 5 * ClockRate
)

// digitReader finds the keys in a leg's event packets.
type digitReader struct {
	any  bool
	last uint32    // timestamp of the key last reported
	free time.Time // when the keys reported so far have taken their time
}

// read returns the key p begins. The many packets of one key share a timestamp:
// all but the first give false, as do events that are no key, and what no hand does.
func (r *digitReader) read(p *Packet, now time.Time) (byte, bool) {
	if len(p.Payload) < eventBytes || int(p.Payload[0]) >= len(keypad) {
		return 0, false
	}
	age := int32(r.last - p.Timestamp)
	if r.any && age > -int32(samples(keyEvery)) && age < staleEvent {
		return 0, false
	}
	if r.free.Before(now) {
		r.free = now
	}
	if r.free.Sub(now) >= keyBurst*keyEvery {
		return 0, false
	}
	r.any, r.last, r.free = true, p.Timestamp, r.free.Add(keyEvery)
	return keypad[p.Payload[0]], true
}

// keyer keys digits into one stream. It is guarded by the stream's lock.
type keyer struct {
	queue   []byte // event codes
	busy    bool   // keys are being sent: nothing else may be
	code    byte   // of the key being sent
	start   uint32 // its timestamp
	sent    int    // its packets
	payload [eventBytes]byte
}

func (k *keyer) clear() { k.queue = nil }

// sendDigits queues digits for the leg; characters that are no key are skipped
// and a queue that is full takes no more.
func (s *stream) sendDigits(m *datagram.Metronome, digits string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range strings.ToUpper(digits) {
		code := strings.IndexRune(keypad, d)
		if code >= 0 && len(s.keys.queue) < maxQueued {
			s.keys.queue = append(s.keys.queue, byte(code))
		}
	}
	if len(s.keys.queue) == 0 || s.keys.busy || s.sink == nil {
		return
	}
	s.keys.busy = true
	s.keys.sent = keyFrames // of the key before
	m.Start(s)
}

// Miss does nothing: a key that comes late is as good.
func (s *stream) Miss(int) {}

// Beat sends the next packet of a key; after the last key it ends keying.
func (s *stream) Beat(t *datagram.Turn) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &s.keys
	if k.sent == keyFrames {
		if len(k.queue) == 0 {
			k.busy, s.anchored = false, false
			return false
		}
		k.code, k.queue = k.queue[0], k.queue[1:]
		k.start, k.sent = s.nextTimestamp(t.Now()), 0
	}
	flags := byte(eventVolume)
	if k.sent >= toneFrames {
		flags |= eventEnd
	}
	duration := uint16(min(k.sent+1, toneFrames) * frameSamples)
	k.payload[0], k.payload[1] = k.code, flags
	binary.BigEndian.PutUint16(k.payload[2:], duration)
	s.out = Packet{
		Kind: Event, Marker: k.sent == 0, Payload: k.payload[:],
		Sequence: s.lastSeq + 1, Timestamp: k.start, Turn: t,
	}
	k.sent++
	s.write(t.Now())
	return true
}
