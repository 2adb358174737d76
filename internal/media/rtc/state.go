package rtc

import (
	"sync"

	"github.com/pion/webrtc/v3"
)

// stateReporter reports a connection's states in order. pion announces each on
// a goroutine of its own, so that an old one may come last: what counts is the
// state the connection has when we look.
type stateReporter struct {
	report func(PeerState)

	mu    sync.Mutex
	last  PeerState
	queue []PeerState
	busy  bool
}

func (r *stateReporter) changed(pc *webrtc.PeerConnection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := peerState(pc.ConnectionState())
	if now == r.last || now == PeerNew || r.last == PeerClosed {
		return
	}
	r.last = now
	r.queue = append(r.queue, now)
	if r.busy {
		return
	}
	r.busy = true
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		r.mu.Unlock()
		r.report(next)
		r.mu.Lock()
	}
	r.busy = false
}

func peerState(s webrtc.PeerConnectionState) PeerState {
	switch s {
	case webrtc.PeerConnectionStateConnecting:
		return PeerConnecting
	case webrtc.PeerConnectionStateConnected:
		return PeerConnected
	case webrtc.PeerConnectionStateDisconnected:
		return PeerDisconnected
	case webrtc.PeerConnectionStateFailed:
		return PeerFailed
	case webrtc.PeerConnectionStateClosed:
		return PeerClosed
	default:
		return PeerNew
	}
}
