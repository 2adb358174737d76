package join_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/tests/site"
	"parley/web/join"
)

// town is a site with the workspace Atelier Nord, whose domain is claimed.
type town struct {
	*site.Site
	workspaceID string
	claim       claim.Claim
}

func open(t *testing.T, cfg site.Config) *town {
	t.Helper()
	cfg.Mount = func(s *site.Site, mux *http.ServeMux) error {
		free := func(h http.Handler) http.Handler { return h }
		join.New(join.Needs{
			Pages: s.Pages, Regions: s.Regions, Desk: s.SignUps, Joiner: s.SignUps, Passkeys: s.Passkeys, Sessions: s.Sessions,
		}).Routes(mux, free)
		return nil
	}
	v := &town{Site: site.New(t, cfg)}
	owner := v.Owner().Who()
	v.workspaceID = owner.WorkspaceID
	v.claim = claim.Claim{
		ID: id.New(), WorkspaceID: owner.WorkspaceID, Domain: "atelier.example", Method: claim.ByDNS,
		ClaimedBy: owner.ID, CreatedAt: time.Now(), VerifiedAt: time.Now(),
	}
	v.save(t)
	return v
}

func (v *town) save(t *testing.T) {
	t.Helper()
	if err := v.Store.SaveClaim(t.Context(), v.claim); err != nil {
		t.Fatal(err)
	}
}

// link asks for a link to an address and returns its path, "" where none was sent.
func (v *town) link(t *testing.T, c *site.Client, email string) string {
	t.Helper()
	a := c.Post("/join", url.Values{"email": {email}})
	if a.Status != http.StatusOK || !strings.Contains(a.Text(), "Look into your mail") {
		t.Fatalf("ask for a link: %d %s", a.Status, a.Text())
	}
	v.SignUps.Wait()
	for _, l := range v.Mail.To(claim.Mailbox(email)) {
		if l.Kind == letter.SignUp {
			return c.Path(l.Args["link"])
		}
	}
	return ""
}

func me() url.Values { return url.Values{"name": {"Noé Petit"}, "language": {"fr"}} }

func TestWhoHasAnAddressOnTheDomainJoins(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true})
	c := v.Browser()
	if a := c.Get("/join"); a.Status != 200 || !strings.Contains(a.Text(), "Send me the link") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	path := v.link(t, c, "noe@atelier.example")
	for range 2 { // looking does not use it up
		if a := c.Get(path); a.Status != 200 || !strings.Contains(a.Text(), "Join existing workspace Atelier Nord") {
			t.Fatalf("%d %s", a.Status, a.Text())
		}
	}
	if done := c.Create(path, me()); done.Status != 200 || done.Location() != "/welcome" {
		t.Fatalf("join: %d %s", done.Status, done.Body)
	}
	m := c.Who()
	if m.WorkspaceID != v.workspaceID || m.Role != member.User || m.Email != "noe@atelier.example" || m.Name != "Noé Petit" || m.Language != "fr" {
		t.Errorf("joined as %+v", m)
	}
	if a := v.Browser().Get(path); a.Status != 404 {
		t.Errorf("the link is good twice: %d", a.Status)
	}
}

