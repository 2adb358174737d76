package rtc

import (
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"
)

// registry knows whose a datagram is: by its address, on the packet path, or by the
// name in a check of ICE. A Peer's entries are made by its authentic checks alone.
type registry struct {
	addresses atomic.Pointer[map[netip.AddrPort]*Peer] // replaced, never changed

	mu    sync.Mutex
	names map[string]*Peer // by ICE ufrag
}

// maxAddresses bounds those from which a Peer is heard; the one not heard for longest
// is forgotten.
const maxAddresses = 8

func (r *registry) init() {
	r.addresses.Store(&map[netip.AddrPort]*Peer{})
	r.names = make(map[string]*Peer)
}

// at is whose an address is.
func (r *registry) at(addr netip.AddrPort) *Peer { return (*r.addresses.Load())[addr] }

// named is whose a check is.
func (r *registry) named(ufrag string) *Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[ufrag]
}

// name enters a Peer's names in place of those it had.
func (r *registry) name(p *Peer, ufrags []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.names, func(_ string, one *Peer) bool { return one == p })
	for _, ufrag := range ufrags {
		r.names[ufrag] = p
	}
}

// settle enters an address of a Peer, in place of whoever had it, and takes back the
// one it has too many.
func (r *registry) settle(p *Peer, addr netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(*r.addresses.Load())
	if p.addresses = append(p.addresses, addr); len(p.addresses) > maxAddresses {
		if oldest := p.addresses[0]; next[oldest] == p {
			delete(next, oldest)
		}
		p.addresses = p.addresses[1:]
	}
	next[addr] = p
	r.addresses.Store(&next)
}

// forget removes a Peer.
func (r *registry) forget(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	gone := func(one *Peer) bool { return one == p }
	maps.DeleteFunc(r.names, func(_ string, one *Peer) bool { return gone(one) })
	next := maps.Clone(*r.addresses.Load())
	maps.DeleteFunc(next, func(_ netip.AddrPort, one *Peer) bool { return gone(one) })
	r.addresses.Store(&next)
}
