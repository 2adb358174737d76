// Package edge guards the HTTP door: who a request really comes from, how often
// one address may knock, which sites may post here and what a browser may do
// with our pages. It knows no members, stores or pages. Everything in it is
// safe for any number of goroutines.
package edge

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how much of an X-Forwarded-For header is read.
const maxHops = 16

// Clients tells the address of a request's sender.
type Clients struct {
	trusted []netip.Prefix
}

// NewClients believes X-Forwarded-For from the given proxies and nobody else.
func NewClients(trusted []netip.Prefix) *Clients {
	return &Clients{trusted: append([]netip.Prefix(nil), trusted...)}
}

// Address is the nearest address not belonging to a trusted proxy. It is the
// zero Addr where the connection has none, as in a test without a network.
func (c *Clients) Address(r *http.Request) netip.Addr {
	addr := parse(r.RemoteAddr)
	if !c.trusts(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	// The right end was written by the nearest proxy; what stands left of the
	// first untrusted hop may be invented by the client.
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxHops; i-- {
		hop := parse(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			return addr
		}
		addr = hop
		if !c.trusts(hop) {
			return hop
		}
	}
	return addr
}

func (c *Clients) trusts(a netip.Addr) bool {
	for _, p := range c.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parse reads an address with or without a port.
func parse(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
