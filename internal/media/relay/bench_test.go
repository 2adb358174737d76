package relay_test

import (
	"testing"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

type deaf struct{}

func (deaf) Write(*relay.Packet) error { return nil }

type blank struct{}

func (blank) Packet(callstate.LegID, *relay.Packet, time.Time) {}

func twoLegs() (*relay.Bridge, *relay.Port, *relay.Packet) {
	b := relay.NewBridge(relay.NewMetronome())
	p := relay.NewPort(deaf{})
	b.Attach("customer", p)
	b.Attach("agent", relay.NewPort(deaf{}))
	b.Tap(blank{})
	b.SetTable(callstate.Table{{Listener: "customer", Speaker: "agent"}, {Listener: "agent", Speaker: "customer"}})
	return b, p, &relay.Packet{Codec: codec.PCMA, Payload: make([]byte, relay.FrameBytes)}
}

func TestReceiveDoesNotAllocate(t *testing.T) {
	b, p, pkt := twoLegs()
	defer b.Close()
	allocs := testing.AllocsPerRun(1000, func() {
		p.Receive(pkt)
		pkt.Sequence++
		pkt.Timestamp += relay.FrameBytes
	})
	if allocs != 0 {
		t.Fatalf("Receive allocates %v times", allocs)
	}
	if out := p.Stats(); out.In.Packets != 1001 {
		t.Fatalf("%d packets counted", out.In.Packets)
	}
}

// BenchmarkReceive is the relay's own share of a packet: one tap, one listener.
func BenchmarkReceive(b *testing.B) {
	bridge, p, pkt := twoLegs()
	defer bridge.Close()
	b.ReportAllocs()
	for b.Loop() {
		p.Receive(pkt)
		pkt.Sequence++
		pkt.Timestamp += relay.FrameBytes
	}
}
