package store_test

import (
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
)

func TestWorkspaces(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		loads(t, []workspace.Workspace{})(d.Workspaces(t.Context()))
		a, b := aWorkspace(t, d), aWorkspace(t, d)
		loads(t, a)(d.Workspace(t.Context(), a.ID))
		b.Name, b.AllowedCountries, b.MaxConcurrentOutbound = "it's \x00 ; DROP TABLE", nil, 0
		must(t, d.SaveWorkspace(t.Context(), b))
		b.Name = "it's  ; DROP TABLE"
		loads(t, []workspace.Workspace{a, b})(d.Workspaces(t.Context()))
		_, err := d.Workspace(t.Context(), id.New())
		wantMissing(t, err)
	})
}

func TestMembers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a, b := aMember(t, d, ws), aMember(t, d, ws)
		loads(t, a)(d.Member(t.Context(), ws, a.ID))
		loads(t, []member.Member{a, b})(d.Members(t.Context(), ws))

		b.Email, b.Role, b.WrapUp, b.DefaultNumber = "Bob@Example.ORG", member.Owner, 0, id.New()
		must(t, d.SaveMember(t.Context(), b))
		b.Email = "bob@example.org"
		loads(t, b)(d.MemberByEmail(t.Context(), "BOB@example.org"))

		c := b
		c.ID = id.New()
		wantFault(t, d.SaveMember(t.Context(), c), fault.Conflict, "error.email-taken")

		b.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), b))
		loads(t, []member.Member{a})(d.Members(t.Context(), ws))
		loads(t, b)(d.Member(t.Context(), ws, b.ID))
		_, err := d.MemberByEmail(t.Context(), b.Email)
		wantMissing(t, err)
		must(t, d.SaveMember(t.Context(), c)) // the address is free again
		loads(t, c)(d.MemberByEmail(t.Context(), c.Email))

		c.ID, c.Email, c.WorkspaceID = id.New(), "x@example.org", id.New()
		wantMissing(t, d.SaveMember(t.Context(), c)) // no such workspace
	})
}

// What somebody saves of himself was read before an admin took a right away, or
// the member out: it must not bring either back.
func TestAProfileChangesNoRights(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m := aMember(t, d, ws)
		typed := m
		typed.Name, typed.Language, typed.WrapUp = "Léa", "fr", 5*time.Second
		typed.Role, typed.Email, typed.Setting = member.Owner, "other@example.org", "other"
		must(t, d.SaveProfile(t.Context(), typed))
		m.Name, m.Language, m.WrapUp = typed.Name, typed.Language, typed.WrapUp
		loads(t, m)(d.Member(t.Context(), ws, m.ID))

		m.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), m))
		wantMissing(t, d.SaveProfile(t.Context(), typed))
		loads(t, m)(d.Member(t.Context(), ws, m.ID))

		other := aMember(t, d, ws)
		foreign := other
		foreign.WorkspaceID = aWorkspace(t, d).ID
		wantMissing(t, d.SaveProfile(t.Context(), foreign))
		loads(t, other)(d.Member(t.Context(), ws, other.ID))
	})
}

func TestInvitations(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		inv := anInvitation(ws)
		must(t, d.SaveInvitation(t.Context(), inv))
		loads(t, []member.Invitation{inv})(d.Invitations(t.Context(), ws))
		loads(t, inv)(d.InvitationByToken(t.Context(), inv.TokenHash))
		inv.AcceptedAt = at(5)
		must(t, d.SaveInvitation(t.Context(), inv))
		loads(t, inv)(d.InvitationByToken(t.Context(), inv.TokenHash))
		wantFault(t, d.SaveInvitation(t.Context(), inv), fault.Conflict, "error.invitation-used")
		must(t, d.DeleteInvitation(t.Context(), ws, inv.ID))
		wantMissing(t, d.DeleteInvitation(t.Context(), ws, inv.ID))
		_, err := d.InvitationByToken(t.Context(), inv.TokenHash)
		wantMissing(t, err)
	})
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		inv := anInvitation(aWorkspace(t, d).ID)
		must(t, d.SaveInvitation(t.Context(), inv))
		inv.AcceptedAt = at(5)
		oneWins(t, "error.invitation-used", func(int) error { return d.SaveInvitation(t.Context(), inv) })
	})
}

func anInvitation(ws string) member.Invitation {
	return member.Invitation{
		ID: id.New(), WorkspaceID: ws, Email: "new@example.org", Name: "Nouvelle", Role: member.User,
		NumberIDs: []string{id.New(), id.New()}, TokenHash: id.New(), InvitedBy: id.New(),
		CreatedAt: at(0), ExpiresAt: at(0).Add(7 * 24 * time.Hour),
	}
}

func TestNumbers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a, b := aNumber(t, d, ws), aNumber(t, d, ws)
		loads(t, []number.Number{a, b})(d.Numbers(t.Context(), ws))
		loads(t, a)(d.Number(t.Context(), ws, a.ID))
		b.E164, b.WebCall, b.Recording = "+33123456789", false, number.Recording{AgentInbound: true, AutoOutbound: true}
		must(t, d.SaveNumber(t.Context(), b))
		loads(t, b)(d.NumberByE164(t.Context(), "+33123456789"))
		_, err := d.NumberByE164(t.Context(), "+3312345678\x00")
		wantMissing(t, err)

		other := aNumber(t, d, aWorkspace(t, d).ID)
		other.E164 = b.E164
		wantFault(t, d.SaveNumber(t.Context(), other), fault.Conflict, "error.number-taken")

		m := aMember(t, d, ws)
		m.DefaultNumber = b.ID
		must(t, d.SaveMember(t.Context(), m))
		must(t, d.Assign(t.Context(), ws, b.ID, having(b, m)))
		must(t, d.DeleteNumber(t.Context(), ws, b.ID))
		loads(t, []number.Number{a})(d.Numbers(t.Context(), ws))
		loads(t, []number.Assignment{})(d.Assignments(t.Context(), ws))
		m.DefaultNumber = ""
		loads(t, m)(d.Member(t.Context(), ws, m.ID))
		wantMissing(t, d.DeleteNumber(t.Context(), ws, b.ID))
	})
}

// having shares a number with members.
func having(n number.Number, members ...member.Member) []number.Assignment {
	var out []number.Assignment
	for _, m := range members {
		out = append(out, number.Assignment{NumberID: n.ID, MemberID: m.ID, Level: number.Shared})
	}
	return out
}

func TestAssignments(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		n, a, b := aNumber(t, d, ws), aMember(t, d, ws), aMember(t, d, ws)
		stranger := aMember(t, d, aWorkspace(t, d).ID)
		both := having(n, a, b)

		must(t, d.Assign(t.Context(), ws, n.ID, having(n, b, a, b)))
		loads(t, both)(d.Assignments(t.Context(), ws))
		wantMissing(t, d.Assign(t.Context(), ws, n.ID, having(n, a, stranger)))
		loads(t, both)(d.Assignments(t.Context(), ws))
		wantMissing(t, d.Assign(t.Context(), ws, id.New(), nil))

		b.RemovedAt = at(3)
		must(t, d.SaveMember(t.Context(), b))
		loads(t, both[:1])(d.Assignments(t.Context(), ws))
		must(t, d.Assign(t.Context(), ws, n.ID, nil))
		loads(t, []number.Assignment{})(d.Assignments(t.Context(), ws))
	})
}
