package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/trunk"
	"parley/internal/shared/callstate"
	"parley/internal/tests/peers"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

func TestStrangersCostNothing(t *testing.T) { // trap 6
	s, p := far(t, Config{}, refuseAll(t))
	probe := func() { // a friend's question, answered, proves that all before it were read
		p.send(p.text("OPTIONS", "far", "", 1, ""))
		p.response(200, gosip.OPTIONS)
	}
	probe()
	before := s.wire.tp.Pool("udp").Size()
	for i := range 200 {
		if i%50 == 49 {
			probe() // more at once than a socket holds would be lost
		}
		stranger := newRawPeer(t, "127.0.0.9")
		stranger.to = p.to
		stranger.send(stranger.text("INVITE", "far", "", 1, ""))
		select {
		case m := <-stranger.in:
			t.Fatalf("a stranger was answered %v", m)
		default:
		}
	}
	probe()
	if after := s.wire.tp.Pool("udp").Size(); after != before {
		t.Errorf("peer table grew from %d to %d", before, after)
	}
	if n := s.Counters().Dropped; n != 200 {
		t.Errorf("%d dropped", n)
	}
}

// withDigest adds a trunk that signs in by password to the stack of far.
func withDigest(s *Stack, p *rawPeer) {
	s.SetTrunks([]Trunk{
		trunkTo("peer", p.addr),
		{ID: "roaming", Host: "127.0.0.77", Port: 9, InboundUsername: "carrier", InboundPassword: "pass"},
	})
}

// authorization answers a 401 for an INVITE to uri.
func authorization(t *testing.T, res *gosip.Response, uri, password string, count int) string {
	t.Helper()
	ch, err := digest.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
	if err != nil {
		t.Fatal(err)
	}
	cred, err := digest.Digest(ch, digest.Options{Method: "INVITE", URI: uri, Username: "carrier", Password: password, Count: count})
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: " + cred.String()
}

func TestStrangerSignsIn(t *testing.T) {
	h, calls := chanHandler()
	s, friend := far(t, Config{}, h)
	withDigest(s, friend)
	p := newRawPeer(t, "127.0.0.9")
	p.to = friend.to
	uri := "sip:+33987654321@" + p.to.String()
	size := s.wire.tp.Pool("udp").Size()

	p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr)))
	ask := p.response(401, gosip.INVITE)
	p.send(p.text("INVITE", "far", "", 2, sdpAt(p.addr), authorization(t, ask, uri, "wrong", 1)))
	p.response(401, gosip.INVITE)
	if got := s.wire.tp.Pool("udp").Size(); got > size+1 { // the friend's OPTIONS may have come meanwhile
		t.Errorf("a stranger without password is in the peer table (%d, %d)", size, got)
	}

	good := authorization(t, ask, uri, "pass", 1)
	text := p.text("INVITE", "far", "", 3, sdpAt(p.addr), good)
	p.send(text)
	p.send(text) // a retransmission is no replay
	in := receive(t, calls)
	if in.TrunkID != "roaming" {
		t.Errorf("trunk %q", in.TrunkID)
	}
	e := listen(t, in.Leg)
	in.Leg.Accept()
	tag := tagOf(p.response(200, gosip.INVITE).To().Params)
	p.send(p.text("ACK", "far", tag, 3, ""))

	thief := newRawPeer(t, "127.0.0.9") // same address, has overheard the header
	thief.to = p.to
	thief.send(thief.text("INVITE", "far", "", 1, sdpAt(p.addr), good))
	if res := thief.response(401, gosip.INVITE); !strings.Contains(res.GetHeader("WWW-Authenticate").Value(), "stale=true") {
		t.Errorf("replay answered %s", res.GetHeader("WWW-Authenticate").Value())
	}
	// Even with everything else of the request, to another number it is no retransmission.
	forger := newRawPeer(t, "127.0.0.9")
	forger.to = p.to
	forger.send(strings.NewReplacer("INVITE sip:+33987654321@", "INVITE sip:+33111111111@", p.addr.String(), forger.addr.String()).Replace(text))
	forger.response(401, gosip.INVITE)
	other := newRawPeer(t, "127.0.0.10") // another address: the nonce is not its own
	other.to = p.to
	other.send(other.text("INVITE", "far", "", 1, sdpAt(p.addr), authorization(t, ask, uri, "pass", 2)))
	other.response(401, gosip.INVITE)

	p.send(p.text("BYE", "far", tag, 4, ""))
	p.response(200, gosip.BYE)
	e.ended(callstate.CauseCustomerHungUp, 0)
}

