package rtp

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func loopback() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

func TestPoolQuarantine(t *testing.T) {
	p, err := NewPool(nil, loopback(), 42101, 42105) // even ports 42102 and 42104
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	p.now = func() time.Time { return now }
	a, okA := p.take()
	_, okB := p.take()
	if _, ok := p.take(); !okA || !okB || ok {
		t.Fatalf("two ports of two, then none: %t %t %t", okA, okB, ok)
	}
	p.give(a)
	now = now.Add(Quarantine - time.Millisecond)
	if _, ok := p.take(); ok {
		t.Fatal("a port came back within its quarantine")
	}
	now = now.Add(time.Millisecond)
	if got, ok := p.take(); !ok || got != a {
		t.Fatalf("after the quarantine: %d %t", got, ok)
	}
}

func TestPoolRange(t *testing.T) {
	for _, r := range [][2]int{{30001, 30001}, {100, 200}, {40000, 70000}, {40000, 30000}} {
		if _, err := NewPool(nil, loopback(), r[0], r[1]); err == nil {
			t.Errorf("range %v taken", r)
		}
	}
}

func TestPoolRunsDry(t *testing.T) {
	p := pool(t)
	s := open(t, p)
	port := int(s.LocalPort())
	if port%2 != 0 {
		t.Errorf("port %d is odd", port)
	}
	one, err := NewPool(nil, loopback(), port, port+1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(one); !errors.Is(err, ErrNoPort) {
		t.Errorf("a port another socket holds: %v", err)
	}
}

func TestLatch(t *testing.T) {
	ap := netip.MustParseAddrPort
	declared, nat, thief := ap("192.0.2.1:4000"), ap("192.0.2.1:61000"), ap("203.0.113.66:1234")
	now := time.Unix(0, 0)
	var l latch
	step := func(name string, from netip.AddrPort, after time.Duration, want bool) {
		t.Helper()
		now = now.Add(after)
		if got := l.accept(from, now); got != want {
			t.Errorf("%s: accepted %t", name, got)
		}
	}
	l.rename(declared, declared.Addr())
	step("first packet wins, whoever sends it", thief, 0, true)
	step("a named host takes over at once", nat, 0, true)
	step("thief is refused while the far end talks", thief, time.Second, false)
	step("the far end goes on", nat, time.Second, true)
	step("the very address outranks its host", declared, 0, true)
	step("and is not displaced by its host", nat, time.Second, false)
	step("nor, however silent it is, by a stranger", thief, 2*silence, false)
	step("but by its host: a NAT has another port for it", nat, 0, true)
	l.rename(ap("192.0.2.9:4000"), declared.Addr())
	if l.dest() != ap("192.0.2.9:4000") {
		t.Errorf("moved far end is sent to %v", l.dest())
	}
	step("new SDP frees the place", declared, 0, true)
}

func TestParseRefuses(t *testing.T) {
	good := append([]byte{0x80, 8, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4}, 0xd5)
	if _, p, ok := parse(good); !ok || !bytes.Equal(p, []byte{0xd5}) {
		t.Fatalf("good packet: %t %v", ok, p)
	}
	for name, b := range map[string][]byte{
		"short":              good[:11],
		"empty payload":      good[:12],
		"version 1":          append([]byte{0x40}, good[1:]...),
		"RTCP":               append([]byte{0x80, 200}, good[2:]...),
		"CSRC beyond end":    append([]byte{0x8f}, good[1:]...),
		"extension too long": append(append([]byte{0x90}, good[1:]...), 0, 0, 0xff, 0xff),
		"padding too long":   append(append([]byte{0xa0}, good[1:]...), 0xff),
	} {
		if _, _, ok := parse(b); ok {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0xb1, 8, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 9, 9, 9, 9, 0, 0, 0, 1, 5, 5, 5, 5, 0xd5, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, p, ok := parse(b); ok && len(p) == 0 {
			t.Fatal("an empty payload was taken")
		}
	})
}

func pool(t *testing.T) *Pool {
	t.Helper()
	loop, err := datagram.NewLoop(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := loop.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := NewPool(loop, loopback(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T, p *Pool) *Session {
	t.Helper()
	s, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func peer(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestSessionBothWays(t *testing.T) {
	s := open(t, pool(t))
	far, addr := peer(t)
	s.SetFar(Far{Addr: addr, Law: codec.PCMU, Event: 96, Send: true}, 101)
	first := make(chan struct{})
	digits := make(chan byte, 8)
	s.Port().OnFirst(func() { close(first) })
	s.Port().OnDigit(func(d byte) { digits <- d })
	to := netip.AddrPortFrom(loopback(), s.LocalPort())

	send := func(pt byte, payload ...byte) {
		t.Helper()
		b := append([]byte{0x80, pt, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1}, payload...)
		if _, err := far.WriteToUDPAddrPort(b, to); err != nil {
			t.Fatal(err)
		}
	}
	send(13, 0x7f) // comfort noise is dropped
	send(8, 0xd5)
	<-first
	send(101, 5, 0x8a, 3, 0x20)
	if d := <-digits; d != '5' {
		t.Errorf("digit %q", d)
	}

	buf := make([]byte, 2000)
	write := func(p relay.Packet) (header, []byte) {
		t.Helper()
		if err := s.Write(&p); err != nil {
			t.Fatal(err)
		}
		_ = far.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		h, body, ok := parse(buf[:n])
		if !ok {
			t.Fatalf("sent %x", buf[:n])
		}
		return h, body
	}
	h1, body := write(relay.Packet{Codec: codec.PCMA, Sequence: 7, Timestamp: 1600, Payload: []byte{0xd5}})
	if h1.payload != 0 || body[0] == 0xd5 {
		t.Errorf("A-law to a mu-law far end went out as type %d, %x", h1.payload, body)
	}
	h2, body := write(relay.Packet{Kind: relay.Event, Sequence: 8, Timestamp: 1760, Payload: []byte{1, 2, 3, 4}})
	if h2.payload != 96 || !bytes.Equal(body, []byte{1, 2, 3, 4}) {
		t.Errorf("event went out as type %d, %x", h2.payload, body)
	}
	if h2.sequence-h1.sequence != 1 || h2.timestamp-h1.timestamp != 160 {
		t.Errorf("not continuous: %+v %+v", h1, h2)
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	s := open(t, pool(t))
	_, addr := peer(t)
	s.SetFar(Far{Addr: addr, Law: codec.PCMA, Send: true}, 0)
	p := relay.Packet{Codec: codec.PCMU, Payload: make([]byte, 160)}
	if n := testing.AllocsPerRun(200, func() { _ = s.Write(&p) }); n != 0 {
		t.Errorf("Write allocates %v times", n)
	}
}

// TestFarEndOfAnotherFamily has a body name addresses that our sockets do not know.
func TestFarEndOfAnotherFamily(t *testing.T) {
	far6 := netip.MustParseAddrPort("[2001:db8::1]:4000")
	p, turn := pool(t), datagram.NewTurn() // of 127.0.0.1
	turn.Begin()
	media, reports := open(t, p), open(t, p)
	media.SetFar(Far{Addr: far6, Law: codec.PCMA, Send: true}, 101)
	if err := media.Write(&relay.Packet{Codec: codec.PCMA, Payload: make([]byte, 160), Turn: turn}); err != nil {
		t.Error(err)
	}
	reports.SetFar(Far{Addr: netip.MustParseAddrPort("127.0.0.1:4000"), Reports: far6, Law: codec.PCMA, Send: true}, 101)
	reports.Beat(turn)
	turn.End()
	if turn.Lost() != 2 {
		t.Errorf("%d of 2 datagrams are lost", turn.Lost())
	}
}
