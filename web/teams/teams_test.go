package teams_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/team"
	"parley/internal/shared/protocol"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/teams"
	"time"
)

type states map[string]protocol.LiveState

func (s states) Status(memberID string) agent.Status { return agent.Status{State: s[memberID]} }

type rooms struct {
	*desk.Desk

	Lead  member.Member
	Sales team.Team
}

func newRooms(t *testing.T) *rooms {
	t.Helper()
	r := &rooms{Desk: desk.New(t)}
	r.Lead = office.Hire(t, r.DB, r.Workspace, "Lou Lead", member.Supervisor)
	var err error
	r.Sales, err = r.Teams.Create(t.Context(), r.Owner, "Sales", []team.Membership{{MemberID: r.Lead.ID, Lead: true}, {MemberID: r.Member.ID}})
	if err != nil {
		t.Fatal(err)
	}
	teams.New(teams.Needs{
		Pages: r.Pages, Gate: r.Gate, Teams: r.DB, Members: r.DB, Editor: r.Teams,
		States: states{r.Member.ID: protocol.LiveDND}, Now: time.Now,
	}).Routes(r.Mux)
	return r
}

func TestEveryRouteByRole(t *testing.T) {
	r := newRooms(t)
	at := "/teams/" + r.Sales.ID
	sales := url.Values{"name": {"Sales"}, "lead": {r.Lead.ID}, "members": {r.Lead.ID, r.Member.ID}}
	for _, tc := range []struct {
		method, path   string
		form           url.Values
		manages, looks int
	}{
		{"GET", "/teams", nil, 200, 200},
		{"GET", "/teams?part=list&q=sal", nil, 200, 200},
		{"GET", at, nil, 200, 200},
		{"GET", at + "?part=people", nil, 200, 200},
		{"GET", "/teams/new", nil, 200, 403},
		{"POST", at, sales, 303, 403},
		{"POST", at + "/delete", nil, 303, 403},
	} {
		for role, m := range map[member.Role]member.Member{member.User: r.Member, member.Supervisor: r.Lead, member.Admin: r.Admin} {
			want := tc.looks
			if role == member.Admin {
				want = tc.manages
			}
			var got desk.Answer
			if tc.method == http.MethodGet {
				got = r.Get(t, m, tc.path)
			} else if role != member.Admin { // admins below: what they do counts
				got = r.Post(t, m, tc.path, tc.form)
			} else {
				continue
			}
			if got.Status != want {
				t.Errorf("%s %s %s: %d, want %d", role, tc.method, tc.path, got.Status, want)
			}
		}
		if tc.method == http.MethodPost {
			r.Post(t, r.Admin, tc.path, tc.form).Want(t, tc.manages)
		}
	}
	r.Post(t, r.Member, "/teams/new", url.Values{"name": {"X"}}).Want(t, http.StatusForbidden)
}

func TestTeamsAreMadeFilledAndDeleted(t *testing.T) {
	r := newRooms(t)
	made := r.Post(t, r.Admin, "/teams/new", url.Values{"name": {"Support désk"}, "members": {r.Member.ID}, "lead": {r.Lead.ID}})
	made.Want(t, http.StatusSeeOther)
	page := r.Get(t, r.Admin, made.Location)
	page.Want(t, 200, "The team is created.", "2 members", "Max Member", "Do not disturb", `value="Support désk"`)
	r.Get(t, r.Member, "/teams").Want(t, 200, "Support désk", "2 members", "Led by Lou Lead")
	r.Get(t, r.Member, "/teams?q=DESK").Want(t, 200, "Support désk")
	r.Get(t, r.Member, "/teams?part=list&q=nope").Want(t, 200, "No team found")
	path, _, _ := strings.Cut(made.Location, "?")
	r.Post(t, r.Admin, path, url.Values{"name": {"Help"}, "members": {r.Lead.ID}}).Want(t, http.StatusSeeOther)
	r.Get(t, r.Member, "/teams").Want(t, 200, "Help", "1 member", "Nobody leads it")
	r.Post(t, r.Admin, path+"/delete", nil).Want(t, http.StatusSeeOther)
	if got := r.Get(t, r.Member, "/teams").Text(); strings.Contains(got, "Help") {
		t.Errorf("still there: %s", got)
	}
	r.Get(t, r.Admin, path).Want(t, http.StatusNotFound)
}

func TestTakenNameAndUnknownMember(t *testing.T) {
	r := newRooms(t)
	r.Post(t, r.Admin, "/teams/new", url.Values{"name": {"SALES"}, "members": {r.Member.ID}}).
		Want(t, 409, `id="f-name-error"`, `value="SALES"`, `value="`+r.Member.ID+`" checked`)
	r.Post(t, r.Admin, "/teams/new", url.Values{"name": {""}}).Want(t, 422, `id="f-name-error"`)
	_, zoe := office.Found(t, r.DB, "Other")
	r.Post(t, r.Admin, "/teams/"+r.Sales.ID, url.Values{"name": {"Sales"}, "members": {zoe.ID}}).Want(t, 422)
	r.Get(t, zoe, "/teams/"+r.Sales.ID).Want(t, http.StatusNotFound)
	r.Post(t, zoe, "/teams/"+r.Sales.ID, url.Values{"name": {"Mine"}}).Want(t, http.StatusNotFound)
	r.Post(t, zoe, "/teams/"+r.Sales.ID+"/delete", nil).Want(t, http.StatusNotFound)
	if got := r.Get(t, zoe, "/teams").Text(); strings.Contains(got, "Sales") {
		t.Errorf("another company sees %s", got)
	}
}

func TestFrench(t *testing.T) {
	r := newRooms(t)
	owner := r.Owner
	owner.Language = "fr"
	r.Get(t, owner, "/teams").Want(t, 200, "Responsable\u00a0: Lou Lead", "Nouvelle équipe")
	r.Get(t, owner, "/teams/new").Want(t, 200, "Créer l’équipe")
	r.Get(t, owner, "/teams/"+r.Sales.ID).Want(t, 200, "Supprimer l’équipe", "Ne pas déranger")
}
