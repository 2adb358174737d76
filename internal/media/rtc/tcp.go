package rtc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
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
	tcpFirstCheck  = 5 * time.Second // until then a connection must have shown whose it is
	tcpWriteBytes  = 64 << 10        // beyond, packets of a stalled connection are dropped
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
		c := &tcpConn{port: t, conn: conn, turn: datagram.NewTurn(), more: make(chan struct{}, 1), done: make(chan struct{})}
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

// tcpConn is one connection. Its reading goroutine does what the loop does for UDP.
type tcpConn struct {
	port *tcpPort
	conn net.Conn
	turn *datagram.Turn // the reading goroutine's
	more chan struct{}
	done chan struct{} // closed when nobody reads any more

	mu  sync.Mutex
	out []byte // frames to be written
}

// read hands out the frames until the connection ends.
func (c *tcpConn) read() {
	defer c.port.remove(c)
	defer close(c.done)
	defer func() { _ = c.conn.Close() }()
	from := c.conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	_ = c.conn.SetReadDeadline(time.Now().Add(tcpFirstCheck))
	in := bufio.NewReader(c.conn)
	w := &path{addr: from, tcp: c}
	var owner *Peer
	var frame [datagram.MaxDatagram]byte
	for {
		b, err := readFrame(in, frame[:])
		if err != nil {
			return
		}
		c.turn.Begin()
		if was := owner; c.take(&owner, b, w) && was == nil && owner != nil {
			_ = c.conn.SetReadDeadline(time.Time{})
		}
		c.turn.End()
		if owner == nil && kindOf(b) != isSTUN {
			return // a stranger
		}
	}
}

// take hands a frame to whose connection it is, which its first authentic check says.
func (c *tcpConn) take(owner **Peer, b []byte, w *path) (authentic bool) {
	switch kindOf(b) {
	case isSTUN:
		var check ice.Check
		if !ice.IsMessage(b) || check.Read(b) != nil {
			return false
		}
		p := c.port.engine.peers.named(check.Ufrag)
		if p == nil || *owner != nil && p != *owner || !p.checked(c.turn, &check, w) {
			return false
		}
		*owner = p
		return true
	case isDTLS:
		if *owner != nil {
			(*owner).tunnel.put(b)
		}
	case isMedia:
		if *owner != nil {
			(*owner).media.receive(c.turn, b)
		}
	}
	return false
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
