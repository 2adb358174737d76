package rtc

import "encoding/binary"

// record is one of DTLS, of which a datagram holds some (RFC 6347 section 4.1).
type record []byte

// What a record can hold (RFC 5246 section 6.2.1).
const (
	recordChange    = 20 // of the cipher
	recordAlert     = 21
	recordHandshake = 22
)

const (
	recordHeader   = 13
	fragmentHeader = 12
)

// firstRecord splits a datagram after its first record. What is cut short is none.
func firstRecord(b []byte) (r record, rest []byte) {
	if len(b) < recordHeader {
		return nil, nil
	}
	end := recordHeader + int(binary.BigEndian.Uint16(b[recordHeader-2:]))
	if end > len(b) {
		return nil, nil
	}
	return b[:end], b[end:]
}

func (r record) content() byte { return r[0] }

// epoch is 0 until the cipher changes, and with it the proof of who sent the record.
func (r record) epoch() uint16 { return binary.BigEndian.Uint16(r[3:]) }

// fragments counts those of a handshake record; where it is encrypted, those it has room
// for. It is 0 where one is unsound (RFC 6347 section 4.2.2): empty, though its message is
// not, beyond its message's end, or cut short. DTLS would look for the next fragment where
// the whole message ended, so that a part must be the last of its record.
func (r record) fragments() (n int) {
	body := r[recordHeader:]
	if r.epoch() > 0 {
		return len(body) / fragmentHeader
	}
	for ; len(body) > 0; n++ {
		if len(body) < fragmentHeader {
			return 0
		}
		message, offset, length := uint24(body[1:]), uint24(body[6:]), uint24(body[9:])
		body = body[fragmentHeader:]
		whole := length == message
		if length > len(body) || offset+length > message || length == 0 && !whole || !whole && length < len(body) {
			return 0
		}
		body = body[length:]
	}
	return n
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
