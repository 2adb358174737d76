package rtc

import (
	"net/netip"
	"strings"
)

// announce replaces the addresses in an offer's candidates (RFC 8839 section
// 5.1) by the public ones, each once per transport. Without public ones the
// offer stays as it is.
func announce(sdp string, public []netip.Addr) string {
	if len(public) == 0 {
		return sdp
	}
	var b strings.Builder
	transports := map[string]bool{}
	for line := range strings.Lines(sdp) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "a=candidate:") || len(fields) < 8 {
			b.WriteString(line)
			continue
		}
		component, transport, port := fields[1], fields[2], fields[5]
		if seen := component + transport + port; !transports[seen] {
			transports[seen] = true
			for i, ip := range public {
				fields[0] = "a=candidate:" + transport + string(rune('a'+i))
				fields[4] = ip.String()
				b.WriteString(strings.Join(fields, " ") + "\r\n")
			}
		}
	}
	return b.String()
}
