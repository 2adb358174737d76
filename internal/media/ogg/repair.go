package ogg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// File is what Repair mends.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// Repair cuts a file that was never finished behind its last whole page, marks that as
// the end, and returns the length in samples of 8 kHz. A finished file is left as it
// is. Without a whole head, the error wraps ErrOgg; others are those of f.
func Repair(f File) (length int64, err error) {
	o, err := NewReader(io.NewSectionReader(f, 0, math.MaxInt64))
	if err != nil {
		return 0, err
	}
	for err == nil {
		o.page.lacing = nil // goes on to the next page
		err = o.turn()
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, ErrOgg) {
		return 0, fmt.Errorf("repairing Ogg: %w", err)
	}
	end, at := o.lastPage()
	if end == nil {
		end = make([]byte, o.to-o.from)
		if _, err := f.ReadAt(end, at); err != nil {
			return 0, fmt.Errorf("repairing Ogg: %w", err)
		}
		end[flagsAt] |= last
		o.sum.seal(end)
	}
	if err := f.Truncate(at + int64(len(end))); err != nil {
		return 0, fmt.Errorf("repairing Ogg: %w", err)
	}
	if _, err := f.WriteAt(end, at); err != nil {
		return 0, fmt.Errorf("repairing Ogg: %w", err)
	}
	return o.end, nil
}

// lastPage returns where the last page of the file is to lie, and that page itself if
// there is none of audio yet.
func (o *Reader) lastPage() (end []byte, at int64) {
	const headPages = 2
	if o.sequence > headPages {
		return nil, o.from
	}
	w := NewWriter(o.channels)
	w.serial, w.sequence = o.page.serial, o.sequence
	return w.Empty(), o.to
}

// Length returns the length of a file as far as it is whole, in samples of 8 kHz. It
// reads the end only. Errors wrap ErrOgg or are those of r.
func Length(r io.ReadSeeker) (int64, error) {
	const tries = 8 // pages that are not whole, or what looks like one within another
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, fmt.Errorf("measuring Ogg: %w", err)
	}
	tail := make([]byte, min(size, 2*maxPage))
	if _, err := r.Seek(-int64(len(tail)), io.SeekEnd); err != nil {
		return 0, fmt.Errorf("measuring Ogg: %w", err)
	}
	if _, err := io.ReadFull(r, tail); err != nil {
		return 0, fmt.Errorf("measuring Ogg: %w", err)
	}
	sum, buf := newChecksum(), make([]byte, maxPage)
	end := len(tail)
	for range tries {
		at := bytes.LastIndex(tail[:end], []byte("OggS"))
		if at < 0 {
			break
		}
		p, err := readPage(bytes.NewReader(tail[at:]), sum, buf)
		if err == nil && p.granule >= 0 {
			return p.granule / scale, nil
		}
		end = at + 3 // what begins before
	}
	return 0, fmt.Errorf("%w: no page at its end", ErrOgg)
}
