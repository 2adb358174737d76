package rtc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtc/ice"
)

// offer is what the server proposes: an audio section per track, the first of which
// takes what the browser says.
type offer struct {
	session     uint64
	version     uint64
	credentials ice.Credentials
	fingerprint string
	formats     []format
	ssrc        uint32 // of the first track; those of the others follow
	candidates  []candidate
}

// text is the offer as SDP (RFC 8866, RFC 8829 section 5.2).
func (o *offer) text() string {
	var b strings.Builder
	line(&b, "v=0")
	line(&b, "o=- %d %d IN IP4 0.0.0.0", o.session, o.version)
	line(&b, "s=-")
	line(&b, "t=0 0")
	b.WriteString("a=group:BUNDLE")
	for i := range tracks {
		fmt.Fprintf(&b, " %d", i)
	}
	line(&b, "")
	line(&b, "a=ice-lite")
	line(&b, "a=msid-semantic: WMS *")
	line(&b, "a=fingerprint:sha-256 %s", o.fingerprint)
	for i := range tracks {
		o.section(&b, i)
	}
	return b.String()
}

// section writes that of a track. All of them go one way, of which the first tells.
func (o *offer) section(b *strings.Builder, track int) {
	b.WriteString("m=audio 9 UDP/TLS/RTP/SAVPF")
	for _, f := range o.formats {
		fmt.Fprintf(b, " %d", f.payload)
	}
	line(b, "")
	line(b, "c=IN IP4 0.0.0.0")
	line(b, "a=setup:actpass")
	line(b, "a=mid:%d", track)
	line(b, "a=ice-ufrag:%s", o.credentials.Ufrag)
	line(b, "a=ice-pwd:%s", o.credentials.Pwd)
	line(b, "a=rtcp-mux")
	for _, f := range o.formats {
		line(b, "a=rtpmap:%d %s", f.payload, f.name)
		if f.parameters != "" {
			line(b, "a=fmtp:%d %s", f.payload, f.parameters)
		}
	}
	line(b, "a=ptime:20")
	line(b, "a=ssrc:%d cname:parley", o.ssrc+uint32(track))
	line(b, "a=msid:parley voice%d", track)
	if track > 0 {
		line(b, "a=sendonly")
		return
	}
	line(b, "a=sendrecv")
	for i, c := range o.candidates {
		b.WriteString(c.line(i))
	}
	line(b, "a=end-of-candidates")
}

func line(b *strings.Builder, format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }

// ErrBadAnswer is what is wrong with an answer that cannot be used.
var ErrBadAnswer = errors.New("unusable answer")

// Lengths of ICE credentials (RFC 8839 section 5.4).
const (
	minUfrag, minPwd = 4, 22
	maxCredential    = 256
)

// answer is what of a browser's answer matters. Its candidates do not: a lite agent
// needs none.
type answer struct {
	formats           []string // payload types it speaks
	hash, fingerprint string   // of its certificate
	active            bool     // it begins the handshake
}

// readAnswer checks an answer to our audio sections. What all of them agree on stands
// in the first, with which they are bundled.
func readAnswer(text string) (answer, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	if n := len(d.MediaDescriptions); n != tracks {
		return answer{}, fmt.Errorf("%w: %d sections, want %d", ErrBadAnswer, n, tracks)
	}
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 {
			return answer{}, fmt.Errorf("%w: a section without audio", ErrBadAnswer)
		}
	}
	audio := d.MediaDescriptions[0]
	a := answer{formats: audio.MediaName.Formats}
	if !a.speaks(codec.PCMA) && !a.speaks(codec.PCMU) {
		return answer{}, fmt.Errorf("%w: no G.711 audio", ErrBadAnswer)
	}
	attribute := func(key string) string {
		if v, ok := audio.Attribute(key); ok {
			return v
		}
		v, _ := d.Attribute(key)
		return v
	}
	for key, least := range map[string]int{"ice-ufrag": minUfrag, "ice-pwd": minPwd} {
		if n := len(attribute(key)); n < least || n > maxCredential {
			return answer{}, fmt.Errorf("%w: %s of %d characters", ErrBadAnswer, key, n)
		}
	}
	f := strings.Fields(attribute("fingerprint"))
	if len(f) != 2 || attribute("mid") == "" {
		return answer{}, fmt.Errorf("%w: no fingerprint or mid", ErrBadAnswer)
	}
	a.hash, a.fingerprint = f[0], f[1]
	if _, err := fingerprintOf(a.hash, nil); err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	switch role := attribute("setup"); role {
	case "active", "passive":
		a.active = role == "active"
	default:
		return answer{}, fmt.Errorf("%w: setup %.20q", ErrBadAnswer, role)
	}
	return a, nil
}

func (a *answer) speaks(law codec.Codec) bool {
	return slices.Contains(a.formats, strconv.Itoa(int(payloadType(&relay.Packet{Codec: law}))))
}
