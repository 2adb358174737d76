//go:build !linux

package datagram

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Loop lets the handlers of its sockets run one at a time. Where datagrams cannot be
// read in batches, each socket has a goroutine that reads it.
type Loop struct {
	mu      sync.Mutex // held while a handler runs
	turn    *Turn
	closed  atomic.Bool
	reading sync.WaitGroup
}

// Socket is a socket that a Loop reads.
type Socket struct {
	conn   *net.UDPConn
	loop   *Loop
	handle Handler
	closed bool
}

// NewLoop returns a loop without sockets. It does not know a beat.
func NewLoop(time.Duration) (*Loop, error) { return &Loop{turn: NewTurn()}, nil }

// Open has the loop read a socket from now on. The socket is the loop's: it is closed
// by Socket.Close.
func (l *Loop) Open(conn *net.UDPConn, handle Handler) (*Socket, error) {
	if l.closed.Load() {
		return nil, fmt.Errorf("watch a socket: %w", net.ErrClosed)
	}
	s := &Socket{conn: conn, loop: l, handle: handle}
	l.reading.Go(s.read)
	return s, nil
}

func (s *Socket) read() {
	b := make([]byte, MaxDatagram)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return // closed
		}
		s.loop.mu.Lock()
		if !s.closed {
			s.loop.turn.Begin()
			s.handle(s.loop.turn, s, b[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
			s.loop.turn.End()
		}
		s.loop.mu.Unlock()
	}
}

// Close ends the loop. Its sockets should be closed before.
func (l *Loop) Close() error {
	l.closed.Store(true)
	l.reading.Wait()
	return nil
}

// Close closes the socket. It must not be called by its handler.
func (s *Socket) Close() error {
	s.loop.mu.Lock()
	s.closed = true
	s.loop.mu.Unlock()
	return s.conn.Close()
}

// Conn is the socket, for those who send by themselves.
func (s *Socket) Conn() *net.UDPConn { return s.conn }

// LocalAddr is the socket's address.
func (s *Socket) LocalAddr() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Turn sends at once what is sent.
type Turn struct {
	now  time.Time
	out  [MaxDatagram]byte
	lost atomic.Uint64
}

// NewTurn returns the turn of a goroutine that is not a loop's.
func NewTurn() *Turn { return &Turn{} }

// NewSmallTurn returns the turn of one goroutine among many.
func NewSmallTurn() *Turn { return NewTurn() }

// Begin sets the clock of the turn.
func (t *Turn) Begin() { t.now = time.Now() }

// Now is when the turn began.
func (t *Turn) Now() time.Time { return t.now }

// Lost counts the datagrams that the kernel did not take.
func (t *Turn) Lost() uint64 { return t.lost.Load() }

// Buffer is room for the next datagram to be sent, until Send or the next Buffer.
func (t *Turn) Buffer() []byte { return t.out[:] }

// Send sends the first n bytes of Buffer over a socket. It may be lost, like any
// datagram.
func (t *Turn) Send(s *Socket, n int, to netip.AddrPort) {
	if _, err := s.conn.WriteToUDPAddrPort(t.out[:n], to); err != nil {
		t.lost.Add(1)
	}
}

// End ends the turn.
func (t *Turn) End() {}
