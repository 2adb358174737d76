package record

import (
	"slices"
	"testing"

	"parley/internal/media/codec"
)

// TestRingEndsWithWhatFits puts audio beyond the ring, across its end and before its
// floor: the ring ends behind what it holds.
func TestRingEndsWithWhatFits(t *testing.T) {
	r := newRing(codec.PCMA, 0)
	frame := slices.Repeat([]byte{1}, slot)
	for _, put := range []struct {
		pos, floor int64
		fits       bool
		end        int64
	}{
		{pos: 0, fits: true, end: slot},
		{pos: 0, floor: second, fits: true, end: slot},
		{pos: 3600 * second, end: slot},
		{pos: ringSize, end: slot},
		{pos: ringSize - 10, end: ringSize},
	} {
		if fits := r.put(put.pos, codec.PCMA, frame, put.floor); fits != put.fits || r.end != put.end {
			t.Errorf("at %d with floor %d: fits %v, the ring ends at %d", put.pos, put.floor, fits, r.end)
		}
	}
}

// TestPullFromBehindTheEnd has nothing to move.
func TestPullFromBehindTheEnd(t *testing.T) {
	r := newRing(codec.PCMA, 0)
	r.put(0, codec.PCMA, slices.Repeat([]byte{1}, slot), 0)
	r.pull(2*slot, slot, 0)
	if r.end != slot || r.sample(slot-1) != 1 {
		t.Errorf("the ring ends at %d", r.end)
	}
	s := newShelf()
	s.pull(2*shelfSlots, 1, 0)
	if s.end != 0 {
		t.Errorf("the shelf ends at %d", s.end)
	}
}
