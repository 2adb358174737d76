package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"parley/internal/domain/trunk"
	"parley/internal/domain/trunk/incoming"
	"parley/internal/media/datagram"
)

// Trunk is a trunk's settings; TrunkStatus is what it is doing.
type (
	Trunk       = trunk.Trunk
	TrunkStatus = trunk.Status
)

// Config is how a Stack listens and presents itself. Zero values take the
// defaults named beside them.
type Config struct {
	Loop                      *datagram.Loop // reads the RTP ports
	UDPAddr, TCPAddr, TLSAddr string         // host:port, "" = off; at least one is needed
	TLS                       *tls.Config
	PublicIP                  string        // what peers are told; "" = the address we reach them from
	RTPMin, RTPMax            int           // 0, 0 = any free port
	UserAgent                 string        // "Parley"
	Realm                     string        // of our own challenges: "parley"
	MaxTCPConns               int           // 256
	MaxCalls                  int           // 1000 legs at once
	SessionExpires            time.Duration // 30 minutes; RFC 4028 allows no less than 90 s
	OptionsEvery              time.Duration // pace of OPTIONS to each trunk: 30 s; negative: never
	// Choose says which of several trunks that a call may have come by it did come
	// by, as an index of ways; out of range is the first. It runs on a goroutine of
	// the call's own. Without it the first trunk gets the call.
	Choose func(ways []incoming.Way) int
	// OnStatus is told of every change of a trunk's status, on that trunk's goroutine.
	OnStatus func(trunkID string, s TrunkStatus)

	timing timing // shortened in tests
}

// timing holds the protocol's clocks.
type timing struct {
	t1      time.Duration // RTT estimate of RFC 3261: pace of our 200s; 64 of them until we give up
	second  time.Duration // a second of Expires and Session-Expires, of keepalive and of back-off
	silence time.Duration // an INVITE without any reply for so long has failed
	idle    time.Duration // a connection without a byte for so long is closed
}

func (c *Config) fill() error {
	if c.UDPAddr == "" && c.TCPAddr == "" && c.TLSAddr == "" {
		return errors.New("no SIP address to listen on")
	}
	if c.TLSAddr != "" && (c.TLS == nil || len(c.TLS.Certificates) == 0 && c.TLS.GetCertificate == nil) {
		return errors.New("SIP over TLS needs a certificate")
	}
	if c.PublicIP != "" {
		if _, err := netip.ParseAddr(c.PublicIP); err != nil {
			return fmt.Errorf("public IP: %w", err)
		}
	}
	orDefault(&c.UserAgent, "Parley")
	orDefault(&c.Realm, "parley")
	orDefault(&c.MaxTCPConns, 256)
	orDefault(&c.MaxCalls, 1000)
	orDefault(&c.timing, timing{t1: 500 * time.Millisecond, second: time.Second, silence: 10 * time.Second, idle: 5 * time.Minute})
	orDefault(&c.OptionsEvery, 30*time.Second)
	orDefault(&c.SessionExpires, 30*time.Minute)
	if c.SessionExpires < minSessionExpires*time.Second {
		return fmt.Errorf("session expires after %v, RFC 4028 wants at least %d s", c.SessionExpires, minSessionExpires)
	}
	return nil
}

func orDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}
