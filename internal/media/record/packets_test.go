package record

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/ogg"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
	"parley/internal/tests/opustest"
)

// speakers returns a customer and an agent whose tones are coded in Opus, and last so
// long.
func speakers(t testing.TB, length time.Duration) (customer, agent *party) {
	customer = newParty(callstate.CustomerLeg, codec.PCMA, 440)
	agent = newParty(callstate.AgentLeg("ann"), codec.PCMU, 1000)
	customer.voice = opustest.Tone(t, 440, length)
	agent.voice = opustest.Tone(t, 1000, length, "-application", "lowdelay")
	return customer, agent
}

// readOgg returns what lies in each slot of an Ogg, by channel, and its length in
// samples.
func readOgg(t testing.TB, path string) (slots [][][]byte, length int64) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ogg.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for {
		streams, at, err := r.Next()
		if errors.Is(err, io.EOF) {
			return slots, r.End()
		}
		if err != nil || at != int64(len(slots)*slot) {
			t.Fatalf("slot %d at %d, %v", len(slots), at, err)
		}
		both := make([][]byte, len(streams))
		for i, s := range streams {
			both[i] = bytes.Clone(s)
		}
		slots = append(slots, both)
	}
}

// ended stops the recording, which must have become an Ogg.
func (s *studio) ended() Result {
	s.t.Helper()
	result, err := s.w.Stop()
	if err != nil || result.Format != Ogg || result.Path != s.w.spec.Path {
		s.t.Fatalf("%+v, %v", result, err)
	}
	return result
}

// wantTones fails unless each channel has its tone and no other.
func wantTones(t testing.TB, channels [][]int16, within float64) {
	t.Helper()
	for i, hz := range []float64{440, 1000} {
		pcm := channels[i]
		if got := audio.Level(pcm, audio.Rate, hz); math.Abs(got+18) > within {
			t.Errorf("channel %d has %.1f dBFS of its party", i, got)
		}
		if got := audio.Level(pcm, audio.Rate, 1440-hz); got > -50 {
			t.Errorf("channel %d has %.1f dBFS of the other", i, got)
		}
	}
}

func TestOpusIsKeptAsItCame(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 3*time.Second)
	sent := slices.Clone(customer.voice)
	s.talk(3*time.Second, customer, agent)
	s.wait(7 * time.Millisecond)
	result := s.ended()
	slots, length := readOgg(t, result.Path)
	if length != 3007*millisecond || result.DurationMS != 3007 || len(slots) != 151 {
		t.Errorf("%d samples in %d slots, result %+v", length, len(slots), result)
	}
	for i, packet := range sent {
		if !bytes.Equal(slots[i][0], packet) {
			t.Errorf("slot %d is not what was sent", i)
		}
	}
	if last := slots[150]; !bytes.Equal(last[1], opus.AppendSilence(nil)) {
		t.Errorf("the end is % x", last[1])
	}
	heard := opustest.Hear(t, result.Path)
	if len(heard) != 2 || len(heard[0]) != 3007*millisecond {
		t.Fatalf("%d channels", len(heard))
	}
	wantTones(t, heard, 1)
	if info, err := os.Stat(result.Path); err != nil || info.Size() != result.Bytes || len(result.SHA256) != 64 {
		t.Errorf("%d bytes and sum %q for %v, %v", result.Bytes, result.SHA256, info, err)
	}
}

// TestOpusFileIsWholeAfterEveryBeat reads it as it grows.
func TestOpusFileIsWholeAfterEveryBeat(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 3*time.Second)
	for range 9 {
		s.talk(300*time.Millisecond, customer, agent)
		_, length := readOgg(t, s.w.spec.Path)
		if missing := s.w.at(s.clock) - length; missing > behind+2*slot+int64(beat/time.Millisecond)*millisecond {
			t.Errorf("%d ms are not yet on disk", missing/millisecond)
		}
	}
	s.ended()
}

// numbered turns packets of a flow into Opus: each is told by its number.
func numbered(sent []arrival) []arrival {
	for i := range sent {
		p := &sent[i].packet
		p.Codec, p.Payload = codec.Opus, []byte{0xF8, p.Payload[0], 1, 2}
	}
	return sent
}

// heardAt returns in which slots of the customer each numbered packet lies, and in which
// the player is to conceal.
func heardAt(slots [][][]byte) (found map[byte][]int, concealed []int) {
	found = map[byte][]int{}
	for i, streams := range slots {
		switch packet := streams[0]; {
		case len(packet) == 1:
			concealed = append(concealed, i)
		case len(packet) == 4:
			found[packet[1]] = append(found[packet[1]], i)
		}
	}
	return found, concealed
}

