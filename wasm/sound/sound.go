// Package sound makes what the softphone plays itself: the ring, ringback, busy
// and the keys' tones. The generators are plain code; Player, in the browser
// only, feeds them to the speaker. It must not play the voices of a call: those
// go through <audio>, where echo cancellation sees them. A reader belongs to
// the player that reads it; Player belongs to the program's loop.
package sound

import (
	"encoding/binary"
	"io"
	"math"
	"strings"

	"parley/internal/shared/ring"
)

// Rate is in samples a second, one channel, 32-bit floats, little endian.
const Rate = 24000

// Kind is a sound that lasts until it is stopped.
type Kind string

// The lasting sounds.
const (
	None     Kind = ""
	Ring     Kind = "ring"
	Ringback Kind = "ringback"
	Busy     Kind = "busy"
)

// Stream is an endless reader of a lasting sound as callers in a country (ISO
// 3166 alpha-2) know it, or in the ring tone of a name (package ring); nil for None.
func Stream(k Kind, country, tone string) io.Reader {
	switch k {
	case Ring:
		return &samples{at: ring.At(tone)}
	case Ringback:
		return &samples{at: progressOf(country).ringback.at}
	case Busy:
		return &samples{at: progressOf(country).busy.at}
	case None:
	}
	return nil
}

// Key is the short tone of a key (0-9, *, #, A-D); nil for any other.
func Key(key byte) io.Reader {
	const rows = "123A456B789C*0#D"
	i := strings.IndexByte(rows, key)
	if i < 0 {
		return nil
	}
	low := [...]float64{697, 770, 852, 941}[i/4]
	high := [...]float64{1209, 1336, 1477, 1633}[i%4]
	c := cadence{level: keyLevel, tones: []float64{low, high}, steps: []float64{keyLength}}
	return &samples{at: c.at, length: int(keyLength * Rate)}
}

// Levels are amplitudes: 1 is full scale.
const (
	keyLevel      = 0.07
	progressLevel = 0.12
	keyLength     = 0.12  // seconds
	ramp          = 0.008 // seconds of fading at each edge, against clicks
)

// samples reads a function of time, for ever where length is 0.
type samples struct {
	at     func(seconds float64) float64
	n      int
	length int
}

// Read fills whole samples of p.
func (s *samples) Read(p []byte) (int, error) {
	n := 0
	for ; n+4 <= len(p); n += 4 {
		if s.length > 0 && s.n >= s.length {
			break
		}
		v := float32(s.at(float64(s.n) / Rate))
		binary.LittleEndian.PutUint32(p[n:], math.Float32bits(v))
		s.n++
	}
	if n == 0 && s.length > 0 && s.n >= s.length {
		return 0, io.EOF
	}
	return n, nil
}

// cadence is tones switched on and off: steps are seconds on, off, on ...
type cadence struct {
	level float64
	tones []float64
	steps []float64
}

func (c cadence) at(t float64) float64 {
	period := 0.0
	for _, s := range c.steps {
		period += s
	}
	in := math.Mod(t, period)
	for i, s := range c.steps {
		if in >= s {
			in -= s
			continue
		}
		if i%2 == 1 {
			return 0
		}
		v := 0.0
		for _, f := range c.tones {
			v += math.Sin(2 * math.Pi * f * t)
		}
		return v / float64(len(c.tones)) * c.level * edge(in, s)
	}
	return 0
}

// edge fades in and out of a step of the given length.
func edge(in, length float64) float64 {
	d := min(in, length-in)
	if d >= ramp {
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*d/ramp)
}

// progress is a country's call progress tones (ITU-T E.180, Supplement 2).
type progress struct{ ringback, busy cadence }

func progressOf(country string) progress {
	tones := func(back []float64, backSteps []float64, busy []float64, busySteps []float64) progress {
		return progress{
			ringback: cadence{progressLevel, back, backSteps},
			busy:     cadence{progressLevel, busy, busySteps},
		}
	}
	switch strings.ToUpper(country) {
	case "FR", "RE", "GP", "MQ", "GF":
		return tones([]float64{440}, []float64{1.5, 3.5}, []float64{440}, []float64{0.5, 0.5})
	case "GB", "IE":
		return tones([]float64{400, 450}, []float64{0.4, 0.2, 0.4, 2}, []float64{400}, []float64{0.375, 0.375})
	case "US", "CA":
		return tones([]float64{440, 480}, []float64{2, 4}, []float64{480, 620}, []float64{0.5, 0.5})
	}
	return tones([]float64{425}, []float64{1, 4}, []float64{425}, []float64{0.5, 0.5})
}