func TestNonceExpires(t *testing.T) {
	c := newChallenger("parley")
	now := time.Unix(1000, 0)
	c.now = func() time.Time { return now }
	ip := netip.MustParseAddr("192.0.2.1")
	nonce := c.nonce(ip, now)
	if _, ok := c.issued(nonce, netip.MustParseAddr("192.0.2.2")); ok {
		t.Error("a nonce is good for another address")
	}
	if at, ok := c.issued(nonce, ip); !ok || !at.Equal(now) {
		t.Errorf("issued %v %t", at, ok)
	}
	for i := range maxNonces + 10 {
		cred := &digest.Credentials{Nonce: fmt.Sprint(i), Nc: 1}
		if err := c.spend(cred, "r", now.Add(nonceLife)); (err == nil) != (i < maxNonces) {
			t.Fatalf("nonce %d: %v", i, err)
		}
	}
	now = now.Add(2 * nonceLife)
	if err := c.spend(&digest.Credentials{Nonce: "new", Nc: 1}, "r", now.Add(nonceLife)); err != nil || len(c.used) != 1 {
		t.Errorf("after all have expired: %v, %d kept", err, len(c.used))
	}
}

func TestChallengesAreRationed(t *testing.T) {
	s := newSieve()
	allowed := 0
	for range 100 {
		if s.allow(netip.MustParseAddr("192.0.2.1")) {
			allowed++
		}
	}
	if allowed < 5 || allowed > 20 {
		t.Errorf("%d of 100 at once", allowed)
	}
}

func TestSocketIsOpenedAgain(t *testing.T) { // trap 6
	h, calls := chanHandler()
	s, p := far(t, Config{TCPAddr: "127.0.0.1:0", UDPAddr: "127.0.0.1:0"}, h)
	_ = s.lis.socket.Load().conn.Load().Close() // as an error of the system would
	eventually(t, "the socket is opened again", func() bool { return s.Counters().Restarts == 1 })
	p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr)))
	in := receive(t, calls)
	in.Leg.HangUp(callstate.CauseBusy)
	p.response(486, gosip.INVITE)
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	p.answer(p.request(gosip.INVITE), 486, "far", "")
	listen(t, leg).ended(callstate.CauseBusy, 486)
}

func dialTCP(t *testing.T, from string, to netip.AddrPort) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// closedByPeer waits for the end of a connection.
func closedByPeer(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, err := c.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("still open: %v", err)
	}
}

