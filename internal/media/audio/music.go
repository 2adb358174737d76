package audio

import "math"

// piece is a short loop of hold music, written as chords and made into sound
// when the library is built. It is circular: what rings on at the end sounds at
// the start, so the loop has no seam.
type piece struct {
	id      string
	seconds float64
	voice   voice
	notes   []note
}

// note is one key of a piece.
type note struct {
	at, length float64 // seconds
	key        int     // MIDI number: 69 is A4, 440 Hz
	gain       float64
}

// voice is how an instrument sounds.
type voice struct {
	partials        []partial
	cents           []float64 // one oscillator each, so much out of tune
	attack, release float64   // seconds; release comes after the note's length
}

// partial is one overtone: its multiple of the note's frequency, its gain and
// how fast it fades, in nepers a second.
type partial struct{ ratio, gain, fade float64 }

// pieces is the music shipped, in the order in which it is offered. The ids
// are stored with numbers and never change.
func pieces() []piece {
	return []piece{
		{id: "soft", seconds: 16, voice: padVoice(), notes: sustained(4, 0.2, [][]int{
			{60, 64, 67, 71}, {60, 64, 67, 69}, {60, 65, 67, 69}, {59, 62, 67, 71},
		})},
		{id: "piano", seconds: 16, voice: pianoVoice(), notes: broken(0.5, [][]int{
			{55, 62, 67, 71}, {55, 59, 64, 71}, {60, 64, 67, 72}, {57, 62, 66, 69},
		})},
		{id: "strings", seconds: 16, voice: stringVoice(), notes: sustained(4, 0, [][]int{
			{62, 66, 69, 74}, {61, 64, 69, 73}, {59, 62, 66, 74}, {59, 62, 67, 71},
		})},
	}
}

func padVoice() voice {
	return voice{
		partials: []partial{{1, 1, 0}, {2, 0.3, 0}, {3, 0.12, 0}, {4, 0.05, 0}},
		cents:    []float64{-4, 3}, attack: 1.4, release: 1.8,
	}
}

func pianoVoice() voice {
	return voice{
		partials: []partial{{1, 1, 1.6}, {2.001, 0.45, 2.2}, {3.004, 0.22, 3.2}, {4.01, 0.1, 4.5}, {5.02, 0.05, 6}},
		cents:    []float64{0}, attack: 0.006, release: 0.9,
	}
}

func stringVoice() voice {
	v := voice{cents: []float64{-6, 5}, attack: 0.9, release: 1.1}
	for n := 1.0; n <= 6; n++ {
		v.partials = append(v.partials, partial{ratio: n, gain: 1 / math.Pow(n, 1.3)})
	}
	return v
}

// sustained holds each chord for length seconds, its keys entering spread
// seconds after each other.
func sustained(length, spread float64, chords [][]int) (notes []note) {
	for c, chord := range chords {
		for k, key := range chord {
			late := float64(k) * spread
			notes = append(notes, note{at: float64(c)*length + late, length: length - late, key: key, gain: 1})
		}
	}
	return notes
}

// broken plays each chord key by key, one every step seconds, up and down, and
// lets the highest key sing an octave above at the start of the chord.
func broken(step float64, chords [][]int) (notes []note) {
	pattern := []int{0, 1, 2, 3, 2, 1, 2, 1}
	for c, chord := range chords {
		begin := float64(c*len(pattern)) * step
		notes = append(notes, note{at: begin, length: 3, key: chord[3] + 12, gain: 0.6})
		for i, k := range pattern {
			gain := 0.7
			if i%4 == 0 {
				gain = 1
			}
			notes = append(notes, note{at: begin + float64(i)*step, length: 2 * step, key: chord[k], gain: gain})
		}
	}
	return notes
}

// musicLevel is how loud music is, in dBFS (see Loudness).
const musicLevel = -20