func TestAnUnopenClaimLetsNobodyIn(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true})
	c := v.Browser()
	path := v.link(t, c, "noe@atelier.example")
	begun := c.Begin(path+"/begin", me())
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatalf("%v: %d %s", err, begun.Status, begun.Body)
	}
	v.claim.DisabledAt = time.Now()
	v.save(t)
	if a := c.Finish(path+"/finish", made); a.Status != 403 {
		t.Errorf("joined a domain that was disabled meanwhile: %d %s", a.Status, a.Body)
	}
	if a := c.Get(path); a.Status != 200 || !strings.Contains(a.Text(), "You need an invitation") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if a := c.Begin(path+"/begin", me()); a.Status != 403 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	v.claim.DisabledAt, v.claim.VerifiedAt = time.Time{}, time.Time{}
	v.save(t)
	if path := v.link(t, c, "zoe@atelier.example"); path != "" {
		t.Error("a claim that was never proved has a link sent")
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true})
	c := v.Browser()
	answer := func(email string) string {
		return strings.ReplaceAll(c.Post("/join", url.Values{"email": {email}}).Text(), email, "ADDRESS")
	}
	member, claimed, stranger := answer("lea@atelier.example"), answer("new@atelier.example"), answer("x@elsewhere.example")
	if member != claimed || claimed != stranger {
		t.Errorf("the answers differ:\n%s\n%s\n%s", member, claimed, stranger)
	}
	v.SignUps.Wait()
	if all := v.Mail.To("x@elsewhere.example"); len(all) != 0 {
		t.Errorf("a stranger got %+v", all)
	}
	if all := v.Mail.To("lea@atelier.example"); len(all) != 1 || all[0].Kind != letter.SignUpKnown {
		t.Errorf("a member got %+v", all)
	}
	if a := c.Post("/join", url.Values{"email": {"not an address"}}); a.Status != 422 || !strings.Contains(a.Body, `value="not an address"`) {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func TestWithoutMail(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{})
	c := v.Browser()
	if a := c.Get("/join"); a.Status != 200 || !strings.Contains(a.Text(), "This server sends no mail.") || strings.Contains(a.Body, `name="email"`) {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func company() url.Values {
	return url.Values{
		"workspace": {"Boulangerie Petit"}, "name": {"Noé Petit"}, "language": {"fr"}, "country": {"BE"}, "zone": {"Europe/Brussels"},
	}
}

func TestFoundingWhereTheServerIsOpen(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true, SignUp: true})
	c := v.Browser()
	path := v.link(t, c, "noe@petit.example")
	if a := c.Get(path); a.Status != 200 || !strings.Contains(a.Text(), "Create a new workspace") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	for field, value := range map[string]string{"country": "XX", "zone": "Local", "workspace": "", "name": "", "language": "tlh"} {
		f := company()
		f.Set(field, value)
		if a := c.Begin(path+"/found/begin", f); a.Status != 422 || !strings.Contains(a.Body, field) {
			t.Errorf("%s: %d %s", field, a.Status, a.Body)
		}
	}
	if done := c.Create(path+"/found", company()); done.Status != 200 {
		t.Fatalf("found: %d %s", done.Status, done.Body)
	}
	m := c.Who()
	ws, err := v.Store.Workspace(t.Context(), m.WorkspaceID)
	if err != nil || m.Role != member.Owner || m.Email != "noe@petit.example" || m.WorkspaceID == v.workspaceID || ws.Name != "Boulangerie Petit" || ws.Country != "BE" {
		t.Errorf("founded %+v by %+v, %v", ws, m, err)
	}
}

func TestOnAnOpenServerTheDomainComesFirst(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true, SignUp: true})
	c := v.Browser()
	path := v.link(t, c, "noe@atelier.example")
	a := c.Get(path)
	if !strings.Contains(a.Text(), "Join existing workspace Atelier Nord") || !strings.Contains(a.Body, path+"/found") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if a := c.Get(path + "/found"); a.Status != 200 || !strings.Contains(a.Text(), "Create with a passkey") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	// A ceremony begun to join founds nothing, and the other way round.
	begun := c.Begin(path+"/begin", me())
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Finish(path+"/found/finish", made); a.Status != 422 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestNobodyFoundsWhereTheServerIsClosed(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true})
	c := v.Browser()
	path := v.link(t, c, "noe@atelier.example")
	if a := c.Get(path); strings.Contains(a.Body, path+"/found") {
		t.Error("founding is offered")
	}
	if a := c.Get(path + "/found"); a.Status != 404 {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if a := c.Begin(path+"/found/begin", company()); a.Status != 403 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Domains are claimed in punycode; people write them as they read them.
func TestADomainWithAccents(t *testing.T) {
	t.Parallel()
	v := open(t, site.Config{Mail: true})
	v.claim.Domain = "xn--socit-esab.example"
	v.save(t)
	c := v.Browser()
	path := v.link(t, c, "noe@société.example")
	if a := c.Get(path); a.Status != 200 || !strings.Contains(a.Text(), "on société.example join") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}
