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
// it, and then lets it all through.
func TestStallAcrossTheResume(t *testing.T) {
	sent := flow(0, 99*frame, 7, 7)
	for i := 20; i < 70; i++ {
		sent[i].at = sent[70].at
	}
	path, _ := pausedRecording(t, codec.PCMA, sent, 30*frame, 60*frame)
	found := map[byte]bool{}
	for _, b := range readFile(t, path).Data {
		found[b] = true
	}
	for n := byte(31); n <= 60; n++ {
		if found[n] {
			t.Errorf("frame %d was spoken in the pause and is on disk", n)
		}
	}
	for n := byte(75); n <= 99; n++ {
		if !found[n] {
			t.Errorf("frame %d came after the pause and is missing", n)
		}
	}
}
