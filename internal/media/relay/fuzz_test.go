package relay_test

import (
	"strings"
	"testing"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// FuzzReceive is any packet of a leg whose speech and keys go to one leg as they are
// and, mixed, to another: what is told as a key is one, and nothing but audio and
// events goes on.
func FuzzReceive(f *testing.F) {
	f.Add(byte(relay.Event), byte(0), uint16(1), uint32(160), []byte{5, 10, 0, 160})
	f.Add(byte(relay.Event), byte(0), uint16(1), uint32(160), []byte{5})
	f.Add(byte(relay.Audio), byte(codec.PCMA), uint16(65535), uint32(1<<32-1), make([]byte, 160))
	f.Add(byte(relay.Audio), byte(codec.PCMU), uint16(2), uint32(7), make([]byte, 2000))
	f.Fuzz(func(t *testing.T, kind, law byte, seq uint16, ts uint32, payload []byte) {
		b := relay.NewBridge(relay.NewMetronome())
		defer b.Close()
		speaker, second := relay.NewPort(nil), relay.NewPort(nil)
		alone, mixed := &ear{}, &ear{}
		for id, p := range map[callstate.LegID]*relay.Port{"a": speaker, "b": second, "c": relay.NewPort(alone), "d": relay.NewPort(mixed)} {
			b.Attach(id, p)
		}
		b.SetTable(callstate.Table{{Listener: "c", Speaker: "a"}, {Listener: "d", Speaker: "a"}, {Listener: "d", Speaker: "b"}})
		speaker.OnDigit(func(d byte) {
			if !strings.ContainsRune("0123456789*#ABCD", rune(d)) || kind%2 != byte(relay.Event) {
				t.Errorf("the key %q was pressed", d)
			}
		})
		p := relay.Packet{Kind: relay.Kind(kind % 2), Codec: codec.Codec(law), Sequence: seq, Timestamp: ts, Payload: payload}
		for range 3 {
			speaker.Receive(&p)
			p.Sequence++
			p.Timestamp += ts
		}
		if got := len(alone.take()); got != 3 {
			t.Errorf("%d of 3 went on", got)
		}
	})
}
