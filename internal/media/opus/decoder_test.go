package opus_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/opus"
	"parley/internal/tests/opustest"
)

// kinds is ffmpeg's encoder in each mode of the codec.
func kinds() map[string][]string {
	return map[string][]string{
		"SILK":   {"-b:a", "14k"},
		"hybrid": {"-b:a", "28k"},
		"CELT":   {"-application", "lowdelay"},
		"stereo": {"-af", "pan=stereo|c0=c0|c1=c0", "-ac", "2", "-b:a", "48k"},
		"60 ms":  {"-frame_duration", "60"},
		"10 ms":  {"-frame_duration", "10"},
	}
}

func decode(packets [][]byte) (pcm []int16) {
	d := opus.NewDecoder()
	for _, p := range packets {
		got, _ := d.Decode(p)
		pcm = append(pcm, got...)
	}
	return pcm
}

// TestDecoderHearsWhatFFmpegHears compares the level of a tone with that of ffmpeg's own
// decoder, and with all else in the signal.
func TestDecoderHearsWhatFFmpegHears(t *testing.T) {
	t.Parallel()
	for name, args := range kinds() {
		packets := opustest.Tone(t, 600, 2*time.Second, args...)
		pcm := decode(packets)
		if extra := len(pcm) - 2*audio.Rate; extra < 0 || extra >= 480 {
			t.Errorf("%s: %d samples", name, len(pcm))
			continue
		}
		pcm = pcm[audio.Rate/2:]
		level := audio.Level(pcm, audio.Rate, 600)
		if beside := audio.Loudness(pcm) - level; math.Abs(level+18) > 1 || beside > 0.5 {
			t.Errorf("%s: tone at %.1f dBFS, %.2f dB of all", name, level, beside)
		}
	}
}

func TestDecoderGoesOnAfterRubbish(t *testing.T) {
	t.Parallel()
	packets := opustest.Tone(t, 600, 2*time.Second)
	d := opus.NewDecoder()
	var pcm []int16
	for i, p := range packets {
		if i == 50 {
			for _, odd := range [][]byte{nil, {0xF8}, {0xFF, 0}, bytes.Repeat([]byte{0x4B}, 40)} {
				if got, heard := d.Decode(odd); heard && len(got) == 0 || len(got) != opus.Samples(odd) {
					t.Errorf("% x: %d samples, heard %v", odd, len(got), heard)
				}
			}
		}
		got, _ := d.Decode(p)
		pcm = append(pcm, got...)
	}
	if level := audio.Level(pcm[60*opus.Frame:], audio.Rate, 600); math.Abs(level+18) > 1 {
		t.Errorf("after rubbish the tone is at %.1f dBFS", level)
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, args := range kinds() {
		b.Run(name, func(b *testing.B) {
			packets := opustest.Tone(b, 600, time.Second, args...)
			d := opus.NewDecoder()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Decode(packets[i%len(packets)])
			}
		})
	}
}
