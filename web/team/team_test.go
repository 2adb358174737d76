package team_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/adapters/auth"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/internal/tests/site"
)

func TestTeamListsMembersAndInvitations(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	if page := owner.Get("/team"); !strings.Contains(page.Text(), "on your own so far") {
		t.Errorf("alone: %s", page.Text())
	}
	s.Join(owner, member.Supervisor, "tom@atelier.example")
	owner.Invite(member.User, "new@atelier.example")
	page := owner.Get("/team").Text()
	for _, want := range []string{"Léa Marchand you", "tom@atelier.example", "Supervisor", "new@atelier.example", "Open invitations"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	if strings.Contains(owner.Get("/team").Body, "/invite/") {
		t.Error("the list shows an invitation's link")
	}
}

// One request per cell of the matrix of these routes.
func TestRights(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	ws := owner.Who().WorkspaceID
	clients := map[member.Role]*site.Client{member.Owner: owner}
	for _, role := range []member.Role{member.Admin, member.Supervisor, member.User} {
		clients[role] = s.Join(owner, role, string(role)+"@atelier.example")
	}
	invitee := 0
	invite := func(c *site.Client, role member.Role) int {
		invitee++
		return c.Post("/team/invite", url.Values{
			"name": {"X"}, "email": {"x" + string(rune('a'+invitee)) + "@atelier.example"}, "role": {string(role)},
		}).Status
	}
	for _, tc := range []struct {
		role                       member.Role
		page, owner, admin, member int
	}{
		{member.Owner, 200, 200, 200, 200},
		{member.Admin, 200, 403, 200, 200},
		{member.Supervisor, 403, 403, 403, 403},
		{member.User, 403, 403, 403, 403},
	} {
		c := clients[tc.role]
		for path, want := range map[string]int{"/team": tc.page, "/team/invite": tc.page, "/me": 200} {
			if got := c.Get(path); got.Status != want {
				t.Errorf("%s GET %s: %d, want %d", tc.role, path, got.Status, want)
			}
		}
		for role, want := range map[member.Role]int{member.Owner: tc.owner, member.Admin: tc.admin, member.User: tc.member} {
			if got := invite(c, role); got != want {
				t.Errorf("%s invites %s: %d, want %d", tc.role, role, got, want)
			}
		}
	}
	open, err := s.Invitations.Open(t.Context(), ws)
	if err != nil || len(open) != 5 {
		t.Fatalf("%d open: %v", len(open), err)
	}
	if got := clients[member.User].Post("/team/invitations/"+open[0].ID+"/revoke", nil); got.Status != http.StatusForbidden {
		t.Errorf("a member revokes: %d", got.Status)
	}
	if got := clients[member.Admin].Post("/team/invitations/"+open[0].ID+"/revoke", nil); got.Status != http.StatusSeeOther {
		t.Errorf("an admin revokes: %d", got.Status)
	}
	stranger := s.Browser()
	for _, path := range []string{"/team", "/team/invite", "/me"} {
		if got := stranger.Get(path); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Location(), "/login?next=") {
			t.Errorf("a stranger GET %s: %d %s", path, got.Status, got.Location())
		}
	}
	if got := stranger.Post("/team/invite", url.Values{}); got.Status != http.StatusUnauthorized {
		t.Errorf("a stranger invites: %d", got.Status)
	}
}

