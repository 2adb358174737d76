package auth_test

import (
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
	"parley/internal/tests/site"
)

// claimed is a site whose company lets the people of its domain in.
func claimed(t *testing.T, cfg site.Config) (*site.Site, member.Member, claim.Claim) {
	t.Helper()
	cfg.Mail = true
	s := site.New(t, cfg)
	owner := s.Owner().Who()
	now := s.Clock.Now().UTC()
	c := claim.Claim{
		ID: id.New(), WorkspaceID: owner.WorkspaceID, Domain: "atelier.example", Method: claim.ByDNS,
		ClaimedBy: owner.ID, CreatedAt: now, VerifiedAt: now,
	}
	if err := s.Store.SaveClaim(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return s, owner, c
}

// token has a link sent to the address and returns what is in it, "" without one.
func token(t *testing.T, s *site.Site, email string) string {
	t.Helper()
	s.SignUps.Begin(t.Context(), email, "fr")
	s.SignUps.Wait()
	got := ""
	for _, l := range s.Mail.To(email) {
		if l.Kind == letter.SignUp && l.Language == "fr" {
			got = l.Args["link"][len(s.URL.String()+"/join/"):]
		}
	}
	return got
}

// key is a passkey as a finished ceremony gives it.
func key(m member.Member) identity.Credential {
	return identity.Credential{ID: id.New(), MemberID: m.ID, WorkspaceID: m.WorkspaceID, Name: "Key", Data: []byte("{}"), CreatedAt: time.Now()}
}

func TestAClaimedDomainLetsItsPeopleIn(t *testing.T) {
	s, owner, _ := claimed(t, site.Config{})
	link := token(t, s, "Tom@Atelier.example")
	if link == "" {
		link = token(t, s, "tom@atelier.example")
	}
	email, err := s.SignUps.Peek(t.Context(), link)
	if err != nil || email != "tom@atelier.example" {
		t.Fatalf("the link proves %q: %v", email, err)
	}
	m, err := s.SignUps.Prepare(t.Context(), link, "Tom", "fr")
	if err != nil || m.Role != member.User || m.WorkspaceID != owner.WorkspaceID {
		t.Fatalf("prepared %+v: %v", m, err)
	}
	for name, bend := range map[string]func(*member.Member){
		"a higher role":     func(m *member.Member) { m.Role = member.Admin },
		"another address":   func(m *member.Member) { m.Email = "boss@atelier.example" },
		"another workspace": func(m *member.Member) { m.WorkspaceID = id.New() },
	} {
		bent := m
		bend(&bent)
		if _, err := s.SignUps.Accept(t.Context(), link, bent, key(bent)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.SignUps.Accept(t.Context(), link, m, key(owner)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another's passkey: %v", err)
	}
	if _, err := s.SignUps.Accept(t.Context(), link, m, key(m)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Store.MemberByEmail(t.Context(), "tom@atelier.example")
	if err != nil || got.ID != m.ID || got.Role != member.User || got.Language != "fr" {
		t.Errorf("member %+v: %v", got, err)
	}
	if _, err := s.SignUps.Accept(t.Context(), link, m, key(m)); fault.Of(err).Key != "error.link-expired" {
		t.Errorf("the link works twice: %v", err)
	}
}

// Who was removed reads the mail of the company for a while yet.
func TestWhoWasRemovedDoesNotComeBackByTheDomain(t *testing.T) {
	s, owner, _ := claimed(t, site.Config{})
	link := token(t, s, "tom@atelier.example")
	m, err := s.SignUps.Prepare(t.Context(), link, "Tom", "fr")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignUps.Accept(t.Context(), link, m, key(m)); err != nil {
		t.Fatal(err)
	}
	if err := s.People.Remove(t.Context(), owner, m.ID, people.Removal{}); err != nil {
		t.Fatal(err)
	}
	before := len(s.Mail.To("tom@atelier.example"))
	for _, email := range []string{"tom@atelier.example", "TOM@atelier.example", "tom+again@atelier.example"} {
		s.SignUps.Begin(t.Context(), email, "fr")
		s.SignUps.Wait()
		if _, _, open, err := s.SignUps.Choices(t.Context(), email); err != nil || open {
			t.Errorf("%s is let in: %v", email, err)
		}
	}
	if got := len(s.Mail.To("tom@atelier.example")) + len(s.Mail.To("tom+again@atelier.example")); got != before {
		t.Errorf("%d letters, want %d", got, before)
	}
	out, err := s.People.Invite(t.Context(), owner, people.Batch{Addresses: "tom@atelier.example", Role: member.User})
	if err != nil || out[0].Problem != nil {
		t.Errorf("he cannot be invited: %v %+v", err, out)
	}
}

// One mailbox is one member, however its address is written.
func TestAnAddressIsReadInOneWay(t *testing.T) {
	s, _, _ := claimed(t, site.Config{})
	for _, typed := range []string{"tom@atelier。example", "tom@ａtelier.example"} {
		s.SignUps.Begin(t.Context(), typed, "fr")
		s.SignUps.Wait()
		if got := s.Mail.To(typed); len(got) != 0 {
			t.Errorf("%s: %+v", typed, got)
		}
	}
	if got := s.Mail.To("tom@atelier.example"); len(got) != 2 {
		t.Errorf("%d letters", len(got))
	}
	if token(t, s, "tôm@atelier.example") != "" {
		t.Error("a link for an address nobody could be invited by")
	}
}

func TestAClosedDomainLetsNobodyIn(t *testing.T) {
	s, _, c := claimed(t, site.Config{})
	link := token(t, s, "tom@atelier.example")
	m, err := s.SignUps.Prepare(t.Context(), link, "Tom", "en")
	if err != nil {
		t.Fatal(err)
	}
	c.DisabledAt = s.Clock.Now()
	if err := s.Store.SaveClaim(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignUps.Accept(t.Context(), link, m, key(m)); fault.Of(err).Key != "error.invitation-needed" {
		t.Errorf("closed since the page was opened: %v", err)
	}
	for _, email := range []string{"ann@atelier.example", "ann@evil.example", "ann@sub.atelier.example", "ann@atelier.example@evil.example"} {
		if token(t, s, email) != "" {
			t.Errorf("a link for %s", email)
		}
	}
}

// Who is known is told by mail alone, and to sign in instead.
func TestKnownAddressesAreToldToSignIn(t *testing.T) {
	s, _, _ := claimed(t, site.Config{})
	if token(t, s, "lea@atelier.example") != "" {
		t.Error("a member gets a sign-up link")
	}
	for range 5 {
		s.SignUps.Begin(t.Context(), "LEA@atelier.example", "fr")
	}
	s.SignUps.Wait()
	got := s.Mail.To("lea@atelier.example")
	if len(got) != 3 || got[0].Kind != letter.SignUpKnown || got[0].Args["link"] != s.URL.String()+"/login" {
		t.Errorf("letters %+v", got)
	}
}

func TestTheLastSeatIsTakenOnce(t *testing.T) {
	s, owner, _ := claimed(t, site.Config{})
	ws, err := s.Store.Workspace(t.Context(), owner.WorkspaceID)
	if err != nil {
		t.Fatal(err)
	}
	ws.SeatLimit = 2
	if err := s.Store.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 4)
	var run sync.WaitGroup
	for i := range errs {
		email := string(rune('a'+i)) + "@atelier.example"
		link := token(t, s, email)
		m, err := s.SignUps.Prepare(t.Context(), link, "One", "en")
		if err != nil {
			t.Fatal(err)
		}
		run.Go(func() { _, errs[i] = s.SignUps.Accept(t.Context(), link, m, key(m)) })
	}
	run.Wait()
	in := 0
	for _, err := range errs {
		switch {
		case err == nil:
			in++
		case fault.Of(err).Key != "error.seats-taken":
			t.Errorf("refused with %v", err)
		}
	}
	if in != 1 {
		t.Errorf("%d took the last seat", in)
	}
}

func TestAnOpenServerLetsAnybodyFound(t *testing.T) {
	closed := site.New(t, site.Config{Mail: true})
	if token(t, closed, "ann@else.example") != "" {
		t.Error("a closed server invites strangers")
	}
	s, owner, _ := claimed(t, site.Config{SignUp: true})
	link := token(t, s, "ann@else.example")
	d, err := s.SignUps.PrepareFounding(t.Context(), link, workspace.Workspace{
		Name: "Else", Language: "en", TimeZone: "UTC", Country: "FR",
	}, member.Member{Name: "Ann", Email: "slipped@in.example", Language: "en", Role: member.User})
	if err != nil || d.Owner.Email != "ann@else.example" || d.Owner.Role != member.Owner {
		t.Fatalf("draft %+v: %v", d, err)
	}
	if _, err := s.SignUps.Prepare(t.Context(), link, "Ann", "en"); fault.Of(err).Key != "error.invitation-needed" {
		t.Errorf("joins a workspace that does not want her: %v", err)
	}
	intruder := d
	intruder.Owner.WorkspaceID = owner.WorkspaceID
	if _, err := s.SignUps.Found(t.Context(), link, intruder, key(intruder.Owner)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an owner for another workspace: %v", err)
	}
	if _, err := s.SignUps.Found(t.Context(), link, d, key(d.Owner)); err != nil {
		t.Fatal(err)
	}
	all, err := s.Store.Workspaces(t.Context())
	tags, tagErr := s.Store.Tags(t.Context(), d.Workspace.ID)
	if err != nil || tagErr != nil || len(all) != 2 || len(tags) == 0 {
		t.Errorf("%d workspaces, %d tags: %v %v", len(all), len(tags), err, tagErr)
	}
}

// The link for one more workspace works beside those that are there, and once.
func TestAFurtherWorkspace(t *testing.T) {
	s := site.New(t, site.Config{})
	first := s.Owner().Who()
	link, err := s.Setup.FurtherLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := s.Browser()
	form := site.SetupForm()
	form.Set("email", "ann@else.example")
	if done := c.Create(c.Path(link), form); done.Status != 200 {
		t.Fatalf("%d %s", done.Status, done.Body)
	}
	if c.Who().WorkspaceID == first.WorkspaceID {
		t.Error("in the same workspace")
	}
	if page := s.Browser().Get(c.Path(link)); page.Status != 404 {
		t.Errorf("used link: %d", page.Status)
	}
}
