package record

import (
	"parley/internal/media/codec"
	"parley/internal/media/jitter"
)

// longestLoss is how much is concealed that is missing while somebody speaks.
const longestLoss = longestGap * slot

// mend conceals what was lost before upTo: what is missing between what was said, and
// lasts not long.
func (r *ring) mend(upTo int64) {
	upTo = min(upTo, r.end)
	for at := r.base; at < upTo; {
		from := r.there.next(at, upTo, false)
		if from == upTo {
			return
		}
		to := r.there.next(from, r.end, true)
		spoken := from > r.base || r.spoken
		across := from <= r.barrier && r.barrier <= to
		if spoken && !across && to < r.end && to-from <= longestLoss {
			r.conceal(from, to)
		}
		at = to + 1
	}
}

// conceal makes up what lies between from and to by what was said before, and has what
// follows begin softly.
func (r *ring) conceal(from, to int64) {
	var pcm [jitter.History + longestLoss + jitter.Overlap]int16
	var law [len(pcm)]byte
	lost := jitter.History + int(to-from)
	end := lost + int(r.there.next(to, min(to+jitter.Overlap, r.end), false)-to)
	for i := range law[:end] {
		law[i] = r.sample(from - jitter.History + int64(i))
	}
	codec.Decode(r.law, pcm[:end], law[:end])
	var c jitter.Concealer
	c.Hear(pcm[:jitter.History])
	c.Conceal(pcm[jitter.History:lost])
	c.Hear(pcm[lost:end])
	codec.Encode(r.law, law[:end], pcm[:end])
	for i, b := range law[jitter.History:end] {
		r.data[(from+int64(i))&(ringSize-1)] = b
	}
	r.there.mark(from, to, true)
}

// sample returns what lies at a place, at most jitter.History before base.
func (r *ring) sample(at int64) byte {
	if at < r.base {
		return r.past[jitter.History-(r.base-at)]
	}
	return r.data[at&(ringSize-1)]
}

// leave notes the last of what lies before upTo, for what is lost behind it.
func (r *ring) leave(upTo int64) {
	var past [jitter.History]byte
	for i := range past {
		past[i] = r.sample(upTo - jitter.History + int64(i))
	}
	r.past = past
	r.spoken = upTo <= r.end && r.there.next(upTo-1, upTo, true) < upTo
}
