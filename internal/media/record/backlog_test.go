package record

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
	"parley/internal/tests/opustest"
)

// drained returns what is taken of a backlog up to a place, by its first byte.
func drained(b *backlog, from, upTo int64) (order []byte, taken []coded) {
	var c coded
	for b.take(&c, from, upTo) {
		order = append(order, c.packet[0])
		taken = append(taken, c)
	}
	return order, taken
}

// say queues packets of 20 ms, each told by a byte.
func say(b *backlog, first byte, places ...int64) {
	for i, at := range places {
		b.put([]byte{first + byte(i)}, at*slot, slot)
	}
}

func TestBacklogIsInTheOrderOfPlaces(t *testing.T) {
	b := newBacklog()
	say(b, 0, 0, 3, 1, 2)
	b.renew = true
	say(b, 4, 4, 3, 9, 5)
	if order, taken := drained(b, 0, 9*slot); !slices.Equal(order, []byte{0, 2, 3, 1, 4, 5, 7}) || !taken[4].begins || taken[5].begins {
		t.Errorf("taken in the order %v", order)
	}
	if b.count != 1 {
		t.Errorf("%d are left", b.count)
	}
}

// TestBacklogKeepsOutWhatIsCleared clears, pulls and skips what waits.
func TestBacklogKeepsOutWhatIsCleared(t *testing.T) {
	b := newBacklog()
	b.renew = true
	say(b, 0, 0, 1, 2, 3)
	b.skip(slot)
	b.clear(2*slot + 40)
	say(b, 4, 4, 6)
	b.pull(4*slot, slot, 4*slot)
	order, taken := drained(b, 0, second)
	if !slices.Equal(order, []byte{1, 2, 5}) {
		t.Fatalf("taken are %v", order)
	}
	if !taken[0].begins || taken[1].begins || taken[1].until != 2*slot+40 || !taken[2].begins || taken[2].pos != 5*slot {
		t.Errorf("taken are %+v", taken)
	}
}

func TestBacklogIsBounded(t *testing.T) {
	b := newBacklog()
	for i := range 2 * shelfSlots {
		b.put([]byte{1}, int64(i), slot)
	}
	if _, taken := drained(b, 0, second); len(taken) != second/slot || b.count != 0 {
		t.Errorf("taken are %d, left %d", len(taken), b.count)
	}
	say(b, 2, second/slot)
	if _, taken := drained(b, 0, second+slot); len(taken) != 1 {
		t.Error("what is said in time is not taken")
	}
}

// flood has the customer send packets of 120 ms that are dear to decode, a hundred in the
// time of one.
func (s *studio) flood(packets int) {
	payload := []byte{0b00000_1_11, 12} // SILK, 10 ms, stereo; twelve frames
	for i := range 24 {
		payload = append(payload, byte(i*i*31+i*7+3))
	}
	for i := range packets {
		s.clock = s.clock.Add(120 * time.Millisecond / 100)
		s.w.Packet(callstate.CustomerLeg, &relay.Packet{
			Codec: codec.Opus, Sequence: uint16(i), Timestamp: uint32(960 * i), Payload: payload,
		}, s.clock)
	}
}

