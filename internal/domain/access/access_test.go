package access_test

import (
	"slices"
	"testing"

	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

func facts(role member.Role) access.Facts {
	return access.Facts{
		Member: member.Member{ID: "me", Role: role},
		Levels: map[string]number.Level{"shared": number.Shared, "out": number.OutboundOnly, "read": number.ReadOnly, "mine": number.Exclusive},
		Owned:  []string{"owned"}, Supervised: []string{"supervised"},
		Led: []string{"me", "led"}, Teammates: []string{"me", "led", "mate"},
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	held := []string{"mine", "out", "read", "shared"}
	for _, c := range []struct {
		role    member.Role
		seeTeam bool
		want    access.Scope
	}{
		{member.Owner, false, access.Scope{All: true}},
		{member.Admin, true, access.Scope{All: true}},
		{member.Supervisor, false, access.Scope{Members: []string{"led", "me"}, Numbers: append(slices.Clone(held), "supervised")}},
		{member.Supervisor, true, access.Scope{Members: []string{"led", "mate", "me"}, Numbers: append(slices.Clone(held), "supervised")}},
		{member.User, false, access.Scope{Members: []string{"me"}, Numbers: held}},
		{member.User, true, access.Scope{Members: []string{"led", "mate", "me"}, Numbers: held}},
		{"stranger", true, access.Scope{}},
	} {
		f := facts(c.role)
		f.SeeTeam = c.seeTeam
		got := f.Calls()
		if got.All != c.want.All || !slices.Equal(got.Members, c.want.Members) || !slices.Equal(got.Numbers, c.want.Numbers) {
			t.Errorf("%s, team %t: %+v, want %+v", c.role, c.seeTeam, got, c.want)
		}
	}
}

func TestAMissedCallIsNobodysOwn(t *testing.T) {
	t.Parallel()
	if s := (access.Scope{Members: []string{""}}); s.Sees("", "other") {
		t.Error("a call that nobody took is seen through a member without an id")
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role              member.Role
		number            string
		runs, sees, dials bool
	}{
		{member.Admin, "other", true, true, false},
		{member.User, "owned", true, true, false},
		{member.User, "shared", false, true, true},
		{member.User, "mine", false, true, true},
		{member.User, "out", false, true, true},
		{member.User, "read", false, true, false},
		{member.User, "supervised", false, false, false},
		{member.Supervisor, "supervised", false, true, false},
		{member.Supervisor, "other", false, false, false},
	} {
		f := facts(c.role)
		if f.RunsNumber(c.number) != c.runs || f.SeesNumber(c.number) != c.sees || f.Dials(c.number) != c.dials {
			t.Errorf("%s with %s: runs %t, sees %t, dials %t", c.role, c.number, f.RunsNumber(c.number), f.SeesNumber(c.number), f.Dials(c.number))
		}
	}
}

func TestReaches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role   member.Role
		whom   string
		expect bool
	}{
		{member.Owner, "anybody", true}, {member.Supervisor, "led", true}, {member.Supervisor, "mate", false},
		{member.Supervisor, "me", true}, {member.User, "led", false}, {member.User, "me", false},
	} {
		if got := facts(c.role).Reaches(member.SetAvailability, c.whom); got != c.expect {
			t.Errorf("%s sets the availability of %s: %t", c.role, c.whom, got)
		}
	}
}

// Reached and Reaches say the same.
func TestReached(t *testing.T) {
	t.Parallel()
	for _, role := range append(member.Roles(), "stranger") {
		f := facts(role)
		for _, right := range member.Rights() {
			all := f.Reached(right)
			for _, whom := range []string{"me", "led", "mate", "anybody"} {
				if got := all == nil || slices.Contains(all, whom); got != f.Reaches(right, whom) {
					t.Errorf("%s of a %s reaches %s: %t", right, role, whom, got)
				}
			}
		}
	}
}
