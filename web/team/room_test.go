package team_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/shared/protocol"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	web "parley/web/team"
)

// room is a company with the pages about its members. Lead leads the team Sales,
// which Max is in; Zoe belongs to another company.
type room struct {
	*desk.Desk

	Lead  member.Member
	Sales team.Team
	Line  number.Number
	Zoe   member.Member
	Doing map[string]protocol.LiveState
}

// Status is what somebody is doing.
func (r *room) Status(memberID string) agent.Status { return agent.Status{State: r.Doing[memberID]} }

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{Desk: desk.New(t), Doing: map[string]protocol.LiveState{}}
	r.Lead = office.Hire(t, r.DB, r.Workspace, "Lou Lead", member.Supervisor)
	other, zoe := office.Found(t, r.DB, "Other")
	zoe.WorkspaceID = other.ID
	r.Zoe = zoe
	var err error
	r.Sales, err = r.Teams.Create(t.Context(), r.Owner, "Sales", []team.Membership{
		{MemberID: r.Lead.ID, Lead: true}, {MemberID: r.Member.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Line = number.Number{
		ID: id.New(), WorkspaceID: r.Workspace.ID, E164: "+33139281900", Name: "Support", Country: "FR", Language: "en", CreatedAt: time.Now().UTC(),
	}
	if err := r.DB.SaveNumber(t.Context(), r.Line); err != nil {
		t.Fatal(err)
	}
	if err := r.DB.Assign(t.Context(), r.Workspace.ID, r.Line.ID, office.Shared(r.Member.ID)); err != nil {
		t.Fatal(err)
	}
	web.New(web.Needs{
		Pages: r.Pages, Gate: r.Gate, Directory: r.DB, Members: r.DB, Numbers: r.DB, Teams: r.DB, Access: r.DB, States: r,
		Inviter: r.People, Waiting: r.People, Editor: r.People, Availability: r.People, MailReady: r.Mail.Ready, Now: time.Now,
	}).Routes(r.Mux)
	return r
}

// confirmed posts as m who showed a passkey a moment ago.
func (r *room) confirmed(t *testing.T, m member.Member, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	who := auth.Who{Member: m, Workspace: r.Workspace, SessionID: "session", ConfirmedAt: time.Now()}
	rec := httptest.NewRecorder()
	r.Pages.Localise(r.Mux).ServeHTTP(rec, req.WithContext(auth.With(req.Context(), who)))
	return rec
}

// roles are one of each, by role.
func (r *room) roles() map[member.Role]member.Member {
	return map[member.Role]member.Member{
		member.Owner: r.Owner, member.Admin: r.Admin, member.Supervisor: r.Lead, member.User: r.Member,
	}
}

// read is a member as stored.
func (r *room) read(t *testing.T, memberID string) member.Member {
	t.Helper()
	m, err := r.DB.Member(t.Context(), r.Workspace.ID, memberID)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func profile(name, extension string) url.Values {
	return url.Values{"name": {name}, "language": {"fr"}, "extension": {extension}, "wrap_up": {"45"}}
}
