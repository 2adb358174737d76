package rtc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/dtls/v2/pkg/crypto/selfsign"
	"github.com/pion/stun"

	"parley/internal/media/datagram"
	"parley/internal/media/srtp"
)

// raw is a stranger's page that speaks for itself: a peer, and a socket of his own.
type raw struct {
	*Peer
	t      testing.TB
	engine *Engine
	conn   *net.UDPConn // connected to the server
	cert   tls.Certificate
	offers chan string
	dtls   *dtls.Conn
	out    *srtp.Sender
	in     *srtp.Receiver

	mu     sync.Mutex
	states []PeerState
}

func rawEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	loop, err := datagram.NewLoop(0)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Loop, cfg.UDPAddr, cfg.Log = loop, "127.0.0.1:0", slog.New(slog.DiscardHandler)
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(e.Close(), loop.Close()) })
	return e
}

func newRaw(t testing.TB, e *Engine) *raw {
	t.Helper()
	r := &raw{t: t, engine: e, offers: make(chan string, 10)}
	var err error
	r.Peer, err = e.NewPeer(PeerConfig{
		Signal: func(s Signal) { r.offers <- s.SDP },
		State: func(s PeerState) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.states = append(r.states, s)
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Peer.Close() })
	if r.cert, err = selfsign.GenerateSelfSigned(); err != nil {
		t.Fatal(err)
	}
	r.conn = r.socket()
	return r
}

func (r *raw) socket() *net.UDPConn {
	c, err := net.DialUDP("udp4", nil, r.engine.UDPAddr().(*net.UDPAddr))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (r *raw) state() PeerState {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.states) == 0 {
		return PeerNew
	}
	return r.states[len(r.states)-1]
}

func (r *raw) await(want PeerState, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if r.state() == want {
			return true
		}
	}
	return r.state() == want
}

func (r *raw) answer() string {
	f, err := fingerprintOf("sha-256", r.cert.Certificate[0])
	if err != nil {
		r.t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n")
	for i := range tracks {
		fmt.Fprintf(&b, "m=audio 9 UDP/TLS/RTP/SAVPF 8 0 111 126\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=rtcp-mux\r\na=ice-ufrag:abcdefgh\r\n"+
			"a=ice-pwd:abcdefghabcdefghabcdefgh\r\na=fingerprint:sha-256 %s\r\na=setup:active\r\na=rtpmap:111 opus/48000/2\r\n", i, f)
	}
	return b.String()
}

func (r *raw) check(nominate bool) []byte {
	c := r.agent.Local()
	all := []stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.Ufrag + ":abcdefgh"),
		stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{0x7e, 0xff, 0xff, 0xff}},
		stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)}}
	if nominate {
		all = append(all, stun.RawAttribute{Type: stun.AttrUseCandidate})
	}
	m, err := stun.Build(append(all, stun.NewShortTermIntegrity(c.Pwd), stun.Fingerprint)...)
	if err != nil {
		r.t.Fatal(err)
	}
	return m.Raw
}

// checkBy sends a check by a socket and takes the response.
func (r *raw) checkBy(c net.Conn, nominate bool) {
	if _, err := c.Write(r.check(nominate)); err != nil {
		r.t.Fatal(err)
	}
	var b [2048]byte
	_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
	for {
		n, err := c.Read(b[:])
		if err != nil {
			r.t.Fatal("no response to a check: ", err)
		}
		if n > 0 && b[0] < 4 {
			return
		}
	}
}

// connect is all a page does until it may talk.
func (r *raw) connect() {
	if err := r.Start(); err != nil {
		r.t.Fatal(err)
	}
	<-r.offers
	r.checkBy(r.conn, true)
	if err := r.Answer(r.answer()); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = r.conn.SetReadDeadline(time.Time{})
	var err error
	r.dtls, err = dtls.ClientWithContext(ctx, r.conn, &dtls.Config{Certificates: []tls.Certificate{r.cert}, InsecureSkipVerify: true,
		SRTPProtectionProfiles: []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}})
	if err != nil {
		r.t.Fatal(err)
	}
	state := r.dtls.ConnectionState()
	all, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 56)
	if err == nil {
		r.out, err = srtp.NewSender(srtp.AEADAES128GCM, all[:16], all[32:44])
	}
	if err == nil {
		r.in, err = srtp.NewReceiver(srtp.AEADAES128GCM, all[16:32], all[44:])
	}
	if err != nil {
		r.t.Fatal(err)
	}
	if !r.await(PeerConnected, 5*time.Second) {
		r.t.Fatal("not connected")
	}
}

func local(c net.Conn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }
