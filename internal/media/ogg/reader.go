package ogg

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"parley/internal/media/opus"
)

// Reader reads the packets of a file, as far as it is whole.
type Reader struct {
	r        *bufio.Reader
	sum      *checksum
	buf      []byte
	channels int
	page     page
	sequence uint32
	from, to int64 // where page lies in the file, in bytes
	pos      int64 // of the next packet
	end      int64 // of the last page
	streams  [][]byte
	scratch  []byte
}

// NewReader reads the head of a file. Errors wrap ErrOgg or are those of r.
func NewReader(r io.Reader) (*Reader, error) {
	o := &Reader{r: bufio.NewReader(r), sum: newChecksum(), buf: make([]byte, maxPage)}
	head, err := o.headPage()
	if err != nil {
		return nil, err
	}
	if o.channels, err = readHead(head); err != nil {
		return nil, err
	}
	tags, err := o.headPage()
	if err != nil {
		return nil, err
	}
	if len(tags) < 8 || string(tags[:8]) != "OpusTags" {
		return nil, fmt.Errorf("%w: no tags", ErrOgg)
	}
	o.streams = make([][]byte, o.channels)
	return o, nil
}

// headPage reads a page with a single packet of the head.
func (o *Reader) headPage() ([]byte, error) {
	err := o.next()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%w: it ends in its head", ErrOgg)
	} else if err != nil {
		return nil, err
	}
	packet, ok := o.page.packet()
	if !ok || len(o.page.lacing) > 0 {
		return nil, fmt.Errorf("%w: no head", ErrOgg)
	}
	return packet, nil
}

// next reads the page that follows, and takes it unless there is an error.
func (o *Reader) next() error {
	p, err := readPage(o.r, o.sum, o.buf)
	if err != nil {
		return err
	}
	foreign := o.sequence > 0 && p.serial != o.page.serial
	if p.flags&continued != 0 || p.sequence != o.sequence || foreign || p.granule/scale < o.end {
		return fmt.Errorf("%w: a page that does not follow the one before", ErrOgg)
	}
	o.page = p
	o.sequence++
	o.from, o.to = o.to, o.to+int64(len(p.bytes))
	o.pos, o.end = max(o.pos, o.end), p.granule/scale
	return nil
}

// Channels returns how many there are.
func (o *Reader) Channels() int { return o.channels }

// Next returns the next packet of each channel, and where they begin in samples of
// 8 kHz. They are valid until the next call. At the end of what is whole, the error is
// io.EOF; others wrap ErrOgg or are those of the file.
func (o *Reader) Next() (streams [][]byte, pos int64, err error) {
	packet, ok := o.page.packet()
	for !ok {
		if err := o.turn(); err != nil {
			return nil, 0, err
		}
		packet, ok = o.page.packet()
	}
	samples, err := o.split(packet)
	if err != nil {
		return nil, 0, err
	}
	pos = o.pos
	o.pos += int64(samples)
	return o.streams, pos, nil
}

// turn goes on to the next page of audio.
func (o *Reader) turn() error {
	if len(o.page.lacing) > 0 {
		return fmt.Errorf("%w: a packet over two pages", ErrOgg)
	}
	if o.page.flags&last != 0 {
		return io.EOF
	}
	err := o.next()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// End returns where the last page read ends, in samples of 8 kHz: once Next has
// returned io.EOF, the length of the file.
func (o *Reader) End() int64 { return o.end }

// split takes a packet of the file apart.
func (o *Reader) split(packet []byte) (samples int, err error) {
	o.scratch = o.scratch[:0]
	for i := range o.channels - 1 {
		p, rest, err := opus.ParseDelimited(packet)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrOgg, err)
		}
		from := len(o.scratch)
		o.scratch = p.Append(o.scratch)
		o.streams[i], packet = o.scratch[from:], rest
	}
	samples = opus.Samples(packet)
	o.streams[o.channels-1] = packet
	for _, s := range o.streams {
		if samples == 0 || opus.Samples(s) != samples {
			return 0, fmt.Errorf("%w: channels of different length", ErrOgg)
		}
	}
	return samples, nil
}
