// Package rtc is the tab's end of the voice: one warm peer connection which the
// server offers, the microphone attached to it when it is wanted, and what the
// others say in <audio> elements, where echo cancellation sees it. It drives
// the browser's RTCPeerConnection itself. It must not decide when the
// microphone opens: the View does.
//
// Media's methods are called by the program's loop. Negotiation runs on one
// goroutine of its own, which alone touches the connection's descriptions.
package rtc

import "strings"

// offered is what is to be known of an offer.
type offered struct {
	session string // of the o= line: the same for every offer of one connection
	mic     string // mid of the section the microphone goes to, "" without one
	lite    bool   // the server needs no candidates of ours (RFC 8445, 2.5)
}

// readOffer reads an SDP offer (RFC 8866) as far as it is needed.
func readOffer(sdp string) offered {
	var o offered
	section := struct {
		audio, receives bool
		mid             string
	}{}
	take := func() {
		if o.mic == "" && section.audio && section.receives {
			o.mic = section.mid
		}
	}
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "o="):
			if f := strings.Fields(line); len(f) > 1 {
				o.session = f[1]
			}
		case line == "a=ice-lite":
			o.lite = true
		case strings.HasPrefix(line, "m="):
			take()
			section.audio = strings.HasPrefix(line, "m=audio ")
			section.receives, section.mid = true, "" // sendrecv unless said otherwise
		case strings.HasPrefix(line, "a=mid:"):
			section.mid = strings.TrimPrefix(line, "a=mid:")
		case line == "a=sendonly", line == "a=inactive":
			section.receives = false
		}
	}
	take()
	return o
}
