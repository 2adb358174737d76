package record

import (
	"math"

	"parley/internal/media/relay"
)

// Spans in samples at 8 kHz.
const (
	millisecond = 8
	second      = 1000 * millisecond

	// window is how late a packet may come and still find its place.
	window = 200 * millisecond
	// behind is how far the file stays behind the call: what a stalled network
	// delivers within it still finds its place.
	behind = 500 * millisecond
	// tolerance is how far the sender's clock and ours may part.
	tolerance = 60 * millisecond
	// unrelated is a distance no delay explains: another stream has begun.
	unrelated = 2 * second
	// longestStall is the longest network stall after which what was spoken
	// before a resume is still recognised as such.
	longestStall = 10 * second
	// settling is for how long the packets of a stream must have come no faster than
	// they were spoken for it to be known that none is held up.
	settling = second / 2

	// maxDropout (RFC 3550 appendix A.1) is how many packets may go missing
	// before a jump is thought to be a new stream; maxMisorder how old a packet
	// may be. It is also the width of timeline.seen.
	maxDropout  = 3000
	maxMisorder = 64
)

// timeline tells where on a recording's clock a party's packets belong. Within
// a talkspurt the sender's timestamps count, so that jitter is not heard; the
// arrival places the first packet and corrects the rest where the two clocks
// part. The end of a packet lies at its arrival at the latest: it was spoken
// before it came.
type timeline struct {
	started bool
	seq     uint16 // newest packet
	ts      uint32 // its timestamp
	pos     int64  // its place
	seen    uint64 // bit i: the packet i before the newest has come

	anchor    int64 // where the first packet placed by arrival went
	late      bool  // packets are late since lateSince
	lateSince int64
	probing   bool // probe is the number that would confirm a new stream
	probe     uint16

	strange   bool  // the stream may be held up, for all that is known
	since     int64 // when it came faster than it was spoken, or began
	suspended bool  // its packets were kept out for that
}

// place is the verdict on a packet.
type place struct {
	pos  int64
	from int64 // what lies from here on belongs pull earlier
	pull int64
	new  bool // the first packet of a stream
	ok   bool // false: a duplicate or a stray
}

// find returns the place of p, which lasts so long and the last sample of which
// arrived at arrived. Before openFrom nothing may be recorded: a packet spoken there
// is not moved behind it for having been delayed, and where nobody can tell, it is kept
// out.
func (t *timeline) find(p *relay.Packet, lasts, arrived, openFrom int64) place {
	found := t.locate(p, lasts, arrived, openFrom)
	t.strange = t.strange && arrived-t.since <= settling
	if t.strange && openFrom > 0 && arrived-openFrom < longestStall {
		t.suspended = true
		return place{}
	}
	if found.ok && t.suspended {
		found.new, t.suspended = true, false
	}
	return found
}

// locate returns the place of p by what has come so far.
func (t *timeline) locate(p *relay.Packet, lasts, arrived, openFrom int64) place {
	natural := arrived - lasts
	if !t.started {
		return t.open(p, natural)
	}
	ahead := int(int16(p.Sequence - t.seq))
	pos := t.pos + int64(int32(p.Timestamp-t.ts))
	late := natural - pos
	stray := late > unrelated || late < -unrelated
	older := pos < t.pos && late > -unrelated && late < longestStall
	switch {
	case ahead <= 0 && older:
		return t.fill(-ahead, pos)
	case stray && (ahead <= 0 || ahead > maxDropout):
		return t.suspect(p, natural)
	case ahead > -maxMisorder && ahead <= 0:
		return t.fill(-ahead, pos)
	// What is left is newer, if need be by its timestamp: after a long silence
	// the sequence may have gone half around.
	case late > tolerance:
		if late > longestStall {
			t.strange, t.since = true, arrived
		}
		if pos >= openFrom || late > longestStall {
			if p.Marker || late > window || t.lateFor(arrived) > window {
				return t.moveOn(p, natural)
			}
		}
	case late < -tolerance:
		t.since = arrived
		t.strange = t.strange || late < -unrelated
		anchor := t.anchor
		verdict := t.begin(p, natural)
		if !p.Marker {
			t.anchor, verdict.from, verdict.pull = anchor+late, anchor, -late
		}
		return verdict
	default:
		t.late = false
	}
	t.advance(p, ahead, pos)
	return place{pos: pos, ok: true}
}

// open places the first packet of a stream.
func (t *timeline) open(p *relay.Packet, pos int64) place {
	verdict := t.begin(p, pos)
	verdict.new = true
	t.strange, t.since = true, pos
	return verdict
}

// begin places p by its arrival.
func (t *timeline) begin(p *relay.Packet, pos int64) place {
	ahead := maxMisorder
	if t.started {
		ahead = int(int16(p.Sequence - t.seq))
	}
	t.advance(p, ahead, pos)
	t.started, t.anchor, t.late, t.probing = true, pos, false, false
	return place{pos: pos, ok: true}
}

// moveOn begins anew at p, which is late: what is older was spoken before that, and
// would now be placed as much too late.
func (t *timeline) moveOn(p *relay.Packet, pos int64) place {
	verdict := t.begin(p, pos)
	t.seen = math.MaxUint64
	return verdict
}

// advance makes p the newest packet.
func (t *timeline) advance(p *relay.Packet, ahead int, pos int64) {
	if ahead <= 0 || ahead >= maxMisorder {
		t.seen = 0
	} else {
		t.seen <<= ahead
	}
	t.seen |= 1
	t.seq, t.ts, t.pos = p.Sequence, p.Timestamp, pos
}

// fill takes a packet older than the newest, unless it has come already or is
// too old to tell.
func (t *timeline) fill(behind int, pos int64) place {
	bit := uint64(1) << behind // 0 if out of reach
	if bit == 0 || t.seen&bit != 0 {
		return place{}
	}
	t.seen |= bit
	return place{pos: pos, ok: true}
}

// suspect takes a packet out of all order only if another one follows it.
func (t *timeline) suspect(p *relay.Packet, natural int64) place {
	if t.probing && p.Sequence == t.probe {
		return t.open(p, natural)
	}
	t.probing, t.probe = true, p.Sequence+1
	return place{}
}

// lateFor returns for how long all packets have been late.
func (t *timeline) lateFor(arrived int64) int64 {
	if !t.late {
		t.late, t.lateSince = true, arrived
	}
	return arrived - t.lateSince
}