func TestConnectionsAreCapped(t *testing.T) { // trap 7
	clocks := fast()
	clocks.idle = 300 * time.Millisecond
	s := newTestStack(t, Config{TCPAddr: "127.0.0.1:0", MaxTCPConns: 2, timing: clocks}, refuseAll(t))
	s.SetTrunks([]Trunk{{ID: "peer", Host: "127.0.0.1", Port: 9, Transport: trunk.TCP}})
	to := s.Addr("tcp")
	closedByPeer(t, dialTCP(t, "127.0.0.9", to)) // a stranger
	a, b := dialTCP(t, "127.0.0.1", to), dialTCP(t, "127.0.0.1", to)
	closedByPeer(t, dialTCP(t, "127.0.0.1", to)) // one too many
	closedByPeer(t, a)                           // idle
	closedByPeer(t, b)
	eventually(t, "places are given back", func() bool {
		c := dialTCP(t, "127.0.0.1", to)
		_, _ = io.WriteString(c, "\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, _ := c.Read(make([]byte, 2))
		return n == 2 // the pong of RFC 5626
	})
}

// Where trunks sign in by password any stranger may connect, but not take a
// trunk's place, nor have a transaction kept for each of its requests.
func TestStrangersConnectionsLeaveRoom(t *testing.T) {
	s := newTestStack(t, Config{TCPAddr: "127.0.0.1:0", MaxTCPConns: 8, timing: fast()}, refuseAll(t))
	s.SetTrunks([]Trunk{
		{ID: "peer", Host: "127.0.0.1", Port: 9, Transport: trunk.TCP},
		{ID: "roaming", Host: "192.0.2.1", Port: 9, InboundUsername: "far", InboundPassword: "pass"},
	})
	to := s.Addr("tcp")
	held, loud := dialTCP(t, "127.0.0.9", to), dialTCP(t, "127.0.0.10", to)
	closedByPeer(t, dialTCP(t, "127.0.0.9", to)) // a quarter is theirs
	friend := dialTCP(t, "127.0.0.1", to)
	_, _ = io.WriteString(friend, "\r\n\r\n")
	_ = friend.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(friend, make([]byte, 2)); err != nil {
		t.Errorf("a trunk is not let in: %v", err)
	}
	for i := range 1000 {
		_, err := fmt.Fprintf(loud, "INVITE sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.10;branch=z9hG4bK%d\r\n"+
			"From: <sip:far@x>;tag=%d\r\nTo: <sip:a@x>\r\nCall-ID: %d\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n", i, i, i)
		if err != nil {
			break // closed meanwhile
		}
	}
	_ = loud.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, loud); os.IsTimeout(err) {
		t.Error("who floods keeps the connection")
	}
	_ = held.Close()
	eventually(t, "places are given back", func() bool {
		c := dialTCP(t, "127.0.0.11", to)
		_, _ = io.WriteString(c, "\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, _ := c.Read(make([]byte, 2))
		return n == 2
	})
}

func TestNamesAreShownAsTheyRead(t *testing.T) {
	for raw, want := range map[string]string{
		"a\u202ebc\u2066d": "abcd", "a\r\nb\x7f\u0085c": "abc", "\ufeffZoë": "Zoë", "👩\u200d🔧": "👩\u200d🔧",
		strings.Repeat("é", 300): strings.Repeat("é", 120),
	} {
		if got := bounded(raw); got != want {
			t.Errorf("%q is shown as %q", raw, got)
		}
	}
}

// TestRequestsGoToTheirOwnPeer is trap 1: over TCP sipgo may pick the connection
// of another peer that happens to be registered under our own address.
func TestRequestsGoToTheirOwnPeer(t *testing.T) {
	s := newTestStack(t, Config{TCPAddr: "127.0.0.1:0"}, refuseAll(t))
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	target := addrPort(l.Addr())
	s.SetTrunks([]Trunk{
		{ID: "peer", Host: target.Addr().String(), Port: int(target.Port()), Transport: trunk.TCP},
		{ID: "other", Host: "127.0.0.1", Port: 9, Transport: trunk.TCP},
	})
	other := dialTCP(t, "127.0.0.1", s.Addr("tcp"))
	_, _ = io.WriteString(other, "\r\n\r\n")
	if _, err := io.ReadFull(other, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Dial(t.Context(), spec("1")); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(patience))
	var got bytes.Buffer
	for !strings.Contains(got.String(), "INVITE sip:1@") {
		if _, err := io.CopyN(&got, c, 1); err != nil {
			t.Fatalf("%v after %q", err, got.String())
		}
	}
	_ = other.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, _ := other.Read(make([]byte, 1)); n != 0 {
		t.Error("the other peer got something")
	}
}

func TestCallOverTLS(t *testing.T) {
	certPEM, keyPEM := peers.Certificate(t)
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	cfg := Config{TLSAddr: "127.0.0.1:0", TLS: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}}
	a, _, calls := pairOver(t, cfg, cfg, trunk.TLS)
	testCall(t, a, calls)
}

func TestCloseHangsUp(t *testing.T) {
	s, p := far(t, Config{}, refuseAll(t))
	up, err := s.Dial(t.Context(), spec("1"))
	if err != nil {
		t.Fatal(err)
	}
	ue := listen(t, up)
	p.answer(p.request(gosip.INVITE), 200, "far", sdpAt(p.addr))
	p.request(gosip.ACK)
	ue.await(call.LegAnswered)
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- s.Close(ctx)
	}()
	p.answer(p.request(gosip.BYE), 200, "", "")
	if err := <-closed; err != nil {
		t.Error(err)
	}
	ue.ended(callstate.CauseServerStopped, 0)
	if _, err := s.Dial(t.Context(), spec("1")); err == nil {
		t.Error("a closed stack dials")
	}
}

func FuzzGate(f *testing.F) {
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b>\r\nContent-Length: 0\r\n\r\n"))
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1\r\n\r\n"))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n"))
	l := newLines()
	set := []*line{newLine(Trunk{ID: "a", Host: "192.0.2.1"}), newLine(Trunk{ID: "b", Host: "192.0.2.2", InboundUsername: "u", InboundPassword: "p"})}
	l.set.Store(&set)
	g := newGate(&Config{UserAgent: "x"}, discardLog(), l, newGuests(), newChallenger("parley"), &counters{})
	g.reply = func([]byte, netip.AddrPort) {}
	f.Fuzz(func(t *testing.T, data []byte) {
		g.admits(data, netip.MustParseAddrPort("192.0.2.1:5060"))
		g.admits(data, netip.MustParseAddrPort("192.0.2.9:5060"))
		msg, err := g.parse(data)
		if err != nil {
			return
		}
		req, ok := msg.(*gosip.Request)
		if !ok || validate(req) != nil {
			return
		}
		acceptableBody(req)
		tooShort(req)
		caller(req)
		called(req, set[0])
		d := uasDialog(req, netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddr("192.0.2.3"))
		if d.request(gosip.BYE, 1).String() == "" || d.next().network == "" {
			t.Fatal("no way back")
		}
	})
}
