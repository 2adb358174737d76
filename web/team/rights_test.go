package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
)

// Every route and every role. The target is a member of the team the supervisor
// leads, other is in none.
func TestEveryRouteByRole(t *testing.T) {
	r := newRoom(t)
	other := office.Hire(t, r.DB, r.Workspace, "Oda Other", member.User)
	const ok, moved, no, gone, invalid = 200, 303, 403, 404, 422
	for _, tc := range []struct {
		method, path               string // {target}, {other}, {owner}
		form                       url.Values
		owner, admin, lead, member int
	}{
		{"GET", "/team", nil, ok, ok, ok, ok},
		{"GET", "/team?part=list", nil, ok, ok, ok, ok},
		{"GET", "/team/{target}", nil, ok, ok, ok, ok},
		{"GET", "/team/{target}?part=state", nil, ok, ok, ok, ok},
		{"GET", "/team/invite", nil, ok, ok, no, no},
		{"POST", "/team/invite", url.Values{"addresses": {"x@new.example"}, "role": {"member"}, "language": {"en"}, "grant": {"none"}}, ok, ok, no, no},
		{"POST", "/team/invite", url.Values{"addresses": {"y@new.example"}, "role": {"owner"}, "language": {"en"}, "grant": {"none"}}, no, invalid, no, no}, // he is asked for his passkey
		{"GET", "/team/invite/csv", nil, ok, ok, no, no},
		{"GET", "/team/invite/sample.csv", nil, ok, ok, no, no},
		{"POST", "/team/invite/rejected", url.Values{"rows": {"email,reason"}}, ok, ok, no, no},
		{"POST", "/team/{target}/profile", profile("Max", ""), moved, moved, no, moved}, // his own
		{"POST", "/team/{other}/profile", profile("Oda", ""), moved, moved, no, no},
		{"POST", "/team/{target}/role", url.Values{"role": {"member"}}, moved, moved, no, no},
		{"POST", "/team/{target}/teams", url.Values{"teams": {r.Sales.ID}}, moved, moved, no, no},
		{"GET", "/team/{target}/numbers", nil, ok, ok, no, no},
		{"POST", "/team/{target}/numbers", url.Values{}, moved, moved, no, no},
		{"GET", "/team/{target}/hours", nil, ok, ok, ok, no},
		{"POST", "/team/{target}/hours", url.Values{"zone": {""}, "closed": {"voicemail"}}, moved, moved, moved, no},
		{"POST", "/team/{target}/availability", url.Values{"setting": {"auto"}}, moved, moved, moved, moved}, // his own
		{"POST", "/team/{other}/availability", url.Values{"setting": {"auto"}}, moved, moved, no, no},
		{"GET", "/team/{other}/hours", nil, ok, ok, no, no},
		{"POST", "/team/{other}/hours", url.Values{"zone": {""}, "closed": {"voicemail"}}, moved, moved, no, no},
		{"GET", "/team/{target}/remove", nil, ok, ok, no, no},
		{"GET", "/team/{owner}/remove", nil, ok, no, no, no},
		{"POST", "/team/{owner}/remove", url.Values{}, no, no, no, no},       // the owner's passkey was not shown again
		{"POST", "/team/{target}/remove", url.Values{}, gone, moved, no, no}, // the admin was first
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			names := strings.NewReplacer("{target}", r.Member.ID, "{other}", other.ID, "{owner}", r.Owner.ID)
			for _, one := range []struct {
				role member.Role
				want int
			}{{member.User, tc.member}, {member.Supervisor, tc.lead}, {member.Admin, tc.admin}, {member.Owner, tc.owner}} {
				var got desk.Answer
				if tc.method == http.MethodGet {
					got = r.Get(t, r.roles()[one.role], names.Replace(tc.path))
				} else {
					got = r.Post(t, r.roles()[one.role], names.Replace(tc.path), tc.form)
				}
				if got.Status != one.want {
					t.Errorf("%s: %d, want %d: %.200s", one.role, got.Status, one.want, got.Text())
				}
			}
		})
	}
}