// TestOpusOnARoughNetwork loses, delays, reorders and repeats packets: what came in time
// lies where it was spoken, short gaps are marked as lost, and the length is the call's.
func TestOpusOnARoughNetwork(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
		loss := rapid.Float64Range(0, 0.3).Draw(r, "loss")
		jitter := rapid.IntRange(0, 55).Draw(r, "jitter ms")
		const packets = 99
		var came []arrival
		there := map[int]bool{}
		for i, a := range numbered(flow(0, packets*frame, uint16(jitter), uint32(packets))) {
			if i > 0 && dice.Float64() < loss {
				continue
			}
			if i > 0 {
				a.at += time.Duration(dice.IntN(jitter+1)) * time.Millisecond
			}
			there[i] = true
			for range 1 + dice.IntN(2) {
				came = append(came, a)
				a.at += time.Duration(dice.IntN(40)) * time.Millisecond
			}
		}
		s := newStudio(t, codec.Opus)
		slices.SortStableFunc(came, func(a, b arrival) int { return int(a.at - b.at) })
		for _, a := range came {
			s.wait(a.at - s.clock.Sub(s.w.spec.Start))
			s.w.Packet(callstate.CustomerLeg, &a.packet, s.clock)
		}
		s.wait(3*time.Second - s.clock.Sub(s.w.spec.Start))
		slots, length := readOgg(t, s.ended().Path)
		if length != 3*second {
			r.Fatalf("%d samples", length)
		}
		found, concealed := heardAt(slots)
		for i := range packets {
			if want := []int{i}; there[i] && !slices.Equal(found[byte(i+1)], want) {
				r.Fatalf("packet %d lies at %v", i, found[byte(i+1)])
			}
			if want := !there[i] && shortGap(there, i); slices.Contains(concealed, i) != want {
				r.Fatalf("slot %d concealed: %v, want %v", i, !want, want)
			}
		}
	})
}

// shortGap says whether what is missing at i is missing together with few others.
func shortGap(there map[int]bool, i int) bool {
	from, to := i, i
	for from > 0 && !there[from] {
		from--
	}
	for to < 99 && !there[to] {
		to++
	}
	return there[from] && there[to] && to-from-1 <= longestGap
}

func TestLostPacketsAreConcealedByThePlayer(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 5*time.Second)
	dice := rand.New(rand.NewPCG(5, 5))
	for range 5 * time.Second / frame {
		s.wait(frame)
		for _, p := range []*party{customer, agent} {
			if packet := p.packet(); dice.Float64() > 0.05 {
				s.w.Packet(p.leg, packet, s.clock)
			}
		}
	}
	heard := opustest.Hear(t, s.ended().Path)
	if len(heard[0]) != 5*second {
		t.Errorf("%d samples", len(heard[0]))
	}
	wantTones(t, heard, 3)
}

// TestOpusStallsAndDrift delivers packets late at once, and a stream whose clock parts
// from ours: as with samples, nothing is heard twice or out of order.
func TestOpusStallsAndDrift(t *testing.T) {
	sent := numbered(flow(100*time.Millisecond, 1900*time.Millisecond, 1, 0))
	for i := range 9 {
		sent[i].at = sent[8].at // the first come at once: what follows pulls them forward
	}
	for i := 40; i < 60; i++ {
		sent[i].at = sent[60].at
	}
	for i := 70; i < len(sent); i++ {
		sent[i].at += 100 * time.Millisecond
	}
	s := newStudio(t, codec.Opus)
	slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
	for _, a := range sent {
		s.wait(a.at - s.clock.Sub(s.w.spec.Start))
		s.w.Packet(callstate.CustomerLeg, &a.packet, s.clock)
	}
	s.wait(time.Second)
	slots, _ := readOgg(t, s.ended().Path)
	found, _ := heardAt(slots)
	before := -1
	for n := byte(1); n <= byte(len(sent)); n++ {
		at := found[n]
		if len(at) > 1 || len(at) == 1 && at[0] <= before || n > 2 && n < 40 && len(at) == 0 {
			t.Errorf("packet %d lies at %v, the one before at %d", n, at, before)
		}
		if len(at) == 1 {
			before = at[0]
		}
	}
	if missing := len(sent) - len(found); missing > 20 {
		t.Errorf("%d packets are missing", missing)
	}
}

func TestPacketsOfSeveralFrames(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, _ := speakers(t, time.Second)
	single := slices.Clone(customer.voice)
	p := customer.next
	p.Codec = codec.Opus
	for i := 0; i+3 <= len(single); i += 3 {
		s.wait(3 * frame)
		a, b, c := single[i], single[i+1], single[i+2]
		p.Payload = slices.Concat([]byte{a[0] | 3, 0x80 | 3, byte(len(a) - 1), byte(len(b) - 1)}, a[1:], b[1:], c[1:])
		s.w.Packet(customer.leg, &p, s.clock)
		p.Sequence++
		p.Timestamp += 3 * slot
	}
	s.wait(frame)
	slots, _ := readOgg(t, s.ended().Path)
	for i, want := range single[:48] {
		if !bytes.Equal(slots[i][0], want) {
			t.Errorf("slot %d is % x", i, slots[i][0][:3])
		}
	}
}

