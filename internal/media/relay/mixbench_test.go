package relay

import (
	"testing"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
)

type discard struct{}

func (discard) Write(*Packet) error { return nil }

// BenchmarkMix is 20 ms of a leg on the phone network that hears three speakers: their
// packets taken in, and the mix sent.
func BenchmarkMix(b *testing.B) {
	listener := NewPort(discard{})
	speakers := []*Port{NewPort(nil), NewPort(nil), NewPort(nil)}
	m := &mixer{}
	ears := m.follow(map[*Port][]*Port{listener: speakers})
	listener.tracks[0].setSpeaker(m.voice(listener))
	p := Packet{Codec: codec.PCMA, Payload: make([]byte, FrameBytes)}
	for i := range p.Payload {
		p.Payload[i] = codec.PCMA.Compress(int16(1000 * (i%40 - 20)))
	}
	turn, now := datagram.NewTurn(), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range speakers {
			ears[s][0].put(&p, now)
		}
		turn.Begin()
		m.Beat(turn)
		turn.End()
		p.Timestamp += frameSamples
		now = now.Add(FrameTime)
	}
	if s := ears[speakers[0]][0].buffer.Stats(); s.Concealed > s.Heard/100+20 {
		b.Fatalf("not what is measured: %+v", s)
	}
}
