package record

import (
	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// ringSize is how many samples of a party wait for the disk: 4.1 s. A power of
// two, so that a place on the clock is masked to a place in the ring.
const ringSize = 1 << 15

// track is one channel of a recording: what its party said between base and
// base+ringSize on the recording's clock, in the law of the file. What nobody
// filled is silence. It is guarded by its Writer's mutex.
type track struct {
	leg  callstate.LegID
	law  codec.Codec
	time timeline
	base int64
	end  int64 // behind the last sample put
	ring []byte
}

func newTrack(leg callstate.LegID, law codec.Codec) track {
	t := track{leg: leg, law: law, ring: make([]byte, ringSize)}
	t.silence(0, ringSize)
	return t
}

// put lays audio at pos, as far as it lies behind floor and within the ring. It
// returns false if the ring was too short.
func (t *track) put(pos int64, law codec.Codec, audioBytes []byte, floor int64) bool {
	if floor = max(floor, t.base); pos < floor {
		audioBytes = audioBytes[min(floor-pos, int64(len(audioBytes))):]
		pos = floor
	}
	room := max(t.base+ringSize-pos, 0)
	fits := int64(len(audioBytes)) <= room
	if !fits {
		audioBytes = audioBytes[:room]
	}
	for len(audioBytes) > 0 {
		n := codec.Convert(t.law, t.ring[pos&(ringSize-1):], law, audioBytes)
		audioBytes, pos = audioBytes[n:], pos+int64(n)
	}
	t.end = max(t.end, pos)
	return fits
}

// pull moves what was put from from on by so much earlier, if all of it is
// still here. What would come to lie before floor is dropped.
func (t *track) pull(from, by, floor int64) {
	floor = max(floor, t.base)
	if from < floor {
		return
	}
	for at := max(from, floor+by); at < t.end; at++ {
		t.ring[(at-by)&(ringSize-1)] = t.ring[at&(ringSize-1)]
	}
	t.silence(max(t.end-by, from), t.end)
	t.end -= by
}

// silence clears what lies between from and to.
func (t *track) silence(from, to int64) {
	quiet := codec.Silence(t.law)
	for from, to = max(from, t.base), min(to, t.base+ringSize); from < to; {
		part := t.stretch(from, to)
		for i := range part {
			part[i] = quiet
		}
		from += int64(len(part))
	}
}

// stretch returns the samples from from on, up to to or the end of the ring.
func (t *track) stretch(from, to int64) []byte {
	part := t.ring[from&(ringSize-1):]
	return part[:min(int64(len(part)), to-from)]
}

// take moves the next n samples, at most ringSize, to every stride-th byte of
// dst, and goes on behind them.
func (t *track) take(dst []byte, stride, n int) {
	end := t.base + int64(n)
	for at, to := t.base, 0; at < end; {
		part := t.stretch(at, end)
		for _, sample := range part {
			dst[to] = sample
			to += stride
		}
		at += int64(len(part))
	}
	t.skip(end)
}

// skip drops what lies before upTo.
func (t *track) skip(upTo int64) {
	if upTo > t.base {
		t.silence(t.base, upTo)
		t.base = upTo
	}
}
