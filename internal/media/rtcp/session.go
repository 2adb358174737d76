package rtcp

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// Session is the reports of one leg. Its methods may be called from any goroutine.
type Session struct {
	mu   sync.Mutex
	in   arrival
	loss float64  // of the last interval in
	sent []source // what we send
	trip time.Duration

	heard struct { // the far end's last sender report
		ntp uint32 // middle bits
		at  time.Time
	}
}

// source is something we send.
type source struct {
	ssrc            uint32
	packets, octets uint32
	stamp           Stamp
	at              time.Time
	before          uint32    // packets at the last report
	out             Direction // what the far end says of it
}

// NewSession returns the reports of a leg that we send to by these SSRCs.
func NewSession(ssrcs ...uint32) *Session {
	s := &Session{sent: make([]source, len(ssrcs))}
	for i, ssrc := range ssrcs {
		s.sent[i].ssrc = ssrc
	}
	return s
}

// Stamp is an RTP timestamp, with how many ticks a second its clock makes.
type Stamp struct{ Time, Clock uint32 }

// Received notes a packet that came.
func (s *Session) Received(ssrc uint32, seq uint16, stamp Stamp, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in.packet(ssrc, seq, stamp, at)
}

// Sent notes a packet of the n-th source that went, by the length of its payload.
func (s *Session) Sent(n int, stamp Stamp, octets int, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &s.sent[n]
	one.stamp, one.at = stamp, at
	one.packets++
	one.octets += uint32(octets)
}

// Quality is how the leg fares.
func (s *Session) Quality() Quality {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := Direction{Packets: s.in.packets(), Lost: s.in.lost(), Loss: s.loss, Jitter: ticks(s.in.jitter>>4, s.in.clock)}
	var out Direction
	for i := range s.sent {
		out = out.beside(s.sent[i].out)
	}
	return Quality{In: in, Out: out, RoundTrip: s.trip}
}

// Compose appends the report that is due to b, and ends the interval it is about. It
// is a sender's for each source that sent something in it.
func (s *Session) Compose(b []byte, now time.Time) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := len(b)
	b = s.sent[0].report(b, now)
	if s.in.any {
		b = s.block(b, now)
		b[start] |= 1
	}
	finish(b[start:])
	for i := 1; i < len(s.sent); i++ {
		if one := &s.sent[i]; one.packets != one.before {
			start := len(b)
			b = one.report(b, now)
			finish(b[start:])
		}
	}
	return describe(b, s.sent[0].ssrc)
}

// report appends what the source tells of itself, blocks to follow, and ends its
// interval.
func (s *source) report(b []byte, now time.Time) []byte {
	if s.packets == s.before {
		return header(b, typeReceiver, s.ssrc)
	}
	s.before = s.packets
	b = header(b, typeSender, s.ssrc)
	b = binary.BigEndian.AppendUint64(b, ntp(now))
	b = binary.BigEndian.AppendUint32(b, s.stamp.Time+uint32(now.Sub(s.at)*time.Duration(s.stamp.Clock)/time.Second))
	b = binary.BigEndian.AppendUint32(b, s.packets)
	return binary.BigEndian.AppendUint32(b, s.octets)
}

// block appends what we tell of the far end's packets (section 6.4.1).
func (s *Session) block(b []byte, now time.Time) []byte {
	s.loss = s.in.interval()
	b = binary.BigEndian.AppendUint32(b, s.in.ssrc)
	b = binary.BigEndian.AppendUint32(b, uint32(s.loss*256)<<24|uint32(min(s.in.lost()-s.in.past.lost, maxLost)))
	b = binary.BigEndian.AppendUint32(b, s.in.high)
	b = binary.BigEndian.AppendUint32(b, uint32(s.in.jitter>>4))
	b = binary.BigEndian.AppendUint32(b, s.heard.ntp)
	var since uint32
	if !s.heard.at.IsZero() {
		since = uint32(now.Sub(s.heard.at) * 65536 / time.Second)
	}
	return binary.BigEndian.AppendUint32(b, since)
}

// header appends the beginning of a packet, its length to be filled in by finish.
func header(b []byte, kind byte, ssrc uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, 2<<6, kind, 0, 0), ssrc)
}

func finish(packet []byte) { binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)/4-1)) }

// describe appends who we are, which every compound packet must say (section 6.1).
func describe(b []byte, ssrc uint32) []byte {
	start := len(b)
	b = header(b, typeDescription, ssrc)
	b[start] |= 1
	b = append(b, descriptionItem, byte(len(canonicalName)))
	b = append(b, canonicalName...)
	for b = append(b, 0); (len(b)-start)%4 != 0; {
		b = append(b, 0)
	}
	finish(b[start:])
	return b
}

// Read takes a compound packet of the far end. What is malformed is left out.
func (s *Session) Read(b []byte, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(b) >= headerBytes && b[0]>>6 == 2 {
		n := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		if n < headerBytes || n > len(b) {
			return
		}
		packet := b[:n]
		b = b[n:]
		blocks := packet[headerBytes:]
		switch packet[1] {
		case typeSender:
			if len(blocks) < senderBytes {
				continue
			}
			s.heard.ntp, s.heard.at = uint32(binary.BigEndian.Uint64(blocks)>>16), now
			blocks = blocks[senderBytes:]
		case typeReceiver:
		default:
			continue
		}
		for range packet[0] & 0x1f {
			if len(blocks) < blockBytes {
				break
			}
			s.told(blocks[:blockBytes], now)
			blocks = blocks[blockBytes:]
		}
	}
}

// told takes what the far end says of our packets.
func (s *Session) told(block []byte, now time.Time) {
	n := slices.IndexFunc(s.sent, func(one source) bool { return one.ssrc == binary.BigEndian.Uint32(block) })
	if n < 0 {
		return
	}
	one := &s.sent[n]
	loss := binary.BigEndian.Uint32(block[4:])
	lost := uint64(0)
	if signed := int32(loss<<8) >> 8; signed > 0 { // negative: some came twice
		lost = uint64(signed)
	}
	one.out = Direction{
		Packets: uint64(one.packets) - min(lost, uint64(one.packets)), Lost: lost, Loss: float64(loss>>24) / 256,
		Jitter: ticks(int64(binary.BigEndian.Uint32(block[12:])), one.stamp.Clock),
	}
	report, since := binary.BigEndian.Uint32(block[16:]), binary.BigEndian.Uint32(block[20:])
	if report == 0 {
		return // it has heard no report of ours
	}
	trip := int32(uint32(ntp(now)>>16) - report - since)
	if trip >= 0 { // else the clocks of the two differ in their pace
		s.trip = time.Duration(trip) * time.Second / 65536
	}
}

// ntp is a time in the format of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	n := uint64(t.UnixNano())
	seconds, rest := n/uint64(time.Second), n%uint64(time.Second)
	return (seconds+ntpOffset)<<32 | rest<<32/uint64(time.Second)
}
