// Package relay moves the packets of live calls: it is the one place that reads
// a call's who-hears-whom table.
package relay

// Codec is what a packet's payload is coded with.
type Codec uint8

// The codecs a leg can speak. Values are internal; each transport maps them to
// its own payload types.
const (
	PCMU Codec = iota + 1
	PCMA
)

// Kind tells audio from the events that share its stream.
type Kind uint8

// The kinds of packet.
const (
	Audio Kind = iota
	Event      // RFC 4733 telephone-event
)

// Packet is an RTP packet without what belongs to its transport (payload type,
// SSRC, encryption). Timestamps count 8 kHz samples.
type Packet struct {
	Kind      Kind
	Codec     Codec // of Audio
	Marker    bool
	Sequence  uint16
	Timestamp uint32
	Payload   []byte // borrowed: valid until the call that was handed it returns
}

// Sink is the sending side of a leg's transport. Sequence and timestamp arrive
// continuous for this receiver, whoever speaks. Write must not block or keep p.
type Sink interface {
	Write(p *Packet) error
}
