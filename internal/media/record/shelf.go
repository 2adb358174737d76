package record

import "parley/internal/media/opus"

const (
	slot = opus.Frame // samples: a packet lies in a slot of 20 ms

	// shelfSlots is how many slots of a party wait for the disk: 5.1 s. A power of two.
	shelfSlots = 256
	// slotBytes is what a slot has room for from the start: 64 kbit/s. It grows for what
	// needs more.
	slotBytes = 160
	// longestGap is how many packets in a row, lost while somebody speaks, the player is
	// to conceal.
	longestGap = 3
)

// slotOf returns the slot whose beginning a place is nearest to.
func slotOf(pos int64) int64 {
	if pos += slot / 2; pos < 0 {
		pos -= slot - 1
	}
	return pos / slot
}

// shelf is what a party said between the slots base and base+shelfSlots on the
// recording's clock: packets of a single frame. A slot nobody filled is empty. It is
// guarded by the Writer's mutex.
type shelf struct {
	base  int64
	end   int64 // behind the last slot filled
	slots [shelfSlots][]byte

	heard   int64    // the last slot taken that was filled
	toc     opus.TOC // of its packet
	barrier int64    // nothing before it is continued behind it
}

func newShelf() *shelf {
	s := &shelf{heard: -shelfSlots}
	room := make([]byte, shelfSlots*slotBytes)
	for i := range s.slots {
		s.slots[i] = room[i*slotBytes : i*slotBytes : (i+1)*slotBytes]
	}
	return s
}

// at returns the packet of a slot.
func (s *shelf) at(slot int64) *[]byte { return &s.slots[slot&(shelfSlots-1)] }

// filled says whether a slot has a packet.
func (s *shelf) filled(slot int64) bool {
	return slot >= s.base && slot < s.end && len(*s.at(slot)) > 0
}

// put lays a frame of a packet into a slot. It returns false if the shelf was too short.
func (s *shelf) put(slot int64, p *opus.Packet, frame int) bool {
	if slot >= s.base+shelfSlots {
		return false
	}
	if slot >= s.base {
		at := s.at(slot)
		*at = p.AppendFrame((*at)[:0], frame)
		s.end = max(s.end, slot+1)
	}
	return true
}

// pull moves what lies from from on by so many slots earlier, if all of it is still
// here: what lies before floor stays, and what would come to lie there is dropped.
func (s *shelf) pull(from, by, floor int64) {
	from = max(from, floor)
	floor = max(floor, s.base)
	if from < floor || from >= s.end || by <= 0 {
		return
	}
	for i := from; i < s.end; i++ {
		here := s.at(i)
		if i-by >= floor {
			there := s.at(i - by)
			*here, *there = *there, *here
		}
		*here = (*here)[:0]
	}
	s.end = max(s.end-by, from)
}

// clear empties the slots from from on, and has nothing before continued behind.
func (s *shelf) clear(from int64) {
	for i := max(from, s.base); i < s.end; i++ {
		*s.at(i) = (*s.at(i))[:0]
	}
	s.end = min(s.end, max(from, s.base))
	s.barrier = from
}

// next returns the packet of the slot at base, valid until skip.
func (s *shelf) next(scratch []byte) []byte {
	if s.filled(s.base) {
		packet := *s.at(s.base)
		s.heard, s.toc = s.base, opus.TOC(packet[0])
		return packet
	}
	if s.lost() {
		return opus.AppendLost(scratch, s.toc)
	}
	return opus.AppendSilence(scratch)
}

// lost says whether the slot at base is one of few missing while the party speaks.
func (s *shelf) lost() bool {
	for i := s.base + 1; i <= s.heard+longestGap+1; i++ {
		if s.filled(i) {
			return s.heard >= s.barrier || i < s.barrier
		}
	}
	return false
}

// skip drops the slots before upTo.
func (s *shelf) skip(upTo int64) {
	for ; s.base < min(upTo, s.end); s.base++ {
		*s.at(s.base) = (*s.at(s.base))[:0]
	}
	s.base = max(s.base, upTo)
	s.end = max(s.end, s.base)
}
