package rtc

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// registry knows whose a datagram is: by its address, on the packet path, or by the
// name in a check of ICE. A Peer's entries are made by its authentic checks alone.
// What the loop does here takes the same time however many Peers there are.
type registry struct {
	patience time.Duration // until an address that is silent may become another's

	mu    sync.RWMutex
	paths map[netip.AddrPort]*path
	names map[string]*Peer // by ICE ufrag
}

// entries are a registry's of one Peer, under its lock.
type entries struct {
	paths []*path
	names []string
	fresh *rate.Limiter // of addresses
	gone  bool          // the Peer is closed, and enters nothing any more
}

// maxAddresses bounds those from which a Peer is heard; the one not heard for longest
// is forgotten.
const maxAddresses = 8

// How often a Peer may bring a new address: as often at once as a machine with many
// networks does when it begins or restarts, then as one that moves between them.
const (
	freshAtOnce = 2 * maxAddresses
	freshEach   = time.Second
)

func newEntries() entries {
	return entries{fresh: rate.NewLimiter(rate.Every(freshEach), freshAtOnce)}
}

func (r *registry) init(patience time.Duration) {
	r.patience = patience
	r.paths = make(map[netip.AddrPort]*path)
	r.names = make(map[string]*Peer)
}

// at is the path that leads to an address.
func (r *registry) at(addr netip.AddrPort) *path {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.paths[addr]
}

// named is whose a check is.
func (r *registry) named(ufrag string) *Peer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.names[ufrag]
}

// name enters a Peer's names in place of those it had.
func (r *registry) name(p *Peer, ufrags []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.entries.gone {
		return
	}
	r.unname(p)
	p.entries.names = ufrags
	for _, ufrag := range ufrags {
		r.names[ufrag] = p
	}
}

// unname removes a Peer's names. It is called with r.mu held.
func (r *registry) unname(p *Peer) {
	for _, ufrag := range p.entries.names {
		delete(r.names, ufrag)
	}
	p.entries.names = nil
}

// settle enters a path, unless it is there, and says whether its owner has it. He has
// not while another is heard from that address: whoever can forge a source would take
// it from him. Nor has one who brings too many addresses.
func (r *registry) settle(w *path, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine, was := &w.owner.entries, r.paths[w.addr]
	switch {
	case was == w:
		return true
	case mine.gone, was != nil && !was.silent(now, r.patience), !mine.fresh.AllowN(now, 1):
		return false
	}
	if was != nil {
		r.remove(was)
	}
	if len(mine.paths) >= maxAddresses {
		r.remove(w.owner.eldest())
	}
	r.paths[w.addr] = w
	mine.paths = append(mine.paths, w)
	return true
}

// eldest is the path not heard for longest, but for the one in use. It is called with
// the registry's lock held.
func (p *Peer) eldest() *path {
	used := p.path.Load()
	return slices.MinFunc(p.entries.paths, func(a, b *path) int {
		return cmp.Or(boolean(a == used)-boolean(b == used), cmp.Compare(a.last.Load(), b.last.Load()))
	})
}

// remove takes a path from its owner. It is called with r.mu held.
func (r *registry) remove(w *path) {
	delete(r.paths, w.addr)
	mine := &w.owner.entries
	mine.paths = slices.DeleteFunc(mine.paths, func(other *path) bool { return other == w })
}

// forget removes a Peer for good.
func (r *registry) forget(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.entries.gone = true
	r.unname(p)
	for _, w := range p.entries.paths {
		delete(r.paths, w.addr)
	}
	p.entries.paths = nil
}
