package clip

import "math"

// How sounds are evened, in dB of full scale.
const (
	target  = -20.0 // RMS where there is something to hear
	ceiling = -3.3  // of peaks, between samples too; a little is left for the law's rounding to -3
	faint   = -60.0 // what is below is silence
	boost   = 30.0  // dB at most: hiss is not to become a roar
	beneath = 10.0  // dB under the mean: pauses, which do not count
)

const (
	endSilence  = 1.0   // seconds at an end that are left as they are
	keptSilence = 0.2   // seconds left of a longer one
	trimBlock   = 0.01  // seconds
	gateBlock   = 0.1   // seconds
	quieter     = 40.0  // dB under the loudest moment: silence, as far as ends go
	ease        = 0.015 // seconds in which the limiter comes and goes
)

func amplitude(db float64) float64 { return 32768 * math.Pow(10, db/20) }

// powers are the mean squares of blocks.
func powers[S int16 | float32](wave []S, block int) []float64 {
	var out []float64
	for len(wave) > 0 {
		part := wave[:min(block, len(wave))]
		sum := 0.0
		for _, s := range part {
			sum += float64(s) * float64(s)
		}
		out = append(out, sum/float64(len(part)))
		wave = wave[len(part):]
	}
	return out
}

// trim cuts silence of more than endSilence at either end; nil where all is silent.
func trim(samples []int16, rate int) []int16 {
	block := int(trimBlock * float64(rate))
	all := powers(samples, block)
	loudest := 0.0
	for _, p := range all {
		loudest = max(loudest, p)
	}
	floor := max(math.Pow(amplitude(faint), 2), loudest*math.Pow(10, -quieter/10))
	first, last := -1, -1
	for i, p := range all {
		if p >= floor {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return nil
	}
	kept, most := int(keptSilence*float64(rate)), int(endSilence*float64(rate))
	from, to := first*block, min((last+1)*block, len(samples))
	start, end := 0, len(samples)
	if from > most {
		start = from - kept
	}
	if len(samples)-to > most {
		end = to + kept
	}
	return samples[start:end]
}

// loudness is the RMS of a wave in dB of full scale, pauses left out; false where
// there is nothing to hear.
func loudness(wave []float32, rate int) (float64, bool) {
	all := powers(wave, int(gateBlock*float64(rate)))
	gated := func(floor float64) float64 {
		sum, n := 0.0, 0
		for _, p := range all {
			if p >= floor {
				sum, n = sum+p, n+1
			}
		}
		if n == 0 {
			return 0
		}
		return sum / float64(n)
	}
	mean := gated(math.Pow(amplitude(faint), 2))
	if mean == 0 {
		return 0, false
	}
	mean = gated(mean * math.Pow(10, -beneath/10))
	return 10*math.Log10(mean) - 20*math.Log10(32768), true
}

// At returns the clip's samples at rate, one of those that known lists, evened in
// loudness; nil where nothing is to be heard at that rate.
func (c Clip) At(rate int) []int16 {
	wave := resample(c.samples, c.rate, rate)
	level, ok := loudness(wave, rate)
	if !ok {
		return nil
	}
	gain := float32(math.Pow(10, min(target-level, boost)/20))
	for i := range wave {
		wave[i] *= gain
	}
	limit(wave, rate)
	out := make([]int16, len(wave))
	for i, s := range wave {
		out[i] = round(float64(s))
	}
	return out
}

// limit brings peaks down to the ceiling. The gain each moment needs is spread over
// the time around it, first as a minimum and then as a mean, so that it is never more
// than any peak allows and never jumps.
func limit(wave []float32, rate int) {
	need, loud := needed(wave, float32(amplitude(ceiling)))
	if !loud {
		return
	}
	reach := int(ease * float64(rate))
	gain := mean(minimum(need, reach), reach)
	for i := range wave {
		wave[i] *= gain[i]
	}
}

// needed is the gain by which each sample, and the curve between it and the next,
// stays under top; loud says whether any is below one.
func needed(wave []float32, top float32) (gain []float32, loud bool) {
	const up = 4
	phases, half := polyphase(1, up, up)
	gain = make([]float32, len(wave))
	for i, s := range wave {
		gain[i] = 1
		peak, next := abs(s), float32(0)
		if i+1 < len(wave) {
			next = abs(wave[i+1])
		}
		if max(peak, next) < top/2 { // no curve rises to twice the samples around it in speech
			continue
		}
		if i+1 >= half && i+half < len(wave) {
			for _, taps := range phases[1:] {
				peak = max(peak, abs(dot(wave[i-half+1:][:len(taps)], taps)))
			}
		}
		if peak > top {
			gain[i], loud = top/peak, true
		}
	}
	return gain, loud
}

// minimum is the least of the values around each, as far as reach.
func minimum(in []float32, reach int) []float32 {
	out := make([]float32, len(in))
	var queue []int // indexes of values that rise
	for i := range len(in) + reach {
		if i < len(in) {
			for len(queue) > 0 && in[queue[len(queue)-1]] >= in[i] {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, i)
		}
		at := i - reach
		if at < 0 {
			continue
		}
		for queue[0] < at-reach {
			queue = queue[1:]
		}
		out[at] = in[queue[0]]
	}
	return out
}

// mean is the average of the values around each, as far as reach; beyond the ends
// the last value goes on.
func mean(in []float32, reach int) []float32 {
	out := make([]float32, len(in))
	value := func(i int) float64 { return float64(in[min(max(i, 0), len(in)-1)]) }
	sum := 0.0
	for i := -reach; i <= reach; i++ {
		sum += value(i)
	}
	for i := range out {
		out[i] = float32(sum / float64(2*reach+1))
		sum += value(i+reach+1) - value(i-reach)
	}
	return out
}

func abs(v float32) float32 { return max(v, -v) }
