package rtc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// announce replaces the addresses in an offer's candidates (RFC 8839 section
// 5.1) by the public ones, each once per transport. Without public ones the
// offer stays as it is.
func announce(offer string, public []netip.Addr) string {
	if len(public) == 0 {
		return offer
	}
	var b strings.Builder
	done := map[string]bool{}
	for line := range strings.Lines(offer) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "a=candidate:") || len(fields) < 8 {
			b.WriteString(line)
			continue
		}
		component, transport, port := fields[1], fields[2], fields[5]
		if same := component + transport + port; !done[same] {
			done[same] = true
			for i, ip := range public {
				fields[0] = "a=candidate:" + transport + strconv.Itoa(i)
				fields[4] = ip.String()
				b.WriteString(strings.Join(fields, " ") + "\r\n")
			}
		}
	}
	return b.String()
}

// ErrBadAnswer is what is wrong with an answer that cannot be used.
var ErrBadAnswer = errors.New("unusable answer")

// Lengths of ICE credentials (RFC 8839 section 5.4).
const (
	minUfrag, minPwd = 4, 22
	maxCredential    = 256
)

// cleanAnswer checks an answer to our one audio section. pion changes its state
// before it looks at all of an answer, so that a bad one would wreck the
// connection. The browser's candidates are left out: a lite agent needs none.
func cleanAnswer(answer string) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	if len(d.MediaDescriptions) != 1 {
		return "", fmt.Errorf("%w: %d sections, want 1", ErrBadAnswer, len(d.MediaDescriptions))
	}
	audio := d.MediaDescriptions[0]
	name := audio.MediaName
	spoken := slices.Contains(name.Formats, strconv.Itoa(payloadPCMA)) || slices.Contains(name.Formats, strconv.Itoa(payloadPCMU))
	if name.Media != "audio" || name.Port.Value == 0 || !spoken {
		return "", fmt.Errorf("%w: no G.711 audio", ErrBadAnswer)
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
			return "", fmt.Errorf("%w: %s of %d characters", ErrBadAnswer, key, n)
		}
	}
	if f := strings.Fields(attribute("fingerprint")); len(f) != 2 || attribute("mid") == "" {
		return "", fmt.Errorf("%w: no fingerprint or mid", ErrBadAnswer)
	}
	if role := attribute("setup"); role != "active" && role != "passive" {
		return "", fmt.Errorf("%w: setup %.20q", ErrBadAnswer, role)
	}
	audio.Attributes = slices.DeleteFunc(audio.Attributes, func(a sdp.Attribute) bool { return a.Key == "candidate" })
	clean, err := d.Marshal()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return string(clean), nil
}
