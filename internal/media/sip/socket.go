package sip

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// udpSocket is a UDP socket that mends itself. sipgo gives a socket up on its
// first error and forgets it; whatever is sent before it is back opens another
// one on the same port, which then stays taken. So sipgo is shown no error: a
// lost socket is opened again inside ReadFrom, until Close.
type udpSocket struct {
	log   *slog.Logger
	count *counters
	local *net.UDPAddr

	conn   atomic.Pointer[net.UDPConn]
	closed chan struct{}
	close  func()
}

const readBuffer = 1 << 20 // bytes

func openUDP(addr string, log *slog.Logger, count *counters) (*udpSocket, error) {
	pc, err := net.ListenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	conn := pc.(*net.UDPConn)
	u := &udpSocket{log: log, count: count, local: conn.LocalAddr().(*net.UDPAddr), closed: make(chan struct{})}
	u.close = sync.OnceFunc(func() { close(u.closed) })
	u.use(conn)
	return u, nil
}

// use has the socket hold what comes in a burst: the system's own bound is some ninety
// messages, and every one that is lost is asked for again half a second later.
func (u *udpSocket) use(conn *net.UDPConn) {
	_ = conn.SetReadBuffer(readBuffer) // the system may grant less
	u.conn.Store(conn)
}

// ReadFrom waits for a datagram. It returns an error only after Close.
func (u *udpSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		conn := u.conn.Load()
		n, from, err := conn.ReadFrom(b)
		if err == nil {
			return n, from, nil
		}
		_ = conn.Close()
		if !u.reopen(err) {
			return 0, nil, net.ErrClosed
		}
	}
}

// reopen opens the socket again, however long that takes; false after Close.
func (u *udpSocket) reopen(why error) bool {
	for pause := restartPause; ; pause = min(2*pause, maxRestartPause) {
		select {
		case <-u.closed:
			return false
		default:
		}
		u.log.Warn("SIP socket lost, opening it again", "addr", u.local.String(), "err", why)
		conn, err := net.ListenUDP("udp", u.local)
		if err == nil {
			u.use(conn)
			u.count.restarts.Add(1) // now messages come again
			select {
			case <-u.closed: // Close has closed the one before
				_ = conn.Close()
				return false
			default:
				return true
			}
		}
		why = err
		select {
		case <-u.closed:
			return false
		case <-time.After(pause):
		}
	}
}

// WriteTo sends a datagram; while the socket is being opened it fails.
func (u *udpSocket) WriteTo(b []byte, to net.Addr) (int, error) { return u.conn.Load().WriteTo(b, to) }

// Close ends the socket for good.
func (u *udpSocket) Close() error {
	u.close()
	return u.conn.Load().Close()
}

// LocalAddr is the address listened on, which never changes.
func (u *udpSocket) LocalAddr() net.Addr { return u.local }

// SetDeadline exists for net.PacketConn.
func (u *udpSocket) SetDeadline(t time.Time) error { return u.conn.Load().SetDeadline(t) }

// SetReadDeadline exists for net.PacketConn.
func (u *udpSocket) SetReadDeadline(t time.Time) error { return u.conn.Load().SetReadDeadline(t) }

// SetWriteDeadline exists for net.PacketConn.
func (u *udpSocket) SetWriteDeadline(t time.Time) error { return u.conn.Load().SetWriteDeadline(t) }

// reply answers a datagram outside sipgo.
func (u *udpSocket) reply(b []byte, to netip.AddrPort) {
	_, _ = u.conn.Load().WriteToUDPAddrPort(b, to) // lost answers are asked for again
}
