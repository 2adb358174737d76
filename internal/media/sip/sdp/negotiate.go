package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ErrNoCommon means that the two sides share no codec, or no audio at all.
var ErrNoCommon = errors.New("no common codec")

// Choice is the outcome of reading the other side's body.
type Choice struct {
	Index  int            // of the audio section in the other side's body
	Law    uint8          // PCMU or PCMA: what is sent to the other side
	Laws   []uint8        // the laws the other side takes, its favourite first
	Event  uint8          // payload type the other side takes events on, 0 if none
	Remote netip.AddrPort // where the other side wants its packets; unspecified while it holds
	Side   Direction      // as the other side wrote it
	// Reports is where the other side wants RTCP; its port is 0 if it does not say.
	Reports netip.AddrPort
}

// Held says whether the other side has put us on hold: by direction, or in the
// manner of RFC 2543 by the address 0.0.0.0.
func (c Choice) Held() bool {
	return c.Side == SendOnly || c.Side == Inactive || c.Remote.Addr().IsUnspecified()
}

// Wants says whether the other side wants packets at all.
func (c Choice) Wants() bool {
	return (c.Side == SendRecv || c.Side == RecvOnly) && !c.Remote.Addr().IsUnspecified() && c.Remote.Port() != 0
}

// Choose picks the audio section and codec of s. With prefer, the first law of
// prefer that s has wins (we answer); without, the favourite of s does (s is
// the answer to us). The error wraps ErrNoCommon.
func Choose(s *Session, prefer []uint8) (Choice, error) {
	for i := range s.Media {
		m := &s.Media[i]
		if m.Kind != "audio" || m.Port == 0 || !m.rtp() || !m.Addr.IsValid() {
			continue
		}
		c := Choice{Index: i, Remote: netip.AddrPortFrom(m.Addr.Unmap(), m.Port), Side: m.Direction, Reports: m.Reports}
		if !c.Reports.Addr().IsValid() {
			c.Reports = netip.AddrPortFrom(c.Remote.Addr(), c.Reports.Port())
		}
		for _, f := range m.Formats {
			switch {
			case f.is(PCMU, "PCMU"), f.is(PCMA, "PCMA"):
				c.Laws = append(c.Laws, f.Payload)
			case f.Name == "TELEPHONE-EVENT" && f.Rate == 8000 && c.Event == 0:
				c.Event = f.Payload
			}
		}
		if len(c.Laws) == 0 {
			continue
		}
		c.Law = c.Laws[0]
		for _, law := range prefer {
			if slices.Contains(c.Laws, law) {
				c.Law = law
				break
			}
		}
		return c, nil
	}
	return Choice{}, fmt.Errorf("%w in %d media sections", ErrNoCommon, len(s.Media))
}

// is says whether f is the static payload type pt, with or without its rtpmap.
func (f Format) is(pt uint8, name string) bool {
	return f.Payload == pt && (f.Name == "" || f.Name == name && f.Rate == 8000)
}

// Local is our side of a session.
type Local struct {
	Addr    netip.Addr
	Port    uint16
	ID      uint64 // of the session, constant
	Version uint64 // to be raised with every change
}

// Offer writes our offer: the laws in order of preference, then events.
func (l Local) Offer(laws []uint8) []byte {
	var b strings.Builder
	l.head(&b)
	l.audio(&b, "RTP/AVP", laws, Event, SendRecv)
	return []byte(b.String())
}

// Answer writes our answer to s: c's section with c's law, every other section
// refused in its place, as RFC 3264 section 6 asks.
func (l Local) Answer(s *Session, c Choice) []byte {
	var b strings.Builder
	l.head(&b)
	for i := range s.Media {
		m := &s.Media[i]
		if i != c.Index {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.Kind, m.Proto, m.fmts)
			continue
		}
		dir := m.Direction.Reverse()
		if c.Remote.Addr().IsUnspecified() && dir == SendRecv {
			dir = RecvOnly
		}
		l.audio(&b, m.Proto, []uint8{c.Law}, c.Event, dir)
	}
	return []byte(b.String())
}

func (l Local) head(b *strings.Builder) {
	fam := "IP4"
	if l.Addr.Is6() {
		fam = "IP6"
	}
	fmt.Fprintf(b, "v=0\r\no=parley %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		l.ID, l.Version, fam, l.Addr, fam, l.Addr)
}

func (l Local) audio(b *strings.Builder, proto string, laws []uint8, event uint8, dir Direction) {
	fmt.Fprintf(b, "m=audio %d %s", l.Port, proto)
	for _, law := range laws {
		fmt.Fprintf(b, " %d", law)
	}
	if event != 0 {
		fmt.Fprintf(b, " %d", event)
	}
	b.WriteString("\r\n")
	for _, law := range laws {
		name := "PCMU"
		if law == PCMA {
			name = "PCMA"
		}
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", law, name)
	}
	if event != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", event, event)
	}
	fmt.Fprintf(b, "a=ptime:20\r\na=%s\r\n", dir)
}
