// Package ogg writes and reads Ogg Opus files (RFC 3533, RFC 7845) in which every
// channel is a stream of mono of its own, such as the voice of one party of a call.
//
// A file grows by whole pages at its end, so that at any moment it plays up to its last
// page. A packet of the file is 20 ms of all channels; none goes over two pages.
package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrOgg is returned for a file that is none of this package's kind.
var ErrOgg = errors.New("not an Ogg Opus file with a stream for each channel")

// Layout of a page (RFC 3533 section 6).
const (
	pageHeader  = 27
	maxSegments = 255
	maxSegment  = 255 // bytes; a shorter one ends a packet
	maxPage     = pageHeader + maxSegments + maxSegments*maxSegment

	flagsAt, granuleAt, serialAt, sequenceAt, sumAt, segmentsAt = 5, 6, 14, 18, 22, 26

	continued, first, last = 1, 2, 4 // flags
)

// checksum is the table of the CRC that pages bear: polynomial 0x04C11DB7, its highest
// bit first, from 0 on.
type checksum [256]uint32

func newChecksum() *checksum {
	var t checksum
	for i := range t {
		sum := uint32(i) << 24
		for range 8 {
			carry := sum >> 31
			sum = sum<<1 ^ carry*0x04C11DB7
		}
		t[i] = sum
	}
	return &t
}

// seal writes the checksum of a page into it.
func (t *checksum) seal(page []byte) {
	binary.LittleEndian.PutUint32(page[sumAt:], 0)
	binary.LittleEndian.PutUint32(page[sumAt:], t.of(page))
}

func (t *checksum) of(page []byte) (sum uint32) {
	for _, b := range page {
		sum = sum<<8 ^ t[byte(sum>>24)^b]
	}
	return sum
}

// page is a whole one. It borrows the bytes it was read from.
type page struct {
	flags    byte
	granule  int64 // samples of 48 kHz up to its end
	serial   uint32
	sequence uint32
	bytes    []byte // of all
	lacing   []byte
	body     []byte
}

// readPage reads a page into buf, which has room for the longest. A page that is not
// whole is io.ErrUnexpectedEOF, none at all io.EOF, and what is none ErrOgg.
func readPage(r io.Reader, t *checksum, buf []byte) (page, error) {
	if _, err := io.ReadFull(r, buf[:pageHeader]); err != nil {
		return page{}, err
	}
	if string(buf[:4]) != "OggS" || buf[4] != 0 {
		return page{}, fmt.Errorf("%w: no page where one should begin", ErrOgg)
	}
	end := pageHeader + int(buf[segmentsAt])
	if err := more(r, buf[pageHeader:end]); err != nil {
		return page{}, err
	}
	p := page{lacing: buf[pageHeader:end]}
	for _, n := range p.lacing {
		end += int(n)
	}
	if err := more(r, buf[pageHeader+len(p.lacing):end]); err != nil {
		return page{}, err
	}
	p.bytes, p.body = buf[:end], buf[pageHeader+len(p.lacing):end]
	le := binary.LittleEndian
	p.flags = buf[flagsAt]
	p.granule = int64(le.Uint64(buf[granuleAt:]))
	p.serial, p.sequence = le.Uint32(buf[serialAt:]), le.Uint32(buf[sequenceAt:])
	sum := le.Uint32(buf[sumAt:])
	if t.seal(p.bytes); le.Uint32(buf[sumAt:]) != sum {
		return page{}, fmt.Errorf("%w: a page is damaged", ErrOgg)
	}
	return p, nil
}

// more reads what a page has promised.
func more(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// packet takes the next packet off the page; false: there is no whole one left.
func (p *page) packet() ([]byte, bool) {
	size := 0
	for i, n := range p.lacing {
		size += int(n)
		if n < maxSegment {
			out := p.body[:size]
			p.lacing, p.body = p.lacing[i+1:], p.body[size:]
			return out, true
		}
	}
	return nil, false
}
