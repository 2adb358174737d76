package rtp

import (
	"net/netip"
	"time"
)

// silence is how long a source must be quiet before another may take its place.
const silence = 2 * time.Second

// latch decides whose packets are the far end's. Behind NAT the far end sends
// from elsewhere than its SDP says, so the first source wins (symmetric RTP);
// but a stranger must not steal the call, so a source keeps its place while it
// talks, and the places the far end itself named outrank any other: once one of
// them was heard no stranger gets in, however long it is silent (on hold, or
// because it sends nothing while nobody speaks).
type latch struct {
	declared netip.AddrPort // from the far end's SDP
	peer     netip.Addr     // where its SIP comes from
	source   netip.AddrPort // who holds the place; invalid if nobody
	last     time.Time      // when it was last heard
}

// rename takes what the far end now says and frees the place if it moved.
func (l *latch) rename(declared netip.AddrPort, peer netip.Addr) {
	if l.declared != declared {
		l.source = netip.AddrPort{}
	}
	l.declared, l.peer = declared, peer
}

// accept says whether a packet from a source heard at now is the far end's.
func (l *latch) accept(from netip.AddrPort, now time.Time) bool {
	if from == l.source {
		l.last = now
		return true
	}
	held, rank := l.rank(l.source), l.rank(from)
	switch {
	case !l.source.IsValid() || rank > held:
	case rank == 0 && held > 0, now.Sub(l.last) < silence:
		return false
	}
	l.source, l.last = from, now
	return true
}

func (l *latch) rank(a netip.AddrPort) int {
	switch {
	case a == l.declared:
		return 2
	case a.Addr() == l.declared.Addr(), a.Addr() == l.peer:
		return 1
	default:
		return 0
	}
}

// dest is where to send: to who sends to us, else where the SDP says.
func (l *latch) dest() netip.AddrPort {
	if l.source.IsValid() {
		return l.source
	}
	return l.declared
}
