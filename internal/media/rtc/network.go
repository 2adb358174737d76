package rtc

import (
	"net/netip"

	"parley/internal/media/datagram"
	"parley/internal/media/rtc/ice"
)

// path is a way to a browser: an address from which it checked, or a connection.
type path struct {
	socket *datagram.Socket
	addr   netip.AddrPort
	tcp    *tcpConn // nil: by UDP
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
	p := e.peers.at(from)
	switch kindOf(b) {
	case isSTUN:
		if !ice.IsMessage(b) {
			return
		}
		var check ice.Check
		if err := check.Read(b); err != nil {
			return
		}
		w := path{socket: on, addr: from}
		if owner := e.peers.named(check.Ufrag); owner != nil && owner.checked(t, &check, &w) && owner != p {
			e.peers.settle(owner, from)
		}
	case isDTLS:
		if p != nil {
			p.tunnel.put(b)
		}
	case isMedia:
		if p != nil {
			p.media.receive(t, b)
		}
	}
}
