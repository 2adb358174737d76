package rtc

import (
	"strings"
	"time"

	"github.com/pion/webrtc/v3"
)

// settleTime is how long Close waits for a connection that is coming about.
const (
	settleTime = 300 * time.Millisecond
	settleStep = 2 * time.Millisecond
)

// settle keeps Close out of a race in pion v3: ICETransport.stop reads the mux
// that a concurrent Start is setting, and then closes the nil it saw before,
// which panics. A connection that is just coming about is cut from the network,
// so that it cannot any more, and one that came about at that very moment is
// let finish.
func (p *Peer) settle() {
	p.mu.Lock()
	answered := p.answered
	p.mu.Unlock()
	if !answered {
		return // nothing of it has started
	}
	transport := p.pc.SCTP().Transport()
	if transport.State() != webrtc.DTLSTransportStateNew {
		return // ICE is through
	}
	p.engine.forget(ufragOf(p.pc.CurrentLocalDescription()))
	ticker := time.NewTicker(settleStep)
	defer ticker.Stop()
	patience := time.NewTimer(settleTime)
	defer patience.Stop()
	for transport.State() == webrtc.DTLSTransportStateNew && !over(transport.ICETransport().State()) {
		select {
		case <-ticker.C:
		case <-patience.C:
			return
		}
	}
}

// over says whether ICE can no longer come about.
func over(s webrtc.ICETransportState) bool {
	return s == webrtc.ICETransportStateFailed || s == webrtc.ICETransportStateClosed
}

// forget has the ports drop what is meant for the ICE user.
func (e *Engine) forget(ufrag string) {
	if ufrag == "" {
		return
	}
	e.udpMux.RemoveConnByUfrag(ufrag)
	if e.tcpMux != nil {
		e.tcpMux.RemoveConnByUfrag(ufrag)
	}
}

// ufragOf is the ICE user of a description (RFC 8839, 5.4).
func ufragOf(d *webrtc.SessionDescription) string {
	if d == nil {
		return ""
	}
	for line := range strings.Lines(d.SDP) {
		if ufrag, ok := strings.CutPrefix(strings.TrimSpace(line), "a=ice-ufrag:"); ok {
			return ufrag
		}
	}
	return ""
}
