package record

import (
	"parley/internal/media/codec"
	"parley/internal/media/jitter"
)

// ringSize is how many samples of a party wait for the disk: 4.1 s. A power of
// two, so that a place on the clock is masked to a place in the ring.
const ringSize = 1 << 15

// ring is what a party said between base and base+ringSize on the recording's clock,
// in the law of the file. What nobody filled is silence. It is guarded by the Writer's
// mutex.
type ring struct {
	law   codec.Codec
	base  int64
	end   int64 // behind the last sample put
	data  []byte
	there presence

	past    [jitter.History]byte // what lay before base
	spoken  bool                 // the last of it was said, or made up
	barrier int64                // nothing before it is continued behind it
}

// newRing returns an empty ring that begins at a place.
func newRing(law codec.Codec, base int64) ring {
	r := ring{law: law, base: base, data: make([]byte, ringSize)}
	r.silence(base, base+ringSize)
	for i := range r.past {
		r.past[i] = codec.Silence(law)
	}
	return r
}

// put lays audio at pos, as far as it lies behind floor and within the ring. It
// returns false if the ring was too short.
func (r *ring) put(pos int64, law codec.Codec, audioBytes []byte, floor int64) bool {
	if floor = max(floor, r.base); pos < floor {
		audioBytes = audioBytes[min(floor-pos, int64(len(audioBytes))):]
		pos = floor
	}
	room := max(r.base+ringSize-pos, 0)
	fits := int64(len(audioBytes)) <= room
	if !fits {
		audioBytes = audioBytes[:room]
	}
	if len(audioBytes) == 0 {
		return fits
	}
	r.there.mark(pos, pos+int64(len(audioBytes)), true)
	for len(audioBytes) > 0 {
		n := codec.Convert(r.law, r.data[pos&(ringSize-1):], law, audioBytes)
		audioBytes, pos = audioBytes[n:], pos+int64(n)
	}
	r.end = max(r.end, pos)
	return fits
}

// pull moves what was put from from on by so much earlier, if all of it is
// still here: what lies before floor stays, and what would come to lie there is dropped.
func (r *ring) pull(from, by, floor int64) {
	from = max(from, floor)
	floor = max(floor, r.base)
	if from < floor || from >= r.end {
		return
	}
	for at := max(from, floor+by); at < r.end; at++ {
		r.data[(at-by)&(ringSize-1)] = r.data[at&(ringSize-1)]
		r.there.mark(at-by, at-by+1, r.there.next(at, at+1, true) == at)
	}
	end := max(r.end-by, from)
	r.silence(end, r.end)
	r.end = end
}

// clear drops what lies behind from.
func (r *ring) clear(from int64) {
	r.silence(from, from+ringSize)
	r.barrier = from
}

// silence clears what lies between from and to.
func (r *ring) silence(from, to int64) {
	quiet := codec.Silence(r.law)
	r.there.mark(max(from, r.base), min(to, r.base+ringSize), false)
	for from, to = max(from, r.base), min(to, r.base+ringSize); from < to; {
		part := r.stretch(from, to)
		for i := range part {
			part[i] = quiet
		}
		from += int64(len(part))
	}
}

// stretch returns the samples from from on, up to to or the end of the ring.
func (r *ring) stretch(from, to int64) []byte {
	part := r.data[from&(ringSize-1):]
	return part[:min(int64(len(part)), to-from)]
}

// take moves the next n samples, at most ringSize, to every stride-th byte of
// dst, and goes on behind them. What was lost among them is made up.
func (r *ring) take(dst []byte, stride, n int) {
	end := r.base + int64(n)
	r.mend(end)
	for at, to := r.base, 0; at < end; {
		part := r.stretch(at, end)
		for _, sample := range part {
			dst[to] = sample
			to += stride
		}
		at += int64(len(part))
	}
	r.skip(end)
}

// skip drops what lies before upTo.
func (r *ring) skip(upTo int64) {
	if upTo > r.base {
		r.leave(upTo)
		r.silence(r.base, upTo)
		r.base = upTo
	}
}
