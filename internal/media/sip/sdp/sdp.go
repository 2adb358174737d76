// Package sdp reads and writes the small part of SDP (RFC 8866) and of its
// offer/answer model (RFC 3264) that a G.711 telephone call needs, with the keys
// of encrypted media (RFC 4568). It is pure: no network, no clock, no state, and
// its input is bounded. No error of it tells a key.
package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Payload types of RFC 3551 and the one Parley offers for RFC 4733 events.
const (
	PCMU  uint8 = 0
	PCMA  uint8 = 8
	Event uint8 = 101
)

// savp is the profile of encrypted RTP (RFC 3711 section 12).
const savp = "RTP/SAVP"

// What a body may hold at most; more is refused.
const (
	maxBody    = 16 << 10
	maxLines   = 512
	maxMedia   = 16
	maxFormats = 64
)

// Direction is who sends in a media section, seen from its writer.
type Direction uint8

// The directions of RFC 3264.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// String returns the attribute that says d.
func (d Direction) String() string {
	return [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}[d&3]
}

// Reverse returns d as the other side says it in its answer.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	default:
		return d
	}
}

// Format is one payload type of a media section.
type Format struct {
	Payload uint8
	Name    string // from rtpmap, "" where the section has none
	Rate    int
}

// Media is one m= section.
type Media struct {
	Kind      string
	Port      uint16
	Proto     string
	Formats   []Format
	Addr      netip.Addr // where its writer wants the packets; invalid if it named a host
	Direction Direction
	Reports   netip.AddrPort // where it wants RTCP (RFC 3605), if it says so; its address may be invalid
	Cryptos   []Crypto       // the keys among which its reader chooses
	fmts      string         // the format list as written, to be mirrored in a refusal
}

// Session is what a body says, sections in order.
type Session struct {
	Media []Media
}

// ErrMalformed is wrapped by every error of Parse.
var ErrMalformed = errors.New("malformed SDP")

// Parse reads a body. It takes what RFC 8866 allows and tolerates bare LF line
// ends, unknown lines and missing o=, s= and t= lines, which exist in the wild.
func Parse(body []byte) (*Session, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(body))
	}
	lines := strings.Split(string(body), "\n")
	if len(lines) > maxLines {
		return nil, fmt.Errorf("%w: %d lines", ErrMalformed, len(lines))
	}
	p := parser{}
	for _, line := range lines {
		line = strings.TrimRight(line, "\r \x00")
		if line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	if !p.version {
		return nil, fmt.Errorf("%w: no v=0 line", ErrMalformed)
	}
	return &p.out, nil
}

type parser struct {
	out     Session
	version bool
	addr    netip.Addr // session level, inherited by sections
	dir     Direction
}

func (p *parser) line(line string) error {
	if len(line) < 2 || line[1] != '=' {
		return fmt.Errorf("%w: line without type", ErrMalformed)
	}
	value := line[2:]
	if !p.version && line != "v=0" {
		return fmt.Errorf("%w: does not start with v=0", ErrMalformed)
	}
	switch line[0] {
	case 'v':
		p.version = true
	case 'c':
		return p.connection(value)
	case 'm':
		return p.media(value)
	case 'a':
		p.attribute(value)
	}
	return nil
}

func (p *parser) section() *Media {
	if len(p.out.Media) == 0 {
		return nil
	}
	return &p.out.Media[len(p.out.Media)-1]
}

func (p *parser) connection(value string) error {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" {
		return fmt.Errorf("%w: c= line of %d words", ErrMalformed, len(f))
	}
	host, _, _ := strings.Cut(f[2], "/") // a multicast TTL is of no use here
	addr, err := netip.ParseAddr(host)
	if err != nil {
		addr = netip.Addr{}
	}
	if m := p.section(); m != nil {
		m.Addr = addr
	} else {
		p.addr = addr
	}
	return nil
}

func (p *parser) media(value string) error {
	f := strings.Fields(value)
	if len(f) < 4 || len(p.out.Media) == maxMedia {
		return fmt.Errorf("%w: m= line %d of %d words", ErrMalformed, len(p.out.Media)+1, len(f))
	}
	port, _, _ := strings.Cut(f[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(f)-3 > maxFormats {
		return fmt.Errorf("%w: m= line with a bad port, or with %d formats", ErrMalformed, len(f)-3)
	}
	m := Media{Kind: f[0], Port: uint16(n), Proto: f[2], Addr: p.addr, Direction: p.dir, fmts: strings.Join(f[3:], " ")}
	if m.rtp() {
		for _, s := range f[3:] {
			pt, err := strconv.ParseUint(s, 10, 7)
			if err != nil {
				return fmt.Errorf("%w: m= line with a bad payload type", ErrMalformed)
			}
			m.Formats = append(m.Formats, Format{Payload: uint8(pt)})
		}
	}
	p.out.Media = append(p.out.Media, m)
	return nil
}

func (p *parser) attribute(value string) {
	m := p.section()
	switch value {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		for d := SendRecv; d <= Inactive; d++ {
			if d.String() != value {
				continue
			}
			if m != nil {
				m.Direction = d
			} else {
				p.dir = d
			}
		}
		return
	}
	if m == nil {
		return
	}
	name, rest, _ := strings.Cut(value, ":")
	switch name {
	case "rtcp":
		m.reports(strings.Fields(rest))
	case "crypto":
		m.crypto(rest)
	case "rtpmap":
		m.rtpmap(rest)
	}
}

// rtpmap takes "payload name/rate"; what is malformed is left out.
func (m *Media) rtpmap(value string) {
	num, enc, _ := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(num, 10, 7)
	if err != nil {
		return
	}
	name, rate, _ := strings.Cut(strings.TrimSpace(enc), "/")
	rate, _, _ = strings.Cut(rate, "/")
	hz, err := strconv.Atoi(rate)
	if err != nil {
		return
	}
	for i := range m.Formats {
		if m.Formats[i].Payload == uint8(pt) {
			m.Formats[i].Name, m.Formats[i].Rate = strings.ToUpper(name), hz
		}
	}
}

// reports takes "port" or "port IN IP4 address"; what is malformed is left out.
func (m *Media) reports(f []string) {
	if len(f) != 1 && len(f) != 4 {
		return
	}
	port, err := strconv.ParseUint(f[0], 10, 16)
	if err != nil {
		return
	}
	var addr netip.Addr
	if len(f) == 4 {
		addr, _ = netip.ParseAddr(f[3])
	}
	m.Reports = netip.AddrPortFrom(addr, uint16(port))
}

func (m *Media) rtp() bool { return m.Proto == "RTP/AVP" || m.Proto == "RTP/AVPF" || m.encrypted() }

// encrypted says whether the section is of no use without a key. Some far ends have
// keys in others too, where the answer may take one or leave it.
func (m *Media) encrypted() bool { return m.Proto == savp || m.Proto == "RTP/SAVPF" }
