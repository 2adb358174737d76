package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// lookup is the part of net.Resolver a resolver needs.
type lookup interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// resolver finds the addresses of trunks (RFC 3263 without NAPTR: the transport
// is configured). Its method blocks on DNS.
type resolver struct{ dns lookup }

// maxHops bounds how many addresses of one trunk are kept.
const maxHops = 8

func (r resolver) resolve(ctx context.Context, l *line) ([]hop, error) {
	if hops, ok := literal(l); ok {
		return hops, nil
	}
	host, port := l.domain(), uint16(l.Port)
	var hops []hop
	if port == 0 {
		service, proto := "sip", strings.ToLower(l.network)
		if l.network == "TLS" {
			service, proto = "sips", "tcp"
		}
		// The records come in order of priority; none is the common case.
		if _, records, err := r.dns.LookupSRV(ctx, service, proto, host); err == nil {
			for _, rec := range records {
				more, _ := r.addresses(ctx, l.network, strings.TrimSuffix(rec.Target, "."), rec.Port)
				hops = append(hops, more...)
			}
		}
		port = uint16(gosip.DefaultPort(l.network))
	}
	if len(hops) == 0 {
		var err error
		if hops, err = r.addresses(ctx, l.network, host, port); err != nil {
			return nil, err
		}
	}
	return hops[:min(len(hops), maxHops)], nil
}

// literal is the hop of a trunk whose host is an address.
func literal(l *line) ([]hop, bool) {
	ip, err := netip.ParseAddr(l.domain())
	if err != nil {
		return nil, false
	}
	port := uint16(l.Port)
	if port == 0 {
		port = uint16(gosip.DefaultPort(l.network))
	}
	return []hop{{network: l.network, addr: netip.AddrPortFrom(ip.Unmap(), port)}}, true
}

// addresses lists a host's, IPv4 first.
func (r resolver) addresses(ctx context.Context, network, host string, port uint16) ([]hop, error) {
	ips, err := r.dns.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", host, err)
	}
	var v4, v6 []hop
	for _, ip := range ips {
		h := hop{network: network, name: host, addr: netip.AddrPortFrom(ip.Unmap(), port)}
		if ip.Unmap().Is4() {
			v4 = append(v4, h)
		} else {
			v6 = append(v6, h)
		}
	}
	if len(v4)+len(v6) == 0 {
		return nil, fmt.Errorf("resolve %s: no address", host)
	}
	return append(v4, v6...), nil
}
