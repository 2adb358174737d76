// Package rtc is the browsers' side of the media plane: WebRTC over one port. pion
// shakes hands (DTLS) and reads what is said of it (SDP, STUN); packets take no way
// but ours, since a relay's cost is the way of its packets.
//
// An Engine owns one UDP port (and one TCP port, the way out where UDP is blocked)
// shared by all browsers. A Peer is one browser's warm connection; it lasts while the
// tab is signed in and serves many calls. A Leg is a Peer's part in one call. Only the
// server makes offers, so there is no glare.
//
// What comes by UDP is read by the datagram.Loop, which tells by the first byte what it
// is (RFC 7983) and by its address whose: checks of ICE are answered at once, DTLS
// goes to the Peer's goroutine for it, and media are decrypted in place and handed to
// the relay, whose listeners' packets are encrypted into the loop's batch.
//
// Goroutines: the loop's; one per Peer for DTLS; two per TCP connection; one of the
// Engine for reports. Negotiation runs on the caller's goroutine under Peer.mu.
// Callbacks come from any of them, never with a lock held.
//
// It must not know calls, tables or the signalling socket.
package rtc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/dtls/v2/pkg/crypto/selfsign"

	"parley/internal/media/datagram"
	"parley/internal/media/rtcp"
)

// Config says where browsers reach the server.
type Config struct {
	Loop    *datagram.Loop // reads the media port
	UDPAddr string         // address and port for all browsers' media; port 0 picks one
	TCPAddr string         // the same over TCP, for networks that block UDP; "" = off
	// PublicIPs are the addresses browsers are told to connect to; none = all
	// addresses of this machine, loopback too.
	PublicIPs []string
	// Disconnected is how long a silent browser counts as connected, Failed how
	// much longer until it is given up. 0 = 5 s and 15 s.
	Disconnected, Failed time.Duration
	Log                  *slog.Logger
}

const (
	defaultDisconnected = 5 * time.Second
	defaultFailed       = 15 * time.Second

	reportStep = 50 * time.Millisecond // how far the reports of some Peers lie from those of others

	udpReadBytes = 4 << 20 // all browsers' packets over a stall of some 100 ms
)

// Engine makes Peers. Its methods may be called from any goroutine.
type Engine struct {
	loop        *datagram.Loop
	udp         *datagram.Socket
	tcp         *tcpPort // nil when off
	aside       aside
	certificate tls.Certificate
	fingerprint string // of the certificate, as SDP has it
	candidates  []candidate
	peers       registry
	reports     *datagram.Metronome
	silence     [2]time.Duration // until disconnected, and from then until failed
	log         *slog.Logger
	work        sync.WaitGroup // Peers' goroutines
}

// New opens the ports. It fails if a port is taken or an address malformed.
func New(cfg Config) (*Engine, error) {
	e := &Engine{loop: cfg.Loop, log: cfg.Log, aside: aside{turn: datagram.NewTurn()}, reports: datagram.NewMetronome(rtcp.Interval, reportStep)}
	e.silence = [2]time.Duration{or(cfg.Disconnected, defaultDisconnected), or(cfg.Failed, defaultFailed)}
	e.peers.init(e.silence[0])
	var public []netip.Addr
	for _, s := range cfg.PublicIPs {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
		public = append(public, ip.Unmap())
	}
	err := e.identify()
	if err == nil {
		err = e.listen(cfg)
	}
	if err == nil {
		e.candidates, err = e.announce(public)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// identify makes the certificate that offers name by its fingerprint.
func (e *Engine) identify() (err error) {
	if e.certificate, err = selfsign.GenerateSelfSigned(); err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	e.fingerprint, err = fingerprintOf("sha-256", e.certificate.Certificate[0])
	return err
}

func (e *Engine) listen(cfg Config) (err error) {
	conn, err := net.ListenPacket("udp", cfg.UDPAddr)
	if err != nil {
		return fmt.Errorf("open media port: %w", err)
	}
	udp := conn.(*net.UDPConn)
	_ = udp.SetReadBuffer(udpReadBytes) // the system may grant less
	if e.udp, err = e.loop.Open(udp, e.datagram); err != nil {
		return errors.Join(err, udp.Close())
	}
	if cfg.TCPAddr != "" {
		e.tcp, err = e.listenTCP(cfg.TCPAddr)
	}
	return err
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// UDPAddr is where the engine listens.
func (e *Engine) UDPAddr() net.Addr { return net.UDPAddrFromAddrPort(e.udp.LocalAddr()) }

// TCPAddr is where the engine listens over TCP, or nil.
func (e *Engine) TCPAddr() net.Addr {
	if e.tcp == nil {
		return nil
	}
	return e.tcp.listener.Addr()
}

// Close frees the ports. Peers should be closed before; Close waits for the end of
// their goroutines.
func (e *Engine) Close() error {
	var errs []error
	if e.tcp != nil {
		errs = append(errs, e.tcp.close())
	}
	if e.udp != nil {
		errs = append(errs, e.udp.Close())
	}
	e.work.Wait()
	return errors.Join(errs...)
}

// aside is the turn of those who have none.
type aside struct {
	mu   sync.Mutex
	turn *datagram.Turn
}

// do has f send at once.
func (a *aside) do(f func(*datagram.Turn)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn.Begin()
	f(a.turn)
	a.turn.End()
}
