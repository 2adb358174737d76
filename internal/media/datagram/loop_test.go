package datagram

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newLoop(t testing.TB) *Loop {
	t.Helper()
	l, err := NewLoop(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func listen(t testing.TB, at string) *net.UDPConn {
	t.Helper()
	addr, err := net.ResolveUDPAddr("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, l *Loop, at string, h Handler) *Socket {
	t.Helper()
	s, err := l.Open(listen(t, at), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// friend is somebody who sends datagrams and reads what comes back.
type friend struct {
	t testing.TB
	*net.UDPConn
}

func meet(t testing.TB, at string) friend {
	t.Helper()
	c := listen(t, at)
	t.Cleanup(func() { _ = c.Close() })
	return friend{t, c}
}

func (f friend) say(to netip.AddrPort, b []byte) {
	f.t.Helper()
	if _, err := f.WriteToUDPAddrPort(b, to); err != nil {
		f.t.Fatal(err)
	}
}

func (f friend) hear() []byte {
	f.t.Helper()
	_ = f.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, MaxDatagram)
	n, _, err := f.ReadFromUDPAddrPort(b)
	if err != nil {
		f.t.Fatal(err)
	}
	return b[:n]
}

// echo answers each datagram with itself.
func echo(t *Turn, on *Socket, b []byte, from netip.AddrPort) {
	t.Send(on, copy(t.Buffer(), b), from)
}

func TestBothFamilies(t *testing.T) {
	l := newLoop(t)
	for _, at := range []struct{ listen, from string }{
		{"127.0.0.1:0", "127.0.0.1:0"}, {"[::1]:0", "[::1]:0"}, {"[::]:0", "127.0.0.1:0"}, {"[::]:0", "[::1]:0"},
	} {
		s := open(t, l, at.listen, func(turn *Turn, on *Socket, b []byte, from netip.AddrPort) {
			turn.Send(on, copy(turn.Buffer(), fmt.Appendf(b, " from %v", from)), from)
		})
		f := meet(t, at.from)
		me := f.LocalAddr().(*net.UDPAddr).AddrPort()
		f.say(netip.AddrPortFrom(me.Addr(), s.LocalAddr().Port()), []byte("hello"))
		if got, want := string(f.hear()), fmt.Sprintf("hello from %v", me); got != want {
			t.Errorf("%s: %q, want %q", at.listen, got, want)
		}
	}
}

// TestEverythingComesInOrder sends more than a batch through many sockets, busy or
// not, and has a datagram of each go out over another socket than the one before.
func TestEverythingComesInOrder(t *testing.T) {
	const sockets, rounds = 20, 300
	l := newLoop(t)
	all, ways := make([]*Socket, sockets), make([]*Socket, sockets)
	for i := range all {
		ways[i] = open(t, l, "127.0.0.1:0", echo)
		all[i] = open(t, l, "127.0.0.1:0", func(turn *Turn, _ *Socket, b []byte, from netip.AddrPort) {
			turn.Send(ways[i], copy(turn.Buffer(), b), from)
		})
	}
	friends := make([]friend, sockets)
	for i := range friends {
		friends[i] = meet(t, "127.0.0.1:0")
	}
	for round := range uint32(rounds) {
		for i, f := range friends {
			f.say(all[i].LocalAddr(), binary.BigEndian.AppendUint32(nil, round))
		}
		if round%50 != 49 {
			continue
		}
		for i, f := range friends {
			for want := round - 49; want <= round; want++ {
				if got := binary.BigEndian.Uint32(f.hear()); got != want {
					t.Fatalf("socket %d: %d, want %d", i, got, want)
				}
			}
		}
	}
}

// TestSmallTurn sends more than such a turn gathers.
func TestSmallTurn(t *testing.T) {
	s := open(t, newLoop(t), "127.0.0.1:0", echo)
	f := meet(t, "127.0.0.1:0")
	me := f.LocalAddr().(*net.UDPAddr).AddrPort()
	turn := NewSmallTurn()
	turn.Begin()
	for i := range byte(50) {
		turn.Buffer()[0] = i
		turn.Send(s, 1, me)
	}
	turn.End()
	for i := range byte(50) {
		if got := f.hear(); got[0] != i {
			t.Fatalf("%d came, want %d", got[0], i)
		}
	}
}

func TestLongDatagrams(t *testing.T) {
	l := newLoop(t)
	s := open(t, l, "127.0.0.1:0", echo)
	f := meet(t, "127.0.0.1:0")
	for _, n := range []int{1, MaxDatagram, MaxDatagram + 100} {
		sent := bytes.Repeat([]byte{7}, n)
		f.say(s.LocalAddr(), sent)
		if got := f.hear(); !bytes.Equal(got, sent[:min(n, MaxDatagram)]) {
			t.Errorf("of %d bytes %d came", n, len(got))
		}
	}
}

// TestClosedSocketsAreSilent closes sockets under fire: no handler runs after Close.
func TestClosedSocketsAreSilent(t *testing.T) {
	l := newLoop(t)
	f := meet(t, "127.0.0.1:0")
	for range 50 {
		var closed, late atomic.Bool
		heard := make(chan struct{}, 1<<16)
		s, err := l.Open(listen(t, "127.0.0.1:0"), func(*Turn, *Socket, []byte, netip.AddrPort) {
			if closed.Load() {
				late.Store(true)
			}
			heard <- struct{}{}
		})
		if err != nil {
			t.Fatal(err)
		}
		to := s.LocalAddr()
		for range 20 {
			f.say(to, []byte("x"))
		}
		<-heard
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		closed.Store(true)
		_, _ = f.WriteToUDPAddrPort([]byte("x"), to)
		if late.Load() {
			t.Fatal("the handler ran after Close")
		}
	}
}

func TestClosedLoopTakesNoSocket(t *testing.T) {
	l, err := NewLoop(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	conn := listen(t, "127.0.0.1:0")
	defer func() { _ = conn.Close() }()
	if _, err := l.Open(conn, nil); err == nil {
		t.Error("a closed loop took a socket")
	}
}

// BenchmarkEcho is what a datagram costs that comes and goes, as the batch grows.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l := newLoop(b)
			s := open(b, l, "127.0.0.1:0", echo)
			f := meet(b, "127.0.0.1:0")
			data := make([]byte, 200)
			b.ReportAllocs()
			for b.Loop() {
				for range size {
					f.say(s.LocalAddr(), data)
				}
				for range size {
					if _, _, err := f.ReadFromUDPAddrPort(data); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
