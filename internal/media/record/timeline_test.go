package record

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/jitter"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// arrival is a numbered packet on its way.
type arrival struct {
	packet relay.Packet
	at     time.Duration
}

// flow returns the packets sent from start on for d, without delay. Packet n
// repeats one byte that is never silence and differs from its neighbours'.
func flow(start, d time.Duration, sequence uint16, timestamp uint32) (out []arrival) {
	for i := range int(d / frame) {
		out = append(out, arrival{at: start + time.Duration(i+1)*frame, packet: relay.Packet{
			Codec: codec.PCMA, Sequence: sequence + uint16(i), Timestamp: timestamp + uint32(i*audio.FrameSize),
			Payload: slices.Repeat([]byte{byte(i%100 + 1)}, audio.FrameSize),
		}})
	}
	return out
}

// record plays what the customer sent and returns the customer's channel.
func record(t testing.TB, sent []arrival, length time.Duration) []byte {
	t.Helper()
	s := newStudio(t, codec.PCMA)
	slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
	for _, a := range sent {
		s.wait(a.at - s.clock.Sub(s.w.spec.Start))
		s.w.Packet(callstate.CustomerLeg, &a.packet, s.clock)
	}
	s.wait(length - s.clock.Sub(s.w.spec.Start))
	wav, result := s.stop()
	s.sameLength(wav, result, length)
	channel := make([]byte, 0, len(wav.Data)/2)
	for i := 0; i < len(wav.Data); i += 2 {
		channel = append(channel, wav.Data[i])
	}
	return channel
}

// places returns where each frame of sound begins, in ms, by its byte. Silence
// and shortened frames are left out, but for those that begin softly behind a loss.
func places(channel []byte) map[byte][]int {
	out := map[byte][]int{}
	for i := 0; i < len(channel); {
		n := i
		for n < len(channel) && channel[n] == channel[i] {
			n++
		}
		if channel[i] != codec.Silence(codec.PCMA) && n-i >= audio.FrameSize-jitter.Overlap {
			out[channel[i]] = append(out[channel[i]], i/millisecond)
		}
		i = n
	}
	return out
}

// lies says whether a frame lies where it was spoken. Its beginning may be soft.
func lies(channel []byte, frameByte byte, soft bool) bool {
	end := int(frameByte) * audio.FrameSize
	from := end - audio.FrameSize
	if soft {
		from += jitter.Overlap
	}
	return !slices.ContainsFunc(channel[from:end], func(b byte) bool { return b != frameByte })
}

// TestRoughNetwork loses, delays, reorders and repeats packets: what came in
// time lies exactly where it was spoken, and the length is the call's.
func TestRoughNetwork(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		loss := rapid.Float64Range(0, 0.4).Draw(r, "loss")
		unevenness := rapid.IntRange(0, 55).Draw(r, "jitter ms")
		packets := rapid.IntRange(0, 99).Draw(r, "packets")
		length := time.Duration(packets)*frame + rapid.SampledFrom([]time.Duration{100, 333, 1500}).Draw(r, "rest")*time.Millisecond
		dice := rand.New(rand.NewPCG(seed, 1))
		var came []arrival
		there := map[byte]bool{}
		for i, a := range flow(0, time.Duration(packets)*frame, uint16(seed), uint32(seed>>16)) {
			if i > 0 && dice.Float64() < loss {
				continue
			}
			if i > 0 {
				a.at += time.Duration(dice.IntN(unevenness+1)) * time.Millisecond
			}
			there[a.packet.Payload[0]] = true
			for range 1 + dice.IntN(2) {
				came = append(came, a)
				a.at += time.Duration(dice.IntN(40)) * time.Millisecond
			}
		}
		channel := record(t, came, length)
		for n := range there {
			if !lies(channel, n, !there[n-1]) {
				r.Fatalf("packet %d does not lie at %v ms", n, int(n-1)*20)
			}
		}
		for n := byte(3); n+3 < byte(packets); n++ { // what lacks for long is silence
			if gap := channel[int(n-1)*audio.FrameSize : int(n)*audio.FrameSize]; lacks(there, n-2, n+3) && !onlySilence(gap, codec.PCMA) {
				r.Fatalf("packet %d did not come and is heard", n)
			}
		}
	})
}

// lacks says whether all frames between two numbers, the second excluded, are missing.
func lacks(there map[byte]bool, from, to byte) bool {
	for n := from; n < to; n++ {
		if there[n] {
			return false
		}
	}
	return true
}

// near fails unless the frame lies once, within 25 ms of want.
func near(t *testing.T, found map[byte][]int, frameByte byte, want int) {
	t.Helper()
	at := found[frameByte]
	if len(at) != 1 || at[0] < want-25 || at[0] > want+25 {
		t.Errorf("frame %d lies at %v ms, want about %d", frameByte, at, want)
	}
}

