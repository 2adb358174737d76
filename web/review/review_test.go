package review_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	audits "parley/internal/domain/audit"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/review"
)

func open(t *testing.T, now func() time.Time) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	review.New(review.Needs{
		Pages: d.Pages, Gate: d.Gate, Store: d.DB, Log: d.DB, Invitations: d.People, Now: now,
	}).Routes(d.Mux)
	return d
}

// seen has a member's browser used at a time.
func seen(t *testing.T, d *desk.Desk, m member.Member, at time.Time) {
	t.Helper()
	err := d.DB.SaveSession(t.Context(), identity.Session{
		ID: id.New(), Token: id.New(), MemberID: m.ID, WorkspaceID: m.WorkspaceID, Data: []byte("{}"),
		CreatedAt: at, LastSeenAt: at, ExpiresAt: at.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// part is the text of the card with that title.
func part(t *testing.T, page desk.Answer, title string) string {
	t.Helper()
	_, after, found := strings.Cut(page.Body, "<h2>"+title+"</h2>")
	if !found {
		t.Fatalf("no card %q", title)
	}
	inside, _, _ := strings.Cut(after, "</section>")
	return inside
}

func TestWhoHasPowerAndWhoIsAway(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := open(t, func() time.Time { return now })
	sue := office.Hire(t, d.DB, d.Workspace, "Sue Supervisor", member.Supervisor)
	sales := team.Team{ID: id.New(), WorkspaceID: d.Workspace.ID, Name: "Sales", CreatedAt: now}
	if err := d.DB.SaveTeam(t.Context(), sales); err != nil {
		t.Fatal(err)
	}
	if err := d.DB.SetTeam(t.Context(), d.Workspace.ID, sales.ID, []team.Membership{{TeamID: sales.ID, MemberID: sue.ID, Lead: true}}); err != nil {
		t.Fatal(err)
	}
	line := number.Number{ID: id.New(), WorkspaceID: d.Workspace.ID, E164: "+33139281900", Name: "Front desk", Country: "FR", CreatedAt: now}
	if err := d.DB.SaveNumber(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	seen(t, d, d.Owner, now.Add(-time.Hour))
	seen(t, d, d.Admin, now.Add(-40*24*time.Hour))
	seen(t, d, d.Member, now.Add(-100*24*time.Hour))
	page := d.Get(t, d.Owner, "/review")
	page.Want(t, 200, "Make a second one", "Access review")
	for title, wants := range map[string][]string{
		"Owners":             {d.Owner.Name, d.Owner.Email, "/team/" + d.Owner.ID},
		"Admins":             {"Ada Admin"},
		"Supervisors":        {"Sue Supervisor", "Sales"},
		"Away for long":      {"Ada Admin", "over 30 days", "Max Member", "over 90 days"},
		"Numbers nobody has": {"Front desk", "/numbers/" + line.ID + "/access"},
		"Old invitations":    {"None."},
	} {
		for _, want := range wants {
			if got := part(t, page, title); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %s", title, want, got)
			}
		}
	}
	if idle := part(t, page, "Away for long"); strings.Contains(idle, "Olive") || strings.Contains(idle, "Sue") {
		t.Error("who was just seen, or just hired, counts as away")
	}
	if idle := part(t, page, "Away for long"); strings.Index(idle, "Max Member") > strings.Index(idle, "Ada Admin") {
		t.Error("who is away longest is not first")
	}
	now = now.Add(31 * 24 * time.Hour)
	if idle := part(t, d.Get(t, d.Owner, "/review"), "Away for long"); !strings.Contains(idle, "never seen") {
		t.Error("who was never seen is not told")
	}
}

func TestOldInvitationsAndLastChanges(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := open(t, func() time.Time { return now })
	if _, err := d.People.Invite(t.Context(), d.Owner, people.Batch{Addresses: "tom@else.example", Role: member.Admin}); err != nil {
		t.Fatal(err)
	}
	for i, e := range []audits.Entry{
		{MemberID: d.Owner.ID, Action: "member.role", Subject: d.Member.ID, Detail: map[string]string{"role": "member → admin"}},
		{MemberID: d.Owner.ID, Action: "tag.created", Detail: map[string]string{"name": "Nobody's business"}},
	} {
		e.ID, e.WorkspaceID, e.At = fmt.Sprintf("id-%d", i), d.Workspace.ID, now
		if err := d.DB.AppendAudit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	page := d.Get(t, d.Admin, "/review")
	if got := part(t, page, "Last changes of access"); !strings.Contains(got, "Changed a role") || !strings.Contains(got, "Max Member · role: member → admin") || strings.Contains(got, "business") {
		t.Errorf("changes: %s", got)
	}
	if got := part(t, page, "Old invitations"); strings.Contains(got, "tom@else.example") {
		t.Error("an invitation of a moment ago is old")
	}
	now = now.Add(8 * 24 * time.Hour)
	if got := part(t, d.Get(t, d.Admin, "/review"), "Old invitations"); !strings.Contains(got, "tom@else.example") || !strings.Contains(got, "open<") {
		t.Errorf("invitations: %s", got)
	}
	d.Owner.Language = "fr"
	d.Get(t, d.Owner, "/review").Want(t, 200, "Revue des accès", "membre → administrateur", "en attente")
}

func TestWhoMaySee(t *testing.T) {
	t.Parallel()
	d := open(t, time.Now)
	for role, want := range map[member.Role]int{member.Owner: 200, member.Admin: 200, member.Supervisor: 403, member.User: 403} {
		d.Get(t, office.Hire(t, d.DB, d.Workspace, "One", role), "/review").Want(t, want)
	}
	_, stranger := office.Found(t, d.DB, "Other")
	if page := d.Get(t, stranger, "/review"); page.Status != 200 || strings.Contains(page.Body, "Ada Admin") {
		t.Errorf("a stranger sees %d", page.Status)
	}
}

// A long list is cut off and says so.
func TestLongListsAreCutOff(t *testing.T) {
	t.Parallel()
	d := open(t, time.Now)
	for i := range 60 {
		office.Hire(t, d.DB, d.Workspace, fmt.Sprintf("Admin %02d", i), member.Admin)
	}
	page := d.Get(t, d.Owner, "/review")
	if got := part(t, page, "Admins"); strings.Count(got, "<tr") != 52 || !strings.Contains(got, "and 11 more") {
		t.Errorf("%d rows", strings.Count(got, "<tr"))
	}
}
