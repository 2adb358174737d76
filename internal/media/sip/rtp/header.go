package rtp

import "encoding/binary"

const headerLen = 12

// header is what of an RTP header (RFC 3550 section 5.1) the relay needs.
type header struct {
	marker    bool
	payload   uint8 // type
	sequence  uint16
	timestamp uint32
	ssrc      uint32 // of what was received
}

// isReport tells RTCP from RTP (RFC 5761 section 4).
func isReport(b []byte) bool { return len(b) > 1 && b[1] >= 192 && b[1] <= 223 }

// parse returns the header and payload of a packet; ok is false for anything
// that is not RTP.
func parse(b []byte) (h header, payload []byte, ok bool) {
	if len(b) < headerLen || b[0]>>6 != 2 || isReport(b) {
		return h, nil, false
	}
	h = header{
		marker: b[1]&0x80 != 0, payload: b[1] & 0x7f,
		sequence: binary.BigEndian.Uint16(b[2:]), timestamp: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
	}
	start, end := headerLen+4*int(b[0]&0x0f), len(b)
	if b[0]&0x10 != 0 { // extension
		if start+4 > end {
			return h, nil, false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	if b[0]&0x20 != 0 { // padding
		end -= int(b[end-1])
	}
	if start >= end {
		return h, nil, false
	}
	return h, b[start:end], true
}

func (h header) write(b []byte, ssrc uint32) {
	b[0], b[1] = 2<<6, h.payload
	if h.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.sequence)
	binary.BigEndian.PutUint32(b[4:], h.timestamp)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}
