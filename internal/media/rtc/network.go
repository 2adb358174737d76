package rtc

import (
	"net/netip"
	"sync/atomic"
	"time"

	"parley/internal/media/datagram"
	"parley/internal/media/rtc/ice"
)

// path is a way to a browser: an address from which it checked, or a connection.
type path struct {
	owner  *Peer // who checked from the address
	socket *datagram.Socket
	addr   netip.AddrPort
	tcp    *tcpConn // nil: by UDP

	last atomic.Int64 // when something authentic came by it last, in nanoseconds
}

// silent says whether nothing came by the path for some time. A connection is never:
// it shows by itself that its far end wants what it is sent.
func (w *path) silent(now time.Time, patience time.Duration) bool {
	return w.tcp == nil && now.UnixNano()-w.last.Load() >= int64(patience)
}

// send sends the first n bytes of the turn's buffer.
func (w *path) send(t *datagram.Turn, n int) {
	if w.tcp != nil {
		w.tcp.write(t.Buffer()[:n])
		return
	}
	t.Send(w.socket, n, w.addr)
}

// kind is what a datagram is, by its first byte (RFC 7983).
type kind uint8

const (
	other kind = iota
	isSTUN
	isDTLS
	isMedia
)

func kindOf(b []byte) kind {
	switch {
	case len(b) == 0:
		return other
	case b[0] < 4:
		return isSTUN
	case b[0] >= 20 && b[0] < 64:
		return isDTLS
	case b[0] >= 128 && b[0] < 192:
		return isMedia
	}
	return other
}

// datagram is the loop's handler of the UDP port.
func (e *Engine) datagram(t *datagram.Turn, on *datagram.Socket, b []byte, from netip.AddrPort) {
	w := e.peers.at(from)
	switch kindOf(b) {
	case isSTUN:
		e.check(t, b, w, on, from)
	case isDTLS:
		if w != nil {
			w.owner.tunnel.put(b)
		}
	case isMedia:
		if w != nil && w.owner.media.receive(t, b) {
			w.owner.follow(w, false, t.Now())
		}
	}
}

// check hands a check of ICE to whose it is, with its path: the one of its address if
// that is his.
func (e *Engine) check(t *datagram.Turn, b []byte, w *path, on *datagram.Socket, from netip.AddrPort) {
	var check ice.Check
	if !ice.IsMessage(b) || check.Read(b) != nil {
		return
	}
	owner := e.peers.named(check.Ufrag)
	if owner == nil {
		return
	}
	if w == nil || w.owner != owner {
		w = &path{owner: owner, socket: on, addr: from}
	}
	owner.checked(t, &check, w)
}
