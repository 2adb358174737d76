package audio

import (
	"math"

	"parley/internal/media/codec"
)

// Quietest is the level reported for silence, in dBFS.
const Quietest = -120.0

// Tone returns n samples of a sine of hz at rate. The level is in dBFS: 0 is
// the loudest sine that 16 bits hold.
func Tone(hz, dbfs float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	amplitude := math.MaxInt16 * math.Pow(10, dbfs/20)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// Level returns how loud the sine of hz is within pcm, in dBFS, never below
// Quietest. It is a Goertzel filter behind a Hann window, which tells tones
// apart that lie more than 4*rate/len(pcm) Hz from each other.
func Level(pcm []int16, rate int, hz float64) float64 {
	if len(pcm) == 0 {
		return Quietest
	}
	coefficient := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	turn := 2 * math.Pi / float64(len(pcm))
	var s1, s2, weight float64
	for i, sample := range pcm {
		hann := 0.5 - 0.5*math.Cos(turn*(float64(i)+0.5))
		weight += hann
		s1, s2 = float64(sample)*hann+coefficient*s1-s2, s1
	}
	power := max(s1*s1+s2*s2-coefficient*s1*s2, 0)
	return decibels(2 * math.Sqrt(power) / weight / math.MaxInt16)
}

// Loudness returns the level of pcm over all frequencies, in dBFS on the scale
// of Level: a full-scale sine is 0.
func Loudness(pcm []int16) float64 {
	if len(pcm) == 0 {
		return Quietest
	}
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return decibels(math.Sqrt(2*sum/float64(len(pcm))) / math.MaxInt16)
}

func decibels(ratio float64) float64 {
	if ratio <= 0 {
		return Quietest
	}
	return max(20*math.Log10(ratio), Quietest)
}

// ToneSource is an endless sine as a source of G.711 frames, at 8 kHz. It
// belongs to the goroutine that calls Next.
type ToneSource struct {
	step, amplitude float64
	phase           float64
}

// NewToneSource returns a source of the sine of hz at dbfs (see Tone).
func NewToneSource(hz, dbfs float64) *ToneSource {
	return &ToneSource{step: 2 * math.Pi * hz / Rate, amplitude: math.MaxInt16 * math.Pow(10, dbfs/20)}
}

// Next fills frame with the samples that follow, and always returns true.
func (t *ToneSource) Next(law codec.Codec, frame []byte) bool {
	for i := range frame {
		frame[i] = law.Compress(int16(math.Round(t.amplitude * math.Sin(t.phase))))
		t.phase = math.Mod(t.phase+t.step, 2*math.Pi)
	}
	return true
}
