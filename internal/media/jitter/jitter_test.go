package jitter

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// tone is a sine of hz.
func tone(hz float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/rate))
	}
	return out
}

// network delivers packets of 20 ms.
type network struct {
	dice   *rand.Rand
	loss   float64
	jitter time.Duration
	early  time.Duration // by how much one in twenty comes out of order
}

type arrival struct {
	at        int64 // samples
	timestamp uint32
	pcm       []int16
}

func (n network) carry(pcm []int16) (out []arrival) {
	for at := 0; at+Frame <= len(pcm); at += Frame {
		if n.dice.Float64() < n.loss {
			continue
		}
		delay := 400 + int64(n.dice.Float64()*float64(samples(n.jitter)))
		out = append(out, arrival{int64(at) + delay, 4_294_960_000 + uint32(at), pcm[at : at+Frame]})
	}
	return out
}

// play feeds a buffer as packets come, and gives what is heard, with its stats.
func play(arrivals []arrival, n int) ([]int16, Stats) {
	var b Buffer
	var heard []int16
	for now := int64(0); now < int64(n); now += Frame {
		for i := range arrivals {
			if a := arrivals[i]; a.at >= now-Frame && a.at < now {
				b.Put(a.timestamp, a.pcm, a.at)
			}
		}
		var frame [Frame]int16
		b.Pull(&frame)
		heard = append(heard, frame[:]...)
	}
	return heard, b.Stats()
}

// level is the power of a frequency in dB below all power.
func purity(pcm []int16, hz float64) float64 {
	var re, im, all float64
	for i, s := range pcm {
		v, w := float64(s), 0.5-0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(pcm)))
		re += w * v * math.Cos(2*math.Pi*hz*float64(i)/rate)
		im += w * v * math.Sin(2*math.Pi*hz*float64(i)/rate)
		all += w * v * v
	}
	if all == 0 {
		return -120
	}
	return 10 * math.Log10((re*re+im*im)*4/float64(len(pcm))/all)
}

func TestNothingIsLostOfAnEvenStream(t *testing.T) {
	pcm := tone(500, 10*rate)
	heard, stats := play(network{dice: rand.New(rand.NewPCG(1, 1))}.carry(pcm), len(pcm))
	if stats.Late > 0 || stats.Left > 0 || stats.Held > leastHeld {
		t.Errorf("%+v", stats)
	}
	if p := purity(heard[rate:], 500); p < -0.5 {
		t.Errorf("the tone has %.2f dB of all power", p)
	}
}

// TestToneThroughLoss is what a listener hears of a tone when the network loses and
// delays: it stays the tone, and is held back by 60 ms at most.
func TestToneThroughLoss(t *testing.T) {
	for _, c := range []struct {
		hz     float64
		n      network
		purity float64
	}{
		{300, network{loss: 0.05}, -1}, {300, network{loss: 0.05, jitter: 30 * time.Millisecond}, -1.5},
		{500, network{jitter: 40 * time.Millisecond}, -1}, {800, network{loss: 0.05}, -1.5}, {300, network{loss: 0.2}, -3},
	} {
		c.n.dice = rand.New(rand.NewPCG(3, 3))
		pcm := tone(c.hz, 20*rate)
		heard, stats := play(c.n.carry(pcm), len(pcm))
		// A seam moves the phase: what counts is how pure each stretch of 100 ms is.
		var sum float64
		n := 0
		for at := rate; at+800 <= len(heard); at += 800 {
			sum += max(purity(heard[at:at+800], c.hz), -20)
			n++
		}
		if mean := sum / float64(n); mean < c.purity || stats.Held > mostHeld {
			t.Errorf("%.0f Hz, %+v: %.2f dB, want %v; %+v", c.hz, c.n, mean, c.purity, stats)
		}
	}
}

// TestComesDownAgain holds little once the network is even again.
func TestComesDownAgain(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 5))
	pcm := tone(400, 60*rate)
	rough := network{dice: dice, jitter: 60 * time.Millisecond}.carry(pcm[:20*rate])
	for _, a := range (network{dice: dice}).carry(pcm[20*rate:]) {
		a.at += 20 * rate
		a.timestamp += 20 * rate
		rough = append(rough, a)
	}
	_, stats := play(rough, len(pcm))
	if stats.Left == 0 || stats.Held > 25*time.Millisecond {
		t.Errorf("%+v", stats)
	}
}

func TestSilenceAndReturn(t *testing.T) {
	var b Buffer
	var frame [Frame]int16
	b.Pull(&frame)
	pcm := tone(500, Frame)
	clock := int64(0)
	say := func(ts uint32, frames int) {
		for range frames {
			b.Put(ts, pcm, clock)
			ts += Frame
			clock += Frame
			b.Pull(&frame)
		}
	}
	say(1000, 100)
	for range 10 {
		clock += Frame
		b.Pull(&frame)
	}
	if frame != [Frame]int16{} {
		t.Error("who has fallen silent is heard")
	}
	say(999_999_999, 100) // another source
	if frame == [Frame]int16{} {
		t.Error("who talks again is not heard")
	}
}

func TestGarbage(t *testing.T) {
	var b Buffer
	var frame [Frame]int16
	dice := rand.New(rand.NewPCG(6, 6))
	for range 100_000 {
		b.Put(dice.Uint32()>>dice.UintN(32), make([]int16, dice.IntN(12)*40), dice.Int64())
		if dice.IntN(3) == 0 {
			b.Pull(&frame)
		}
	}
	if h := b.Stats().Held; h < leastHeld || h > mostHeld {
		t.Errorf("holds %v", h)
	}
}

func BenchmarkFrame(b *testing.B) {
	var buf Buffer
	var frame [Frame]int16
	pcm := tone(500, Frame)
	ts := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		ts += Frame
		if ts%(20*Frame) != 0 {
			buf.Put(ts, pcm, int64(ts))
		}
		buf.Pull(&frame)
	}
}