func TestBurstAtTheStart(t *testing.T) {
	sent := flow(100*time.Millisecond, time.Second, 1, 0)
	for i := range 9 {
		sent[i].at = sent[8].at // the first nine come at once
	}
	found := places(record(t, sent, 2*time.Second))
	for n := 2; n <= 50; n++ { // the first may be clipped by the correction
		at := found[byte(n)]
		if want := 100 + (n-1)*20; len(at) != 1 || at[0] < want-5 || at[0] > want+tolerance/millisecond {
			t.Errorf("frame %d lies at %v ms, spoken at %d", n, at, want)
		}
	}
}

func TestShortStallMovesNothing(t *testing.T) {
	sent := flow(0, 2*time.Second, 1, 0)
	for i := 50; i < 58; i++ {
		sent[i].at = sent[58].at
	}
	found := places(record(t, sent, 3*time.Second))
	for n := 1; n <= 100; n++ {
		near(t, found, byte(n), (n-1)*20)
	}
}

func TestLongStallDoesNotShiftWhatFollows(t *testing.T) {
	sent := flow(0, 2*time.Second, 1, 0)
	for i := 30; i < 55; i++ {
		sent[i].at = sent[55].at
	}
	found := places(record(t, sent, 3*time.Second))
	for n := 60; n <= 100; n++ {
		at := found[byte(n)]
		if want := (n - 1) * 20; len(at) != 1 || at[0] < want-5 || at[0] > want+tolerance/millisecond {
			t.Errorf("frame %d lies at %v ms, spoken at %d", n, at, want)
		}
	}
}

func TestSenderWhoseClockStandsStillInSilence(t *testing.T) {
	first := flow(0, time.Second, 1, 0)
	second := flow(2*time.Second, 900*time.Millisecond, 51, 50*audio.FrameSize)
	for i := range second {
		for j := range second[i].packet.Payload {
			second[i].packet.Payload[j] += 50
		}
	}
	found := places(record(t, append(first, second...), 3*time.Second))
	near(t, found, 50, 980)
	for n := 51; n <= 95; n++ {
		near(t, found, byte(n), 2000+(n-51)*20)
	}
}

func TestClockThatDrifts(t *testing.T) {
	sent := flow(0, 2*time.Second, 1, 0)
	for i := 50; i < 100; i++ {
		sent[i].at += 100 * time.Millisecond // for good
	}
	found := places(record(t, sent, 3*time.Second))
	near(t, found, 49, 960)
	for n := 75; n <= 100; n++ {
		near(t, found, byte(n), (n-1)*20+100)
	}
}

func TestNewStreamIsFollowed(t *testing.T) {
	sent := flow(0, time.Second, 1, 0)
	next := flow(time.Second, 500*time.Millisecond, 40000, 3_000_000_000)
	for i := range next {
		for j := range next[i].packet.Payload {
			next[i].packet.Payload[j] += 50
		}
	}
	stray := flow(600*time.Millisecond, frame, 50000, 77)
	found := places(record(t, append(append(sent, stray...), next...), 2*time.Second))
	near(t, found, 50, 980)
	for n := 52; n <= 75; n++ { // the first of a new stream is not yet believed
		near(t, found, byte(n), 1000+(n-51)*20)
	}
	if got := found[1]; len(got) != 1 {
		t.Errorf("the stray packet was recorded: %v", got)
	}
}

func TestMutedForLongComesBackInPlace(t *testing.T) {
	sent := flow(0, 90*time.Second, 1, 0)
	spoken := append(slices.Clone(sent[:50]), sent[4450:4500]...)
	for i := range spoken[50:] {
		spoken[50+i].packet.Sequence += 40000 // as if it were longer still
	}
	channel := record(t, spoken, 91*time.Second)
	if !onlySilence(channel[audio.Rate:89*audio.Rate], codec.PCMA) {
		t.Error("sound while nothing was sent")
	}
	near(t, places(channel[89*audio.Rate:]), sent[4460].packet.Payload[0], 200)
}

func TestOddPacketsAreHarmless(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	for _, p := range []relay.Packet{
		{Codec: codec.PCMA},
		{Codec: codec.PCMA, Payload: make([]byte, 5000)},
		{Kind: relay.Event, Payload: []byte{1, 2, 3, 4}},
	} {
		s.w.Packet(callstate.CustomerLeg, &p, s.clock)
	}
	late, early := flow(0, frame, 9, 9)[0].packet, flow(0, frame, 10, 1<<31)[0].packet
	s.w.Packet(callstate.CustomerLeg, &late, s.clock.Add(-time.Hour))
	s.w.Packet(callstate.CustomerLeg, &early, s.clock.Add(time.Hour))
	s.wait(time.Second)
	wav, result := s.stop()
	s.sameLength(wav, result, time.Second)
	if !onlySilence(wav.Data, codec.PCMA) {
		t.Error("something of them was recorded")
	}
}
