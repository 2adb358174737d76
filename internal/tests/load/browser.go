package load

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/stun"
	"github.com/pion/transport/v2/packetio"

	"parley/internal/media/datagram"
	"parley/internal/media/srtp"
)

const (
	checkInterval = 2 * time.Second // of consent (RFC 7675), and until there is one
	connectTime   = 30 * time.Second
)

// Browser is a talker by WebRTC.
type Browser struct {
	*Talker

	local, remote struct{ ufrag, pwd string }
	server        netip.AddrPort
	tunnel        *tunnel
	connected     chan error // told once

	mu    sync.Mutex
	begun bool // a check was answered
}

// tunnel is the connection DTLS thinks it has.
type tunnel struct {
	*packetio.Buffer

	socket *net.UDPConn
	to     netip.AddrPort
}

func (t *tunnel) Write(b []byte) (int, error)      { return t.socket.WriteToUDPAddrPort(b, t.to) }
func (t *tunnel) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (t *tunnel) RemoteAddr() net.Addr             { return &net.UDPAddr{} }
func (t *tunnel) SetDeadline(d time.Time) error    { return t.SetReadDeadline(d) }
func (t *tunnel) SetWriteDeadline(time.Time) error { return nil }

// Answer returns a browser that takes an offer, and its answer. It connects as soon
// as the server lets it, and then says something.
func (f *Farm) Answer(offer string) (*Browser, string, error) {
	b, err := f.browser()
	if err != nil {
		return nil, "", err
	}
	if err := b.Accept(offer); err != nil {
		return nil, "", err
	}
	return b, b.describe("active", strings.Count(offer, "\nm=audio ")), nil
}

// Offer returns a browser that makes an offer. It connects once it has the answer of a
// server that waits for it to shake hands.
func (f *Farm) Offer() (*Browser, string, error) {
	b, err := f.browser()
	if err != nil {
		return nil, "", err
	}
	return b, b.describe("actpass", 1), nil
}

// browser returns one that knows nobody yet.
func (f *Farm) browser() (*Browser, error) {
	b := &Browser{Talker: &Talker{farm: f}, tunnel: &tunnel{Buffer: packetio.NewBuffer()}, connected: make(chan error, 1)}
	text := rand.Text() + rand.Text()
	b.local.ufrag, b.local.pwd = text[:8], text[8:40]
	return b, f.open(b.Talker, b.datagram)
}

// Accept takes the server's description and begins to connect.
func (b *Browser) Accept(description string) error {
	if err := b.read(description); err != nil {
		return err
	}
	b.tunnel.socket, b.tunnel.to = b.socket.Conn(), b.server
	b.hush = append(b.hush, b.farm.checks.Start(b), func() { _ = b.tunnel.Close() })
	return nil
}

// describe is what the browser says of itself, in so many sections; it speaks by the
// first.
func (b *Browser) describe(setup string, sections int) string {
	sum := sha256.Sum256(b.farm.certificate.Certificate[0])
	fingerprint := strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
	var bundle, all strings.Builder
	for i := range sections {
		fmt.Fprintf(&bundle, " %d", i)
		fmt.Fprintf(&all, "m=audio 9 UDP/TLS/RTP/SAVPF 8 126\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=%s\r\na=rtcp-mux\r\n"+
			"a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:%s\r\n"+
			"a=rtpmap:8 PCMA/8000\r\na=rtpmap:126 telephone-event/8000\r\n",
			i, []string{"sendrecv", "recvonly"}[min(i, 1)], b.local.ufrag, b.local.pwd, fingerprint, setup)
	}
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE" + bundle.String() + "\r\n" + all.String()
}

