package invite_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/tests/site"
)

func form() url.Values { return url.Values{"name": {"Tom Keller"}, "language": {"fr"}} }

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
	// An e-mail slipped into the form changes nothing.
	f := form()
	f.Set("email", "boss@atelier.example")
	f.Set("role", "owner")
	if done := c.Create(path, f); done.Status != http.StatusOK {
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

func TestInvitationExpiresAndIsRevoked(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	late := owner.Invite(member.User, "late@atelier.example")
	gone := owner.Invite(member.User, "gone@atelier.example")
	open, err := s.Invitations.Open(t.Context(), owner.Who().WorkspaceID)
	if err != nil || len(open) != 2 {
		t.Fatalf("%d open: %v", len(open), err)
	}
	for _, inv := range open {
		if inv.Email != "gone@atelier.example" {
			continue
		}
		if got := owner.Post("/team/invitations/"+inv.ID+"/revoke", nil); got.Status != http.StatusSeeOther {
			t.Fatalf("revoke: %d", got.Status)
		}
	}
	c := s.Browser()
	if got := c.Get(c.Path(gone)); got.Status != http.StatusNotFound || !strings.Contains(got.Text(), "withdrawn") {
		t.Errorf("revoked: %d %s", got.Status, got.Text())
	}
	if got := c.Get(c.Path(late)); got.Status != http.StatusOK {
		t.Errorf("open: %d", got.Status)
	}
	s.Clock.Add(7*24*time.Hour + time.Second)
	if got := c.Get(c.Path(late)); got.Status != http.StatusNotFound {
		t.Errorf("expired: %d", got.Status)
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
	begun := c.Begin(c.Path(low)+"/begin", form())
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
	for field, value := range map[string]string{"name": "", "language": "de"} {
		f := form()
		f.Set(field, value)
		if got := s.Browser().Begin(path+"/begin", f); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, field) {
			t.Errorf("%s: %d %s", field, got.Status, got.Body)
		}
	}
}
