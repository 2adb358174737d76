package ring_test

import (
	"encoding/binary"
	"math"
	"testing"

	"parley/internal/shared/ring"
)

const rate = 24000

func samples(tone string, seconds float64) []float64 {
	at := ring.At(tone)
	out := make([]float64, int(seconds*rate))
	for i := range out {
		out[i] = at(float64(i) / rate)
	}
	return out
}

func loudness(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

func TestTonesGrowAndNeverClipOrClick(t *testing.T) {
	for _, tone := range []string{"", "classic", "soft", "bright"} {
		x := samples(tone, 4*ring.Period)
		round := int(ring.Period * rate)
		if first, third := loudness(x[:round]), loudness(x[2*round:3*round]); first > 0.6*third || third < 0.01 {
			t.Errorf("%q: first round %.4f, third %.4f", tone, first, third)
		}
		for i := 1; i < len(x); i++ {
			if math.Abs(x[i]) > 0.6 || math.Abs(x[i]-x[i-1]) > 0.25 {
				t.Fatalf("%q: sample %d: %.3f after %.3f", tone, i, x[i], x[i-1])
			}
		}
		if l := loudness(x[round-rate/10 : round]); l > 0.01 {
			t.Errorf("%q: no pause between rounds: %.4f", tone, l)
		}
	}
	if l := loudness(samples("silent", 2*ring.Period)); l != 0 {
		t.Errorf("silence sounds: %.4f", l)
	}
}

func TestTonesDiffer(t *testing.T) {
	classic := samples("classic", ring.Period)
	for _, tone := range []string{"soft", "bright", "silent"} {
		same := true
		for i, v := range samples(tone, ring.Period) {
			same = same && v == classic[i]
		}
		if same {
			t.Errorf("%s is classic", tone)
		}
	}
}

func TestWAV(t *testing.T) {
	wav := ring.WAV("soft", 1)
	if string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || string(wav[36:40]) != "data" {
		t.Fatalf("header %q", wav[:44])
	}
	if got := binary.LittleEndian.Uint32(wav[40:]); int(got) != len(wav)-44 || binary.LittleEndian.Uint32(wav[4:]) != uint32(len(wav)-8) {
		t.Errorf("%d bytes of sound in a file of %d", got, len(wav))
	}
	if seconds := float64(len(wav)-44) / 2 / float64(binary.LittleEndian.Uint32(wav[24:])); seconds != ring.Period {
		t.Errorf("%.2f seconds", seconds)
	}
	at, n := ring.At("soft"), 4321
	got := float64(int16(binary.LittleEndian.Uint16(wav[44+2*n:]))) / 32767
	if want := at(2*ring.Period + float64(n)/rate); math.Abs(got-want) > 1e-4 {
		t.Errorf("sample %d is %.4f, want %.4f", n, got, want)
	}
}
