package ogg_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/media/opus"
	"parley/internal/tests/opustest"
)

// TestWeHearWhatFFmpegHears holds our decoder against ffmpeg's, in each mode of the
// codec.
func TestWeHearWhatFFmpegHears(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"SILK": {"-b:a", "14k"}, "hybrid": {"-b:a", "28k"}, "CELT": {"-application", "lowdelay"},
		"stereo": {"-ac", "2", "-b:a", "48k"},
	} {
		packets := opustest.Tone(t, 600, time.Second, args...)
		path := filepath.Join(t.TempDir(), "tone.ogg")
		if err := os.WriteFile(path, file(1, len(packets), 0, packets), 0o600); err != nil {
			t.Fatal(err)
		}
		var got []int16
		d := opus.NewDecoder()
		for _, p := range packets {
			pcm, _ := d.Decode(p)
			got = append(got, pcm...)
		}
		want := opustest.Hear(t, path)[0]
		if len(got) != len(want) {
			t.Fatalf("%s: %d samples, ffmpeg has %d", name, len(got), len(want))
		}
		if near := likeness(got[2000:], want[2000:]); near < 0.98 {
			t.Errorf("%s: correlation %.3f", name, near)
		}
	}
}

// likeness is the best correlation of two signals within 2 ms: resamplers delay.
func likeness(a, b []int16) (best float64) {
	const shift = 16
	for d := -shift; d <= shift; d++ {
		var ab, aa, bb float64
		for i := shift; i < len(a)-shift; i++ {
			x, y := float64(a[i]), float64(b[i+d])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		best = max(best, ab/math.Sqrt(aa*bb))
	}
	return best
}
