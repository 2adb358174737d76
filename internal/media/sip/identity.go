package sip

import (
	"net/url"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// dialable says whether s may stand as the user of a URI of ours. What a user
// typed must not end the URI or the header it stands in.
func dialable(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if !strings.ContainsRune("0123456789+*#-_.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", r) {
			return false
		}
	}
	return true
}

// escapeUser writes # as RFC 3261 section 25 wants it in a URI's user.
func escapeUser(s string) string { return strings.ReplaceAll(s, "#", "%23") }

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func orUser(s, other string) string {
	if s != "" {
		return s
	}
	if other != "" {
		return other
	}
	return "anonymous"
}

// identity is a From or To at the trunk's domain.
func identity(name, user string, l *line) gosip.FromHeader {
	return gosip.FromHeader{DisplayName: quotable(name), Address: gosip.Uri{Scheme: "sip", User: escapeUser(user), Host: l.domain()}}
}

// requestURI addresses user at the trunk.
func requestURI(user string, l *line) gosip.Uri {
	uri := gosip.Uri{Scheme: "sip", User: escapeUser(user), Host: l.domain(), Port: l.Port}
	if l.network != "UDP" {
		uri.UriParams = gosip.HeaderParams{{K: "transport", V: strings.ToLower(l.network)}}
	}
	return uri
}

// quotable makes a display name safe between the quotes sipgo puts around it.
func quotable(name string) string {
	name = bounded(name)
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
}

// hidden says whether the caller wants nobody to be shown who he is (RFC 3323). A
// trunk that trusts us says so beside his number.
func hidden(req *gosip.Request) bool {
	for _, h := range req.GetHeaders("Privacy") {
		for wish := range strings.SplitSeq(h.Value(), ";") {
			switch strings.ToLower(strings.TrimSpace(wish)) {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// caller is who calls, as the trunk asserts it (RFC 3325), else as From claims; nobody
// where he hides it.
func caller(req *gosip.Request) (number, name string) {
	if hidden(req) {
		return "", ""
	}
	uri, name := req.From().Address, req.From().DisplayName
	if h := req.GetHeader("P-Asserted-Identity"); h != nil {
		var asserted gosip.Uri
		var params gosip.HeaderParams
		display, err := gosip.ParseAddressValue(h.Value(), &asserted, &params)
		if err == nil {
			uri = asserted
			if display != "" {
				name = display
			}
		}
	}
	number = numberOf(&uri)
	if strings.EqualFold(number, "anonymous") {
		number = ""
	}
	return number, bounded(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.Trim(name, `"`)))
}

// called is the number that was dialled: the Request-URI's, unless that names
// the account we registered, as some providers have it.
func called(req *gosip.Request, l *line) string {
	number := numberOf(&req.Recipient)
	if number == "" || number == l.Username {
		if to := numberOf(&req.To().Address); to != "" {
			return to
		}
	}
	return number
}
