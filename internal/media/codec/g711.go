package codec

import "math/bits"

// Lookup tables, read-only from here on.
var (
	alawLinear = decodeTable(decodeALaw)
	ulawLinear = decodeTable(decodeMuLaw)
	alawToUlaw = convertTable(&alawLinear, &ulawLinear)
	ulawToAlaw = convertTable(&ulawLinear, &alawLinear)
)

// Silence is the byte that codec repeats when nobody speaks.
func Silence(c Codec) byte {
	if c == PCMA {
		return 0xD5
	}
	return 0xFF
}

// Expand turns a byte of G.711 into a sample.
func (c Codec) Expand(b byte) int16 {
	if c == PCMA {
		return alawLinear[b]
	}
	return ulawLinear[b]
}

// Compress turns a sample into a byte of G.711.
func (c Codec) Compress(s int16) byte {
	if c == PCMA {
		return encodeALaw(s)
	}
	return encodeMuLaw(s)
}

// Decode turns G.711 into 16-bit samples. It decodes as many as fit in dst and
// returns their number.
func Decode(c Codec, dst []int16, src []byte) int {
	table := &ulawLinear
	if c == PCMA {
		table = &alawLinear
	}
	n := min(len(dst), len(src))
	for i, b := range src[:n] {
		dst[i] = table[b]
	}
	return n
}

// Encode turns 16-bit samples into G.711. It encodes as many as fit in dst and
// returns their number.
func Encode(c Codec, dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	if c == PCMA {
		for i, s := range src[:n] {
			dst[i] = encodeALaw(s)
		}
		return n
	}
	for i, s := range src[:n] {
		dst[i] = encodeMuLaw(s)
	}
	return n
}

// Convert copies G.711 from src to dst, from one law to the other where they
// differ. It converts as many bytes as fit in dst and returns their number.
// dst and src may be the same slice.
func Convert(to Codec, dst []byte, from Codec, src []byte) int {
	if to == from {
		return copy(dst, src)
	}
	table := &alawToUlaw
	if to == PCMA {
		table = &ulawToAlaw
	}
	n := min(len(dst), len(src))
	for i, b := range src[:n] {
		dst[i] = table[b]
	}
	return n
}

// decodeMuLaw expands one byte (ITU-T G.711, table 2a/2b, scaled to 16 bits).
func decodeMuLaw(b byte) int16 {
	b = ^b
	magnitude := (int16(b&0x0F)<<3+muLawBias)<<(b>>4&7) - muLawBias
	if b&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

const (
	muLawBias = 0x84  // makes every segment start at a power of two
	muLawClip = 32635 // greatest magnitude that does not overflow with the bias
)

// encodeMuLaw compresses one sample (decision values of G.711, table 2).
func encodeMuLaw(s int16) byte {
	magnitude, sign := int(s), byte(0)
	if s < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, muLawClip) + muLawBias
	segment := bits.Len(uint(magnitude)) - 8
	step := byte(magnitude>>(segment+3)) & 0x0F
	return ^(sign | byte(segment)<<4 | step)
}

// decodeALaw expands one byte (ITU-T G.711, table 1a/1b, scaled to 16 bits).
func decodeALaw(b byte) int16 {
	b ^= 0x55
	magnitude := int16(b&0x0F)<<4 + 8
	if segment := b >> 4 & 7; segment > 0 {
		magnitude = (magnitude + 0x100) << (segment - 1)
	}
	if b&0x80 != 0 {
		return magnitude
	}
	return -magnitude
}

// encodeALaw compresses one sample (decision values of G.711, table 1).
func encodeALaw(s int16) byte {
	magnitude, sign := int(s), byte(0x80)
	if s < 0 {
		magnitude, sign = -magnitude-1, 0
	}
	segment := max(bits.Len(uint(magnitude))-8, 0)
	step := byte(magnitude>>max(segment+3, 4)) & 0x0F
	return (sign | byte(segment)<<4 | step) ^ 0x55
}

func decodeTable(decode func(byte) int16) (t [256]int16) {
	for i := range t {
		t[i] = decode(byte(i))
	}
	return t
}

// convertTable maps each byte of one law to the byte of the other whose level
// is nearest.
func convertTable(from, to *[256]int16) (t [256]byte) {
	for b, level := range from {
		best := 1 << 17
		for code := 255; code >= 0; code-- {
			if off := max(int(level)-int(to[code]), int(to[code])-int(level)); off < best {
				best, t[b] = off, byte(code)
			}
		}
	}
	return t
}
