// Package ring is what a call rings with: each ring tone as a function of time. The
// softphone plays them, and the account page lets somebody listen before choosing.
// It is pure and plays nothing itself.
package ring

import "math"

// Period is the length of one round of any tone, in seconds. A round ends in a
// pause; the first ones are quieter, so that no tone startles.
const Period = 3.0

// The level is an amplitude, 1 being full scale; times are in seconds.
const (
	level  = 0.30
	start  = 0.35 // share of level in the first round
	attack = 0.006
	length = 1.4 // after which a note is over
)

// voice is what a tone is made of.
type voice struct {
	notes []note
	decay float64 // seconds to fall to 1/e
	bell  float64 // level of the partial two octaves above
}

// note is struck once a round.
type note struct{ at, hz, level float64 }

// At is the ring tone of a name (member.RingTones) as amplitude by seconds since it
// began. A name that is not known is the first.
func At(tone string) func(seconds float64) float64 {
	v := voiceOf(tone)
	return func(t float64) float64 {
		round := math.Floor(t / Period)
		in := t - round*Period
		sum := 0.0
		for _, n := range v.notes {
			sum += n.level * v.struck(in-n.at, n.hz)
		}
		return level * min(1, start+round*(1-start)/2) * sum / 2
	}
}

func voiceOf(tone string) voice {
	switch tone {
	case "soft":
		return voice{decay: 0.45, bell: 0.05, notes: []note{
			{0, 440, 0.9}, {0.55, 587.33, 0.9}, // A4 D5
		}}
	case "bright":
		return voice{decay: 0.16, bell: 0.34, notes: []note{
			{0, 880, 1}, {0.11, 1108.73, 0.9}, {0.22, 1318.51, 0.9}, // A5 C#6 E6
			{0.5, 880, 0.9}, {0.61, 1108.73, 0.8}, {0.72, 1318.51, 0.8},
		}}
	case "silent":
		return voice{decay: 1}
	}
	return voice{decay: 0.28, bell: 0.22, notes: []note{ // three notes, answered once
		{0, 587.33, 1}, {0.17, 739.99, 0.9}, {0.34, 880, 1}, // D5 F#5 A5
		{0.95, 739.99, 0.55}, {1.12, 880, 0.6}, {1.29, 1174.66, 0.5}, // F#5 A5 D6
	}}
}

// struck is a bar that was struck t seconds ago, as of a marimba: a sine with a
// partial that dies fast.
func (v voice) struck(t, hz float64) float64 {
	if t < 0 || t > length {
		return 0
	}
	body := math.Sin(2*math.Pi*hz*t) * math.Exp(-t/v.decay)
	bell := v.bell * math.Sin(2*math.Pi*4*hz*t) * math.Exp(-t/(v.decay/5))
	return (body + bell) * min(1, t/attack) * min(1, (length-t)/0.05)
}
