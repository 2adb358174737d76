package invite_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/tests/site"
)

// form is what an invited person fills in; the address is the one on the page.
func form(email ...string) url.Values {
	return url.Values{"email": append(email, "tom@atelier.example")[:1], "name": {"Tom Keller"}, "language": {"fr"}}
}

func TestInvitationEndsInAMember(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	ws := owner.Who().WorkspaceID
	line := number.Number{ID: id.New(), WorkspaceID: ws, E164: "+33123456789", Name: "Front desk", Country: "FR", CreatedAt: s.Clock.Now()}
	if err := s.Store.SaveNumber(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Assign(t.Context(), ws, line.ID, []number.Assignment{{NumberID: line.ID, MemberID: owner.Who().ID}}); err != nil {
		t.Fatal(err)
	}
	link := owner.Invite(member.Supervisor, "tom@atelier.example", line.ID)
	c := s.Browser()
	path := c.Path(link)
	page := c.Get(path)
	if page.Status != http.StatusOK || !strings.Contains(page.Text(), "Join Atelier Nord") || !strings.Contains(page.Body, "tom@atelier.example") {
		t.Fatalf("page: %d %s", page.Status, page.Text())
	}
	// A role slipped into the form changes nothing; another address is refused.
	f := form("boss@atelier.example")
	f.Set("role", "owner")
	if got := c.Begin(path+"/begin", f); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "This invitation is for tom@atelier.example") {
		t.Errorf("another address: %d %s", got.Status, got.Body)
	}
	f.Set("email", "Tom@Atelier.example")
	if done := c.Create(path, f); done.Status != http.StatusOK || done.Location() != "/welcome" {
		t.Fatalf("finish: %d %s", done.Status, done.Body)
	}
	m := c.Who()
	if m.Role != member.Supervisor || m.Email != "tom@atelier.example" || m.Name != "Tom Keller" || m.Language != "fr" {
		t.Errorf("member %+v", m)
	}
	assigned, err := s.Store.Assignments(t.Context(), ws)
	if err != nil || len(assigned) != 2 || !slices.Contains(assigned, number.Assignment{NumberID: line.ID, MemberID: m.ID, Level: number.Shared}) {
		t.Errorf("assignments %v: %v", assigned, err)
	}
	if all := s.Changed.All(); !slices.Contains(all, "member "+m.ID) || !slices.Contains(all, "number "+line.ID) {
		t.Errorf("announced %v", all)
	}
	if page := s.Browser().Get(path); page.Status != http.StatusNotFound {
		t.Errorf("used link: %d", page.Status)
	}
	if again := s.Browser().Create(path, form()); again.Status != http.StatusNotFound {
		t.Errorf("used link, begin: %d", again.Status)
	}
}

// Inviting the same address again makes the first link void.
func TestSecondInvitationReplacesTheFirst(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	first := owner.Invite(member.User, "tom@atelier.example")
	second := owner.Invite(member.User, "tom@atelier.example")
	c := s.Browser()
	if got := c.Get(c.Path(first)); got.Status != http.StatusNotFound {
		t.Errorf("first: %d", got.Status)
	}
	if got := c.Create(c.Path(second), form()); got.Status != http.StatusOK {
		t.Errorf("second: %d %s", got.Status, got.Body)
	}
}

// A ceremony begun with one invitation cannot be finished with another.
func TestInvitationsAreNotMixed(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	low := owner.Invite(member.User, "low@atelier.example")
	high := owner.Invite(member.Admin, "high@atelier.example")
	c := s.Browser()
	begun := c.Begin(c.Path(low)+"/begin", form("low@atelier.example"))
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Finish(c.Path(high)+"/finish", made); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("mixed: %d %s", got.Status, got.Body)
	}
	if got := c.Get(c.Path(high)); got.Status != http.StatusOK {
		t.Errorf("the other invitation was used up: %d", got.Status)
	}
}

func TestInvitationRefusesBadForms(t *testing.T) {
	s := site.New(t, site.Config{})
	path := strings.TrimPrefix(s.Owner().Invite(member.User, "tom@atelier.example"), s.URL.String())
	for field, value := range map[string]string{"name": "", "language": "de", "email": ""} {
		f := form()
		f.Set(field, value)
		if got := s.Browser().Begin(path+"/begin", f); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, field) {
			t.Errorf("%s: %d %s", field, got.Status, got.Body)
		}
	}
}
