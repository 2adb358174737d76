package clip

import (
	"bytes"
	"encoding/binary"
	"io"
)

// frameSize is the length of a layer III frame by its header, in bytes, or 0 where
// it is none.
func frameSize(h uint32) int {
	const layer3 = 1
	version, layer := h>>19&3, h>>17&3
	bitrate, rate := int(h>>12&15), int(h>>10&3)
	if h>>21 != 0x7FF || layer != layer3 || version < 2 || bitrate == 0 || bitrate == 15 || rate == 3 || h&3 == 2 {
		return 0
	}
	hz := frameRate(h)
	padding := int(h >> 9 & 1)
	if version == 3 {
		kbit := []int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[bitrate]
		return 144*kbit*1000/hz + padding
	}
	kbit := []int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[bitrate]
	return 72*kbit*1000/hz + padding
}

// frameRate is the rate of a frame's samples by its header, in Hz.
func frameRate(h uint32) int {
	hz := []int{44100, 48000, 32000}[h>>10&3]
	if coarse(h) {
		return hz / 2
	}
	return hz
}

// coarse says whether the frame is of MPEG-2, which halves rates and frames.
func coarse(h uint32) bool { return h>>19&3 == 2 }

// nextFrame returns the first whole frame of b and what follows it, nil where there
// is none left.
func nextFrame(b []byte) (frame, rest []byte) {
	for ; len(b) >= 4; b = b[1:] {
		if size := frameSize(binary.BigEndian.Uint32(b)); size > 0 && size <= len(b) {
			return b[:size], b[size:]
		}
	}
	return nil, nil
}

// count adds up the samples of all frames; the rate is that of the first.
func count(b []byte) (samples, rate int) {
	for frame, rest := nextFrame(b); frame != nil; frame, rest = nextFrame(rest) {
		h := binary.BigEndian.Uint32(frame)
		if rate == 0 {
			rate = frameRate(h)
		}
		if samples += 1152; coarse(h) {
			samples -= 576
		}
	}
	return samples, rate
}

// layOut gives frames to the library, which must not be able to seek: it would read
// them twice. At 22.05 kHz alone frames of MPEG-2 are padded, and the library takes
// half of those for a byte shorter than they are.
func layOut(frames []byte) io.Reader {
	if h := binary.BigEndian.Uint32(frames); coarse(h) && frameRate(h) == 22050 {
		return &repacker{rest: frames}
	}
	return bytes.NewBuffer(frames)
}

// The frames a repacker makes: 160 kbit/s, the largest there are, without padding
// and checksum.
const (
	repackedSize   = 522
	repackedClear  = 0xF<<12 | 1<<9
	repackedSet    = 14<<12 | 1<<16
	longestReach   = 255 // bytes the sound of a frame may begin before it
	soundLengthLen = 12  // bits of the field in the side information
)

// repacker reads as frames of one size with the same sound. What sounds in a frame
// may begin in those before; here it does only where it does not fit.
type repacker struct {
	rest []byte // frames to come
	main []byte // what sounds, of the frames taken: as far back as any may reach
	held []byte // the last frame made: the next may begin in its tail
	free int    // bytes of that tail
	out  []byte // being read
}

// Read gives the frames.
func (r *repacker) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		frame, rest := nextFrame(r.rest)
		r.rest = rest
		if frame != nil {
			r.take(frame)
			continue
		}
		if r.held == nil {
			return 0, io.EOF
		}
		r.out, r.held = r.held, nil
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// take lays one frame out anew. One whose sound begins before the file does, or does
// not fit, is left out: a fortieth of a second.
func (r *repacker) take(frame []byte) {
	h := binary.BigEndian.Uint32(frame)
	side, fields := 17, []int{10, 73} // where the lengths of the channels' sound stand, in bits
	if h>>6&3 == 3 {
		side, fields = 9, []int{9}
	}
	body := frame[4:]
	if h>>16&1 == 0 {
		body = body[2:] // the checksum
	}
	if !coarse(h) || len(body) < side {
		return
	}
	info, main := body[:side], body[side:]
	start := len(r.main) - int(info[0])
	r.main = append(r.main, main...)
	if start >= 0 {
		length := 0
		for _, at := range fields {
			length += bitsAt(info, at, soundLengthLen)
		}
		r.add(h, info, r.main[start:min(start+(length+7)/8, len(r.main))])
	}
	r.main = append([]byte(nil), r.main[max(len(r.main)-longestReach, 0):]...)
}

func (r *repacker) add(h uint32, info, sound []byte) {
	made := binary.BigEndian.AppendUint32(make([]byte, 0, repackedSize), h&^repackedClear|repackedSet)
	made = append(made, info...)
	room := repackedSize - len(made)
	early := max(len(sound)-room, 0)
	if early > min(r.free, longestReach) {
		return
	}
	copy(r.held[len(r.held)-early:], sound[:early])
	made[4] = byte(early)
	made = append(made, sound[early:]...)
	r.out, r.held, r.free = r.held, made[:repackedSize], room-len(sound)+early
}

// bitsAt reads an unsigned number of n bits.
func bitsAt(b []byte, at, n int) int {
	v := 0
	for i := at; i < at+n; i++ {
		v = v<<1 | int(b[i/8]>>(7-i%8)&1)
	}
	return v
}