// read finds the server's credentials and its first UDP candidate.
func (b *Browser) read(offer string) error {
	for line := range strings.Lines(offer) {
		line = strings.TrimSpace(line)
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "a=ice-ufrag:"):
			b.remote.ufrag = strings.TrimPrefix(line, "a=ice-ufrag:")
		case strings.HasPrefix(line, "a=ice-pwd:"):
			b.remote.pwd = strings.TrimPrefix(line, "a=ice-pwd:")
		case strings.HasPrefix(line, "a=candidate:") && len(f) > 5 && strings.EqualFold(f[2], "udp") && !b.server.IsValid():
			port, err := strconv.ParseUint(f[5], 10, 16)
			addr, failed := netip.ParseAddr(f[4])
			if err == nil && failed == nil && addr.Is4() {
				b.server = netip.AddrPortFrom(addr, uint16(port))
			}
		}
	}
	if b.remote.ufrag == "" || b.remote.pwd == "" || !b.server.IsValid() {
		return errors.New("the offer names no way to the server")
	}
	return nil
}

// Connected waits until the browser talks.
func (b *Browser) Connected(ctx context.Context) error {
	select {
	case err := <-b.connected:
		b.connected <- err
		return err
	case <-ctx.Done():
		return fmt.Errorf("browser not connected: %w", ctx.Err())
	}
}

// Beat sends a check, as the controlling end that nominates at once.
func (b *Browser) Beat(t *datagram.Turn) (more bool) {
	if b.farm.unchecked.Load() {
		return true
	}
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(b.remote.ufrag+":"+b.local.ufrag),
		stun.RawAttribute{Type: stun.AttrUseCandidate}, stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{0x7e, 0xff, 0xff, 0xff}},
		stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)},
		stun.NewShortTermIntegrity(b.remote.pwd), stun.Fingerprint)
	if err == nil {
		t.Send(b.socket, copy(t.Buffer(), m.Raw), b.server)
	}
	return true
}

// Miss does nothing.
func (b *Browser) Miss(int) {}

func (b *Browser) datagram(_ *datagram.Turn, _ *datagram.Socket, d []byte, _ netip.AddrPort) {
	switch {
	case len(d) == 0:
	case d[0] < 4:
		b.checked(d)
	case d[0] >= 20 && d[0] < 64:
		_, _ = b.tunnel.Buffer.Write(d)
	case d[0] >= 128:
		b.hear(d)
	}
}

// checked takes the answer to a check; the first one begins the handshake.
func (b *Browser) checked(d []byte) {
	var m stun.Message
	if stun.Decode(d, &m) != nil || m.Type != stun.BindingSuccess || stun.NewShortTermIntegrity(b.remote.pwd).Check(&m) != nil {
		return
	}
	b.mu.Lock()
	begun := b.begun
	b.begun = true
	b.mu.Unlock()
	if !begun {
		b.farm.work.Go(func() { b.connected <- b.shake() })
	}
}

func (b *Browser) shake() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	conn, err := dtls.ClientWithContext(ctx, b.tunnel, &dtls.Config{
		Certificates: []tls.Certificate{b.farm.certificate}, InsecureSkipVerify: true,
		SRTPProtectionProfiles: []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM},
	})
	if err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	state := conn.ConnectionState()
	all, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 56)
	if err != nil {
		return fmt.Errorf("export keys: %w", err)
	}
	var g protection
	if g.out, err = srtp.NewSender(srtp.AEADAES128GCM, all[:16], all[32:44]); err != nil {
		return err
	}
	if g.in, err = srtp.NewReceiver(srtp.AEADAES128GCM, all[16:32], all[44:]); err != nil {
		return err
	}
	b.Talker.mu.Lock()
	b.guard = &g
	b.Talker.mu.Unlock()
	b.farm.mu.Lock()
	b.hush = append(b.hush, func() { _ = conn.Close() })
	b.farm.mu.Unlock()
	b.Speak(b.server)
	return nil
}

// protection is SRTP.
type protection struct {
	out *srtp.Sender
	in  *srtp.Receiver
}

func (p *protection) seal(b []byte) ([]byte, error) { return p.out.RTP(b) }
func (p *protection) open(b []byte) ([]byte, error) { return p.in.RTP(b) }
