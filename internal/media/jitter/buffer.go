package jitter

import "time"

const (
	blocks  = 100 // one second is kept
	kept    = blocks * block
	patient = 25 // frames in a row for which more than enough is held before some is left out
	idle    = fadeTo
)

// Buffer evens out the packets of one speaker.
type Buffer struct {
	conceal Concealer
	ring    [kept]int16
	there   [blocks]bool

	talking bool
	origin  uint32
	next    uint32 // timestamp of the sample that is pulled next
	end     uint32 // behind the newest that came
	empty   int    // samples pulled since there was anything to come
	plenty  int    // frames in a row

	base int64 // least delay of a packet lately, from its timestamp to its arrival
	peak int64 // most of what others came later, fading; sixteenths of a sample

	stats Stats
}

// Stats counts frames of 10 ms.
type Stats struct {
	Heard, Concealed uint64
	Late             uint64        // came after their turn
	Left             uint64        // left out since more was held than needed
	Held             time.Duration // what is aimed at now
}

// Put takes a packet's samples, whose number is a multiple of 10 ms, with its
// timestamp, and when it came, on any clock of 8 kHz.
func (b *Buffer) Put(timestamp uint32, pcm []int16, arrived int64) {
	if len(pcm) == 0 || len(pcm) > kept/4 || len(pcm)%block != 0 {
		return
	}
	delay := int64(int32(uint32(arrived) - timestamp))
	if ahead := int32(timestamp - b.next); !b.talking || ahead > kept/2 || ahead < -kept/2 {
		b.begin(timestamp, delay)
	}
	b.learn(delay)
	for at := 0; at < len(pcm); at += block {
		ts := timestamp + uint32(at)
		if int32(ts-b.next) < 0 {
			b.stats.Late++
			continue
		}
		i := b.index(ts)
		copy(b.ring[i*block:], pcm[at:at+block])
		b.there[i] = true
		if behind := ts + block; int32(behind-b.end) > 0 {
			b.end = behind
		}
	}
}

// index is the place of a timestamp, counted from the first one.
func (b *Buffer) index(ts uint32) int { return int((ts-b.origin)/block) % blocks }

// begin begins to talk with a packet, before which as much is held as is needed.
func (b *Buffer) begin(timestamp uint32, delay int64) {
	clear(b.there[:])
	b.talking, b.empty, b.plenty = true, 0, 0
	b.base = delay
	b.next = timestamp - uint32(b.held()/block*block)
	b.origin, b.end = b.next, b.next
}

// learn follows how unevenly packets come.
func (b *Buffer) learn(delay int64) {
	if delay < b.base {
		b.base = delay
	}
	late := (delay - b.base) << 4
	b.peak = max(late, b.peak-b.peak>>9) // halves in some 350 packets: 7 s
	b.base += (delay - b.base) >> 10     // clocks of two machines drift
}

// held is how many samples are to be held back.
func (b *Buffer) held() int {
	return min(max(int(b.peak>>4)+block, samples(leastHeld)), samples(mostHeld))
}

// Stats tells how it went so far.
func (b *Buffer) Stats() Stats {
	s := b.stats
	s.Held = time.Duration(b.held()) * time.Second / rate
	return s
}

// Pull gives the next 20 ms.
func (b *Buffer) Pull(frame *[Frame]int16) {
	b.shorten()
	for at := 0; at < Frame; at += block {
		b.pull(frame[at : at+block])
	}
}

func (b *Buffer) pull(out []int16) {
	if !b.talking {
		clear(out)
		return
	}
	i := b.index(b.next)
	switch {
	case b.there[i] && int32(b.end-b.next) > 0:
		copy(out, b.ring[i*block:(i+1)*block])
		b.there[i] = false
		b.conceal.Hear(out)
		b.stats.Heard++
		b.empty = 0
		b.next += block
		return
	case int32(b.end-b.next) > 0: // lost, or later than those behind it
		b.next += block
	default: // nothing has come: it may be late, and is waited for
		if b.empty += block; b.empty >= idle {
			b.talking = false
		}
	}
	b.conceal.Conceal(out)
	b.stats.Concealed++
}

// shorten leaves 10 ms out where for long more was held than needed.
func (b *Buffer) shorten() {
	if !b.talking || int(int32(b.end-b.next)) <= b.held()+Frame {
		b.plenty = 0
		return
	}
	if b.plenty++; b.plenty < patient {
		return
	}
	b.plenty = 0
	i := b.index(b.next)
	if b.there[i] {
		b.there[i] = false
		b.conceal.leave()
	}
	b.next += block
	b.stats.Left++
}
