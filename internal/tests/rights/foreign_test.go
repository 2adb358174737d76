package rights_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

// holdings is what of a company others could have meddled with.
type holdings struct {
	Assignments []number.Assignment
	Supervisors []string
	Memberships []team.Membership
	Numbers     []number.Number
}

func (c *company) holdings() holdings {
	c.t.Helper()
	var h holdings
	var err error
	h.Assignments, err = c.Store.Assignments(c.t.Context(), c.ws.ID)
	c.must(err)
	h.Supervisors, err = c.Store.Supervisors(c.t.Context(), c.ws.ID, c.watched.ID)
	c.must(err)
	h.Memberships, err = c.Store.Memberships(c.t.Context(), c.ws.ID)
	c.must(err)
	h.Numbers, err = c.Store.Numbers(c.t.Context(), c.ws.ID)
	c.must(err)
	return h
}

// TestFormsCannotNameAnotherWorkspacesThings posts forms to the own addresses with
// ids of another workspace in them.
func TestFormsCannotNameAnotherWorkspacesThings(t *testing.T) {
	t.Parallel()
	r := open(t)
	ours, theirs := found(r, "Acme"), found(r, "Rival")
	trunk, stranger := theirs.newTrunk(), office.Hire(t, r.Store, theirs.ws, "Zora Quist", member.User)
	before := [2]holdings{ours.holdings(), theirs.holdings()}
	profile := func(more url.Values) url.Values {
		form := numberForm(ours, ours.free)
		for k, v := range more {
			form[k] = v
		}
		return form
	}
	hours := url.Values{"zone": {"Europe/Paris"}}
	with := func(form url.Values, name, value string) url.Values {
		out := url.Values{name: {value}}
		for k, v := range form {
			out[k] = v
		}
		return out
	}
	invite := url.Values{"addresses": {"new@guest.example"}, "role": {"member"}, "language": {"en"}, "grant": {"none"}}
	shared := with(invite, "numbers", theirs.free.ID)
	shared.Set("grant", "share")
	for about, q := range map[string]request{
		"teams of a member":      {path: "/team/" + ours.mate.ID + "/teams", form: url.Values{"teams": {theirs.team.ID}}},
		"lead of a team":         {path: "/team/" + ours.mate.ID + "/teams", form: url.Values{"lead": {theirs.team.ID}}},
		"numbers of a member":    {path: "/team/" + ours.mate.ID + "/numbers", form: url.Values{"numbers": {theirs.free.ID}, "level-" + theirs.free.ID: {"shared"}}},
		"members of a team":      {path: "/teams/" + ours.team.ID, form: url.Values{"name": {"Team"}, "members": {stranger.ID}}},
		"members of a new team":  {path: "/teams/new", form: url.Values{"name": {"Other"}, "members": {stranger.ID}}},
		"who has a number":       {path: "/numbers/" + ours.free.ID + "/access", form: url.Values{"row": {stranger.ID}, "level-" + stranger.ID: {"shared"}}},
		"who supervises it":      {path: "/numbers/" + ours.free.ID + "/access", form: url.Values{"row": {stranger.ID}, "level-" + stranger.ID: {""}, "supervise": {stranger.ID}}},
		"who owns it":            {path: "/numbers/" + ours.free.ID + "/access", form: url.Values{"owner-there": {"1"}, "owner": {stranger.ID}}},
		"the trunk of a number":  {path: "/numbers/" + ours.free.ID, form: profile(url.Values{"trunk": {trunk.ID}})},
		"teams of an invitation": {path: "/team/invite", form: with(invite, "teams", theirs.team.ID)},
		"numbers of one":         {path: "/team/invite", form: shared},
		"a colleague outside":    {path: "/team/" + ours.mate.ID + "/hours", form: with(with(hours, "closed", "colleague"), "closed_member", stranger.ID)},
		"a line outside":         {path: "/team/" + ours.mate.ID + "/hours", form: with(with(hours, "closed", "line"), "closed_number", theirs.free.ID)},
		"the own colleague":      {path: "/me/hours", form: with(with(hours, "closed", "colleague"), "closed_member", stranger.ID)},
		"the own line":           {path: "/me/hours", form: with(with(hours, "closed", "line"), "closed_number", theirs.free.ID)},
		"the first number": {path: "/me/phone", form: url.Values{
			"default_number": {theirs.his.ID}, "ring_tone": {member.RingTones()[0]}, "wrap_up": {"30"},
		}},
		"a muted number": {path: "/me/notices", form: url.Values{"muted": {theirs.his.ID}}},
		"the heir":       {path: "/team/" + ours.outsider.ID + "/remove", form: url.Values{"heir": {stranger.Email}}},
	} {
		a := r.as(ours.owner).Post(q.path, q.form)
		if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusNotFound && a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %.300s", about, a.Status, a.Text())
		}
		if strings.Contains(a.Body, stranger.Name) || strings.Contains(a.Body, theirs.free.E164) {
			t.Errorf("%s: the answer tells of another workspace: %.300s", about, a.Text())
		}
	}
	if after := [2]holdings{ours.holdings(), theirs.holdings()}; !reflect.DeepEqual(after, before) {
		t.Errorf("something changed:\n%+v\n%+v", before, after)
	}
}

