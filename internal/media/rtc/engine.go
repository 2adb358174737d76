// Package rtc is the browsers' side of the media plane: WebRTC peers on pion,
// which no other package of the server imports.
//
// An Engine owns one UDP port (and one TCP port, the way out where UDP is
// blocked) shared by all browsers. A Peer is one browser's warm connection; it
// lasts while the tab is signed in and serves many calls. A Leg is a Peer's part
// in one call. Only the server makes offers, so there is no glare.
//
// The server is an ICE-lite agent: it answers the browser's checks and sends
// none, so it needs no candidate of the browser (mDNS names do not matter) and
// cannot be made to probe addresses that a caller of a public page names.
// Chromium connected to it as fast as to a full agent that is told no
// candidates (medians of five: 158 and 182 ms).
//
// Goroutines: pion's own; one per Peer reads what the browser sends and hands
// it to the relay; two read its RTCP, which drives the reports. Negotiation
// runs on the caller's goroutine under Peer.mu. Callbacks come from pion's
// goroutines or the caller's, never with a lock held.
//
// It must not know calls, tables or the signalling socket.
package rtc

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/transport/v2/stdnet"
	"github.com/pion/webrtc/v3"
)

// Config says where browsers reach the server.
type Config struct {
	UDPAddr string // address and port for all browsers' media; port 0 picks one
	TCPAddr string // the same over TCP, for networks that block UDP; "" = off
	// PublicIPs are the addresses browsers are told to connect to; none = all
	// addresses of this machine, loopback too.
	PublicIPs []string
	// Disconnected is how long a silent browser counts as connected, Failed how
	// much longer until it is given up. 0 = 5 s and 15 s.
	Disconnected, Failed time.Duration
	Log                  *slog.Logger
}

// Engine makes Peers. Its methods may be called from any goroutine.
type Engine struct {
	api    *webrtc.API
	udp    net.PacketConn
	tcp    net.Listener // nil when off
	udpMux ice.UDPMux
	tcpMux ice.TCPMux // nil when off
	public []netip.Addr
	log    *slog.Logger
}

const (
	defaultDisconnected = 5 * time.Second
	defaultFailed       = 15 * time.Second
	keepalive           = 2 * time.Second

	udpReadBytes   = 4 << 20 // all browsers' packets over a stall of some 100 ms
	tcpReadPackets = 32
	tcpWriteBytes  = 64 << 10 // beyond, packets of a stalled connection are dropped
	tcpFirstPacket = 5 * time.Second
)

// New opens the ports. It fails if a port is taken or an address malformed.
func New(cfg Config) (*Engine, error) {
	e := &Engine{log: cfg.Log}
	for _, s := range cfg.PublicIPs {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
		e.public = append(e.public, ip.Unmap())
	}
	logs := pionLogs{log: cfg.Log}
	if err := e.listen(cfg, logs); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if err := e.build(cfg, logs); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) listen(cfg Config, logs pionLogs) (err error) {
	if e.udp, err = net.ListenPacket("udp", cfg.UDPAddr); err != nil {
		return fmt.Errorf("open media port: %w", err)
	}
	if conn, ok := e.udp.(*net.UDPConn); ok {
		_ = conn.SetReadBuffer(udpReadBytes) // the system may grant less
	}
	e.udpMux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: e.udp, Logger: logs.NewLogger("ice")})
	if cfg.TCPAddr == "" {
		return nil
	}
	if e.tcp, err = net.Listen("tcp", cfg.TCPAddr); err != nil {
		return fmt.Errorf("open media port: %w", err)
	}
	e.tcpMux = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: e.tcp, Logger: logs.NewLogger("ice"),
		ReadBufferSize: tcpReadPackets, WriteBufferSize: tcpWriteBytes,
		FirstStunBindTimeout: tcpFirstPacket, AliveDurationForConnFromStun: tcpFirstPacket,
	})
	return nil
}

// build assembles pion's API from the codecs, ports and timings.
func (e *Engine) build(cfg Config, logs pionLogs) error {
	media := &webrtc.MediaEngine{}
	for _, c := range preference(0) {
		if err := media.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return fmt.Errorf("register codec: %w", err)
		}
	}
	reports := &interceptor.Registry{}
	if err := webrtc.ConfigureRTCPReports(reports); err != nil {
		return fmt.Errorf("set up reports: %w", err)
	}
	settings := e.settings(cfg, logs)
	// Else pion lists the machine's interfaces anew for every peer.
	network, err := stdnet.NewNet()
	if err != nil {
		return fmt.Errorf("list network interfaces: %w", err)
	}
	settings.SetNet(network)
	e.api = webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(reports),
		webrtc.WithSettingEngine(settings))
	return nil
}

func (e *Engine) settings(cfg Config, logs pionLogs) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = logs
	s.SetLite(true)
	s.SetICEUDPMux(e.udpMux)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if e.tcpMux != nil {
		s.SetICETCPMux(e.tcpMux)
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
		// pion offers the TCP port on every address, even if it listens on one.
		if at, ok := e.tcp.Addr().(*net.TCPAddr); ok && !at.IP.IsUnspecified() {
			s.SetIPFilter(at.IP.Equal)
		}
	}
	s.SetNetworkTypes(networks)
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.DisableActiveTCP(true)
	s.SetICETimeouts(or(cfg.Disconnected, defaultDisconnected), or(cfg.Failed, defaultFailed), keepalive)
	// The cookie exchange proves a return address, which ICE has done already.
	s.SetDTLSInsecureSkipHelloVerify(true)
	s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	return s
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// UDPAddr is where the engine listens.
func (e *Engine) UDPAddr() net.Addr { return e.udp.LocalAddr() }

// TCPAddr is where the engine listens over TCP, or nil.
func (e *Engine) TCPAddr() net.Addr {
	if e.tcp == nil {
		return nil
	}
	return e.tcp.Addr()
}

// Close frees the ports. Peers should be closed before.
func (e *Engine) Close() error {
	var errs []error
	if e.udpMux != nil {
		errs = append(errs, e.udpMux.Close())
	}
	if e.tcpMux != nil {
		errs = append(errs, e.tcpMux.Close())
	}
	return errors.Join(errs...)
}
