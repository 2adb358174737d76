package claim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

func claimed(t *testing.T, s *claim.Service, ws string, m claim.Method) claim.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), someone(ws, member.Admin), claim.Draft{Domain: "@Acme.example", Method: m, Address: "Post@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestByDNS(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	admin := someone("a", member.Admin)
	c := claimed(t, s, "a", claim.ByDNS)
	if c.Open() || c.State() != claim.Pending || c.Domain != "acme.example" || !strings.HasPrefix(c.Record, "parley-verification=") || len(c.Record) < 40 {
		t.Fatalf("claimed %+v", c)
	}
	_, err := s.Prove(t.Context(), admin, c.ID)
	want(t, err, "error.domain-record-missing", "")
	v.txt["acme.example."] = []string{"v=spf1 -all", "parley-verification=other"}
	_, err = s.Prove(t.Context(), admin, c.ID)
	want(t, err, "error.domain-record-missing", "")
	v.dnsErr = errors.New("server misbehaving")
	_, err = s.Prove(t.Context(), admin, c.ID)
	want(t, err, "error.domain-lookup", "")
	if now, _ := v.Claim(t.Context(), "a", c.ID); now.Open() {
		t.Fatal("a failed look-up opened the claim")
	}
	v.dnsErr, v.txt["acme.example."] = nil, []string{"v=spf1 -all", c.Record}
	proved, err := s.Prove(t.Context(), admin, c.ID)
	if err != nil || !proved.Open() || !proved.VerifiedAt.Equal(v.now) {
		t.Fatalf("proved %+v, %v", proved, err)
	}
	_, err = s.Prove(t.Context(), admin, c.ID)
	want(t, err, "error.domain-open", "")
}

func TestByMail(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	admin := someone("a", member.Admin)
	claimed(t, s, "a", claim.ByMail)
	l := v.sent[0]
	if l.Kind != letter.DomainProof || l.To != "post@acme.example" || l.Language != "fr" || l.Args["company"] != "Company a" || l.Args["domain"] != "acme.example" {
		t.Errorf("sent %+v", l)
	}
	first := v.token(t)
	if c, err := s.Waiting(t.Context(), admin, first); err != nil || c.Open() || c.Domain != "acme.example" {
		t.Errorf("waiting %+v, %v", c, err)
	}
	if _, err := s.Prove(t.Context(), admin, v.claims[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err := s.Confirm(t.Context(), admin, first)
	want(t, err, "error.link-expired", "") // another letter makes the one before it void
	c, err := s.Confirm(t.Context(), admin, v.token(t))
	if err != nil || !c.Open() {
		t.Fatalf("confirmed %+v, %v", c, err)
	}
	_, err = s.Confirm(t.Context(), admin, v.token(t))
	want(t, err, "error.link-expired", "")
	joined := strings.Join(v.told, "\n")
	for _, token := range []string{first, v.token(t)} {
		if strings.Contains(joined, token) {
			t.Errorf("a link's token was audited: %s", joined)
		}
	}
}

func TestWhoFindsALinkOpensNothing(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	claimed(t, s, "a", claim.ByMail)
	_, err := s.Confirm(t.Context(), someone("b", member.Owner), v.token(t))
	want(t, err, "error.link-expired", "")
	_, err = s.Confirm(t.Context(), someone("a", member.User), v.token(t))
	want(t, err, "error.not-allowed", "")
	if c, err := s.Confirm(t.Context(), someone("a", member.Owner), v.token(t)); err != nil || !c.Open() {
		t.Errorf("they used the link up: %v", err)
	}
}

func TestDisabledIsProvedAgain(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	admin := someone("a", member.Admin)
	c := claimed(t, s, "a", claim.ByMail)
	want(t, s.Disable(t.Context(), admin, c.ID), "error.domain-not-open", "")
	old := v.token(t)
	if _, err := s.Confirm(t.Context(), admin, old); err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), admin, c.ID); err != nil {
		t.Fatal(err)
	}
	if v.claims[0].State() != claim.Disabled {
		t.Fatalf("disabled: %+v", v.claims[0])
	}
	v.now = v.now.Add(time.Hour)
	if _, err := s.Prove(t.Context(), admin, c.ID); err != nil || v.claims[0].Open() {
		t.Fatalf("asking for the proof again opened it: %+v, %v", v.claims[0], err)
	}
	again, err := s.Confirm(t.Context(), admin, v.token(t))
	if err != nil || !again.Open() || !again.VerifiedAt.Equal(v.now) {
		t.Errorf("proved again: %+v, %v", again, err)
	}
}

