package relay_test

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// tune is a source of a number of frames, each filled with the law's number.
type tune struct{ left int }

func (s *tune) Next(law codec.Codec, frame []byte) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	for i := range frame {
		frame[i] = byte(law)
	}
	return true
}

func TestPlayPacesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		b.SetTable(callstate.Table{{Listener: "a", Speaker: callstate.PlayerLeg}})
		legs[0].port.SetCodec(codec.PCMU)
		var done atomic.Int32
		start := time.Now()
		b.Play(callstate.PlayerLeg, &tune{left: 500}, func() { done.Add(1) })
		pass(20 * time.Second)
		got := legs[0].ear.take()
		if len(got) != 500 || done.Load() != 1 {
			t.Fatalf("heard %d frames of 500, done %d times", len(got), done.Load())
		}
		for i, h := range got {
			if due := start.Add(time.Duration(i) * 20 * time.Millisecond); !h.at.Equal(due) {
				t.Fatalf("frame %d at %v, due %v", i, h.at.Sub(start), due.Sub(start))
			}
			if h.Codec != codec.PCMU || len(h.Payload) != relay.FrameBytes || h.from != byte(codec.PCMU) {
				t.Fatalf("frame %d: %v bytes in law %v", i, len(h.Payload), h.Codec)
			}
			if h.Marker != (i == 0) || h.Timestamp != got[0].Timestamp+uint32(i)*160 {
				t.Fatalf("frame %d: marker %v, timestamp +%d", i, h.Marker, h.Timestamp-got[0].Timestamp)
			}
		}
	})
}

func TestPlayStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
		stop := b.Play("b", &tune{left: 1e6}, func() { t.Error("done was called though stopped") })
		synctest.Wait()
		legs[1].say() // silenced by the source that speaks in its name
		pass(50 * time.Millisecond)
		stop()
		stop()
		if n := len(legs[0].ear.take()); n != 3 {
			t.Fatalf("heard %d frames in 50 ms, want 3", n)
		}
		pass(time.Second)
		legs[1].say()
		if got := legs[0].ear.take(); len(got) != 1 || got[0].from != 'b' {
			t.Fatalf("after stop heard %d packets, want the leg's one", len(got))
		}
		b.Play("b", &tune{left: 1e6}, nil)
		b.Play("b", &tune{left: 1e6}, nil)
		pass(10 * time.Millisecond)
		if n := len(legs[0].ear.take()); n != 2 && n != 1 {
			t.Fatalf("two sources in one name: %d frames", n)
		}
		b.Close()
		legs[0].ear.take()
		pass(time.Second)
		if n := len(legs[0].ear.take()); n != 0 {
			t.Fatalf("%d frames after Close", n)
		}
	})
}

func TestSendDigits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
		legs[1].say()
		pass(20 * time.Millisecond)
		b.SendDigits("a", "1?")
		b.SendDigits("a", "#d")
		synctest.Wait()
		start := time.Now()
		for range 24 { // the audio of the 480 ms the digits take
			legs[1].say()
			pass(20 * time.Millisecond)
		}
		synctest.Wait()
		legs[1].say()
		got := legs[0].ear.take()
		if len(got) != 1+3*8+1 {
			t.Fatalf("heard %d packets, want audio, 24 of events, audio", len(got))
		}
		for i, code := range []byte{1, 11, 15} {
			checkKey(t, got[1+8*i:9+8*i], code, got[0].Timestamp+160+uint32(i)*1280, start.Add(time.Duration(i)*160*time.Millisecond))
		}
		for i := range got[1:] {
			if got[i+1].Sequence != got[i].Sequence+1 {
				t.Fatalf("packet %d: sequence %d after %d", i+1, got[i+1].Sequence, got[i].Sequence)
			}
		}
		if last := got[25]; last.Kind != relay.Audio || !last.Marker || last.Timestamp != got[0].Timestamp+25*160 {
			t.Fatalf("audio after the digits: %+v (first at %d)", last, got[0].Timestamp)
		}
	})
}

func checkKey(t *testing.T, key []heard, code byte, ts uint32, start time.Time) {
	t.Helper()
	for n, h := range key {
		duration := binary.BigEndian.Uint16(h.Payload[2:])
		end := h.Payload[1]&0x80 != 0
		if h.Kind != relay.Event || h.Payload[0] != code || h.Timestamp != ts || h.Marker != (n == 0) {
			t.Fatalf("key %d packet %d: %+v, want timestamp %d", code, n, h, ts)
		}
		if end != (n >= 5) || int(duration) != min(n+1, 5)*160 {
			t.Fatalf("key %d packet %d: end %v, duration %d", code, n, end, duration)
		}
		if due := start.Add(time.Duration(n) * 20 * time.Millisecond); !h.at.Equal(due) {
			t.Fatalf("key %d packet %d is %v off", code, n, h.at.Sub(due))
		}
	}
}

// TestDigitsReadBack sends digits to one leg's sink and feeds what arrives, each
// packet twice, to another port as a peer would.
func TestDigitsReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		const all = "0123456789*#ABCD"
		b.SendDigits("a", all+all)
		pass(10 * time.Second)
		var keys []byte
		peer := relay.NewPort(nil)
		peer.OnDigit(func(d byte) { keys = append(keys, d) })
		peer.OnFirst(func() { t.Error("an event was taken for audio") })
		for _, h := range legs[0].ear.take() {
			peer.Receive(&h.Packet)
			peer.Receive(&h.Packet)
		}
		peer.Receive(&relay.Packet{Kind: relay.Event, Timestamp: 1 << 31, Payload: []byte{1}})
		peer.Receive(&relay.Packet{Kind: relay.Event, Timestamp: 1 << 31, Payload: []byte{16, 0, 0, 0}})
		if string(keys) != all+all {
			t.Fatalf("read %q", keys)
		}
	})
}

func TestOnFirst(t *testing.T) {
	v := newVoice("a", 'a', 1, 1)
	var n int
	v.port.OnFirst(func() { n++ })
	v.say()
	v.say()
	v.port.OnFirst(func() { n += 10 })
	v.say()
	v.say()
	if n != 11 {
		t.Fatalf("first packets counted %d, want one of each", n)
	}
}
