package sound

import (
	"encoding/binary"
	"io"
	"math"
	"testing"
)

// take reads seconds of samples.
func take(t *testing.T, r io.Reader, seconds float64) []float64 {
	t.Helper()
	buf := make([]byte, 4*int(seconds*Rate))
	if _, err := io.ReadFull(r, buf); err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(buf)/4)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:])))
	}
	return out
}

// power is the Goertzel amplitude of hz in x.
func power(x []float64, hz float64) float64 {
	re, im := 0.0, 0.0
	for i, v := range x {
		a := 2 * math.Pi * hz * float64(i) / Rate
		re, im = re+v*math.Cos(a), im+v*math.Sin(a)
	}
	return 2 * math.Hypot(re, im) / float64(len(x))
}

func level(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

func TestKeysAreTheirTwoTones(t *testing.T) {
	for key, tones := range map[byte][2]float64{'1': {697, 1209}, '0': {941, 1336}, '#': {941, 1477}, 'D': {941, 1633}} {
		x := take(t, Key(key), keyLength)
		for _, hz := range []float64{697, 770, 852, 941, 1209, 1336, 1477, 1633} {
			got, want := power(x, hz), hz == tones[0] || hz == tones[1]
			if want != (got > keyLevel/4) {
				t.Errorf("key %c at %v Hz: amplitude %.4f", key, hz, got)
			}
		}
	}
	if Key('x') != nil {
		t.Error("a tone for x")
	}
	if all, err := io.ReadAll(Key('5')); err != nil || len(all) != 4*int(keyLength*Rate) {
		t.Errorf("a key lasts %d bytes, %v", len(all), err)
	}
}

func TestProgressTonesKeepTheirCadence(t *testing.T) {
	for _, c := range []struct {
		kind    Kind
		country string
		hz      float64
		on, off float64 // middles of a sounding and a silent second-half
	}{
		{Ringback, "FR", 440, 0.5, 3}, {Ringback, "US", 480, 1, 4}, {Ringback, "GB", 450, 0.1, 1.6},
		{Ringback, "", 425, 0.5, 3}, {Busy, "FR", 440, 0.2, 0.7}, {Busy, "US", 620, 0.2, 0.7},
	} {
		x := take(t, Stream(c.kind, c.country, ""), 6)
		at := func(s float64) []float64 { i := int(s * Rate); return x[i : i+Rate/10] }
		if p := power(at(c.on), c.hz); p < progressLevel/3 {
			t.Errorf("%s %s: amplitude %.4f while on", c.kind, c.country, p)
		}
		if l := level(at(c.off)); l > 1e-6 {
			t.Errorf("%s %s: level %.6f while off", c.kind, c.country, l)
		}
	}
}

func TestNoneIsNothing(t *testing.T) {
	if Stream(None, "FR", "") != nil {
		t.Error("a reader for silence")
	}
}

func TestShortReads(t *testing.T) {
	r := Stream(Busy, "FR", "")
	if n, err := r.Read(make([]byte, 3)); n != 0 || err != nil {
		t.Errorf("less than a sample: %d, %v", n, err)
	}
	if n, err := r.Read(make([]byte, 10)); n != 8 || err != nil {
		t.Errorf("two and a half samples: %d, %v", n, err)
	}
}
