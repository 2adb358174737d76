package trunk

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/text"
)

// Bounds of what people type.
const (
	maxName     = 60
	maxHost     = 253 // RFC 1035, 2.3.4
	maxUsername = 128
	maxPassword = 256
	maxNets     = 64
)

// The widest networks calls may be allowed from. Anything wider is the open
// internet in disguise, and an open trunk is other people's phone bill.
const (
	widestV4 = 8
	widestV6 = 16
)

// Transports lists the transports, the default first.
func Transports() []Transport { return []Transport{UDP, TCP, TLS} }

// Draft is what people set of a trunk. Its fields are named in faults as the
// fields of forms and documents are: name, host, port, transport, srtp, username,
// password, register, allowed, inbound_username, inbound_password.
type Draft struct {
	Name            string
	Host            string // a name or an address; "sip:" and ":port" are understood
	Port            string // "" takes the transport's default
	Transport       Transport
	SRTP            bool
	Username        string
	Password        string // "" keeps the one there is
	Register        bool
	Allowed         []string // addresses and CIDR networks
	InboundUsername string
	InboundPassword string // "" keeps the one there is
}

// DraftOf returns the draft that leaves t as it is. It holds no passwords.
func DraftOf(t Trunk) Draft {
	d := Draft{
		Name: t.Name, Host: t.Host, Transport: t.Transport, SRTP: t.SRTP, Username: t.Username,
		Register: t.Register, InboundUsername: t.InboundUsername,
	}
	if t.Port != 0 {
		d.Port = strconv.Itoa(t.Port)
	}
	for _, p := range t.AllowedNets {
		if p.IsSingleIP() {
			d.Allowed = append(d.Allowed, p.Addr().String())
		} else {
			d.Allowed = append(d.Allowed, p.String())
		}
	}
	return d
}

// Apply returns t with what the draft says. Blank passwords keep t's as long as
// their user name is there. All faults are returned at once, joined.
func (d Draft) Apply(t Trunk) (Trunk, error) {
	c := checker{}
	t.Name = c.line("name", d.Name, maxName)
	if t.Name == "" {
		c.refuse("name", "error.name-needed")
	}
	t.Host, t.Port = c.address(d.Host, d.Port)
	t.Transport = d.Transport
	if t.Transport == "" {
		t.Transport = Transports()[0]
	} else if !slices.Contains(Transports(), t.Transport) {
		c.refuse("transport", "error.transport-unknown")
	}
	t.SRTP = d.SRTP
	t.Username, t.Password = c.credentials("", d.Username, d.Password, t.Password)
	t.InboundUsername, t.InboundPassword = c.credentials("inbound_", d.InboundUsername, d.InboundPassword, t.InboundPassword)
	t.Register = d.Register
	if t.Register && t.Username == "" {
		c.refuse("username", "error.register-needs-username")
	}
	t.AllowedNets = c.networks(d.Allowed)
	return t, errors.Join(c.faults...)
}

// checker gathers faults; only the first of a field is kept.
type checker struct{ faults []error }

func (c *checker) refuse(field, key string) { c.add(fault.OnField(field, key)) }

func (c *checker) add(f *fault.Error) {
	for _, e := range c.faults {
		if fault.Of(e).Field == f.Field {
			return
		}
	}
	c.faults = append(c.faults, f)
}

func (c *checker) line(field, s string, limit int) string {
	clean, ok := text.Line(s, limit)
	if !ok {
		c.refuse(field, "error.name-invalid")
	}
	return clean
}

func (c *checker) address(host, port string) (string, int) {
	host = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(host), "sips:"), "sip:")
	if h, p, err := net.SplitHostPort(host); err == nil && strings.TrimSpace(port) == "" {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	switch {
	case host == "":
		c.refuse("host", "error.host-needed")
	case !validHost(host):
		c.refuse("host", "error.host-invalid")
	}
	port = strings.TrimSpace(port)
	if port == "" {
		return strings.ToLower(host), 0
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		c.refuse("port", "error.port-invalid")
	}
	return strings.ToLower(host), int(n)
}

// validHost takes an IP address without a zone or a host name (RFC 1123, 2.1).
func validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == "" && !addr.IsUnspecified() && !addr.IsMulticast()
	}
	if len(host) > maxHost {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	// A last label of digits alone would be a mistyped address.
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func (c *checker) credentials(prefix, username, password, kept string) (string, string) {
	username = strings.TrimSpace(username)
	if !token(username, maxUsername) || strings.Contains(username, " ") {
		c.refuse(prefix+"username", "error.username-invalid")
	}
	if !token(password, maxPassword) {
		c.refuse(prefix+"password", "error.password-invalid")
	}
	if username == "" {
		if password != "" {
			c.refuse(prefix+"username", "error.username-needed")
		}
		return "", ""
	}
	if password == "" {
		password = kept
	}
	if password == "" {
		c.refuse(prefix+"password", "error.password-needed")
	}
	return username, password
}

// token says whether s can stand in a digest header: printable, no quotes and no
// backslash, which would end the header's quoted string.
func token(s string, limit int) bool {
	clean, ok := text.Line(s, limit)
	return ok && !strings.ContainsAny(s, "\"\\\t\r\n") && (clean != "" || s == "")
}

func (c *checker) networks(given []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range given {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		p, key := network(s)
		if key == "" && len(out) == maxNets {
			key = "error.network-many"
		}
		if key != "" {
			shown, _ := text.Line(s, 50)
			c.add(fault.OnField("allowed", key).With("network", shown))
			continue
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// network reads an address or CIDR network; key says what is wrong with it.
func network(s string) (p netip.Prefix, key string) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		p = netip.PrefixFrom(addr, addr.BitLen())
	} else if p, err = netip.ParsePrefix(s); err != nil {
		return p, "error.network-invalid"
	}
	if p.Addr().Is4In6() { // ::ffff:0:0/96 is all of IPv4
		if p.Bits() < 96 {
			return p, "error.network-open"
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	widest := widestV6
	if p.Addr().Is4() {
		widest = widestV4
	}
	if p.Bits() < widest || p.Addr().IsUnspecified() {
		return p, "error.network-open"
	}
	return p.Masked(), ""
}
