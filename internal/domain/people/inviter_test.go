package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
	"parley/internal/tests/office"
)

func TestWhoMayInviteAsWhat(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	try := func(who member.Member, role member.Role) string {
		_, err := o.People.Invite(t.Context(), who, people.Batch{Addresses: id.New() + "@x.com", Role: role})
		if err == nil {
			return "yes"
		}
		return fault.Of(err).Key
	}
	for _, open := range []bool{false, true} {
		edit(t, o, func(ws *workspace.Workspace) { ws.MembersInvite = open })
		for _, c := range []struct {
			who      member.Member
			can, may []member.Role
		}{
			{o.Owner, member.Roles(), nil},
			{o.Admin, []member.Role{member.Admin, member.Supervisor, member.User}, nil},
			{lead, nil, []member.Role{member.User}},
			{o.Member, nil, []member.Role{member.User}},
		} {
			can := c.can
			if open {
				can = append(slices.Clone(c.can), c.may...)
			}
			if got := o.People.GivableRoles(c.who, o.Workspace); !slices.Equal(got, can) || o.People.MayInvite(c.who, o.Workspace) != (len(can) > 0) {
				t.Errorf("%s, switch %t: may give %v, want %v", c.who.Role, open, got, can)
			}
			for _, role := range member.Roles() {
				want := "yes"
				if len(can) == 0 {
					want = "error.not-allowed"
				} else if !slices.Contains(can, role) {
					want = "error.role-above"
				}
				if got := try(c.who, role); got != want {
					t.Errorf("%s, switch %t, invites a %s: %s, want %s", c.who.Role, open, role, got, want)
				}
			}
		}
	}
	if got := try(o.Admin, "king"); got != "error.role-unknown" {
		t.Errorf("a king: %s", got)
	}
}

func TestMembersInviteBareMembersAndSeeTheirOwnAlone(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	edit(t, o, func(ws *workspace.Workspace) { ws.MembersInvite = true })
	sales, main := group(t, o, "Sales"), line(t, o, "+33123456789", "Main")
	for _, b := range []people.Batch{{TeamIDs: []string{sales.ID}}, {NumberIDs: []string{main.ID}}, {PickNumber: true}} {
		b.Addresses, b.Role = "ann@x.com", member.User
		_, err := o.People.Invite(t.Context(), o.Member, b)
		office.Want(t, err, "error.not-allowed", "")
	}
	var addresses []string
	for i := range 25 {
		addresses = append(addresses, fmt.Sprintf("a%d@x.com", i))
	}
	out, err := o.People.Invite(t.Context(), o.Member, people.Batch{Addresses: strings.Join(addresses, " "), Role: member.User})
	if err != nil || out[19].Problem != nil || out[20].Problem == nil || out[20].Problem.Key != "error.invitations-too-many" {
		t.Errorf("a member invites 25: %v, %+v", err, out)
	}
	foreign := one(t, o, "admins@x.com").InvitationID
	_, err = o.People.Resend(t.Context(), o.Member, foreign, "me@x.com")
	office.Want(t, err, "error.not-found", "")
	office.Want(t, o.People.Revoke(t.Context(), o.Member, foreign), "error.not-found", "")
	if err := o.People.Revoke(t.Context(), o.Member, out[0].InvitationID); err != nil {
		t.Errorf("a member revokes his own: %v", err)
	}
}

// The switch lets members call colleagues in, not write to strangers without end:
// to resend, or to invite after revoking, is to write again.
func TestTheSwitchIsNoWayToWriteWithoutEnd(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	edit(t, o, func(ws *workspace.Workspace) { ws.MembersInvite = true })
	ways := map[string]func(made people.Outcome, to string) error{
		"to another address": func(made people.Outcome, to string) error {
			_, err := o.People.Resend(t.Context(), o.Member, made.InvitationID, to)
			return err
		},
		"invited anew": func(made people.Outcome, _ string) error {
			out, err := o.People.Invite(t.Context(), o.Member, people.Batch{Addresses: made.Email, Role: member.User})
			if err == nil && out[0].Problem != nil {
				err = out[0].Problem
			}
			return err
		},
	}
	for name, again := range ways {
		o.Member = office.Hire(t, o.DB, o.Workspace, name, member.User)
		out, err := o.People.Invite(t.Context(), o.Member, people.Batch{Addresses: id.New() + "@x.com", Role: member.User})
		if err != nil || out[0].Problem != nil {
			t.Fatalf("%s: %v %+v", name, err, out)
		}
		for written := 1; err == nil; written++ {
			if written > 50 {
				t.Fatalf("%s: %d letters, and no end", name, written)
			}
			err = again(out[0], id.New()+"@x.com")
		}
		office.Want(t, err, "error.too-many", "")
	}
}

