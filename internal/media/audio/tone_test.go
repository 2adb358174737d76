package audio

import (
	"math"
	"testing"

	"parley/internal/media/codec"
)

func TestLevelMeasuresATone(t *testing.T) {
	for _, hz := range []float64{300, 440, 1004, 2713.7} {
		for _, dbfs := range []float64{-3, -20, -40} {
			pcm := Tone(hz, dbfs, Rate, Rate)
			if got := Level(pcm, Rate, hz); math.Abs(got-dbfs) > 0.2 {
				t.Errorf("%.0f Hz at %.0f dBFS measured as %.2f", hz, dbfs, got)
			}
			if got := Loudness(pcm); math.Abs(got-dbfs) > 0.2 {
				t.Errorf("%.0f Hz at %.0f dBFS is %.2f loud", hz, dbfs, got)
			}
			if got := Level(pcm, Rate, hz+150); got > dbfs-60 {
				t.Errorf("%.0f Hz at %.0f dBFS leaks %.2f at 150 Hz from it", hz, dbfs, got)
			}
		}
	}
}

func TestLevelOfSilence(t *testing.T) {
	if got := Level(make([]int16, Rate), Rate, 440); got != Quietest {
		t.Errorf("silence measured as %v", got)
	}
	if got := Level(nil, Rate, 440); got != Quietest {
		t.Errorf("nothing measured as %v", got)
	}
}

func TestToneSourceIsContinuousInBothLaws(t *testing.T) {
	for _, law := range []codec.Codec{codec.PCMA, codec.PCMU} {
		source, pcm := NewToneSource(440, -12), make([]int16, Rate)
		var frame [FrameSize]byte
		for at := 0; at < len(pcm); at += FrameSize {
			if !source.Next(law, frame[:]) {
				t.Fatal("a tone does not end")
			}
			codec.Decode(law, pcm[at:], frame[:])
		}
		if got := Level(pcm, Rate, 440); math.Abs(got+12) > 0.2 {
			t.Errorf("%s: measured %.2f dBFS", law, got)
		}
		if noise := Loudness(pcm) - Level(pcm, Rate, 440); noise > 0.1 {
			t.Errorf("%s: %.2f dB beside the tone", law, noise)
		}
	}
}

func TestSourcesDoNotAllocate(t *testing.T) {
	source, frame := NewToneSource(440, -12), make([]byte, FrameSize)
	if n := testing.AllocsPerRun(100, func() { source.Next(codec.PCMA, frame) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
