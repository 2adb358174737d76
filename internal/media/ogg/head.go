package ogg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// MaxChannels is how many channels a file has at most.
const MaxChannels = 8

// Families of channel mapping (RFC 7845 section 5.1.1): how many streams there are, and
// what their channels are.
const (
	monoFamily     = 0   // one stream
	speakersFamily = 1   // left, right: what every player knows
	loneFamily     = 255 // channels without a place
)

const (
	headSize = 19 // of OpusHead without the table of channels
	rate     = 48000
	scale    = rate / 8000 // samples of 48 kHz in one of 8 kHz
	vendor   = "Parley"
)

// appendHead appends what a file begins with (RFC 7845 section 5.1). Nothing is skipped:
// what was spoken lies where it was spoken.
func appendHead(dst []byte, channels int) []byte {
	le := binary.LittleEndian
	family := byte(loneFamily)
	switch channels {
	case 1:
		family = monoFamily
	case 2:
		family = speakersFamily
	}
	dst = append(dst, "OpusHead"...)
	dst = append(dst, 1, byte(channels))
	dst = le.AppendUint16(dst, 0)    // pre-skip
	dst = le.AppendUint32(dst, rate) // of what was coded
	dst = le.AppendUint16(dst, 0)    // gain
	dst = append(dst, family)
	if family == monoFamily {
		return dst
	}
	dst = append(dst, byte(channels), 0) // streams, none of them of two channels
	for i := range channels {
		dst = append(dst, byte(i))
	}
	return dst
}

// appendTags appends what follows that (RFC 7845 section 5.2).
func appendTags(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, "OpusTags"...)
	dst = le.AppendUint32(dst, uint32(len(vendor)))
	dst = append(dst, vendor...)
	return le.AppendUint32(dst, 0) // comments
}

// readHead returns how many channels a file has.
func readHead(b []byte) (channels int, err error) {
	if len(b) < headSize || string(b[:8]) != "OpusHead" || b[8]>>4 != 0 {
		return 0, fmt.Errorf("%w: no head", ErrOgg)
	}
	channels = int(b[9])
	if b[18] == monoFamily && channels == 1 {
		return channels, nil
	}
	if channels < 1 || channels > MaxChannels || !bytes.Equal(b[headSize:], appendHead(nil, channels)[headSize:]) {
		return 0, fmt.Errorf("%w: %d channels of family %d", ErrOgg, channels, b[18])
	}
	return channels, nil
}
