package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// What is wrong with a body that cannot be answered, or answers ours: the two sides
// share no codec, or no audio at all; or they would, with a key to encrypt it by.
var (
	ErrNoCommon = errors.New("nothing in common")
	ErrNoKey    = fmt.Errorf("%w: no key for encrypted media", ErrNoCommon)
)

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
	Crypto  Crypto // what the other side's packets are encrypted by; zero: they are plain
}

// Encrypted says whether packets are, both ways.
func (c Choice) Encrypted() bool { return c.Crypto != Crypto{} }

// Held says whether the other side has put us on hold: by direction, or in the
// manner of RFC 2543 by the address 0.0.0.0.
func (c Choice) Held() bool {
	return c.Side == SendOnly || c.Side == Inactive || c.Remote.Addr().IsUnspecified()
}

// Wants says whether the other side wants packets at all.
func (c Choice) Wants() bool {
	return (c.Side == SendRecv || c.Side == RecvOnly) && !c.Remote.Addr().IsUnspecified() && c.Remote.Port() != 0
}

// Terms are what a section is chosen by.
type Terms struct {
	// Laws are ours in order of preference, of which the first that the other side has
	// wins. None: its body answers ours, and its favourite does.
	Laws []uint8
	// Offered are the keys of our offer, which an answer must take one of.
	Offered []Crypto
	// Encrypted leaves out what is plain.
	Encrypted bool
}

// Choose picks the audio section, codec and key of s. The error wraps ErrNoCommon.
func Choose(s *Session, t Terms) (Choice, error) {
	why := ErrNoCommon
	for i := range s.Media {
		m := &s.Media[i]
		if m.Kind != "audio" || m.Port == 0 || !m.rtp() || !m.Addr.IsValid() {
			continue
		}
		c := Choice{Index: i, Remote: netip.AddrPortFrom(m.Addr.Unmap(), m.Port), Side: m.Direction, Reports: m.Reports}
		if !c.Reports.Addr().IsValid() {
			c.Reports = netip.AddrPortFrom(c.Remote.Addr(), c.Reports.Port())
		}
		if !c.codec(m, t.Laws) {
			continue
		}
		var ok bool
		if c.Crypto, ok = t.key(m); ok {
			return c, nil
		}
		why = ErrNoKey
	}
	return Choice{}, fmt.Errorf("%w in %d media sections", why, len(s.Media))
}

// codec is false if the section has none that is spoken.
func (c *Choice) codec(m *Media, prefer []uint8) bool {
	for _, f := range m.Formats {
		switch {
		case f.is(PCMU, "PCMU"), f.is(PCMA, "PCMA"):
			c.Laws = append(c.Laws, f.Payload)
		case f.Name == "TELEPHONE-EVENT" && f.Rate == 8000 && c.Event == 0:
			c.Event = f.Payload
		}
	}
	if len(c.Laws) == 0 {
		return false
	}
	c.Law = c.Laws[0]
	for _, law := range prefer {
		if slices.Contains(c.Laws, law) {
			c.Law = law
			break
		}
	}
	return true
}

// key is the first of a section's that can be used, as its writer prefers, or none
// where it may be plain. It is false where the terms are not met.
func (t Terms) key(m *Media) (Crypto, bool) {
	for _, c := range m.Cryptos {
		if len(t.Laws) > 0 || t.offered(c) {
			return c, true
		}
	}
	return Crypto{}, !m.encrypted() && !t.Encrypted && len(t.Offered) == 0
}

// offered says whether c answers a line of ours. A key that is our own again would take
// packets of ours for the other side's.
func (t Terms) offered(c Crypto) bool {
	return slices.ContainsFunc(t.Offered, func(o Crypto) bool { return o.Tag == c.Tag && o.Suite == c.Suite && o.Key != c.Key })
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

// Offer writes our offer: the laws in order of preference, then events. With keys it
// is of encrypted media alone.
func (l Local) Offer(laws []uint8, keys []Crypto) []byte {
	var b strings.Builder
	l.head(&b)
	proto := "RTP/AVP"
	if len(keys) > 0 {
		proto = savp
	}
	l.audio(&b, proto, laws, Event, SendRecv)
	for _, key := range keys {
		b.WriteString(key.line())
	}
	return []byte(b.String())
}

// Answer writes our answer to s: c's section with c's law, every other section
// refused in its place, as RFC 3264 section 6 asks. If c is encrypted, key is ours.
func (l Local) Answer(s *Session, c Choice, key Crypto) []byte {
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
		if c.Encrypted() {
			b.WriteString(key.line())
		}
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
