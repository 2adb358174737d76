package sound

import "math"

// The ring is three struck notes, answered once, then a pause; it grows over
// the first rounds so that it never startles.
const (
	ringPeriod = 3.0 // seconds
	ringLevel  = 0.30
	ringStart  = 0.35 // share of ringLevel in the first round
	ringDecay  = 0.28 // seconds to fall to 1/e
	ringAttack = 0.006
	ringNote   = 1.4 // seconds after which a note is over
)

// ringAt is the ring t seconds after it began.
func ringAt(t float64) float64 {
	round := math.Floor(t / ringPeriod)
	in := t - round*ringPeriod
	level := ringLevel * min(1, ringStart+round*(1-ringStart)/2)
	v := 0.0
	for _, n := range [...]struct{ at, hz, level float64 }{
		{0, 587.33, 1}, {0.17, 739.99, 0.9}, {0.34, 880, 1}, // D5 F#5 A5
		{0.95, 739.99, 0.55}, {1.12, 880, 0.6}, {1.29, 1174.66, 0.5}, // F#5 A5 D6
	} {
		v += n.level * struck(in-n.at, n.hz)
	}
	return level * v / 2
}

// struck is a soft bar: a sine with a fast-dying fourth partial, as of a marimba.
func struck(t, hz float64) float64 {
	if t < 0 || t > ringNote {
		return 0
	}
	body := math.Sin(2*math.Pi*hz*t) * math.Exp(-t/ringDecay)
	bell := 0.22 * math.Sin(2*math.Pi*4*hz*t) * math.Exp(-t/(ringDecay/5))
	fade := min(1, t/ringAttack) * min(1, (ringNote-t)/0.05)
	return (body + bell) * fade
}
