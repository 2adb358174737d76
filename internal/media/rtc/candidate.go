package rtc

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// candidate is an address that offers name (RFC 8839 section 5.1).
type candidate struct {
	transport string // udp or tcp
	addr      netip.AddrPort
	priority  uint32
}

func (c candidate) line(foundation int) string {
	line := fmt.Sprintf("a=candidate:%d 1 %s %d %s %d typ host", foundation, c.transport, c.priority, c.addr.Addr(), c.addr.Port())
	if c.transport == "tcp" {
		line += " tcptype passive"
	}
	return line + "\r\n"
}

// Priorities of host candidates (RFC 8445 section 5.1.2, RFC 6544 section 4.2): UDP
// before TCP, and the addresses in their order.
const (
	priorityUDP = 126<<24 | 0xffff<<8 | 255
	priorityTCP = 90<<24 | 0xffff<<8 | 255
)

// announce lists the engine's candidates: its ports on the public addresses or, where
// there are none, on those it listens on.
func (e *Engine) announce(public []netip.Addr) ([]candidate, error) {
	var out []candidate
	add := func(transport string, listens netip.AddrPort, priority uint32) error {
		addrs := public
		if len(addrs) == 0 {
			var err error
			if addrs, err = reachable(listens.Addr().Unmap()); err != nil {
				return err
			}
		}
		for i, ip := range addrs {
			out = append(out, candidate{transport, netip.AddrPortFrom(ip, listens.Port()), priority - uint32(i)<<8})
		}
		return nil
	}
	if err := add("udp", e.udp.LocalAddr(), priorityUDP); err != nil {
		return nil, err
	}
	if e.tcp != nil {
		if err := add("tcp", e.tcp.listener.Addr().(*net.TCPAddr).AddrPort(), priorityTCP); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// reachable lists the addresses on which a listener is reached.
func reachable(listens netip.Addr) ([]netip.Addr, error) {
	if !listens.IsUnspecified() {
		return []netip.Addr{listens}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this machine's addresses: %w", err)
	}
	var out []netip.Addr
	for _, a := range all {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(network.IP)
		ip = ip.Unmap()
		if !ok || ip.IsLinkLocalUnicast() || listens.Is4() && !ip.Is4() {
			continue
		}
		out = append(out, ip)
	}
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return boolean(a.IsLoopback()) - boolean(b.IsLoopback()) })
	return out, nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
