package clip

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStopband measures what is left of tones that do not fit the new rate.
func TestStopband(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ from, to int }{{48000, 8000}, {44100, 8000}, {44100, 16000}, {22050, 8000}, {24000, 16000}, {16000, 8000}, {11025, 8000}} {
		worst := -300.0
		for hz := float64(r.to)/2 + 1; hz < float64(r.from)/2; hz += float64(r.from) / 100 {
			in := make([]int16, r.from/2)
			for i := range in {
				in[i] = int16(math.Round(32000 * math.Sin(2*math.Pi*hz*float64(i)/float64(r.from))))
			}
			out := resample(in, r.from, r.to)
			alias := math.Abs(hz - float64(r.to)*math.Round(hz/float64(r.to)))
			inner := out[len(out)/4 : 3*len(out)/4]
			worst = max(worst, 10*math.Log10(power(inner, r.to, alias)/(32000*32000/2)))
		}
		t.Logf("%d to %d Hz: %.1f dB", r.from, r.to, worst)
		if worst > -90 {
			t.Errorf("%d to %d Hz: an alias is at %.1f dB", r.from, r.to, worst)
		}
	}
}

// TestPassband: what a telephone carries comes through as loud as it was.
func TestPassband(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ from, to int }{{48000, 8000}, {44100, 16000}, {22050, 8000}, {8000, 16000}, {11025, 16000}} {
		for part := 0.05; part < pass; part += 0.05 {
			hz := part * float64(min(r.from, r.to)) / 2
			in := tone(r.from, hz, 0.5, 0.5)
			out := resample(in, r.from, r.to)
			inner := out[len(out)/4 : 3*len(out)/4]
			if off := 10 * math.Log10(power(inner, r.to, hz)/power(in, r.from, hz)); math.Abs(off) > 0.05 {
				t.Errorf("%d to %d Hz: %.0f Hz is changed by %.3f dB", r.from, r.to, hz, off)
			}
		}
	}
}

// TestNoImages: going up adds nothing above what was there.
func TestNoImages(t *testing.T) {
	t.Parallel()
	in := tone(8000, 3000, 0.5, 0.9)
	out := resample(in, 8000, 16000)
	inner := out[len(out)/4 : 3*len(out)/4]
	if image := 10 * math.Log10(power(inner, 16000, 5000)/power(inner, 16000, 3000)); image > -90 {
		t.Errorf("the image is at %.1f dB", image)
	}
	if len(out) != 2*len(in) {
		t.Errorf("%d samples became %d", len(in), len(out))
	}
}

// speech is noise that comes and goes like syllables, with pauses and a few clicks.
func speech(rate int, seconds, loud float64) []int16 {
	rnd, out := rand.New(rand.NewPCG(1, 2)), make([]int16, int(seconds*float64(rate)))
	last := 0.0
	for i := range out {
		at := float64(i) / float64(rate)
		last = 0.9*last + 0.1*rnd.NormFloat64()
		swell := math.Max(math.Sin(2*math.Pi*4*at), 0)
		if math.Mod(at, 3) > 2.2 {
			swell = 0
		}
		out[i] = round(32767 * loud * swell * last * 2)
		if i%rate == rate/3 {
			out[i] = round(32767 * min(loud*8, 1))
		}
	}
	return out
}

// truePeak is the highest the curve between samples gets, in dB of full scale: with
// a filter of its own.
func truePeak(wave []int16) float64 {
	const up, reach = 8, 64
	peak := 0.0
	for i := range len(wave) - 1 {
		if max(abs(float32(wave[i])), abs(float32(wave[i+1]))) < 8000 {
			continue
		}
		for p := range up {
			x := float64(i) + float64(p)/up
			sum := 0.0
			for k := max(i-reach, 0); k < min(i+reach, len(wave)); k++ {
				d := x - float64(k)
				sum += float64(wave[k]) * sinc(d) * (0.5 + 0.5*math.Cos(math.Pi*d/(reach+1)))
			}
			peak = max(peak, math.Abs(sum))
		}
	}
	return 20 * math.Log10(peak/32768)
}

func TestLoudnessIsEven(t *testing.T) {
	t.Parallel()
	for _, loud := range []float64{0.02, 0.1, 0.5, 1} {
		for _, rate := range []int{8000, 16000} {
			out := Clip{rate: 44100, samples: speech(44100, 6, loud)}.At(rate)
			wave := make([]float32, len(out))
			for i, s := range out {
				wave[i] = float32(s)
			}
			got, _ := loudness(wave, rate)
			if math.Abs(got-target) > 1.5 {
				t.Errorf("%g at %d Hz became %.1f dB", loud, rate, got)
			}
			if peak := truePeak(out); peak > -3 {
				t.Errorf("%g at %d Hz has a peak of %.2f dB", loud, rate, peak)
			}
		}
	}
}

func TestHissIsNotMadeARoar(t *testing.T) {
	t.Parallel()
	out := Clip{rate: 8000, samples: tone(8000, 440, 3, 0.0016)}.At(8000) // -59 dB
	if level := 10*math.Log10(total(out)) - 20*math.Log10(32768); level > -28 {
		t.Errorf("-59 dB became %.1f dB", level)
	}
}

func TestSilenceAtTheEndsIsCut(t *testing.T) {
	t.Parallel()
	const rate = 8000
	for _, c := range []struct{ before, after, want float64 }{
		{0, 0, 2}, {0.9, 0.9, 3.8}, {3, 0, 2.2}, {0, 4, 2.2}, {5, 5, 2.4}, {1.5, 0.5, 2.7},
	} {
		samples := append(make([]int16, int(c.before*rate)), tone(rate, 440, 2, 0.5)...)
		samples = append(samples, make([]int16, int(c.after*rate))...)
		for i := range samples { // the hum of a room
			samples[i] += int16(i % 7)
		}
		if got := float64(len(trim(samples, rate))) / rate; math.Abs(got-c.want) > 0.03 {
			t.Errorf("%g s before and %g s after: %.2f s are left, want %.2f", c.before, c.after, got, c.want)
		}
	}
	// A pause within stays.
	samples := append(append(tone(rate, 440, 1, 0.5), make([]int16, 3*rate)...), tone(rate, 440, 1, 0.5)...)
	if got := len(trim(samples, rate)); got != 5*rate {
		t.Errorf("%d samples are left of %d", got, 5*rate)
	}
}

// TestLimiterNeverJumps: a click is brought down with what is around it, by a gain
// that changes slowly.
func TestLimiterNeverJumps(t *testing.T) {
	t.Parallel()
	need := make([]float32, 1000)
	for i := range need {
		need[i] = 1
	}
	need[500] = 0.1
	gain := mean(minimum(need, 50), 50)
	for i := range gain {
		if gain[i] > need[i]+1e-6 {
			t.Fatalf("at %d the gain is %g, needed %g", i, gain[i], need[i])
		}
		if i > 0 && abs(gain[i]-gain[i-1]) > 0.9/101+1e-6 {
			t.Fatalf("the gain jumps from %g to %g", gain[i-1], gain[i])
		}
	}
	if gain[350] != 1 || gain[650] != 1 {
		t.Errorf("far away the gain is %g and %g", gain[350], gain[650])
	}
}

func BenchmarkTenMinutes(b *testing.B) {
	c := Clip{rate: 44100, samples: speech(44100, 600, 0.8)}
	for b.Loop() {
		c.At(8000)
		c.At(16000)
	}
}
