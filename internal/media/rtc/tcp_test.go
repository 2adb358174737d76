package rtc

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

func (r *raw) tcp() net.Conn {
	c, err := net.Dial("tcp", r.engine.TCPAddr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// tcpCheck sends a check by a connection and takes the response.
func (r *raw) tcpCheck(c net.Conn) bool {
	check := r.check(false)
	_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(check))), check...))
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	var b [512]byte
	_, err := c.Read(b[:])
	return err == nil
}

// awaitTCP waits until so many connections are open.
func awaitTCP(t *testing.T, e *Engine, want int) {
	t.Helper()
	open := func() int {
		e.tcp.mu.Lock()
		defer e.tcp.mu.Unlock()
		return len(e.tcp.open)
	}
	for end := time.Now().Add(3 * time.Second); open() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are open, want %d", open(), want)
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// Strangers' connections, of which many are let in, must cost next to nothing.
func TestTCPConnectionsOfStrangersAreSmall(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{TCPAddr: "127.0.0.1:0"}))
	const conns = 200
	before := heap()
	for range conns {
		r.tcp()
	}
	awaitTCP(t, r.engine, conns)
	if each := (heap() - before) / conns; each > 48<<10 {
		t.Errorf("a connection that has said nothing takes %d KiB", each>>10)
	}
}

func TestTCPConnectionsOfOnePeer(t *testing.T) {
	e := rawEngine(t, Config{TCPAddr: "127.0.0.1:0"})
	r := newRaw(t, e)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	<-r.offers
	used := r.tcp()
	var others []net.Conn
	for range 2 * maxPeerConns {
		c := r.tcp()
		others = append(others, c)
		if !r.tcpCheck(c) || !r.tcpCheck(used) {
			t.Fatal("a check was not answered")
		}
	}
	awaitTCP(t, e, maxPeerConns)
	_ = others[0].SetReadDeadline(time.Now().Add(3 * time.Second))
	if _, err := others[0].Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection not checked by for longest: %v", err)
	}
	if !r.tcpCheck(others[len(others)-1]) {
		t.Error("the last connection does not answer")
	}
	if err := r.Peer.Close(); err != nil {
		t.Fatal(err)
	}
	awaitTCP(t, e, 0)
	if r.conns.take(&tcpConn{}) {
		t.Error("a closed peer took a connection")
	}
}

// patient is a connection that knows until when it is read.
type patient struct {
	net.Conn

	until time.Time
}

func (p *patient) SetReadDeadline(t time.Time) error {
	p.until = t
	return nil
}

func TestTCPConnectionMustBeCheckedAgain(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{TCPAddr: "127.0.0.1:0"}))
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	<-r.offers
	conn := &patient{Conn: r.tcp()}
	c := &tcpConn{port: r.engine.tcp, conn: conn, more: make(chan struct{}, 1)}
	for range 2 {
		began := time.Now()
		if !c.take(r.check(false), &path{addr: local(r.conn), tcp: c}) {
			t.Fatal("a check ended the connection")
		}
		if conn.until.Before(began.Add(tcpConsent)) || conn.until.After(time.Now().Add(tcpConsent)) {
			t.Errorf("it is read until %v after the check", conn.until.Sub(began))
		}
		conn.until = time.Time{}
	}
	if !c.take([]byte{128, 0}, nil) || !conn.until.IsZero() {
		t.Error("what anybody may have sent keeps the connection open")
	}
}
