package sip

import (
	"bytes"
	"fmt"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// refusedRequest is why a request is answered with an error before anybody
// looks at what it wants.
type refusedRequest struct {
	code    int
	reason  string // "" takes the usual phrase
	headers []gosip.Header
}

// allowed are the methods we understand, for Allow.
const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"

// extensions are the option tags we understand, for Supported.
const extensions = "timer"

// validate checks what sipgo's parser lets pass (RFC 4475 section 3.1.2 on):
// nil means that req may be looked at.
func validate(req *gosip.Request) *refusedRequest {
	switch {
	case req.SipVersion != "SIP/2.0":
		return &refusedRequest{code: 505}
	case req.Via() == nil || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil:
		return malformed("Missing Header")
	case tagOf(req.From().Params) == "":
		return malformed("Missing From Tag")
	case req.CSeq().MethodName != req.Method:
		return malformed("CSeq Method Mismatch")
	case !single(req, "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"):
		return malformed("Repeated Header")
	case tooLong(req):
		return malformed("Header Too Long")
	}
	if r := validateURI(req); r != nil {
		return r
	}
	if f := req.MaxForwards(); f != nil && req.Method != gosip.ACK {
		if f.Val() == 0 {
			return &refusedRequest{code: 483}
		}
		if f.Val() > 255 {
			return malformed("Bad Max-Forwards")
		}
	}
	return validateExtensions(req)
}

func malformed(reason string) *refusedRequest { return &refusedRequest{code: 400, reason: reason} }

func validateURI(req *gosip.Request) *refusedRequest {
	switch req.Recipient.Scheme {
	case "sip", "sips", "tel":
	default:
		return &refusedRequest{code: 416}
	}
	if len(req.Recipient.Headers) > 0 {
		return malformed("Headers In Request-URI")
	}
	if c := req.Contact(); c != nil && req.Method == gosip.INVITE && (c.Address.Wildcard || c.Address.Raw() != "" || c.Address.Host == "") {
		return malformed("Bad Contact")
	}
	return nil
}

// validateExtensions refuses what we are required to do and cannot.
func validateExtensions(req *gosip.Request) *refusedRequest {
	if req.Method == gosip.ACK || req.Method == gosip.CANCEL {
		return nil
	}
	var unknown []string
	for _, h := range req.GetHeaders("Require") {
		for tag := range strings.SplitSeq(h.Value(), ",") {
			if tag = strings.TrimSpace(tag); tag != "" && !strings.EqualFold(tag, extensions) {
				unknown = append(unknown, tag)
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return &refusedRequest{code: 420, headers: []gosip.Header{gosip.NewHeader("Unsupported", bounded(strings.Join(unknown, ", ")))}}
}

// single says whether each header stands at most once. The parser has already
// written these out from their compact forms.
func single(req *gosip.Request, names ...string) bool {
	for _, name := range names {
		if len(req.GetHeaders(name)) > 1 {
			return false
		}
	}
	return true
}

// tooLong bounds what is kept of a peer's words for the length of a call.
func tooLong(req *gosip.Request) bool {
	return len(req.CallID().Value()) > 256 || len(req.From().Value()) > 1024 || len(req.To().Value()) > 1024 ||
		len(req.Recipient.String()) > 1024 || len(req.Headers()) > 128 || len(req.GetHeaders("Record-Route")) > 16
}

// acceptableBody says whether an INVITE or UPDATE carries a body, and wants an
// answer, that we can deal with.
func acceptableBody(req *gosip.Request) *refusedRequest {
	if len(req.Body()) > 0 {
		kind := req.ContentType()
		if kind == nil || !strings.EqualFold(mediaType(kind.Value()), "application/sdp") {
			return &refusedRequest{code: 415, headers: []gosip.Header{gosip.NewHeader("Accept", "application/sdp")}}
		}
		if e := req.GetHeader("Content-Encoding"); e != nil && !strings.EqualFold(e.Value(), "identity") {
			return &refusedRequest{code: 415, headers: []gosip.Header{gosip.NewHeader("Accept-Encoding", "identity")}}
		}
	}
	accepts := req.GetHeaders("Accept")
	for _, h := range accepts {
		for a := range strings.SplitSeq(h.Value(), ",") {
			switch strings.ToLower(mediaType(a)) {
			case "application/sdp", "application/*", "*/*", "":
				return nil
			}
		}
	}
	if len(accepts) > 0 {
		return &refusedRequest{code: 406}
	}
	return nil
}

func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimSpace(s)
}

// refuseRaw is the answer to a datagram the parser gave up on, built from the
// lines that can be recognised. It is nil for what must not be answered:
// responses, ACKs and what cannot be told apart from noise.
func refuseRaw(data []byte, userAgent string) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	lines := bytes.Split(head, []byte("\r\n"))
	if len(lines) < 4 || len(head) > 8<<10 || bytes.HasPrefix(lines[0], []byte("SIP/")) ||
		bytes.HasPrefix(lines[0], []byte("ACK ")) || !bytes.Contains(lines[0], []byte(" SIP/")) {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("SIP/2.0 400 Bad Request\r\n")
	vias := 0
	for _, line := range lines[1:] {
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(line) > 1024 {
			continue
		}
		switch strings.ToLower(string(bytes.TrimSpace(name))) {
		case "via", "v":
			vias++
			fallthrough
		case "from", "f", "to", "t", "call-id", "i", "cseq":
			b.Write(line)
			b.WriteString("\r\n")
		}
	}
	if vias == 0 {
		return nil
	}
	fmt.Fprintf(&b, "Server: %s\r\nContent-Length: 0\r\n\r\n", userAgent)
	return b.Bytes()
}
