package record

import "math/bits"

// presence says of each place of a ring whether somebody filled it.
type presence [ringSize / 64]uint64

// mark notes that what lies between from and to, at most ringSize, is there, or not.
func (p *presence) mark(from, to int64, there bool) {
	for from < to {
		bit := from & 63
		n := min(64-bit, to-from)
		mask := ^uint64(0) >> (64 - n) << bit
		if word := &p[from&(ringSize-1)>>6]; there {
			*word |= mask
		} else {
			*word &^= mask
		}
		from += n
	}
}

// next returns the first place between from and to that is there, or is not; to if there
// is none.
func (p *presence) next(from, to int64, there bool) int64 {
	for from < to {
		word := p[from&(ringSize-1)>>6]
		if !there {
			word = ^word
		}
		bit := from & 63
		if word >>= bit; word != 0 {
			return min(from+int64(bits.TrailingZeros64(word)), to)
		}
		from += 64 - bit
	}
	return to
}