// A changed role and a removal act on the next request, without signing in again.
func TestRoleChangeActsAtOnce(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	tom := s.Join(owner, member.Admin, "tom@atelier.example")
	if got := tom.Get("/team"); got.Status != http.StatusOK {
		t.Fatalf("as admin: %d", got.Status)
	}
	m := tom.Who()
	m.Role = member.User
	if err := s.Store.SaveMember(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := tom.Get("/team"); got.Status != http.StatusForbidden || !strings.Contains(got.Text(), "role") {
		t.Errorf("as member: %d %s", got.Status, got.Text())
	}
	m.RemovedAt = s.Clock.Now()
	if err := s.Store.SaveMember(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := tom.Get("/me"); got.Status != http.StatusSeeOther {
		t.Errorf("removed: %d", got.Status)
	}
	if got := tom.SignIn(); got.Status != http.StatusUnauthorized {
		t.Errorf("removed, signs in: %d", got.Status)
	}
	if _, err := s.Links.SignIn(t.Context(), "tom@atelier.example"); err == nil {
		t.Error("removed, gets a sign-in link")
	}
}

func TestOtherWorkspaceIsNotThere(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	owner.Invite(member.User, "tom@atelier.example")
	open, err := s.Invitations.Open(t.Context(), owner.Who().WorkspaceID)
	if err != nil {
		t.Fatal(err)
	}
	foreign := foreignOwner(t, s)
	if got := foreign.Post("/team/invitations/"+open[0].ID+"/revoke", nil); got.Status != http.StatusNotFound {
		t.Errorf("another workspace's invitation: %d", got.Status)
	}
	if page := foreign.Get("/team").Text(); strings.Contains(page, "atelier.example") {
		t.Errorf("the list shows another workspace: %s", page)
	}
}

// foreignOwner is the owner of a second workspace, let in by a sign-in link.
func foreignOwner(t *testing.T, s *site.Site) *site.Client {
	t.Helper()
	ws := workspace.Workspace{ID: id.New(), Name: "Other", Language: "en", TimeZone: "UTC", Country: "GB", CreatedAt: s.Clock.Now()}
	if err := s.Store.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	boss := member.Member{ID: id.New(), WorkspaceID: ws.ID, Name: "Boss", Email: "boss@other.example", Role: member.Owner, Language: "en", CreatedAt: s.Clock.Now()}
	if err := s.Store.SaveMember(t.Context(), boss); err != nil {
		t.Fatal(err)
	}
	link, err := s.Links.SignIn(t.Context(), boss.Email)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Browser()
	if done := c.Create(c.Path(link), nil); done.Status != http.StatusOK {
		t.Fatalf("sign-in link: %d %s", done.Status, done.Body)
	}
	return c
}

func TestInviteFormIsShownAgain(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	for name, tc := range map[string]struct {
		field, value string
		status       int
		says         string
	}{
		"no name":        {"name", "", http.StatusUnprocessableEntity, "Fill this in"},
		"no address":     {"email", "tom", http.StatusUnprocessableEntity, "name@example.com"},
		"taken address":  {"email", "lea@atelier.example", http.StatusConflict, "already"},
		"no such role":   {"role", "king", http.StatusUnprocessableEntity, "one of the values"},
		"foreign number": {"numbers", "x", http.StatusUnprocessableEntity, "one of the values"},
	} {
		form := url.Values{"name": {"Tom Keller"}, "email": {"tom@atelier.example"}, "role": {"member"}}
		form.Set(tc.field, tc.value)
		got := owner.Post("/team/invite", form)
		if got.Status != tc.status || !strings.Contains(got.Text(), tc.says) {
			t.Errorf("%s: %d %s", name, got.Status, got.Text())
		}
		if tc.field != "name" && !strings.Contains(got.Body, `value="Tom Keller"`) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
}

func TestInvitingIsAudited(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	s.Join(owner, member.User, "tom@atelier.example")
	if _, err := s.Links.SignIn(t.Context(), "tom@atelier.example"); err != nil {
		t.Fatal(err)
	}
	entries, err := s.Store.AuditEntries(t.Context(), owner.Who().WorkspaceID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
		for _, v := range e.Detail {
			if strings.Contains(v, "@") {
				t.Errorf("an address stands in the audit: %+v", e)
			}
		}
	}
	for _, want := range []string{auth.ActionInvited, auth.ActionInviteAccepted, auth.ActionSignInLink, auth.ActionSetup, auth.ActionSignedIn} {
		if !slices.Contains(actions, want) {
			t.Errorf("%s is not in the audit: %v", want, actions)
		}
	}
}