func TestInvitingReplacesNoInvitationOfSomebodyAbove(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	edit(t, o, func(ws *workspace.Workspace) { ws.MembersInvite = true })
	by := func(who member.Member, role member.Role) people.Outcome {
		t.Helper()
		out, err := o.People.Invite(t.Context(), who, people.Batch{Addresses: "ann@x.com", Role: role})
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	revoke := func(who member.Member, invitationID string) {
		t.Helper()
		if err := o.People.Revoke(t.Context(), who, invitationID); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		first, then member.Member
		role        member.Role
	}{{o.Owner, o.Admin, member.Owner}, {o.Admin, o.Member, member.Supervisor}} {
		made := by(c.first, c.role)
		if got := by(c.then, member.User); got.Problem == nil || got.Problem.Key != "error.invited-already" {
			t.Errorf("a %s's invitation gives way to a %s's: %+v", c.first.Role, c.then.Role, got)
		}
		if c.then.Role == member.Admin {
			mine := one(t, o, "bob@x.com").InvitationID
			_, err := o.People.Resend(t.Context(), c.then, mine, "ann@x.com")
			office.Want(t, err, "error.invited-already", "email")
			revoke(c.then, mine)
		}
		if all := open(t, o); len(all) != 1 || all[0].ID != made.InvitationID || all[0].Role != c.role {
			t.Errorf("open: %+v", all)
		}
		revoke(c.first, made.InvitationID)
	}
	by(o.Admin, member.Admin)
	if got := by(o.Owner, member.User); got.Problem != nil {
		t.Errorf("an owner replaces an admin's: %+v", got.Problem)
	}
}

func TestAnInvitationDiesWithTheRightToMakeIt(t *testing.T) {
	t.Parallel()
	ws := workspace.Workspace{ID: "w"}
	inv := member.Invitation{WorkspaceID: "w", InvitedBy: "a", Role: member.User}
	by := func(role member.Role) member.Member { return member.Member{ID: "a", WorkspaceID: "w", Role: role} }
	gone := by(member.Admin)
	gone.RemovedAt = time.Now()
	with := func(change func(*member.Invitation)) member.Invitation { v := inv; change(&v); return v }
	switched := workspace.Workspace{ID: "w", MembersInvite: true}
	for _, c := range []struct {
		name string
		ws   workspace.Workspace
		inv  member.Invitation
		by   member.Member
		want bool
	}{
		{"an admin's", ws, inv, by(member.Admin), true},
		{"a removed admin's", ws, inv, gone, false},
		{"a demoted admin's", ws, inv, by(member.User), false},
		{"a member's with the switch", switched, inv, by(member.User), true},
		{"a demoted admin's with numbers, with the switch", switched, with(func(i *member.Invitation) { i.NumberIDs = []string{"n"} }), by(member.User), false},
		{"a demoted admin's with a choice, with the switch", switched, with(func(i *member.Invitation) { i.PickNumber = true }), by(member.User), false},
		{"a former owner's for an owner", ws, with(func(i *member.Invitation) { i.Role = member.Owner }), by(member.Admin), false},
		{"somebody else's", ws, inv, member.Member{ID: "b", WorkspaceID: "w", Role: member.Owner}, false},
		{"of another workspace", ws, inv, member.Member{ID: "a", WorkspaceID: "x", Role: member.Owner}, false},
	} {
		if got := people.StillValid(c.ws, c.inv, c.by); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	o := office.New(t)
	one(t, o, "ann@x.com")
	if err := o.People.SetRole(t.Context(), o.Owner, o.Admin.ID, member.User); err != nil {
		t.Fatal(err)
	}
	if pending := open(t, o); len(pending) != 1 || !pending[0].Expired {
		t.Errorf("a demoted admin's invitation: %+v", pending)
	}
}