// Another company's member and invitation are not there, whatever is done to them.
func TestOtherWorkspaceIsNotThere(t *testing.T) {
	r := newRoom(t)
	r.Post(t, r.Owner, "/team/invite", url.Values{"addresses": {"tom@acme.example"}, "role": {"member"}, "language": {"en"}, "grant": {"none"}}).Want(t, 200)
	open, err := r.People.Open(t.Context(), r.Workspace.ID)
	if err != nil || len(open) != 1 {
		t.Fatalf("%d open: %v", len(open), err)
	}
	for _, path := range []string{"", "/numbers", "/hours", "/remove"} {
		r.Get(t, r.Zoe, "/team/"+r.Member.ID+path).Want(t, http.StatusNotFound)
	}
	for path, form := range map[string]url.Values{
		"/profile": profile("Zed", ""), "/role": {"role": {"owner"}}, "/teams": {}, "/numbers": {},
		"/hours": {"zone": {""}, "closed": {"voicemail"}}, "/availability": {"setting": {"auto"}}, "/remove": {},
	} {
		r.Post(t, r.Zoe, "/team/"+r.Member.ID+path, form).Want(t, http.StatusNotFound)
	}
	for _, action := range []string{"/resend", "/revoke"} {
		r.Post(t, r.Zoe, "/team/invitations/"+open[0].ID+action, nil).Want(t, http.StatusNotFound)
	}
	if page := r.Get(t, r.Zoe, "/team").Text(); strings.Contains(page, "Max Member") || strings.Contains(page, "tom@acme") {
		t.Errorf("the list shows another company: %s", page)
	}
	// A form cannot name what is another company's either.
	r.Post(t, r.Zoe, "/team/"+r.Zoe.ID+"/teams", url.Values{"teams": {r.Sales.ID}}).Want(t, http.StatusUnprocessableEntity)
	r.Post(t, r.Zoe, "/team/"+r.Zoe.ID+"/numbers", url.Values{"numbers": {r.Line.ID}, "level-" + r.Line.ID: {"shared"}}).Want(t, http.StatusUnprocessableEntity)
}

// Owners are made and unmade only after a passkey was shown again.
func TestOwnersNeedThePasskey(t *testing.T) {
	r := newRoom(t)
	for _, path := range []string{"/team/" + r.Admin.ID + "/role", "/team/" + r.Owner.ID + "/role"} {
		role := url.Values{"role": {"owner"}}
		if strings.Contains(path, r.Owner.ID) {
			role.Set("role", "admin")
		}
		r.Post(t, r.Owner, path, role).Want(t, http.StatusForbidden)
	}
	if got := r.confirmed(t, r.Owner, "/team/"+r.Admin.ID+"/role", url.Values{"role": {"owner"}}); got.Code != http.StatusSeeOther {
		t.Fatalf("confirmed: %d", got.Code)
	}
	if got := r.read(t, r.Admin.ID).Role; got != member.Owner {
		t.Errorf("role is %s", got)
	}
	r.Post(t, r.Owner, "/team/"+r.Member.ID+"/role", url.Values{"role": {"admin"}}).Want(t, http.StatusSeeOther)
	if got := r.confirmed(t, r.Owner, "/team/"+r.Admin.ID+"/remove", url.Values{}); got.Code != http.StatusSeeOther {
		t.Errorf("remove an owner: %d %s", got.Code, got.Body)
	}
	if got := r.confirmed(t, r.Owner, "/team/"+r.Owner.ID+"/role", url.Values{"role": {"admin"}}); got.Code != http.StatusConflict {
		t.Errorf("the last owner steps down: %d", got.Code)
	}
}

