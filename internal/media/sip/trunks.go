package sip

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	gosip "github.com/emiago/sipgo/sip"
)

// line is a trunk in use: its settings, never changed, and the addresses its
// host was last found at.
type line struct {
	Trunk
	network string // UDP, TCP or TLS
	hops    atomic.Pointer[[]hop]
}

func newLine(t Trunk) *line {
	l := &line{Trunk: t, network: strings.ToUpper(string(t.Transport))}
	orDefault(&l.network, "UDP")
	hops, _ := literal(l) // who is named by address is known before its keeper runs
	l.hops.Store(&hops)
	return l
}

func (l *line) targets() []hop { return *l.hops.Load() }

func (l *line) credentials() credentials { return credentials{l.Username, l.Password} }

// domain is the host part of the URIs we write for this trunk.
func (l *line) domain() string { return strings.Trim(l.Host, "[]") }

// from says whether the trunk may call us from ip.
func (l *line) from(ip netip.Addr) bool {
	return slices.ContainsFunc(l.AllowedNets, func(n netip.Prefix) bool { return n.Contains(ip) }) ||
		slices.ContainsFunc(l.targets(), func(h hop) bool { return h.addr.Addr() == ip })
}

// byDigest says whether the trunk may call us from anywhere with a password.
func (l *line) byDigest() bool { return l.InboundUsername != "" && l.InboundPassword != "" }

// lines is the set of trunks, swapped whole when the settings change. Reading
// takes no lock: every datagram is looked up here.
type lines struct{ set atomic.Pointer[[]*line] }

func newLines() *lines {
	l := &lines{}
	l.set.Store(&[]*line{})
	return l
}

func (l *lines) all() []*line { return *l.set.Load() }

func (l *lines) byID(id string) *line {
	return l.first(func(t *line) bool { return t.ID == id })
}

func (l *lines) first(match func(*line) bool) *line {
	set := l.all()
	if i := slices.IndexFunc(set, match); i >= 0 {
		return set[i]
	}
	return nil
}

// knows says whether any trunk lives at ip.
func (l *lines) knows(ip netip.Addr) bool {
	return l.first(func(t *line) bool { return t.from(ip) }) != nil
}

func (l *lines) anyDigest() bool { return l.first((*line).byDigest) != nil }

func (l *lines) where(match func(*line) bool) []*line {
	var out []*line
	for _, t := range l.all() {
		if match(t) {
			out = append(out, t)
		}
	}
	return out
}

// callers are the trunks a request from ip may belong to. Where several share an
// address, as two accounts with one provider do, those whose account the request
// is addressed to come first.
func (l *lines) callers(req *gosip.Request, ip netip.Addr) []*line {
	out := l.where(func(t *line) bool { return t.from(ip) })
	addressed := func(t *line) int {
		if t.Username != "" && t.Username == req.Recipient.User {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b *line) int { return addressed(a) - addressed(b) })
	return out
}

// guests are addresses outside every trunk's that take part in a call: a peer
// that proved itself by digest, or the host a far end's Contact names. They may
// send within dialogs as long as the call lasts.
type guests struct {
	mu   sync.RWMutex
	refs map[netip.Addr]int
}

func newGuests() *guests { return &guests{refs: map[netip.Addr]int{}} }

func (g *guests) add(ip netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refs[ip]++
}

func (g *guests) drop(ip netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refs[ip]--; g.refs[ip] <= 0 {
		delete(g.refs, ip)
	}
}

func (g *guests) has(ip netip.Addr) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.refs[ip] > 0
}
