package sip

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"
)

// gate decides which datagrams sipgo gets to see. sipgo keeps an entry for every
// address it has read from and never drops it, so a scanner must be turned away
// before: without a word where no trunk signs in by password, else by a
// challenge that costs no state. Nobody unproven reaches the transaction layer.
type gate struct {
	log    *slog.Logger
	lines  *lines
	guests *guests
	digest *challenger
	parser *gosip.Parser
	agent  string
	reply  func(b []byte, to netip.AddrPort)
	count  *counters
	sieve  sieve
	shut   atomic.Bool    // nothing gets in any more
	quiet  rate.Sometimes // logs of what strangers do
}

func newGate(cfg *Config, log *slog.Logger, lines *lines, guests *guests, d *challenger, count *counters) *gate {
	return &gate{
		log: log, lines: lines, guests: guests, digest: d, parser: gosip.NewParser(), agent: cfg.UserAgent,
		count: count, sieve: newSieve(), quiet: rate.Sometimes{First: 3, Interval: 10 * time.Second},
	}
}

// errTooMuch ends a stranger's connection.
var errTooMuch = errors.New("a stranger sends too much")

// filter is sipgo's read filter. It runs on the socket's reading goroutine. For
// UDP it never returns an error, which would close the socket.
func (g *gate) filter(info gosip.TransportReadProps, data []byte) ([]byte, error) {
	if info.Transport != "UDP" {
		return g.stream(data, addrPort(info.RemoteAddr).Addr())
	}
	if g.shut.Load() || !g.admits(data, addrPort(info.RemoteAddr)) {
		return nil, nil
	}
	return data, nil
}

// stream is filter for a connection, which the listener has admitted. sipgo keeps
// a transaction for half a minute for each request that comes by it, so a
// stranger may send only as much as signing in takes.
func (g *gate) stream(data []byte, from netip.Addr) ([]byte, error) {
	if g.lines.knows(from) || g.guests.has(from) || g.sieve.allowBytes(from, len(data)) {
		return data, nil
	}
	g.count.dropped.Add(1)
	return nil, errTooMuch
}

func (g *gate) admits(data []byte, from netip.AddrPort) bool {
	known := g.lines.knows(from.Addr()) || g.guests.has(from.Addr())
	switch {
	case len(bytes.Trim(data, "\r\n\x00")) == 0:
		return false // keepalive
	case !known && (!g.lines.anyDigest() || !g.sieve.allow(from.Addr())):
		return g.dropped(from, "not from a trunk")
	}
	msg, err := g.parse(data)
	if err != nil {
		return g.garbled(data, from, known, err)
	}
	req, ok := msg.(*gosip.Request)
	switch {
	case !ok:
		return known && msg.Via() != nil && msg.CSeq() != nil && msg.CallID() != nil && msg.To() != nil && msg.From() != nil
	case known:
		return true
	case req.Method != gosip.INVITE || validate(req) != nil || tagOf(req.To().Params) != "":
		return g.dropped(from, "not from a trunk")
	}
	req.SetSource(from.String())
	trunks, ask := authenticate(g.digest, g.lines, req, from.Addr())
	if len(trunks) > 0 {
		return true
	}
	g.count.challenged.Add(1)
	g.reply([]byte(ask.String()), from)
	return false
}

// garbled answers a friend's broken request, so that it does not wait for 32 s.
func (g *gate) garbled(data []byte, from netip.AddrPort, known bool, err error) bool {
	if !known {
		return g.dropped(from, "not from a trunk")
	}
	g.count.malformed.Add(1)
	g.quiet.Do(func() { g.log.Warn("SIP message cannot be read", "from", from, "err", bounded(err.Error())) })
	if b := refuseRaw(data, g.agent); b != nil {
		g.reply(b, from)
	}
	return false
}

func (g *gate) dropped(from netip.AddrPort, why string) bool {
	g.count.dropped.Add(1)
	g.quiet.Do(func() { g.log.Info("SIP message dropped", "from", from, "reason", why) })
	return false
}

// parse turns a panic of the parser into an error: the same bytes would bring
// the program down inside sipgo.
func (g *gate) parse(data []byte) (msg gosip.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parser panic: %v", r)
		}
	}()
	return g.parser.ParseSIP(data)
}

// authenticate returns the trunks whose password req proves, or the challenge to
// answer it with. Workspaces know nothing of each other: trunks of two may have
// the same user name.
func authenticate(d *challenger, lines *lines, req *gosip.Request, ip netip.Addr) ([]*line, *gosip.Response) {
	old := false
	if cred := d.claimed(req); cred != nil {
		proved := lines.where(func(t *line) bool {
			if !t.byDigest() || t.InboundUsername != cred.Username {
				return false
			}
			err := d.verify(req, ip, cred, t.InboundPassword)
			old = old || errors.Is(err, errStale)
			return err == nil
		})
		if len(proved) > 0 {
			return proved, nil
		}
	}
	res := gosip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
	res.AppendHeader(gosip.NewHeader("WWW-Authenticate", d.challenge(ip, old)))
	return nil, res
}

// sieve slows each stranger down in constant memory: addresses that share a
// slot share its allowance.
type sieve struct {
	seed  maphash.Seed
	mu    *sync.Mutex
	slots []*rate.Limiter
}

func newSieve() sieve {
	s := sieve{seed: maphash.MakeSeed(), mu: &sync.Mutex{}, slots: make([]*rate.Limiter, 1024)}
	return s
}

func (s sieve) allow(ip netip.Addr) bool { return s.of(ip).Allow() }

// allowBytes counts each begun four kilobytes as one attempt.
func (s sieve) allowBytes(ip netip.Addr, n int) bool {
	return s.of(ip).AllowN(time.Now(), 1+n>>12)
}

func (s sieve) of(ip netip.Addr) *rate.Limiter {
	i := maphash.Comparable(s.seed, ip) % uint64(len(s.slots))
	s.mu.Lock()
	if s.slots[i] == nil {
		s.slots[i] = rate.NewLimiter(5, 10)
	}
	l := s.slots[i]
	s.mu.Unlock()
	return l
}

// numberOf is the number or name a URI calls, as written but for escapes and
// the parameters of telephone-subscriber.
func numberOf(uri *gosip.Uri) string {
	s := uri.User
	if uri.Scheme == "tel" {
		s = uri.Raw()
	}
	s, _, _ = strings.Cut(s, ";")
	return bounded(unescape(s))
}
