package people_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

func TestSetRole(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	second := office.Hire(t, o.DB, o.Workspace, "Otto Owner", member.Owner)
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	_, stranger := office.Found(t, o.DB, "Other")
	for _, c := range []struct {
		name  string
		actor member.Member
		whom  member.Member
		to    member.Role
		key   string // "" where it works
	}{
		{"an admin makes a supervisor", o.Admin, o.Member, member.Supervisor, ""},
		{"and takes it back", o.Admin, o.Member, member.User, ""},
		{"an admin makes an owner", o.Admin, o.Member, member.Owner, "error.role-above"},
		{"an admin unmakes an owner", o.Admin, second, member.Admin, "error.role-above"},
		{"an owner makes an owner", o.Owner, o.Member, member.Owner, ""},
		{"an owner unmakes an owner", o.Owner, o.Member, member.User, ""},
		{"a supervisor", lead, o.Member, member.Admin, "error.not-allowed"},
		{"a member himself", o.Member, o.Member, member.Admin, "error.not-allowed"},
		{"a stranger", stranger, o.Member, member.Admin, "error.not-found"},
		{"no role", o.Owner, o.Member, "king", "error.role-unknown"},
		{"an owner himself", second, second, member.Admin, ""},
		{"the last owner himself", o.Owner, o.Owner, member.Admin, "error.last-owner"},
	} {
		err := o.People.SetRole(t.Context(), c.actor, c.whom.ID, c.to)
		if (err == nil) != (c.key == "") || err != nil && fault.Of(err).Key != c.key {
			t.Errorf("%s: %v, want %q", c.name, err, c.key)
		}
		after, err := o.DB.Member(t.Context(), o.Workspace.ID, c.whom.ID)
		if err != nil || (c.key == "") != (after.Role == c.to) {
			t.Errorf("%s: stored %s, %v", c.name, after.Role, err)
		}
	}
	o.Heard.Take()
	if err := o.People.SetRole(t.Context(), o.Owner, o.Member.ID, member.User); err != nil {
		t.Fatal(err)
	}
	if changes, audited := o.Heard.Take(); changes != nil || audited != nil {
		t.Errorf("the same role again was told: %v %v", changes, audited)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	leaver := office.Hire(t, o.DB, o.Workspace, "Lou Leaver", member.User)
	main, own := line(t, o, "+33123456789", "Main"), line(t, o, "+33123456780", "Own")
	group(t, o, "Sales", team.Membership{MemberID: leaver.ID, Lead: true})
	give := func(n number.Number, level number.Level) {
		if err := o.Numbers.Assign(c, o.Owner, n.ID, []number.Assignment{{MemberID: leaver.ID, Level: level}}); err != nil {
			t.Fatal(err)
		}
	}
	give(main, number.ReadOnly)
	give(own, number.Exclusive)
	if err := o.Numbers.SetOwner(c, o.Owner, own.ID, leaver.ID); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"1", "2"} {
		err := o.DB.SaveSession(c, identity.Session{
			ID: id.New(), Token: address, MemberID: leaver.ID, WorkspaceID: leaver.WorkspaceID, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	o.Heard.Take()
	o.Live.Fail(errors.New("the call is on another planet")) // the removal counts all the same
	err := o.People.Remove(c, o.Admin, leaver.ID, people.Removal{Numbers: map[string]string{own.ID: o.Member.ID}, HeirID: o.Admin.ID})
	if err != nil {
		t.Fatal(err)
	}
	if noted := o.Live.Take(); !slices.Equal(noted, []string{"ended 2 sessions", "part " + leaver.ID + " to " + o.Admin.ID}) {
		t.Errorf("noted %v", noted)
	}
	changes, audited := o.Heard.Take()
	for _, want := range []string{"member " + leaver.ID, "number " + main.ID, "number " + own.ID} {
		if !slices.Contains(changes, want) {
			t.Errorf("nobody was told of %s: %v", want, changes)
		}
	}
	if !slices.Equal(audited, []string{"member.removed " + leaver.ID}) {
		t.Errorf("audited %v", audited)
	}
	gone, err := o.DB.Member(c, o.Workspace.ID, leaver.ID)
	if err != nil || gone.Active() || gone.Name != leaver.Name {
		t.Errorf("stored %+v, %v", gone, err)
	}
	assigned, err := o.DB.Assignments(c, o.Workspace.ID)
	if err != nil || !slices.Equal(assigned, []number.Assignment{{NumberID: own.ID, MemberID: o.Member.ID, Level: number.Exclusive}}) {
		t.Errorf("assigned %+v, %v", assigned, err)
	}
	if n, err := o.DB.Number(c, o.Workspace.ID, own.ID); err != nil || n.OwnerID != o.Member.ID {
		t.Errorf("the number is %+v, %v", n, err)
	}
	office.Want(t, o.People.Remove(c, o.Admin, leaver.ID, people.Removal{}), "error.not-found", "")
	one(t, o, leaver.Email) // the address is free again
}

func TestWhoMayRemoveWhom(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	_, stranger := office.Found(t, o.DB, "Other")
	main := line(t, o, "+33123456789", "Main")
	if err := o.Numbers.Assign(c, o.Owner, main.ID, office.Shared(o.Member.ID)); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		actor      member.Member
		whom       member.Member
		r          people.Removal
		key, field string
	}{
		{o.Member, lead, people.Removal{}, "error.not-allowed", ""},
		{o.Member, o.Member, people.Removal{}, "error.not-allowed", ""},
		{lead, o.Member, people.Removal{}, "error.not-allowed", ""},
		{o.Admin, o.Owner, people.Removal{}, "error.role-above", "role"},
		{o.Owner, o.Owner, people.Removal{}, "error.last-owner", ""},
		{stranger, o.Member, people.Removal{}, "error.not-found", ""},
		{o.Owner, stranger, people.Removal{}, "error.not-found", ""},
		{o.Admin, o.Member, people.Removal{HeirID: o.Member.ID}, "error.member-unknown", "heir"},
		{o.Admin, o.Member, people.Removal{HeirID: stranger.ID}, "error.member-unknown", "heir"},
		{o.Admin, o.Member, people.Removal{Numbers: map[string]string{main.ID: stranger.ID}}, "error.member-unknown", "numbers"},
		{o.Admin, o.Member, people.Removal{Numbers: map[string]string{id.New(): lead.ID}}, "error.number-unknown", "numbers"},
	} {
		office.Want(t, o.People.Remove(c, try.actor, try.whom.ID, try.r), try.key, try.field)
	}
	if noted := o.Live.Take(); noted != nil {
		t.Errorf("what was refused was told: %v", noted)
	}
	second := office.Hire(t, o.DB, o.Workspace, "Otto Owner", member.Owner)
	if err := o.People.Remove(c, second, second.ID, people.Removal{}); err != nil {
		t.Errorf("an owner leaves another behind: %v", err)
	}
	if err := o.People.Remove(c, o.Admin, o.Admin.ID, people.Removal{}); err != nil {
		t.Errorf("an admin leaves: %v", err)
	}
}

// Whoever is made an owner while an admin removes him is either gone before he was
// one, or stays: an admin never removes an owner.
func TestRemovedWhilePromoted(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	for range 20 {
		m := office.Hire(t, o.DB, o.Workspace, "Pat Promoted", member.User)
		var promoted, removed error
		var both sync.WaitGroup
		both.Go(func() { promoted = o.People.SetRole(t.Context(), o.Owner, m.ID, member.Owner) })
		both.Go(func() { removed = o.People.Remove(t.Context(), o.Admin, m.ID, people.Removal{}) })
		both.Wait()
		after, err := o.DB.Member(t.Context(), o.Workspace.ID, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if (promoted == nil) == (removed == nil) || after.Active() != (promoted == nil) {
			t.Fatalf("promoted: %v, removed: %v, stored %+v", promoted, removed, after)
		}
	}
}

func TestOwnersWhoUnmakeEachOtherLeaveOne(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	second := office.Hire(t, o.DB, o.Workspace, "Otto Owner", member.Owner)
	var both sync.WaitGroup
	both.Go(func() { _ = o.People.Remove(t.Context(), o.Owner, second.ID, people.Removal{}) }) // one of the two is refused
	both.Go(func() { _ = o.People.SetRole(t.Context(), second, o.Owner.ID, member.User) })
	both.Wait()
	all, err := o.DB.Members(t.Context(), o.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	owners := slices.DeleteFunc(all, func(m member.Member) bool { return m.Role != member.Owner })
	if len(owners) != 1 {
		t.Errorf("%d owners are left", len(owners))
	}
}

func TestHoldingsFromTheMembersSide(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	main, own, other := line(t, o, "+33123456789", "Main"), line(t, o, "+33123456780", "Own"), line(t, o, "+33123456781", "Other")
	if err := o.Numbers.Assign(c, o.Owner, other.ID, []number.Assignment{{MemberID: o.Owner.ID, Level: number.Exclusive}}); err != nil {
		t.Fatal(err)
	}
	if err := o.Numbers.Assign(c, o.Owner, main.ID, office.Shared(o.Owner.ID)); err != nil {
		t.Fatal(err)
	}
	o.Heard.Take()
	set := func(actor member.Member, all ...number.Assignment) error {
		return o.People.SetNumbers(c, actor, o.Member.ID, all)
	}
	if err := set(o.Admin, number.Assignment{NumberID: main.ID}, number.Assignment{NumberID: own.ID, Level: number.Exclusive}); err != nil {
		t.Fatal(err)
	}
	changes, audited := o.Heard.Take()
	if len(changes) != 3 || !slices.Contains(changes, "number "+own.ID) || !slices.Equal(audited, []string{"member.numbers " + o.Member.ID}) {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	held, err := o.DB.AssignmentsOf(c, o.Workspace.ID, o.Member.ID)
	if err != nil || len(held) != 2 || held[0].Level == held[1].Level {
		t.Errorf("held %+v, %v", held, err)
	}
	office.Want(t, set(o.Admin, number.Assignment{NumberID: other.ID}), "error.number-exclusive", "")
	office.Want(t, set(o.Admin, number.Assignment{NumberID: main.ID, Level: number.Exclusive}), "error.number-exclusive", "")
	office.Want(t, set(o.Admin, number.Assignment{NumberID: id.New()}), "error.number-unknown", "numbers")
	office.Want(t, set(o.Admin, number.Assignment{NumberID: main.ID, Level: "royal"}), "error.level-unknown", "numbers")
	office.Want(t, set(o.Member, number.Assignment{NumberID: main.ID}), "error.not-allowed", "")
	again, err := o.DB.AssignmentsOf(c, o.Workspace.ID, o.Member.ID)
	if err != nil || !slices.Equal(held, again) {
		t.Errorf("refused, yet %+v, %v", again, err)
	}
	if err := set(o.Admin); err != nil {
		t.Fatal(err)
	}
	if left, err := o.DB.Assignments(c, o.Workspace.ID); err != nil || len(left) != 2 {
		t.Errorf("the others have %+v, %v", left, err)
	}
}

func TestTeamsFromTheMembersSide(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	sales := group(t, o, "Sales", team.Membership{MemberID: o.Owner.ID})
	support := group(t, o, "Support")
	if err := o.People.SetTeams(c, o.Admin, o.Member.ID, []team.Membership{{TeamID: sales.ID, Lead: true}, {TeamID: support.ID}, {TeamID: sales.ID}}); err != nil {
		t.Fatal(err)
	}
	all, err := o.DB.Memberships(c, o.Workspace.ID)
	if err != nil || len(all) != 3 || !slices.Contains(all, team.Membership{TeamID: sales.ID, MemberID: o.Member.ID, Lead: true}) {
		t.Errorf("memberships %+v, %v", all, err)
	}
	o.Heard.Take()
	if err := o.People.SetTeams(c, o.Admin, o.Member.ID, []team.Membership{{TeamID: support.ID}}); err != nil {
		t.Fatal(err)
	}
	changes, audited := o.Heard.Take()
	if !slices.Contains(changes, "team "+sales.ID) || !slices.Contains(changes, "member "+o.Member.ID) || !strings.HasPrefix(audited[0], "member.teams") {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	_, stranger := office.Found(t, o.DB, "Other")
	theirs, err := o.Teams.Create(c, stranger, "Theirs", nil)
	if err != nil {
		t.Fatal(err)
	}
	office.Want(t, o.People.SetTeams(c, o.Admin, o.Member.ID, []team.Membership{{TeamID: theirs.ID}}), "error.team-unknown", "teams")
	office.Want(t, o.People.SetTeams(c, o.Member, o.Member.ID, nil), "error.not-allowed", "")
	office.Want(t, o.People.SetTeams(c, o.Admin, stranger.ID, nil), "error.not-found", "")
}
