package clip

import "math"

// The filter's shape: flat up to pass times the lower of the two Nyquist
// frequencies, and stopband decibels down from that frequency on.
const (
	pass     = 0.875
	stopband = 96.0 // dB
)

// resample changes the rate of in from from to to Hz by a windowed-sinc filter in
// polyphase form: for each of the up phases between two input samples there is one
// set of taps.
func resample(in []int16, from, to int) []float32 {
	g := gcd(from, to)
	up, down := to/g, from/g
	wave := make([]float32, len(in))
	for i, s := range in {
		wave[i] = float32(s)
	}
	if up == down {
		return wave
	}
	phases, half := polyphase(from, to, up)
	padded := make([]float32, len(wave)+2*half)
	copy(padded[half:], wave)
	out := make([]float32, (len(wave)*up+down-1)/down)
	for i := range out {
		at := i * down
		taps := phases[at%up]
		window := padded[at/up+1:][:len(taps)]
		out[i] = dot(window, taps)
	}
	return out
}

// dot has four sums, which the processor works on side by side.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range min(len(a), len(b)) {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

// polyphase returns the taps of each phase, which reach half-1 samples back and
// half ahead of the input sample before the output's moment.
func polyphase(from, to, up int) (phases [][]float32, half int) {
	lower := float64(min(from, to))
	transition := (1 - pass) * lower / 2 / float64(from)              // of the input's rate
	half = int(math.Ceil((stopband-7.95)/(14.36*transition)/2/4)) * 4 // Kaiser's estimate, each side
	beta := 0.1102 * (stopband - 8.7)                                 // Kaiser's shape
	cutoff := (1 + pass) / 2 * lower / float64(from)                  // middle of the transition, 1 being Nyquist
	phases = make([][]float32, up)
	for p := range phases {
		phases[p] = make([]float32, 2*half)
		sum := 0.0
		row := make([]float64, 2*half)
		for k := range row {
			t := float64(k-half+1) - float64(p)/float64(up) // from the output's moment
			row[k] = cutoff * sinc(cutoff*t) * kaiser(t/float64(half), beta)
			sum += row[k]
		}
		for k, v := range row { // the same gain in every phase, or the phases are heard
			phases[p][k] = float32(v / sum)
		}
	}
	return phases, half
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window at x, from -1 to 1.
func kaiser(x, beta float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(beta*math.Sqrt(1-x*x)) / bessel(beta)
}

// bessel is the modified Bessel function of the first kind, order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
