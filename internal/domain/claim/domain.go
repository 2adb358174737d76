package claim

import (
	_ "embed" // the list of public mail domains
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"parley/internal/base/fault"
)

const (
	maxDomain  = 253 // RFC 1035, 2.3.4
	maxAddress = 254 // RFC 5321, 4.5.3.1.3
)

// publicDomains lists where anybody gets an address, one domain a line. A line
// "name.*" stands for name under every public suffix; "#" begins a comment.
//
//go:embed publicdomains.txt
var publicDomains string

// Normal returns a domain as it is stored: lower case, punycode, without the "@"
// people put before it. Faults lie on the field domain: error.domain-invalid, and
// error.domain-public for what no company has for itself, a public mail domain
// or a public suffix.
func Normal(domain string) (string, error) {
	invalid := fault.OnField("domain", "error.domain-invalid")
	domain = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(domain), "@"), ".")
	if domain == "" {
		return "", fault.OnField("domain", "error.domain-needed")
	}
	if len(domain) > maxDomain {
		return "", invalid
	}
	ascii, err := idna.Lookup.ToASCII(strings.ToLower(domain))
	if err != nil || len(ascii) > maxDomain || !strings.Contains(ascii, ".") || !wellFormed(ascii) {
		return "", invalid
	}
	if suffix, _ := publicsuffix.PublicSuffix(ascii); suffix == ascii || public(ascii, suffix) {
		return "", fault.OnField("domain", "error.domain-public")
	}
	return ascii, nil
}

// Shown is a stored domain as people write it.
func Shown(domain string) string {
	if unicode, err := idna.Display.ToUnicode(domain); err == nil {
		return unicode
	}
	return domain
}

// DomainOf is the domain of an address as claims have it, "" where it has none
// that can be claimed.
func DomainOf(address string) string {
	_, after, found := cutLast(address, "@")
	if !found {
		return ""
	}
	domain, err := Normal(after)
	if err != nil {
		return ""
	}
	return domain
}

// Mailbox is the address with its domain as claims have it: as people may write it,
// not every mail server would take it to the same place. It is returned as it is
// where its domain cannot be claimed.
func Mailbox(address string) string {
	domain := DomainOf(address)
	if domain == "" {
		return address
	}
	local, _, _ := cutLast(address, "@")
	return local + "@" + domain
}

// on returns the address, in lower case and with the domain as it is claimed, if it
// is a bare one on the domain.
func on(domain, address string) (string, error) {
	address = strings.ToLower(strings.TrimSpace(address))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxAddress {
		return "", fault.OnField("address", "error.domain-address-invalid")
	}
	if DomainOf(address) != domain {
		return "", fault.OnField("address", "error.domain-address-elsewhere").With("domain", Shown(domain))
	}
	return Mailbox(address), nil
}

// wellFormed takes host names alone (RFC 1123, 2.1), the last label no number:
// that would be an IP address.
func wellFormed(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// public says whether anybody gets an address on the domain, or on one above it.
func public(domain, suffix string) bool {
	owned := strings.TrimSuffix(domain, "."+suffix)
	_, owner, found := cutLast(owned, ".")
	if !found {
		owner = owned
	}
	for line := range strings.Lines(publicDomains) {
		entry, _, _ := strings.Cut(line, "#")
		entry = strings.TrimSpace(entry)
		if family, isFamily := strings.CutSuffix(entry, ".*"); isFamily && owner == family {
			return true
		}
		if entry != "" && (domain == entry || strings.HasSuffix(domain, "."+entry)) {
			return true
		}
	}
	return false
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