// TestFloodIsNotDecoded has a stranger send a hundred times what can be said. Nothing is
// decoded where it comes in, and on the beat no more than time passes, but for a second.
func TestFloodIsNotDecoded(t *testing.T) {
	for _, c := range []codec.Codec{codec.PCMA, codec.Opus} {
		s := newStudio(t, c)
		if c == codec.Opus {
			s.talk(700*time.Millisecond, numbers(40)) // what is yet to be written when it turns
		}
		began := s.w.at(s.clock)
		decoded := int64(0)
		for range 10 {
			s.flood(beatPackets)
			if decoded == 0 && slices.ContainsFunc(samplesOf(s.w).decoders, func(d *opus.Decoder) bool { return d != nil }) {
				t.Fatal("decoded on the packet path")
			}
			decoded += s.flushed()
		}
		passed := s.w.at(s.clock) - began
		if decoded == 0 || decoded > passed+second {
			t.Errorf("in %d ms %d ms were decoded", passed/millisecond, decoded/millisecond)
		}
		if _, err := s.w.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// flushed does the work of a beat, and returns how much was decoded.
func (s *studio) flushed() (decoded int64) {
	upTo := s.w.due(s.clock)
	for {
		for m := s.w.fetch(upTo); m != nil; m = s.w.fetch(upTo) {
			decoded += samplesOf(s.w).packet.lasts
			m.decode()
		}
		m := s.w.next(upTo)
		if m == nil {
			return decoded
		}
		if err := m.write(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// beatPackets is how many packets of a flood come in the time of a beat.
const beatPackets = int(beat/time.Millisecond) * 100 / 120

// samplesOf returns what of a recording is samples.
func samplesOf(w *Writer) *samples {
	if w.turned != nil {
		return w.turned.then
	}
	return w.medium.(*samples)
}

// TestPauseLeavesNothingInTheDecoder holds up what was said in the pause until after it.
// What follows is silence, and is silent from its first sample on.
func TestPauseLeavesNothingInTheDecoder(t *testing.T) {
	for _, args := range [][]string{nil, {"-application", "lowdelay"}} {
		s := newStudio(t, codec.PCMA)
		p := newParty(callstate.CustomerLeg, codec.PCMA, 440)
		p.voice = opustest.Tone(t, 440, 2*time.Second, args...)
		s.talk(time.Second, p)
		s.w.Pause()
		s.talk(500*time.Millisecond, p)
		s.wait(100 * time.Millisecond)
		s.w.Resume()
		s.wait(60 * time.Millisecond)
		for range 8 {
			s.w.Packet(p.leg, p.packet(), s.clock)
		}
		p.voice = slices.Repeat([][]byte{opus.AppendSilence(nil)}, 50)
		s.talk(500*time.Millisecond, p)
		wav, _ := s.stop()
		if !onlySilence(wav.Data[2*second:], codec.PCMA) {
			t.Errorf("%v: what was said in the pause is heard behind it", args)
		}
	}
}

// TestPauseWhileDecoding pauses while a packet that reaches into the pause is decoded.
func TestPauseWhileDecoding(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	p := newParty(callstate.CustomerLeg, codec.PCMA, 440)
	p.voice = opustest.Tone(t, 440, time.Second, "-application", "lowdelay")
	s.talk(200*time.Millisecond, p)
	m := samplesOf(s.w)
	for range 9 {
		m.fetch(second)
		m.decode()
	}
	if !m.fetch(second) || m.packet.pos != 9*slot {
		t.Fatalf("fetched %+v", m.packet)
	}
	m.decode()
	m.clear(9*slot + 40)
	m.fetch(second)
	if r := &m.rings[0]; r.end != 9*slot+40 {
		t.Errorf("the ring ends at %d", r.end)
	}
	s.stop()
}

// TestDecodedLateAndLost loses, delays and reorders packets of a browser in a WAV: its
// tone is heard throughout.
func TestDecodedLateAndLost(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	dice := rand.New(rand.NewPCG(4, 4))
	p := newParty(callstate.CustomerLeg, codec.PCMA, 440)
	p.voice = opustest.Tone(t, 440, 4*time.Second, "-application", "lowdelay")
	var sent []arrival
	for i := range 4 * time.Second / frame {
		a := arrival{packet: *p.packet(), at: time.Duration(i+1) * frame}
		if i > 0 {
			a.at += time.Duration(dice.IntN(50)) * time.Millisecond
		}
		if i == 0 || dice.IntN(20) > 0 {
			sent = append(sent, a)
		}
	}
	slices.SortStableFunc(sent, func(a, b arrival) int { return int(a.at - b.at) })
	for _, a := range sent {
		s.wait(a.at - s.clock.Sub(s.w.spec.Start))
		s.w.Packet(p.leg, &a.packet, s.clock)
	}
	wav, _ := s.stop()
	wantUnbroken(t, wav.PCM(0)[:4*second-second/10], -18)
}

func TestOpusInAWAVDoesNotAllocate(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	p := newParty(callstate.CustomerLeg, codec.PCMA, 440)
	p.voice = opustest.Tone(t, 440, 9*time.Second)
	s.talk(6*time.Second, p)
	packet := p.next
	packet.Codec = codec.Opus
	n := testing.AllocsPerRun(100, func() {
		s.clock = s.clock.Add(frame)
		packet.Payload, p.voice = p.voice[0], p.voice[1:]
		s.w.Packet(p.leg, &packet, s.clock)
		packet.Sequence++
		packet.Timestamp += slot
	})
	if n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	s.stop()
}
