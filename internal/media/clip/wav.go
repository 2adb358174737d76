package clip

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"parley/internal/media/codec"
)

// The format tags of WAV files read here (RFC 2361).
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE
)

const (
	maxChannels = 8
	paceEvery   = 1 << 16 // frames between two looks at the clock
)

// layout is what the header of a WAV says of its samples.
type layout struct {
	tag, channels, rate, bits int
}

func (l layout) block() int { return l.channels * l.bits / 8 }

// decodeWAV takes a chunk that promises more than is there as far as it goes.
func decodeWAV(ctx context.Context, file []byte) (Clip, error) {
	var l layout
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, uint64(len(rest)))]
		switch id {
		case "fmt ":
			var err error
			if l, err = readLayout(body); err != nil {
				return Clip{}, unreadable(err)
			}
		case "data":
			if l.tag == 0 {
				return Clip{}, unreadable(fmt.Errorf("WAV: samples before their format"))
			}
			return l.mix(ctx, body)
		}
		rest = rest[min(size+size&1, uint64(len(rest))):]
	}
	return Clip{}, unreadable(fmt.Errorf("WAV: no samples"))
}

func readLayout(body []byte) (layout, error) {
	if len(body) < 16 {
		return layout{}, fmt.Errorf("WAV: short format chunk")
	}
	le := binary.LittleEndian
	l := layout{
		tag: int(le.Uint16(body)), channels: int(le.Uint16(body[2:])), rate: int(le.Uint32(body[4:])), bits: int(le.Uint16(body[14:])),
	}
	if l.tag == tagExtensible && len(body) >= 26 {
		l.tag = int(le.Uint16(body[24:])) // the sub-format begins with the plain tag
	}
	ok := false
	switch l.tag {
	case tagPCM:
		ok = l.bits == 8 || l.bits == 16 || l.bits == 24 || l.bits == 32
	case tagFloat:
		ok = l.bits == 32 || l.bits == 64
	case tagALaw, tagMuLaw:
		ok = l.bits == 8
	}
	if !ok || l.channels < 1 || l.channels > maxChannels || !known(l.rate) {
		return layout{}, fmt.Errorf("WAV: format %d of %d bits, %d channels, %d Hz", l.tag, l.bits, l.channels, l.rate)
	}
	return l, nil
}

// mix averages the channels.
func (l layout) mix(ctx context.Context, data []byte) (Clip, error) {
	read, width, block := l.reader(), l.bits/8, l.block()
	frames := len(data) / block
	if err := pace(ctx, frames, l.rate); err != nil { // before memory is set aside
		return Clip{}, err
	}
	c := Clip{rate: l.rate, samples: make([]int16, frames)}
	for i := range c.samples {
		sum := 0.0
		for ch := range l.channels {
			sum += read(data[i*block+ch*width:])
		}
		c.samples[i] = round(sum / float64(l.channels))
		if i%paceEvery == 0 {
			if err := pace(ctx, i, l.rate); err != nil {
				return Clip{}, err
			}
		}
	}
	return c, nil
}

// reader returns what reads the first sample of its argument, full scale being
// that of 16 bits.
func (l layout) reader() func([]byte) float64 {
	le := binary.LittleEndian
	switch {
	case l.tag == tagALaw:
		return decoder(codec.PCMA)
	case l.tag == tagMuLaw:
		return decoder(codec.PCMU)
	case l.tag == tagFloat && l.bits == 32:
		return func(b []byte) float64 { return 32768 * float64(math.Float32frombits(le.Uint32(b))) }
	case l.tag == tagFloat:
		return func(b []byte) float64 { return 32768 * math.Float64frombits(le.Uint64(b)) }
	case l.bits == 8:
		return func(b []byte) float64 { return 256 * (float64(b[0]) - 128) }
	case l.bits == 16:
		return func(b []byte) float64 { return float64(int16(le.Uint16(b))) }
	case l.bits == 24:
		return func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 16)
		}
	}
	return func(b []byte) float64 { return float64(int32(le.Uint32(b))) / (1 << 16) }
}

func decoder(law codec.Codec) func([]byte) float64 {
	var levels [256]int16
	all := make([]byte, len(levels))
	for i := range all {
		all[i] = byte(i)
	}
	codec.Decode(law, levels[:], all)
	return func(b []byte) float64 { return float64(levels[b[0]]) }
}

// round makes a sample of whatever a file holds; what is no number is silence.
func round(v float64) int16 {
	if math.IsNaN(v) {
		return 0
	}
	return int16(math.Round(min(max(v, -32768), 32767)))
}