// render returns the samples of p at Rate.
func (p *piece) render() []int16 {
	sound := make([]float64, int(p.seconds*Rate))
	for _, n := range p.notes {
		p.voice.play(sound, n)
	}
	around(sound, newReverb())
	around(sound, newLowPass(3000))
	return atLevel(sound, musicLevel)
}

// play adds n to the circular buffer sound.
func (v *voice) play(sound []float64, n note) {
	begin := int(n.at * Rate)
	envelope := v.envelope(n)
	for _, cents := range v.cents {
		hz := 440 * math.Pow(2, (float64(n.key-69)+cents/100)/12)
		for _, p := range v.partials {
			if hz*p.ratio > 3400 {
				continue // beyond the telephone band
			}
			// A decaying sine as a recurrence: y[i] = 2r cos(w) y[i-1] - r² y[i-2].
			w, r := 2*math.Pi*hz*p.ratio/Rate, math.Exp(-p.fade/Rate)
			a, b := 2*r*math.Cos(w), r*r
			y1, y2 := -n.gain*p.gain*math.Sin(w)/r, -n.gain*p.gain*math.Sin(2*w)/b
			at := begin % len(sound)
			for _, gain := range envelope {
				y := a*y1 - b*y2
				y1, y2 = y, y1
				sound[at] += gain * y
				if at++; at == len(sound) {
					at = 0
				}
			}
		}
	}
}

// envelope returns the gain of every sample of n: a smooth rise and fall.
func (v *voice) envelope(n note) []float64 {
	gains := make([]float64, int((n.length+v.release)*Rate))
	for i := range gains {
		gains[i] = 1
	}
	rise, fall := int(v.attack*Rate), int(v.release*Rate)
	for i := range min(rise, len(gains)) {
		gains[i] *= 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(rise))
	}
	for i := range min(fall, len(gains)) {
		gains[len(gains)-1-i] *= 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(fall))
	}
	return gains
}

// around runs filter over the loop twice and keeps the second round, in which
// the end of the loop is heard in its start.
func around(sound []float64, filter func(float64) float64) {
	for _, s := range sound {
		filter(s)
	}
	for i, s := range sound {
		sound[i] = filter(s)
	}
}

// newLowPass returns a second-order Butterworth low-pass at Rate.
func newLowPass(hz float64) func(float64) float64 {
	k := math.Tan(math.Pi * hz / Rate)
	norm := 1 / (1 + math.Sqrt2*k + k*k)
	b, a1, a2 := k*k*norm, 2*(k*k-1)*norm, (1-math.Sqrt2*k+k*k)*norm
	var s1, s2 float64
	return func(x float64) float64 {
		y := b*x + s1
		s1 = 2*b*x - a1*y + s2
		s2 = b*x - a2*y
		return y
	}
}

// newReverb returns a small room: four echoes that feed back, mixed with the
// sound itself.
func newReverb() func(float64) float64 {
	var combs [4]struct {
		line []float64
		at   int
	}
	for i, samples := range []int{241, 283, 331, 389} {
		combs[i].line = make([]float64, samples)
	}
	return func(x float64) float64 {
		wet := 0.0
		for i := range combs {
			c := &combs[i]
			wet += c.line[c.at]
			c.line[c.at] = x + 0.72*c.line[c.at]
			if c.at++; c.at == len(c.line) {
				c.at = 0
			}
		}
		return x + 0.12*wet
	}
}

// atLevel returns sound as samples of the loudness asked, in dBFS.
func atLevel(sound []float64, dbfs float64) []int16 {
	var power float64
	for _, s := range sound {
		power += s * s
	}
	gain := 0.0
	if power > 0 {
		gain = math.MaxInt16 * math.Pow(10, dbfs/20) / math.Sqrt(2*power/float64(len(sound)))
	}
	pcm := make([]int16, len(sound))
	for i, s := range sound {
		pcm[i] = int16(max(min(math.Round(s*gain), math.MaxInt16), -math.MaxInt16))
	}
	return pcm
}