func TestADomainIsOpenForOneWorkspace(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	squatter := claimed(t, s, "b", claim.ByMail) // and never proved: no effect
	c := claimed(t, s, "a", claim.ByDNS)
	v.txt["acme.example."] = []string{c.Record}
	if _, err := s.Prove(t.Context(), someone("a", member.Admin), c.ID); err != nil {
		t.Fatalf("somebody else's unproved claim stands in the way: %v", err)
	}
	_, err := s.Confirm(t.Context(), someone("b", member.Admin), v.token(t))
	want(t, err, "error.domain-taken", "")
	if still, _ := v.Claim(t.Context(), "b", squatter.ID); still.Open() {
		t.Error("two workspaces have the domain open")
	}
	want(t, s.Release(t.Context(), someone("b", member.Owner), c.ID), "error.not-found", "")
	if err := s.Release(t.Context(), someone("a", member.Owner), c.ID); err != nil {
		t.Error(err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d          claim.Draft
		key, field string
	}{
		{claim.Draft{Domain: "", Method: claim.ByDNS}, "error.domain-needed", "domain"},
		{claim.Draft{Domain: "acme", Method: claim.ByDNS}, "error.domain-invalid", "domain"},
		{claim.Draft{Domain: "192.0.2.1", Method: claim.ByDNS}, "error.domain-invalid", "domain"},
		{claim.Draft{Domain: "a b.example", Method: claim.ByDNS}, "error.domain-invalid", "domain"},
		{claim.Draft{Domain: strings.Repeat("a.", 200) + "example", Method: claim.ByDNS}, "error.domain-invalid", "domain"},
		{claim.Draft{Domain: "gmail.com", Method: claim.ByDNS}, "error.domain-public", "domain"},
		{claim.Draft{Domain: "co.uk", Method: claim.ByDNS}, "error.domain-public", "domain"},
		{claim.Draft{Domain: "acme.example", Method: "fax"}, "error.domain-method", "method"},
		{claim.Draft{Domain: "acme.example", Method: claim.ByMail}, "error.domain-address-invalid", "address"},
		{claim.Draft{Domain: "acme.example", Method: claim.ByMail, Address: "a@acme.example, b@evil.example"}, "error.domain-address-invalid", "address"},
		{claim.Draft{Domain: "acme.example", Method: claim.ByMail, Address: "a@evil.example"}, "error.domain-address-elsewhere", "address"},
		{claim.Draft{Domain: "acme.example", Method: claim.ByMail, Address: "a@sub.acme.example"}, "error.domain-address-elsewhere", "address"},
	} {
		v, s := open(t)
		_, err := s.Claim(t.Context(), someone("a", member.Admin), c.d)
		want(t, err, c.key, c.field)
		if len(v.claims)+len(v.sent)+len(v.told) != 0 {
			t.Errorf("%+v left something behind", c.d)
		}
	}
	v, s := open(t)
	claimed(t, s, "a", claim.ByDNS)
	_, err := s.Claim(t.Context(), someone("a", member.Owner), claim.Draft{Domain: "ACME.example.", Method: claim.ByDNS})
	want(t, err, "error.domain-claimed", "domain")
	v.full = true
	_, err = s.Claim(t.Context(), someone("a", member.Owner), claim.Draft{Domain: "b.example", Method: claim.ByMail, Address: "x@b.example"})
	want(t, err, "error.too-many", "")
	if len(v.claims) != 1 || len(v.sent) != 0 {
		t.Errorf("one letter too many: %+v, %+v", v.claims, v.sent)
	}
	v.ready = false
	_, err = s.Claim(t.Context(), someone("a", member.Owner), claim.Draft{Domain: "b.example", Method: claim.ByMail, Address: "x@b.example"})
	want(t, err, "error.domain-mail-unready", "method")
}

func TestRights(t *testing.T) {
	t.Parallel()
	for _, role := range member.Roles() {
		v, s := open(t)
		c := claimed(t, s, "a", claim.ByDNS)
		v.txt["acme.example."] = []string{c.Record}
		actor := someone("a", role)
		_, listed := s.List(t.Context(), actor)
		_, more := s.Claim(t.Context(), actor, claim.Draft{Domain: "b.example", Method: claim.ByDNS})
		_, proved := s.Prove(t.Context(), actor, c.ID)
		all := []error{listed, more, proved}
		if role == member.Owner || role == member.Admin {
			all = append(all, s.Disable(t.Context(), actor, c.ID), s.Release(t.Context(), actor, c.ID))
			if err := errors.Join(all...); err != nil {
				t.Errorf("%s: %v", role, err)
			}
			continue
		}
		all = append(all, s.Disable(t.Context(), actor, c.ID), s.Release(t.Context(), actor, c.ID))
		for i, err := range all {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s does %d: %v", role, i, err)
			}
		}
	}
}

func TestTheActionsAreToldAndAudited(t *testing.T) {
	t.Parallel()
	v, s := open(t)
	admin := someone("a", member.Admin)
	c := claimed(t, s, "a", claim.ByDNS)
	v.txt["acme.example."] = []string{c.Record}
	_, err := s.Prove(t.Context(), admin, c.ID)
	if err := errors.Join(err, s.Disable(t.Context(), admin, c.ID), s.Release(t.Context(), admin, c.ID)); err != nil {
		t.Fatal(err)
	}
	var audited []string
	for _, line := range v.told {
		if action, rest, _ := strings.Cut(line, " by "); rest == "admin of a domain acme.example method dns" {
			audited = append(audited, action)
		}
	}
	if !slices.Equal(audited, []string{"domain.claimed", "domain.opened", "domain.disabled", "domain.released"}) {
		t.Errorf("told %v", v.told)
	}
}