// TestListsAreOfOneWorkspace looks for another workspace's names and ids on every
// page that lists, searches or filters.
func TestListsAreOfOneWorkspace(t *testing.T) {
	t.Parallel()
	r := open(t)
	ours, theirs := found(r, "Acme"), found(r, "Rival")
	call, tag, trunk := theirs.called(theirs.mate, theirs.free), theirs.newTag(), theirs.newTrunk()
	inv := theirs.invited()
	secrets := map[string]string{
		"workspace": theirs.ws.ID, "member": theirs.mate.ID, "e-mail": theirs.mate.Email, "team": theirs.team.ID, "number": theirs.free.ID,
		"phone number": theirs.free.E164, "call": call.ID, "tag": tag.ID, "trunk": trunk.ID, "invitation": inv.ID, "guest": inv.Email,
	}
	filters := "number=" + theirs.free.ID + "&member=" + theirs.mate.ID + "&tag=" + tag.ID + "&before=" + call.ID
	for _, path := range []string{
		"/", "/phone", "/calls", "/calls?" + filters, "/calls?before=zzzz", "/team", "/team?q=Mia", "/team?q=" + url.QueryEscape(theirs.mate.Email),
		"/team/invite", "/teams", "/teams?q=Team", "/numbers", "/numbers?q=Line", "/tags", "/trunks", "/trunks/status", "/audit", "/audit?before=zzzz", "/review",
		"/settings", "/settings/domains", "/me", "/welcome", "/search?q=Mia", "/search?q=Line", "/search?q=" + url.QueryEscape(theirs.free.E164),
		"/search?q=" + url.QueryEscape(theirs.free.E164[5:]), "/team/" + ours.mate.ID + "/hours", "/team/" + ours.mate.ID + "/numbers",
		"/team/" + ours.mate.ID + "/remove", "/teams/" + ours.team.ID, "/teams/new", "/numbers/" + ours.free.ID + "/access",
		"/numbers/" + ours.free.ID + "/access?q=Mia",
	} {
		a := r.as(ours.owner).Get(path)
		if a.Status != http.StatusOK {
			t.Errorf("%s: %d %.200s", path, a.Status, a.Text())
		}
		// What was asked for may stand in the address of a link or in its field.
		body := strings.ReplaceAll(a.Body, strings.ReplaceAll(filters, "&", "&amp;"), "")
		_, asked, _ := strings.Cut(path, "?")
		for what, secret := range secrets {
			if strings.Contains(body, secret) && !strings.Contains(asked, secret) && !strings.Contains(asked, url.QueryEscape(secret)) {
				t.Errorf("%s tells of another workspace's %s", path, what)
			}
		}
	}
}
