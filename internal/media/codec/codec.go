// Package codec is what the audio of calls is coded with, and the arithmetic of the
// two laws of ITU-T G.711. It is pure, and the lowest of the media packages.
package codec

import "strconv"

// Codec is what a packet's payload is coded with.
type Codec uint8

// The codecs a leg can speak. Values are internal; each transport maps them to
// its own payload types. Opus is between browsers alone: it is passed on, and
// decoded where there is no way around it, never made.
const (
	PCMU Codec = iota + 1
	PCMA
	Opus
)

// String is the codec's name in SDP.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	case Opus:
		return "opus"
	}
	return "Codec(" + strconv.Itoa(int(c)) + ")"
}

// Clock is how many ticks a second RTP timestamps of the codec make (RFC 3551, RFC
// 7587 section 4.1).
func (c Codec) Clock() uint32 {
	if c == Opus {
		return 48000
	}
	return 8000
}

// Law is the law of G.711 to speak to who would rather hear c: his own, if c is one.
func (c Codec) Law() Codec {
	if c == PCMU {
		return PCMU
	}
	return PCMA
}
