package sip

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// listeners owns the sockets calls come in by. sipgo gives a socket up on its
// first error, and reports a closed UDP socket as success: whatever the reason
// for which serving ends, the socket is opened again on the same port until the
// context ends. (A udpSocket does not even let it come to that.)
type listeners struct {
	cfg     *Config
	log     *slog.Logger
	tp      *gosip.TransportLayer
	friend  func(netip.Addr) bool // whether a trunk or a guest is there
	admit   func() bool           // whether strangers may hold TCP connections
	count   *counters
	servers sync.WaitGroup

	bound  map[string]netip.AddrPort // by network; written once, in open
	socket atomic.Pointer[udpSocket]
	live   atomic.Bool // the UDP socket is registered with sipgo
}

// restartPause is the pause before a socket is opened again, doubled up to its
// maximum while that fails.
const (
	restartPause    = 50 * time.Millisecond
	maxRestartPause = 5 * time.Second
)

// open binds every configured address, then serves them until ctx ends.
func (l *listeners) open(ctx context.Context) error {
	l.bound = map[string]netip.AddrPort{}
	serve := map[string]func(context.Context){}
	for _, at := range []struct{ network, addr string }{{"UDP", l.cfg.UDPAddr}, {"TCP", l.cfg.TCPAddr}, {"TLS", l.cfg.TLSAddr}} {
		if at.addr == "" {
			continue
		}
		f, addr, err := l.bind(at.network, at.addr)
		if err != nil {
			err = fmt.Errorf("listen for SIP on %s %s: %w", at.network, at.addr, err)
			stopped, cancel := context.WithCancel(ctx)
			cancel()
			for _, f := range serve {
				f(stopped) // closes the socket
			}
			return err
		}
		l.bound[at.network], serve[at.network] = addr, f
	}
	for network, f := range serve {
		l.servers.Go(func() { l.supervise(ctx, network, l.bound[network].String(), f) })
	}
	return nil
}

// supervise serves, and binds and serves again, until ctx ends.
func (l *listeners) supervise(ctx context.Context, network, addr string, serve func(context.Context)) {
	pause := restartPause
	for {
		if serve != nil {
			serve(ctx)
			pause = restartPause
		}
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("SIP socket lost, opening it again", "network", network, "addr", addr)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		var err error
		if serve, _, err = l.bind(network, addr); err != nil {
			l.log.Error("SIP socket cannot be opened", "network", network, "addr", addr, "err", err)
			pause = min(2*pause, maxRestartPause)
			continue
		}
		l.count.restarts.Add(1)
	}
}

// bind opens one socket; the function it returns serves it until it fails or
// the context ends.
func (l *listeners) bind(network, addr string) (func(context.Context), netip.AddrPort, error) {
	if network == "UDP" {
		return l.bindUDP(addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	bound := addrPort(ln.Addr())
	capped := &cappedListener{Listener: ln, max: int64(l.cfg.MaxTCPConns), friend: l.friend, admit: l.admit, count: l.count}
	serve := func() error { return l.tp.ServeTCP(capped) }
	if network == "TLS" {
		serve = func() error { return l.tp.ServeTLS(tls.NewListener(capped, l.cfg.TLS)) }
	}
	return func(ctx context.Context) {
		stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
		defer stop()
		_ = serve() // its error says no more than that the socket is gone
		_ = ln.Close()
	}, bound, nil
}

func (l *listeners) bindUDP(addr string) (func(context.Context), netip.AddrPort, error) {
	u, err := openUDP(addr, l.log, l.count)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	l.socket.Store(u)
	// Serving registers the socket too, but on its own goroutine: a request of
	// ours sent before that would find the port taken.
	name := u.LocalAddr().String()
	l.tp.Pool("udp").Add(name, &gosip.UDPConnection{PacketConn: u, PacketAddr: name, Listener: true})
	l.live.Store(true)
	return func(ctx context.Context) {
		stop := context.AfterFunc(ctx, func() {
			l.live.Store(false)
			_ = u.Close()
		})
		defer stop()
		_ = l.tp.ServeUDP(u)
		l.live.Store(false)
		_ = u.Close()
	}, addrPort(u.LocalAddr()), nil
}

// wait returns when every socket has been closed.
func (l *listeners) wait() { l.servers.Wait() }

func (l *listeners) udp() netip.AddrPort { return l.bound["UDP"] }

// ip is the address listened on, unspecified for all.
func (l *listeners) ip() netip.Addr {
	for _, network := range []string{"UDP", "TCP", "TLS"} {
		if a, ok := l.bound[network]; ok {
			return a.Addr()
		}
	}
	return netip.Addr{}
}

// port is the port to name to peers of a network; where that network is not
// listened on, 0: the transport then fills in the connection's own.
func (l *listeners) port(network string) int { return int(l.bound[network].Port()) }

// anyPort is port, or that of another network: a peer reached over a network
// we do not listen on can still find us there.
func (l *listeners) anyPort(network string) int {
	for _, n := range []string{network, "TCP", "UDP", "TLS"} {
		if p := l.port(n); p != 0 {
			return p
		}
	}
	return 0
}

// reply answers a datagram outside any transaction.
func (l *listeners) reply(b []byte, to netip.AddrPort) {
	if u := l.socket.Load(); u != nil {
		u.reply(b, to)
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// cappedListener bounds the connections strangers and friends can hold.
type cappedListener struct {
	net.Listener
	max       int64
	open      atomic.Int64
	strangers atomic.Int64 // those among them from no trunk or guest when they came
	friend    func(netip.Addr) bool
	admit     func() bool
	count     *counters
}

// strangersPart of the connections may be strangers': there is always room for a
// trunk's.
const strangersPart = 4

// Accept returns the next connection worth having and closes the others.
func (l *cappedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if closed := l.take(addrPort(c.RemoteAddr()).Addr()); closed != nil {
			return &cappedConn{Conn: c, closed: sync.OnceFunc(closed)}, nil
		}
		l.count.dropped.Add(1)
		_ = c.Close()
	}
}

// take counts a connection in, unless there is no place for it, and returns how
// to count it out. One goroutine accepts.
func (l *cappedListener) take(from netip.Addr) (closed func()) {
	if l.open.Load() >= l.max {
		return nil
	}
	if l.friend(from) {
		l.open.Add(1)
		return func() { l.open.Add(-1) }
	}
	if !l.admit() || l.strangers.Load() >= max(l.max/strangersPart, 1) {
		return nil
	}
	l.open.Add(1)
	l.strangers.Add(1)
	return func() {
		l.strangers.Add(-1)
		l.open.Add(-1)
	}
}

type cappedConn struct {
	net.Conn
	closed func()
}

func (c *cappedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
