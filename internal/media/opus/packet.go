// Package opus knows what RFC 6716 says of a packet (how long it lasts, which frames it
// has, how it stands among others) and decodes packets to the samples of telephony; of
// its own it makes none but silence.
package opus

import "errors"

// Frame is the length of the frames that browsers send, in samples of 8 kHz: 20 ms.
const Frame = 160

// Bounds of a packet (sections 3.2.1 and 3.2.5).
const (
	longest   = 6 * Frame // samples of 8 kHz: 120 ms
	maxBytes  = 1275      // of a frame
	maxFrames = 48
)

// ErrMalformed is returned for what breaks the rules of section 3.4.
var ErrMalformed = errors.New("malformed Opus packet")

// TOC is the first byte of a packet (section 3.1): what its frames are coded with, and
// how many there are.
type TOC byte

// Samples returns how long each frame lasts, in samples of 8 kHz (table 2).
func (t TOC) Samples() int {
	switch config := t >> 3; {
	case config < 12: // SILK
		return [...]int{80, 160, 320, 480}[config&3]
	case config < 16: // SILK and CELT
		return 80 << (config & 1)
	default: // CELT
		return 20 << (config & 3)
	}
}

func (t TOC) stereo() bool { return t&4 != 0 }

// silk says whether the voice's part of the codec is at work.
func (t TOC) silk() bool { return t>>3 < 16 }

// Packet is a packet taken apart. It borrows the bytes it was read from.
type Packet struct {
	head  []byte // what stands before the frames, but for what delimits the packet itself
	body  []byte // the frames and the padding
	count int
	sizes [maxFrames]uint16
}

// Parse takes apart a packet that is all of b (section 3.2). Errors are ErrMalformed.
func Parse(b []byte) (Packet, error) {
	p, _, err := parse(b, false)
	return p, err
}

// ParseDelimited takes apart a packet that says itself where it ends (appendix B), and
// returns what follows it. Errors are ErrMalformed.
func ParseDelimited(b []byte) (p Packet, rest []byte, err error) { return parse(b, true) }

// Samples returns how long a packet lasts, in samples of 8 kHz: 0 if it is malformed.
func Samples(packet []byte) int {
	p, err := Parse(packet)
	if err != nil {
		return 0
	}
	return p.Samples()
}

// TOC returns the first byte.
func (p *Packet) TOC() TOC { return TOC(p.head[0]) }

// Frames returns how many frames there are, at least one.
func (p *Packet) Frames() int { return p.count }

// Samples returns how long all frames last, in samples of 8 kHz.
func (p *Packet) Samples() int { return p.count * p.TOC().Samples() }

// Frame returns the bytes of a frame, counted from 0.
func (p *Packet) Frame(i int) []byte {
	at := 0
	for _, size := range p.sizes[:i] {
		at += int(size)
	}
	return p.body[at : at+int(p.sizes[i])]
}

// Lost says that there is no audio in any frame: it was lost, or not sent since nobody
// spoke.
func (p *Packet) Lost() bool {
	for _, size := range p.sizes[:p.count] {
		if size > 1 {
			return false
		}
	}
	return true
}

// Repeats says that a frame also holds, coded low, what was said before it, against the
// loss of another (section 4.2.5).
func (p *Packet) Repeats(frame int) bool {
	b := p.Frame(frame)
	if !p.TOC().silk() || len(b) == 0 {
		return false
	}
	parts := max(p.TOC().Samples()/Frame, 1) // of SILK
	flags := b[0] >> (7 - parts)
	if p.TOC().stereo() {
		flags |= b[0] >> (6 - 2*parts)
	}
	return flags&1 != 0
}

// Append appends the packet, as Parse takes it.
func (p *Packet) Append(dst []byte) []byte {
	return append(append(dst, p.head...), p.body...)
}

// AppendDelimited appends the packet, as ParseDelimited takes it.
func (p *Packet) AppendDelimited(dst []byte) []byte {
	dst = appendSize(append(dst, p.head...), int(p.sizes[p.count-1]))
	return append(dst, p.body...)
}

// AppendFrame appends a frame, counted from 0, as a packet of its own.
func (p *Packet) AppendFrame(dst []byte, i int) []byte {
	return append(append(dst, p.head[0]&^3), p.Frame(i)...)
}

// AppendSilence appends a packet of 20 ms in which nobody speaks: mono, CELT, fullband.
func AppendSilence(dst []byte) []byte { return append(dst, 0xF8, 0xFF, 0xFE) }

// AppendLost appends a packet that stands for a lost frame, which players conceal best
// where it is said to be coded like the frame before.
func AppendLost(dst []byte, before TOC) []byte { return append(dst, byte(before&^3)) }
