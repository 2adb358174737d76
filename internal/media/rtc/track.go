package rtc

import (
	"errors"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"parley/internal/media/relay"
)

// errNotConnected is what a packet meets that comes before the connection.
var errNotConnected = errors.New("browser not connected yet")

// track is what a browser hears: the relay.Sink of its port, and pion's local
// track. The relay calls Write for one packet at a time.
type track struct {
	out    atomic.Pointer[binding]
	header rtp.Header
}

// binding is where pion takes the packets once negotiated.
type binding struct {
	writer webrtc.TrackLocalWriter
	ssrc   uint32
}

// Write sends p with the payload type of its codec. Both laws are negotiated,
// so the browser plays either without being asked.
func (t *track) Write(p *relay.Packet) error {
	b := t.out.Load()
	if b == nil {
		return errNotConnected
	}
	t.header = rtp.Header{
		Version: 2, Marker: p.Marker, PayloadType: payloadType(p),
		SequenceNumber: p.Sequence, Timestamp: p.Timestamp, SSRC: b.ssrc,
	}
	_, err := b.writer.WriteRTP(&t.header, p.Payload)
	return err
}

// Bind is called by pion when the track is negotiated.
func (t *track) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, c := range ctx.CodecParameters() {
		if _, _, ok := classify(uint8(c.PayloadType)); ok && c.PayloadType != payloadEvent {
			t.out.Store(&binding{writer: ctx.WriteStream(), ssrc: uint32(ctx.SSRC())})
			return c, nil
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the connection ends.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.out.Store(nil)
	return nil
}

// ID, StreamID, RID and Kind name the track in the offer.
func (t *track) ID() string                { return "voice" }
func (t *track) StreamID() string          { return "parley" }
func (t *track) RID() string               { return "" }
func (t *track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
