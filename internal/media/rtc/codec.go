package rtc

import (
	"encoding/binary"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// Payload types: both laws have static ones (RFC 3551), the others those which
// browsers choose themselves.
const (
	payloadPCMU  = 0
	payloadPCMA  = 8
	payloadOpus  = 111
	payloadEvent = 126
)

// format is something we speak, as SDP has it.
type format struct {
	payload    uint8
	name       string // with the clock of its timestamps
	parameters string
}

// preference lists all we speak, with what we would rather be sent first: a
// browser sends the first codec of our offer. No comfort noise: browsers would
// fall silent in its favour. Of Opus the parameters are those of RFC 7587: losses
// are mended from the packet that follows.
func preference(first codec.Codec) []format {
	pcma, pcmu := format{payload: payloadPCMA, name: "PCMA/8000"}, format{payload: payloadPCMU, name: "PCMU/8000"}
	opus := format{payloadOpus, "opus/48000/2", "minptime=20;useinbandfec=1"}
	events := format{payloadEvent, "telephone-event/8000", "0-16"}
	switch first {
	case codec.Opus:
		return []format{opus, pcma, pcmu, events}
	case codec.PCMU:
		return []format{pcmu, pcma, opus, events}
	}
	return []format{pcma, pcmu, opus, events}
}

// payloadType is the inverse of classify.
func payloadType(p *relay.Packet) uint8 {
	switch {
	case p.Kind == relay.Event:
		return payloadEvent
	case p.Codec == codec.PCMU:
		return payloadPCMU
	case p.Codec == codec.Opus:
		return payloadOpus
	default:
		return payloadPCMA
	}
}

func classify(payloadType uint8) (relay.Kind, codec.Codec, bool) {
	switch payloadType {
	case payloadPCMU:
		return relay.Audio, codec.PCMU, true
	case payloadPCMA:
		return relay.Audio, codec.PCMA, true
	case payloadOpus:
		return relay.Audio, codec.Opus, true
	case payloadEvent:
		return relay.Event, 0, true
	}
	return 0, 0, false
}

const headerBytes = 12

// parse reads the RTP packet b (RFC 3550 section 5.1) into p, whose payload
// then points into b and whose timestamp is that of b. It is false for what is malformed, empty or of a payload
// type we did not offer.
func parse(b []byte, p *relay.Packet) bool {
	if len(b) < headerBytes || b[0]>>6 != 2 {
		return false
	}
	kind, law, known := classify(b[1] & 0x7f)
	start := headerBytes + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 { // extension: a word of profile and length, then that many words
		if len(b) < start+4 {
			return false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		end -= int(b[end-1])
	}
	if !known || start >= end {
		return false
	}
	*p = relay.Packet{
		Kind: kind, Codec: law, Marker: b[1]&0x80 != 0,
		Sequence:  binary.BigEndian.Uint16(b[2:]),
		Timestamp: binary.BigEndian.Uint32(b[4:]),
		Payload:   b[start:end],
	}
	return true
}
