package record

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// TestPauseOnARoughNetwork pauses somewhere in a stream with loss, jitter and
// stalls. Nothing that was spoken or came within the pause is on disk, be it for the 60
// samples that concealment may take to pass through its level.
func TestPauseOnARoughNetwork(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 2))
		from := rapid.IntRange(5, 40).Draw(r, "pause from") // frames
		to := from + rapid.IntRange(4, 40).Draw(r, "frames")
		stall := time.Duration(rapid.IntRange(0, 1500).Draw(r, "stall ms")) * time.Millisecond
		sent := flow(0, 99*frame, 7, 7)
		for i := range sent[1:] {
			a := &sent[i+1]
			a.packet.Marker = dice.IntN(10) == 0
			a.at += time.Duration(dice.IntN(50)) * time.Millisecond
			if dice.IntN(4) == 0 {
				a.at += stall
			}
		}
		slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
		path, result := pausedRecording(t, codec.PCMA, sent, time.Duration(from)*frame, time.Duration(to)*frame)
		data := readFile(t, path).Data
		span := data[2*from*audio.FrameSize : 2*to*audio.FrameSize]
		if !onlySilence(span, codec.PCMA) || len(result.Markers) != 2 {
			r.Fatalf("the pause is not silent, markers %v", result.Markers)
		}
		for _, a := range sent {
			spoken := int(a.packet.Payload[0]) - 1
			within := spoken >= from && spoken < to
			if came := a.at > time.Duration(from)*frame && a.at <= time.Duration(to)*frame; (within || came) && bytes.Contains(data, slices.Repeat([]byte{a.packet.Payload[0], codec.Silence(codec.PCMA)}, 60)) {
				r.Fatalf("frame %d came at %v and is on disk, pause %d to %d", spoken, a.at, from, to)
			}
		}
	})
}

// pausedRecording records what was sent, with a pause.
func pausedRecording(t *testing.T, c codec.Codec, sent []arrival, from, to time.Duration) (string, Result) {
	s := newStudio(t, c)
	until := func(at time.Duration) { s.wait(at - s.clock.Sub(s.w.spec.Start)) }
	for _, a := range sent {
		if a.at > from && len(s.w.Markers()) == 0 {
			until(from)
			s.w.Pause()
		}
		if a.at > to && len(s.w.Markers()) == 1 {
			until(to)
			s.w.Resume()
		}
		until(a.at)
		s.w.Packet(callstate.CustomerLeg, &a.packet, s.clock)
	}
	s.wait(time.Second)
	result, err := s.w.Stop()
	if err != nil {
		t.Fatal(err)
	}
	return result.Path, result
}

// TestStallAcrossTheResume holds back what was said in the pause until after
// it, and then lets it all through, whether or not a word began in the pause or behind it.
func TestStallAcrossTheResume(t *testing.T) {
	for _, marked := range []int{0, 35, 40, 59, 65} {
		sent := flow(0, 99*frame, 7, 7)
		for i := 20; i < 70; i++ {
			sent[i].at = sent[70].at
		}
		sent[marked].packet.Marker = true
		path, _ := pausedRecording(t, codec.PCMA, sent, 30*frame, 60*frame)
		found := map[byte]bool{}
		for _, b := range readFile(t, path).Data {
			found[b] = true
		}
		for n := byte(31); n <= 60; n++ {
			if found[n] {
				t.Errorf("marked at %d: frame %d was spoken in the pause and is on disk", marked, n)
			}
		}
		for n := byte(75); n <= 99; n++ {
			if !found[n] {
				t.Errorf("marked at %d: frame %d came after the pause and is missing", marked, n)
			}
		}
	}
}

// TestOvertakenInAStall lets one packet that was said behind the pause through, late, and
// then what was said within; what would show how late it was is lost.
func TestOvertakenInAStall(t *testing.T) {
	sent := flow(0, 99*frame, 7, 7)
	for i := 50; i < 60; i++ {
		sent[i].at = sent[80].at
	}
	sent[63].at = sent[80].at - time.Millisecond
	sent = slices.Concat(sent[:60], sent[63:64], sent[81:])
	slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
	path, _ := pausedRecording(t, codec.PCMA, sent, 30*frame, 60*frame)
	data := readFile(t, path).Data
	for n := byte(51); n <= 60; n++ {
		if bytes.IndexByte(data, n) >= 0 {
			t.Errorf("frame %d was spoken in the pause and is on disk", n)
		}
	}
	for n := byte(82); n <= 99; n++ {
		if bytes.IndexByte(data, n) < 0 {
			t.Errorf("frame %d came after the pause and is missing", n)
		}
	}
}

// TestStrangersAfterThePause has the first that comes of a voice come behind the pause,
// held up since within: it passes on a channel, or a stream begins anew. What is said
// when there is no doubt any more is recorded.
func TestStrangersAfterThePause(t *testing.T) {
	for name, c := range map[string]struct {
		from, to int // these frames come at once, when that at is said
		at       int
		next     int // from here on all come, in time
		renew    bool
	}{
		"a burst":           {from: 40, to: 80, at: 80, next: 80},
		"a long burst":      {from: 40, to: 120, at: 120, next: 120},
		"one of a burst":    {from: 60, to: 61, at: 80, next: 81},
		"one, then nothing": {from: 60, to: 61, at: 80, next: 130},
		"few, then nothing": {from: 60, to: 63, at: 80, next: 130},
		"a stream anew":     {from: 40, to: 80, at: 80, next: 80, renew: true},
		"few of such":       {from: 60, to: 63, at: 80, next: 130, renew: true},
		"nothing held up":   {next: 75},
	} {
		s := newStudio(t, codec.PCMA)
		until := func(at time.Duration) { s.wait(at - s.clock.Sub(s.w.spec.Start)) }
		ann, bob := callstate.CustomerLeg, callstate.AgentLeg("bob")
		for _, a := range flow(0, 30*frame, 7, 7) {
			until(a.at)
			s.w.Packet(ann, &a.packet, s.clock)
		}
		s.w.Pause()
		if c.renew {
			bob = ann
		} else {
			s.w.Pass(ann, bob)
		}
		until(70 * frame)
		s.w.Resume()
		const within, behind = 101, 102 // the pause
		for i, a := range flow(0, time.Duration(c.next+60)*frame, 30000, 1<<30) {
			if i < c.from || i >= c.to && i < c.next {
				continue
			}
			said := byte(within)
			if i >= 70 {
				said = behind
			}
			a.packet.Payload = slices.Repeat([]byte{said}, audio.FrameSize)
			until(max(a.at, time.Duration(c.at+1)*frame))
			s.w.Packet(bob, &a.packet, s.clock)
		}
		wav, _ := s.stop()
		if n := bytes.Count(wav.Data, []byte{within}); n > 0 {
			t.Errorf("%s: %d ms that were said in the pause are on disk", name, n/millisecond)
		}
		if got, want := bytes.Count(wav.Data, []byte{behind})/slot, 60-settling/slot-4; got < want {
			t.Errorf("%s: %d frames that were said behind the pause are on disk, want %d", name, got, want)
		}
	}
}