// Who accepts an invitation as owner is one: making it, or sending it elsewhere, asks
// for the passkey like any other way.
func TestInvitingAnOwnerNeedsThePasskey(t *testing.T) {
	r := newRoom(t)
	invite := url.Values{"addresses": {"boss@acme.example"}, "role": {"owner"}, "language": {"en"}, "grant": {"none"}}
	r.Post(t, r.Owner, "/team/invite", invite).Want(t, http.StatusForbidden)
	if got := sendCSV(t, r, r.Owner, []byte("email,role\nboss@acme.example,owner\n")); strings.Contains(got.Body.String(), "to hand over") {
		t.Error("a list makes an owner")
	}
	open, err := r.People.Open(t.Context(), r.Workspace.ID)
	if err != nil || len(open) != 0 {
		t.Fatalf("invited without a passkey: %+v %v", open, err)
	}
	if got := r.confirmed(t, r.Owner, "/team/invite", invite); got.Code != http.StatusOK {
		t.Fatalf("confirmed: %d", got.Code)
	}
	if open, err = r.People.Open(t.Context(), r.Workspace.ID); err != nil || len(open) != 1 {
		t.Fatalf("open: %+v %v", open, err)
	}
	resend := "/team/invitations/" + open[0].ID + "/resend"
	r.Post(t, r.Owner, resend, url.Values{"email": {"thief@evil.example"}}).Want(t, http.StatusForbidden)
	if got := r.confirmed(t, r.Owner, resend, url.Values{"email": {"chief@acme.example"}}); got.Code != http.StatusOK {
		t.Errorf("confirmed: %d", got.Code)
	}
}

// Who leads a team chooses among the lines he knows, and learns of no others.
func TestTheHoursFormNamesNoUnknownLine(t *testing.T) {
	r := newRoom(t)
	secret := r.Line
	secret.ID, secret.E164, secret.Name = id.New(), "+33139281901", "Board room"
	if err := r.DB.SaveNumber(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	path := "/team/" + r.Member.ID + "/hours"
	r.Get(t, r.Admin, path).Want(t, 200, "Support", "Board room")
	form := r.Get(t, r.Lead, path)
	form.Want(t, 200, "Support")
	if strings.Contains(form.Body, "Board room") {
		t.Error("a supervisor is shown a line that is none of his")
	}
	r.Post(t, r.Lead, path, url.Values{"zone": {""}, "closed": {"line"}, "closed_number": {secret.ID}}).Want(t, 422)
}

// The switch lets members invite members, see theirs and nothing of others'.
func TestMembersInviteWhereTheWorkspaceLetsThem(t *testing.T) {
	r := newRoom(t)
	r.Workspace.MembersInvite = true
	if err := r.DB.SaveWorkspace(t.Context(), r.Workspace); err != nil {
		t.Fatal(err)
	}
	form := r.Get(t, r.Member, "/team/invite")
	form.Want(t, 200, `value="member"`)
	for _, hidden := range []string{`value="admin"`, `name="teams"`, `name="numbers"`, "/team/invite/csv"} {
		if strings.Contains(form.Body, hidden) {
			t.Errorf("the form offers %s", hidden)
		}
	}
	r.Post(t, r.Member, "/team/invite", url.Values{"addresses": {"pal@acme.example"}, "role": {"member"}, "language": {"en"}}).Want(t, 200, "/invite/")
	r.Post(t, r.Member, "/team/invite", url.Values{"addresses": {"pal@acme.example"}, "role": {"admin"}, "language": {"en"}}).Want(t, 422)
	r.Post(t, r.Owner, "/team/invite", url.Values{"addresses": {"secret@acme.example"}, "role": {"member"}, "language": {"en"}, "grant": {"none"}}).Want(t, 200)
	page := r.Get(t, r.Member, "/team").Text()
	if !strings.Contains(page, "pal@acme.example") || strings.Contains(page, "secret@acme.example") {
		t.Errorf("the member sees %s", page)
	}
}

// A search must not tell letter by letter the address that no page shows.
func TestASearchDoesNotTellAddresses(t *testing.T) {
	r := newRoom(t)
	for _, query := range []string{r.Lead.Email, "+33139281900"} {
		r.Get(t, r.Owner, "/team?q="+url.QueryEscape(query)).Want(t, 200, "1 member")
		r.Get(t, r.Member, "/team?q="+url.QueryEscape(query)).Want(t, 200, "Nobody found")
	}
}
