// Package rtp is the media side of a SIP leg: one UDP socket that maps RTP
// (RFC 3550) and telephone events (RFC 4733) to relay packets and back. It
// knows no SIP. A Session's reading goroutine hands packets to its relay.Port;
// Write runs on whatever goroutine the relay writes from. They share one mutex
// per leg, and nothing across calls.
package rtp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Quarantine is how long a port rests after a call, so that a far end that has
// not noticed the end cannot talk into the next call.
const Quarantine = 6 * time.Second

// ErrNoPort means that every port of the range is taken or resting.
var ErrNoPort = errors.New("no free RTP port")

// Pool hands out even UDP ports of a range (RFC 3550 section 11 leaves the odd
// ones to RTCP). It may be used from any goroutine.
type Pool struct {
	ip  netip.Addr
	now func() time.Time

	mu   sync.Mutex
	next int         // index in rest at which to look first
	rest []time.Time // per port: when it may be used; zero = now, far = taken
	low  int
}

// NewPool returns the pool of the even ports from low to high, both included,
// on ip. 0, 0 lets the system choose.
func NewPool(ip netip.Addr, low, high int) (*Pool, error) {
	p := &Pool{ip: ip, now: time.Now}
	if low == 0 && high == 0 {
		return p, nil
	}
	p.low = low + low%2
	if low < 1024 || high > 65535 || p.low > high {
		return nil, fmt.Errorf("RTP port range %d-%d holds no even port between 1024 and 65535", low, high)
	}
	p.rest = make([]time.Time, (high-p.low)/2+1)
	return p, nil
}

// lease is a port in use; release lets it rest.
type lease struct {
	conn    *net.UDPConn
	release func()
}

func (p *Pool) open() (lease, error) {
	if p.rest == nil {
		return p.openAny()
	}
	for range p.rest {
		i, ok := p.take()
		if !ok {
			break
		}
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.ip, uint16(p.low+2*i))))
		if err == nil {
			return lease{conn, sync.OnceFunc(func() { p.give(i) })}, nil
		}
		p.give(i) // another program has it: try it again after the quarantine
	}
	return lease{}, ErrNoPort
}

// openAny asks the system until it gives an even port.
func (p *Pool) openAny() (lease, error) {
	for range 64 {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.ip, 0)))
		if err != nil {
			return lease{}, fmt.Errorf("open RTP port: %w", err)
		}
		if conn.LocalAddr().(*net.UDPAddr).Port%2 == 0 {
			return lease{conn, func() {}}, nil
		}
		_ = conn.Close()
	}
	return lease{}, ErrNoPort
}

// take marks the next rested port as taken. Going round the range makes the
// time until a port comes back as long as it can be.
func (p *Pool) take() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for n := range p.rest {
		i := (p.next + n) % len(p.rest)
		if p.rest[i].After(now) {
			continue
		}
		p.rest[i] = now.Add(1 << 60)
		p.next = i + 1
		return i, true
	}
	return 0, false
}

func (p *Pool) give(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest[i] = p.now().Add(Quarantine)
}