// TestOpusPauseLeavesNothing pauses somewhere in a stream with jitter and stalls. Nothing
// that was spoken or came within the pause is in the file, nor what repeats it.
func TestOpusPauseLeavesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 2))
		from := time.Duration(rapid.IntRange(100, 800).Draw(r, "pause from ms")) * time.Millisecond
		to := from + time.Duration(rapid.IntRange(80, 800).Draw(r, "ms"))*time.Millisecond
		stall := time.Duration(rapid.IntRange(0, 1500).Draw(r, "stall ms")) * time.Millisecond
		sent := numbered(flow(0, 99*frame, 7, 7))
		for i := range sent[1:] {
			a := &sent[i+1]
			a.packet.Marker = dice.IntN(10) == 0
			a.packet.Payload[0] = 9 << 3 // SILK: from number 64 on, it repeats the one before
			a.at += time.Duration(dice.IntN(50)) * time.Millisecond
			if dice.IntN(4) == 0 {
				a.at += stall
			}
		}
		slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
		path, result := pausedRecording(t, codec.Opus, sent, from, to)
		slots, _ := readOgg(t, path)
		for i, streams := range slots {
			begins, ends := time.Duration(i)*frame, time.Duration(i+1)*frame
			if begins < to && ends > from && !bytes.Equal(streams[0], opus.AppendSilence(nil)) {
				r.Fatalf("the pause is not silent in slot %d: % x", i, streams[0])
			}
		}
		found, _ := heardAt(slots)
		for _, a := range sent {
			n := a.packet.Payload[1]
			begins := time.Duration(n-1) * frame
			if n&0x40 != 0 {
				begins -= frame
			}
			within := begins < to && time.Duration(n)*frame > from
			if came := a.at > from && a.at <= to; (within || came) && len(found[n]) > 0 {
				r.Fatalf("packet %d came at %v and is in slots %v, pause %v to %v", n, a.at, found[n], from, to)
			}
		}
		if len(result.Markers) != 2 {
			r.Fatalf("markers %v", result.Markers)
		}
	})
}

func TestAColleagueTakesOverInOpus(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, ann := speakers(t, 4*time.Second)
	bob := newParty(callstate.AgentLeg("bob"), codec.PCMA, 700)
	bob.voice = opustest.Tone(t, 700, 4*time.Second)
	bob.next.Sequence, bob.next.Timestamp = 12, 99
	s.talk(2*time.Second, customer, ann, bob)
	s.w.Pass(ann.leg, bob.leg)
	s.talk(2*time.Second, customer, ann, bob)
	heard := opustest.Hear(t, s.ended().Path)[1]
	half := 2 * audio.Rate
	for hz, in := range map[float64][2]bool{1000: {true, false}, 700: {false, true}} {
		for i, part := range [][]int16{heard[audio.Rate/4 : half-audio.Rate/4], heard[half+audio.Rate/4 : len(heard)-audio.Rate/4]} {
			if got := audio.Level(part, audio.Rate, hz); in[i] && math.Abs(got+18) > 1 || !in[i] && got > -50 {
				t.Errorf("%.0f Hz in part %d at %.1f dBFS", hz, i+1, got)
			}
		}
	}
}

func TestSilentOpusCallHasItsLength(t *testing.T) {
	for _, length := range []time.Duration{0, 3 * time.Millisecond, 20 * time.Millisecond, 5*time.Second + time.Millisecond} {
		s := newStudio(t, codec.Opus)
		s.wait(length)
		result := s.ended()
		if _, got := readOgg(t, result.Path); got != length.Milliseconds()*millisecond || result.DurationMS != length.Milliseconds() {
			t.Errorf("%v: %d samples, result %+v", length, got, result)
		}
	}
}

func TestOddOpusIsHarmless(t *testing.T) {
	s := newStudio(t, codec.Opus)
	for _, p := range []relay.Packet{
		{Codec: codec.Opus},
		{Codec: codec.Opus, Payload: make([]byte, 5000)},
		{Codec: codec.Opus, Payload: []byte{0xFB, 0}},
		{Kind: relay.Event, Payload: []byte{1, 2, 3, 4}},
	} {
		s.w.Packet(callstate.CustomerLeg, &p, s.clock)
	}
	late := numbered(flow(0, frame, 9, 9))[0].packet
	early := numbered(flow(0, frame, 10, 1<<31))[0].packet
	s.w.Packet(callstate.CustomerLeg, &late, s.clock.Add(-time.Hour))
	s.w.Packet(callstate.CustomerLeg, &early, s.clock.Add(time.Hour))
	s.wait(time.Second)
	slots, length := readOgg(t, s.ended().Path)
	if found, concealed := heardAt(slots); length != second || len(found)+len(concealed) > 0 {
		t.Errorf("%d samples, found %v", length, found)
	}
}
