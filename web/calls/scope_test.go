package calls_test

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/shared/callstate"
	"parley/internal/tests/office"
)

// company is an archive with a team, led by one who answers to nobody, and a
// number nobody has but who supervises it.
type company struct {
	*archive

	supervisor, mate, reader, outsider member.Member
	watched                            number.Number
	calls                              map[string]call.Record
}

func openCompany(t *testing.T) *company {
	t.Helper()
	c := &company{archive: open(t), calls: map[string]call.Record{}}
	hire := func(name string, r member.Role) member.Member { return office.Hire(t, c.DB, c.Workspace, name, r) }
	c.supervisor, c.mate = hire("Sue Supervisor", member.Supervisor), hire("Mia Mate", member.User)
	c.reader, c.outsider = hire("Rea Reader", member.User), hire("Otto Outside", member.User)
	c.watched = c.own(t, "+33123456781", "Watched")
	c.give(t, c.other, number.ReadOnly, c.reader.ID)
	if err := c.DB.SetSupervisors(t.Context(), c.Workspace.ID, c.watched.ID, []string{c.supervisor.ID}); err != nil {
		t.Fatal(err)
	}
	sales := team.Team{ID: id.New(), WorkspaceID: c.Workspace.ID, Name: "Sales", CreatedAt: c.start}
	if err := c.DB.SaveTeam(t.Context(), sales); err != nil {
		t.Fatal(err)
	}
	if err := c.DB.SetTeam(t.Context(), c.Workspace.ID, sales.ID, []team.Membership{
		{MemberID: c.supervisor.ID, Lead: true}, {MemberID: c.Member.ID}, {MemberID: c.mate.ID},
	}); err != nil {
		t.Fatal(err)
	}
	talk := func(name string, n number.Number, m member.Member) {
		c.calls[name] = c.log(t, arrived(n, ""), step{1, "answered", call.Facts{Member: m.ID}}, ended(9, callstate.CauseAgentHungUp))
	}
	talk("Max on Board", c.other, c.Member)
	talk("Mia on Sales", c.line, c.mate)
	talk("owner on Board", c.other, c.Owner)
	talk("Otto on Watched", c.watched, c.outsider)
	talk("owner on Sales", c.line, c.Owner)
	c.calls["missed on Watched"] = c.log(t, arrived(c.watched, ""), ended(9, callstate.CauseNoAnswer))
	return c
}

// sees fails unless who sees these calls of the company and no others, in the list
// and on their pages.
func (c *company) sees(t *testing.T, who member.Member, want ...string) {
	t.Helper()
	list := c.Get(t, who, "/calls").Body
	for name, r := range c.calls {
		status := 404
		if slices.Contains(want, name) {
			status = 200
		}
		if got := c.Get(t, who, "/calls/"+r.ID); got.Status != status {
			t.Errorf("%s, the page of %q: %d, want %d", who.Name, name, got.Status, status)
		}
		if strings.Contains(list, r.ID) != (status == 200) {
			t.Errorf("%s: %q in the list: %v", who.Name, name, status != 200)
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	all := []string{"Max on Board", "Mia on Sales", "owner on Board", "Otto on Watched", "owner on Sales", "missed on Watched"}
	_, stranger := office.Found(t, c.DB, "Other")
	for _, one := range []struct {
		who  member.Member
		sees []string
	}{
		{c.Owner, all},
		{c.Admin, all},
		{c.supervisor, []string{"Max on Board", "Mia on Sales", "Otto on Watched", "missed on Watched"}},
		{c.Member, []string{"Max on Board", "Mia on Sales", "owner on Sales"}},
		{c.mate, []string{"Mia on Sales"}},
		{c.reader, []string{"Max on Board", "owner on Board"}},
		{c.outsider, []string{"Otto on Watched"}},
		{stranger, nil},
	} {
		c.sees(t, one.who, one.sees...)
	}
}

func TestTheTeamsCallsWhereTheWorkspaceAllows(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	c.Workspace.MembersSeeTeam = true
	c.sees(t, c.mate, "Mia on Sales", "Max on Board")
	c.sees(t, c.outsider, "Otto on Watched")
}

// Leading a team and supervising a number open nothing to a plain member.
func TestTheRoleDecidesWhatLeadingAllows(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	c.supervisor.Role = member.User
	c.sees(t, c.supervisor)
}

func TestFilteringStaysWithinTheScope(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	shown := func(who member.Member, path string) []string {
		body := c.Get(t, who, path).Body
		var out []string
		for name, r := range c.calls {
			if strings.Contains(body, r.ID) {
				out = append(out, name)
			}
		}
		slices.Sort(out)
		return out
	}
	own := []string{"Max on Board", "Mia on Sales", "owner on Sales"}
	for _, one := range []struct {
		who  member.Member
		path string
		want []string
	}{
		{c.Member, "/calls?number=" + c.other.ID, own}, // not his to choose: it does not count
		{c.Member, "/calls?number=" + c.line.ID, []string{"Mia on Sales", "owner on Sales"}},
		{c.Member, "/calls?member=" + c.mate.ID, own},
		{c.supervisor, "/calls?member=" + c.Member.ID, []string{"Max on Board"}},
		{c.supervisor, "/calls?number=" + c.watched.ID, []string{"Otto on Watched", "missed on Watched"}},
		{c.supervisor, "/calls?member=" + c.mate.ID + "&number=" + c.watched.ID, nil},
		{c.Owner, "/calls?member=" + c.Owner.ID, []string{"owner on Board", "owner on Sales"}},
		{c.Owner, "/calls?member=" + c.Owner.ID + "&number=" + c.other.ID, []string{"owner on Board"}},
		{c.Owner, "/calls?kind=missed&number=" + c.watched.ID, []string{"missed on Watched"}},
	} {
		if got := shown(one.who, one.path); !slices.Equal(got, one.want) {
			t.Errorf("%s, %s: %v, want %v", one.who.Name, one.path, got, one.want)
		}
	}
	c.Get(t, c.supervisor, "/calls?member="+c.mate.ID).Want(t, 200, `name="member"`, "Remove the filter “Mia Mate”")
	if body := c.Get(t, c.supervisor, "/calls").Body; strings.Contains(body, "Otto Outside</option>") {
		t.Error("a supervisor can choose somebody of no team of hers")
	}
	if body := c.Get(t, c.mate, "/calls").Body; strings.Contains(body, `name="member"`) {
		t.Error("who sees nobody else's calls is asked whose")
	}
}
