package relay

import (
	"encoding/binary"
	"strings"
	"time"
)

// keypad lists the digits in the order of their event codes (RFC 4733 section 3.2).
const keypad = "0123456789*#ABCD"

const (
	eventBytes  = 4    // RFC 4733 section 2.3
	eventEnd    = 0x80 // E bit
	eventVolume = 10   // -10 dBm0

	toneFrames = 5 // 100 ms of tone
	endFrames  = 3 // the end, three times; with them the gap lasts 60 ms
	maxQueued  = 128

	// staleEvent is how far back, in samples, a timestamp still belongs to an
	// earlier key rather than to a restarted source.
	staleEvent = 5 * clockRate
)

// digitReader finds the keys in a leg's event packets.
type digitReader struct {
	any  bool
	last uint32 // timestamp of the key last reported
}

// read returns the key p begins. The many packets of one key share a timestamp:
// all but the first give false, as do events that are no key.
func (r *digitReader) read(p *Packet) (byte, bool) {
	if len(p.Payload) < eventBytes || int(p.Payload[0]) >= len(keypad) {
		return 0, false
	}
	if age := int32(r.last - p.Timestamp); r.any && age >= 0 && age < staleEvent {
		return 0, false
	}
	r.any, r.last = true, p.Timestamp
	return keypad[p.Payload[0]], true
}

// keyer keys digits into one stream. It is guarded by the stream's lock.
type keyer struct {
	queue   []byte // event codes
	busy    bool   // a goroutine is keying: nothing else may be sent
	payload [eventBytes]byte
}

func (k *keyer) clear() { k.queue = nil }

// sendDigits queues digits for the leg; characters that are no key are skipped
// and a queue that is full takes no more.
func (s *stream) sendDigits(digits string) {
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
	go s.runKeys()
}

// runKeys keys until the queue is empty or the leg has left its call.
func (s *stream) runKeys() {
	beat := newBeat()
	defer beat.stop()
	for {
		code, start, ok := s.nextKey(time.Now())
		if !ok {
			return
		}
		for n := range toneFrames + endFrames {
			s.keyPacket(code, start, n)
			<-beat.next()
		}
	}
}

// nextKey takes a key off the queue, or ends keying.
func (s *stream) nextKey(now time.Time) (code byte, start uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys.queue) == 0 {
		s.keys.busy = false
		s.anchored = false
		return 0, 0, false
	}
	code, s.keys.queue = s.keys.queue[0], s.keys.queue[1:]
	return code, s.nextTimestamp(now), true
}

// keyPacket writes the nth packet of a key that began at timestamp start.
func (s *stream) keyPacket(code byte, start uint32, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	flags := byte(eventVolume)
	if n >= toneFrames {
		flags |= eventEnd
	}
	duration := uint16(min(n+1, toneFrames) * frameSamples)
	s.keys.payload[0], s.keys.payload[1] = code, flags
	binary.BigEndian.PutUint16(s.keys.payload[2:], duration)
	s.out = Packet{
		Kind: Event, Marker: n == 0, Payload: s.keys.payload[:],
		Sequence: s.lastSeq + 1, Timestamp: start,
	}
	s.write(time.Now())
}
