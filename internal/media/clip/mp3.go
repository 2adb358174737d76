package clip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	mp3 "github.com/hajimehoshi/go-mp3"
)

// maxLead bounds what is skipped before the first frame, in bytes, tags aside.
const maxLead = 64 << 10

// framesInARow is how many headers have to follow each other at their distances
// before bytes are taken for MP3: pictures and programs hold single ones.
const framesInARow = 3

// findMP3 returns the file from its first frame on, nil where it is no MP3. Tags are
// skipped here because the library would set aside whatever size they claim.
func findMP3(file []byte) []byte {
	for len(file) >= 10 && string(file[:3]) == "ID3" {
		size := int(file[6]&0x7F)<<21 | int(file[7]&0x7F)<<14 | int(file[8]&0x7F)<<7 | int(file[9]&0x7F)
		file = file[min(10+size, len(file)):]
	}
	for at := range min(maxLead, max(len(file)-4, 0)) {
		if inARow(file[at:]) {
			return file[at:]
		}
	}
	return nil
}

// inARow says whether frames of the same kind follow each other from the start of b;
// a file may be over before there are enough.
func inARow(b []byte) bool {
	first := uint32(0)
	for n := range framesInARow {
		if len(b) < 4 {
			return n > 0 && len(b) == 0
		}
		h := binary.BigEndian.Uint32(b)
		size := frameSize(h)
		if size == 0 || n > 0 && (h^first)&0xFFFE0C00 != 0 {
			return false
		}
		if size > len(b) {
			return false
		}
		first, b = h, b[size:]
	}
	return true
}

// decodeMP3 mixes the two channels that the library always gives. It is known to
// panic on crafted files.
func decodeMP3(ctx context.Context, frames []byte) (c Clip, err error) {
	samples, rate := count(frames)
	if err := pace(ctx, samples, rate); err != nil { // before anything is decoded
		return Clip{}, err
	}
	defer func() {
		if p := recover(); p != nil {
			c, err = Clip{}, unreadable(fmt.Errorf("the MP3 decoder panicked: %v", p))
		}
	}()
	d, err := mp3.NewDecoder(layOut(frames))
	if err != nil {
		return Clip{}, unreadable(fmt.Errorf("read MP3: %w", err))
	}
	if c.rate = d.SampleRate(); c.rate != rate {
		return Clip{}, unreadable(fmt.Errorf("MP3 of %d Hz and of %d Hz", rate, c.rate))
	}
	c.samples = make([]int16, 0, samples)
	buf := make([]byte, 16<<10) // four bytes a sample
	for {
		n, err := io.ReadFull(d, buf)
		for i := 0; i+4 <= n; i += 4 {
			left, right := int16(binary.LittleEndian.Uint16(buf[i:])), int16(binary.LittleEndian.Uint16(buf[i+2:]))
			c.samples = append(c.samples, int16((int(left)+int(right))/2))
		}
		if late := pace(ctx, len(c.samples), c.rate); late != nil {
			return Clip{}, late
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return c, nil
		case err != nil && len(c.samples) < c.rate/10:
			return Clip{}, unreadable(fmt.Errorf("read MP3: %w", err))
		case err != nil: // damaged or cut: what came before it is a sound
			return c, nil
		}
	}
}
