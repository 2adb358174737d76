package rtc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"parley/internal/media/datagram"
	"parley/internal/media/rtc/ice"
)

// tcpPort takes browsers that cannot send UDP (RFC 6544): each datagram is a frame of
// a connection, its length before it (RFC 4571).
type tcpPort struct {
	engine   *Engine
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex
	open   map[*tcpConn]bool
	closed bool
}

const (
	maxTCPConns    = 4096
	maxPeerConns   = 8                // of one Peer: a browser tries each of our addresses from each of its own
	tcpFirstCheck  = 5 * time.Second  // until then a connection must have shown whose it is
	tcpConsent     = 30 * time.Second // and from then on again (RFC 7675 section 5.1)
	tcpWriteBytes  = 64 << 10         // beyond, packets of a stalled connection are dropped
	tcpWriteTime   = 10 * time.Second
	frameHeader    = 2
	acceptPause    = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

func (e *Engine) listenTCP(addr string) (*tcpPort, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open media port: %w", err)
	}
	t := &tcpPort{engine: e, listener: l, open: make(map[*tcpConn]bool)}
	t.work.Go(t.accept)
	return t, nil
}

func (t *tcpPort) accept() {
	pause := acceptPause
	for {
		conn, err := t.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many files: it passes
			t.engine.log.Warn("media connection not accepted", "err", err)
			time.Sleep(pause)
			pause = min(2*pause, maxAcceptPause)
			continue
		}
		pause = acceptPause
		c := &tcpConn{port: t, conn: conn, more: make(chan struct{}, 1), done: make(chan struct{})}
		if !t.add(c) {
			_ = conn.Close()
			continue
		}
		t.work.Go(c.read)
		t.work.Go(c.flush)
	}
}

func (t *tcpPort) add(c *tcpConn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.open) >= maxTCPConns {
		return false
	}
	t.open[c] = true
	return true
}

func (t *tcpPort) remove(c *tcpConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, c)
}

func (t *tcpPort) close() error {
	err := t.listener.Close()
	t.mu.Lock()
	t.closed = true
	for c := range t.open {
		_ = c.conn.Close()
	}
	t.mu.Unlock()
	t.work.Wait()
	return err
}

// tcpConns are a Peer's connections, the one not checked by for longest first.
type tcpConns struct {
	mu     sync.Mutex
	open   []*tcpConn
	closed bool
}

// take notes a connection by which an authentic check came, and closes the one there is
// too many. It returns false once the Peer is closed.
func (s *tcpConns) take(c *tcpConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.remove(c)
	if len(s.open) == maxPeerConns {
		_ = s.open[0].conn.Close()
		s.remove(s.open[0])
	}
	s.open = append(s.open, c)
	return true
}

// remove is called with s.mu held.
func (s *tcpConns) remove(c *tcpConn) {
	s.open = slices.DeleteFunc(s.open, func(one *tcpConn) bool { return one == c })
}

func (s *tcpConns) forget(c *tcpConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(c)
}

// close closes all there are and all to come.
func (s *tcpConns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, c := range s.open {
		_ = c.conn.Close()
	}
}

// tcpConn is one connection. Its reading goroutine does what the loop does for UDP.
type tcpConn struct {
	port *tcpPort
	conn net.Conn
	more chan struct{}
	done chan struct{} // closed when nobody reads any more

	// The reading goroutine's.
	owner *Peer          // nil before the first authentic check
	turn  *datagram.Turn // nil before a check of somebody we know

	mu  sync.Mutex
	out []byte // frames to be written
}

// read hands out the frames until the connection ends.
func (c *tcpConn) read() {
	defer c.end()
	from := c.conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	_ = c.conn.SetReadDeadline(time.Now().Add(tcpFirstCheck))
	in := bufio.NewReader(c.conn)
	w := &path{addr: from, tcp: c}
	var frame [datagram.MaxDatagram]byte
	for {
		b, err := readFrame(in, frame[:])
		if err != nil || !c.take(b, w) {
			return
		}
	}
}

func (c *tcpConn) end() {
	_ = c.conn.Close()
	close(c.done)
	if c.owner != nil {
		c.owner.conns.forget(c)
	}
	c.port.remove(c)
}

// take hands a frame to whose connection it is. It returns false for a stranger's.
func (c *tcpConn) take(b []byte, w *path) bool {
	is := kindOf(b)
	switch {
	case is == isSTUN:
		return c.check(b, w)
	case c.owner == nil:
		return false
	case is == isDTLS:
		c.owner.tunnel.put(b)
	case is == isMedia:
		c.turn.Begin()
		c.owner.media.receive(c.turn, b)
		c.turn.End()
	}
	return true
}

// check takes a check, of which the first authentic one says whose the connection is. It
// returns false where the connection must end.
func (c *tcpConn) check(b []byte, w *path) bool {
	var check ice.Check
	if !ice.IsMessage(b) || check.Read(b) != nil {
		return true
	}
	p := c.port.engine.peers.named(check.Ufrag)
	if p == nil || c.owner != nil && p != c.owner || !c.authentic(p, &check, w) {
		return true
	}
	if !p.conns.take(c) {
		return false
	}
	c.owner = p
	return c.conn.SetReadDeadline(time.Now().Add(tcpConsent)) == nil
}

func (c *tcpConn) authentic(p *Peer, check *ice.Check, w *path) bool {
	if c.turn == nil {
		c.turn = datagram.NewSmallTurn()
	}
	c.turn.Begin()
	defer c.turn.End()
	return p.checked(c.turn, check, w)
}

func readFrame(in *bufio.Reader, into []byte) ([]byte, error) {
	if _, err := io.ReadFull(in, into[:frameHeader]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(into))
	if n > len(into) {
		return nil, bufio.ErrTooLong
	}
	_, err := io.ReadFull(in, into[:n])
	return into[:n], err
}

// write queues a frame; where the far end takes none it is dropped, as on any full
// link.
func (c *tcpConn) write(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out)+frameHeader+len(b) > tcpWriteBytes {
		return
	}
	c.out = binary.BigEndian.AppendUint16(c.out, uint16(len(b)))
	c.out = append(c.out, b...)
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// flush writes what is queued, all at once.
func (c *tcpConn) flush() {
	var spare []byte
	for {
		select {
		case <-c.done:
			return
		case <-c.more:
		}
		c.mu.Lock()
		out := c.out
		c.out = spare[:0]
		c.mu.Unlock()
		_ = c.conn.SetWriteDeadline(time.Now().Add(tcpWriteTime))
		if _, err := c.conn.Write(out); err != nil {
			_ = c.conn.Close()
			return
		}
		spare = out
	}
}
