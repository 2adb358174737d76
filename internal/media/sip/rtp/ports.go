// Package rtp is the media side of a SIP leg: one UDP socket that maps RTP
// (RFC 3550) and telephone events (RFC 4733) to relay packets and back, and SRTP
// where it is given keys. It knows no SIP. A datagram.Loop reads the socket and its
// goroutine hands packets to the Session's relay.Port; Write runs on whatever
// goroutine the relay writes from. They share one mutex per leg, and nothing across
// calls.
package rtp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"parley/internal/media/datagram"
	"parley/internal/media/rtcp"
)

// Quarantine is how long a port rests after a call, so that a far end that has
// not noticed the end cannot talk into the next call.
const Quarantine = 6 * time.Second

// reportStep is how far the reports of some legs lie from those of others.
const reportStep = 50 * time.Millisecond

// ErrNoPort means that every port of the range is taken or resting.
var ErrNoPort = errors.New("no free RTP port")

// Pool hands out even UDP ports of a range with the odd ones above them. It may be
// used from any goroutine.
type Pool struct {
	loop  *datagram.Loop      // reads the sockets
	beats *datagram.Metronome // for reports
	ip    netip.Addr
	now   func() time.Time

	mu   sync.Mutex
	next int         // index in rest at which to look first
	rest []time.Time // per port: when it may be used; zero = now, far = taken
	low  int
}

// NewPool returns the pool of the even ports from low to high, both included,
// on ip, whose sockets a loop reads. 0, 0 lets the system choose.
func NewPool(loop *datagram.Loop, ip netip.Addr, low, high int) (*Pool, error) {
	p := &Pool{loop: loop, beats: datagram.NewMetronome(rtcp.Interval, reportStep), ip: ip, now: time.Now}
	if low == 0 && high == 0 {
		return p, nil
	}
	p.low = low + low%2
	if low < 1024 || high > 65535 || p.low >= high {
		return nil, fmt.Errorf("RTP port range %d-%d holds no even port with the odd one above it between 1024 and 65535", low, high)
	}
	p.rest = make([]time.Time, (high-p.low+1)/2)
	return p, nil
}

// lease is a port in use, with the odd one beside it for RTCP (RFC 3550 section 11);
// release lets both rest.
type lease struct {
	media, reports *net.UDPConn
	release        func()
}

func (l lease) close() error { return errors.Join(l.media.Close(), l.reports.Close()) }

func (p *Pool) open() (lease, error) {
	if p.rest == nil {
		return p.openAny()
	}
	for range p.rest {
		i, ok := p.take()
		if !ok {
			break
		}
		l, err := p.pair(p.low + 2*i)
		if err == nil {
			l.release = sync.OnceFunc(func() { p.give(i) })
			return l, nil
		}
		p.give(i) // another program has it: try it again after the quarantine
	}
	return lease{}, ErrNoPort
}

// pair opens an even port, 0 for any, and the one above it.
func (p *Pool) pair(port int) (lease, error) {
	open := func(port int) (*net.UDPConn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.ip, uint16(port))))
	}
	media, err := open(port)
	if err != nil {
		return lease{}, fmt.Errorf("open RTP port: %w", err)
	}
	if port = portOf(media); port%2 != 0 {
		_ = media.Close()
		return lease{}, fmt.Errorf("open RTP port: %d is odd", port)
	}
	reports, err := open(port + 1)
	if err != nil {
		_ = media.Close()
		return lease{}, fmt.Errorf("open RTCP port: %w", err)
	}
	return lease{media, reports, func() {}}, nil
}

func portOf(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }

// openAny asks the system until it gives a pair.
func (p *Pool) openAny() (lease, error) {
	for range 64 {
		if l, err := p.pair(0); err == nil {
			return l, nil
		}
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
