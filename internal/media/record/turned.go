package record

import (
	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// warmUp is how many slots a decoder hears before what it says is right (RFC 7845
// section 4.6: 80 ms).
const warmUp = 4

// turned is a medium that began as packets and goes on as samples, since something came
// that is no Opus, or none of ours. The samples lie in a file of their own, in which the
// place of the packets is left free: once the recording has ended, join fills it.
type turned struct {
	first *packets
	then  *samples
	at    int64                // from here on it is samples
	cross func() (file, error) // begins the second file
	last  medium               // whose audio was taken last
}

// turn has what was recorded as packets go on as samples of A-law from pos on, or from
// where they are not yet on their way to the disk.
func turn(first *packets, pos int64, cross func() (file, error)) *turned {
	base := first.shelves[0].base
	at := min(max(pos/slot, base+1), base+shelfSlots)
	t := &turned{
		first: first, at: at * slot, cross: cross,
		then: newSamples(codec.PCMA, len(first.shelves), at*slot),
	}
	for i, s := range first.shelves {
		for n := max(at-warmUp, base); n < s.end; n++ {
			if s.filled(n) {
				p := relay.Packet{Codec: codec.Opus, Payload: *s.at(n)}
				_ = t.then.put(i, &p, place{pos: n * slot}, 0) // the ring is as long as the shelf's rest
			}
		}
	}
	first.finish(t.at)
	return t
}

// put lays a packet in both: what reaches over the turn is in each in part, and the
// decoder hears all.
func (t *turned) put(track int, p *relay.Packet, found place, floor int64) error {
	if slotOf(found.pos)*slot < t.at {
		_ = t.first.put(track, p, found, floor) // what is foreign to it comes too late for the turn
	}
	return t.then.put(track, p, found, floor)
}

func (t *turned) clear(from int64) {
	t.first.clear(from)
	t.then.clear(from)
}

func (t *turned) skip(upTo int64) {
	t.first.skip(min(upTo, t.at))
	t.then.skip(upTo)
}

func (t *turned) finish(end int64) {
	if end < t.at {
		t.first.finish(end)
	}
	t.then.finish(end)
}

func (t *turned) fetch(upTo int64) bool { return t.first.closed && t.then.fetch(upTo) }

func (t *turned) decode() { t.then.decode() }

func (t *turned) take(upTo int64) bool {
	if !t.first.closed {
		t.last = t.first
		return t.first.take(min(upTo, t.at))
	}
	t.last = t.then
	return t.then.take(upTo)
}

func (t *turned) write() error {
	if t.last == t.then && !t.crossed() {
		f, err := t.cross()
		if err != nil {
			return err
		}
		if err := t.then.begin(f); err != nil {
			return err
		}
	}
	return t.last.write()
}

// crossed says whether there is a second file.
func (t *turned) crossed() bool { return t.then.file != nil }

func (t *turned) length() int64 {
	if t.crossed() {
		return t.then.length()
	}
	return t.first.length()
}

func (t *turned) files() []file {
	if t.crossed() {
		return append(t.first.files(), t.then.files()...)
	}
	return t.first.files()
}
