package rtc

import (
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"

	"parley/internal/media/relay"
)

const receiveMTU = 1500

// receive is the reading goroutine of a browser's audio.
func (p *Peer) receive(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	go readRTCP(r)
	buf := make([]byte, receiveMTU)
	var packet relay.Packet
	for {
		n, _, err := t.Read(buf)
		if n == 0 && err != nil {
			return // closed; an error with a packet only means a type we do not speak
		}
		if parse(buf[:n], &packet) {
			p.port.Receive(&packet)
		}
	}
}

// rtcpReader is a sender's or a receiver's RTCP.
type rtcpReader interface {
	Read(b []byte) (int, interceptor.Attributes, error)
}

// readRTCP reads until the peer closes: reading is what feeds the reports.
func readRTCP(r rtcpReader) {
	buf := make([]byte, receiveMTU)
	for {
		if _, _, err := r.Read(buf); err != nil {
			return
		}
	}
}
