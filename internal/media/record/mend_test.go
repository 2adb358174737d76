package record

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
)

// TestLossIsConcealed has a tone lose a packet in twenty: it is heard throughout, and
// little but it.
func TestLossIsConcealed(t *testing.T) {
	for _, law := range []codec.Codec{codec.PCMA, codec.PCMU} {
		s := newStudio(t, law)
		p, _ := s.parties()
		p.source = audio.NewToneSource(200, -12)
		dice := rand.New(rand.NewPCG(3, 3))
		for range 10 * time.Second / frame {
			s.wait(frame)
			if packet := p.packet(); dice.Float64() > 0.05 {
				s.w.Packet(p.leg, packet, s.clock)
			}
		}
		s.wait(frame)
		wav, _ := s.stop()
		pcm := wav.PCM(0)[second/4 : 10*second-second/4]
		level := audio.Level(pcm, audio.Rate, 200)
		beside := audio.Loudness(pcm) - level
		if math.Abs(level+12) > 0.2 || beside > 0.05 {
			t.Errorf("the tone is at %.2f dBFS, all at %.2f dB more", level, beside)
		}
		for at := 0; at+slot <= len(pcm); at += slot {
			if got := audio.Loudness(pcm[at : at+slot]); math.Abs(got+12) > 4 {
				t.Errorf("%.1f dBFS at %d ms", got, at/millisecond)
			}
		}
	}
}

// TestPresence marks and finds places anywhere, over the end of the ring too.
func TestPresence(t *testing.T) {
	var p presence
	dice := rand.New(rand.NewPCG(1, 1))
	there := map[int64]bool{}
	const base = ringSize - 700
	for range 200 {
		from := base + dice.Int64N(1000)
		to := from + dice.Int64N(200)
		on := dice.IntN(2) == 0
		p.mark(from, to, on)
		for i := from; i < to; i++ {
			there[i] = on
		}
		for _, want := range []bool{true, false} {
			at := base + dice.Int64N(1000)
			first := at
			for first < base+1200 && there[first] != want {
				first++
			}
			if got := p.next(at, base+1200, want); got != first {
				t.Fatalf("from %d on, the first that is %v is at %d, want %d", at, want, got, first)
			}
		}
	}
}
