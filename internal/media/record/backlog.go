package record

// backlog is the Opus of a track of samples that is yet to be decoded, in the order of
// that. It holds as much as a shelf: more than anybody says while the disk is waited for.
// It is guarded by the Writer's mutex.
type backlog struct {
	queue [shelfSlots]coded
	first int // index of the first that waits
	count int

	renew bool  // the decoder begins anew at the next packet put
	fresh bool  // the decoder begins anew at the next packet taken
	spent int64 // the place up to which decoding has been spent
}

// coded is a packet of Opus. What it holds from pos to until is to be heard.
type coded struct {
	packet     []byte
	pos, until int64
	lasts      int64
	begins     bool // the decoder begins anew
}

func newBacklog() *backlog {
	b := &backlog{}
	room := make([]byte, shelfSlots*slotBytes)
	for i := range b.queue {
		b.queue[i].packet = room[i*slotBytes : i*slotBytes : (i+1)*slotBytes]
	}
	return b
}

// at returns one of those that wait, counted from the first.
func (b *backlog) at(i int) *coded { return &b.queue[(b.first+i)&(shelfSlots-1)] }

// put queues a packet by its place, if there is room. None goes before one at which the
// decoder begins anew.
func (b *backlog) put(packet []byte, pos, lasts int64) {
	if b.count == shelfSlots {
		return
	}
	last := b.at(b.count)
	*last = coded{packet: append(last.packet[:0], packet...), pos: pos, until: pos + lasts, lasts: lasts, begins: b.renew}
	b.renew = false
	b.count++
	for i := b.count - 1; i > max(b.count-maxMisorder, 0); i-- {
		before, here := b.at(i-1), b.at(i)
		if before.begins || here.begins || before.pos <= here.pos {
			return
		}
		*before, *here = *here, *before
	}
}

// take moves the next packet that lies before upTo and is heard behind from into c. It
// returns false if there is none. Of what lies over something else it takes a second
// more than passes: to decode all that a stranger sends would cost as much as he likes.
func (b *backlog) take(c *coded, from, upTo int64) bool {
	b.spent = max(b.spent, upTo-second)
	for b.count > 0 && b.at(0).pos < upTo {
		next := b.at(0)
		b.drop()
		if next.until <= max(next.pos, from) || b.spent+next.lasts > upTo {
			continue
		}
		b.spent += next.lasts
		*c, *next = *next, *c
		c.begins, b.fresh = b.fresh, false
		return true
	}
	return false
}

// drop removes the first.
func (b *backlog) drop() {
	b.fresh = b.fresh || b.at(0).begins
	b.first = (b.first + 1) & (shelfSlots - 1)
	b.count--
}

// skip drops what is not heard behind from.
func (b *backlog) skip(from int64) {
	for b.count > 0 && b.at(0).until <= from {
		b.drop()
	}
}

// clear drops what lies behind from, and has the decoder begin anew.
func (b *backlog) clear(from int64) {
	for i := range b.count {
		b.at(i).cut(from)
	}
	b.renew = true
}

func (b *backlog) pull(from, by, floor int64) {
	for i := range b.count {
		b.at(i).pull(from, by, floor)
	}
}

// cut has nothing heard from a place on.
func (c *coded) cut(from int64) { c.until = min(c.until, from) }

// pull moves a packet that lies behind from by so much earlier. If it would come to lie
// before floor, it is not heard.
func (c *coded) pull(from, by, floor int64) {
	if c.pos < from {
		return
	}
	c.pos, c.until = c.pos-by, c.until-by
	if c.pos < floor {
		c.cut(c.pos)
	}
}
