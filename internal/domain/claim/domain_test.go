package claim_test

import (
	"strings"
	"testing"

	"parley/internal/domain/claim"
)

func TestDomainsAreNormal(t *testing.T) {
	t.Parallel()
	for given, stored := range map[string]string{
		"acme.fr": "acme.fr", " @ACME.fr. ": "acme.fr", "mail.acme.co.uk": "mail.acme.co.uk",
		"Société.fr": "xn--socit-esab.fr", "xn--socit-esab.fr": "xn--socit-esab.fr", "acme.test": "acme.test",
		"myyahoo.fr": "myyahoo.fr", "yahoo-consulting.fr": "yahoo-consulting.fr", "notgmail.com": "notgmail.com",
	} {
		if got, err := claim.Normal(given); err != nil || got != stored {
			t.Errorf("%q is %q, %v; want %q", given, got, err, stored)
		}
	}
	if got := claim.Shown("xn--socit-esab.fr"); got != "société.fr" {
		t.Errorf("shown as %q", got)
	}
}

func TestPublicDomainsAreRefused(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{
		"gmail.com", "GMAIL.COM", "mail.gmail.com", "googlemail.com", "outlook.com", "outlook.fr", "hotmail.co.uk", "yahoo.fr",
		"yahoo.co.jp", "mail.yahoo.com", "orange.fr", "free.fr", "laposte.net", "sfr.fr", "wanadoo.fr", "gmx.de", "gmx.at", "web.de",
		"icloud.com", "proton.me", "protonmail.ch", "mail.ru", "qq.com", "live.fr", "yopmail.com", "t-online.de",
		"com", "co.uk", "github.io", "asso.fr",
	} {
		if got, err := claim.Normal(domain); err == nil {
			t.Errorf("%s can be claimed as %s", domain, got)
		}
	}
}

func TestDomainOfAnAddress(t *testing.T) {
	t.Parallel()
	for address, domain := range map[string]string{
		"jo@acme.fr": "acme.fr", "JO@ACME.FR": "acme.fr", `"a@b"@acme.fr`: "acme.fr", "jo@gmail.com": "", "jo": "", "@": "",
		"jo@" + strings.Repeat("a", 300) + ".fr": "",
	} {
		if got := claim.DomainOf(address); got != domain {
			t.Errorf("%q is on %q, want %q", address, got, domain)
		}
	}
}

// A letter that proves a domain goes to that domain, however its name was typed.
func TestMailbox(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"lea@acme.example": "lea@acme.example", "lea@faß.example": "lea@xn--fa-hia.example", "lea@ａcme。example": "lea@acme.example",
		"lea@gmail.com": "lea@gmail.com", "nonsense": "nonsense",
	} {
		if got := claim.Mailbox(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}
