package store_test

import (
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

func TestWorkspaces(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		loads(t, []workspace.Workspace{})(d.Workspaces(t.Context()))
		a, b := aWorkspace(t, d), aWorkspace(t, d)
		loads(t, a)(d.Workspace(t.Context(), a.ID))
		b.Name, b.AllowedCountries, b.MaxConcurrentOutbound = "it's \x00 ; DROP TABLE", nil, 0
		b.SeatLimit, b.MembersInvite, b.MembersSeeTeam = 18, true, true
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

		b.Email, b.WrapUp, b.DefaultNumber, b.Extension = "Bob@Example.ORG", 0, id.New(), "204"
		b.Hours = hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: []time.Weekday{1, 2}, From: 540, To: 1080}}}
		b.Closed = member.Closed{Do: member.ToLine, NumberID: id.New()}
		b.DialCountry, b.RingTone, b.Notices = "BE", "soft", member.Notices{Desktop: true, Muted: []string{id.New()}}
		must(t, d.SaveMember(t.Context(), b))
		b.Email = "bob@example.org"
		loads(t, b)(d.MemberByEmail(t.Context(), "BOB@example.org"))

		c := b
		c.ID, c.Extension = id.New(), ""
		wantFault(t, d.SaveMember(t.Context(), c), fault.Conflict, "error.email-taken")
		c.Email, c.Extension = "c@example.org", b.Extension
		wantFault(t, d.SaveMember(t.Context(), c), fault.Conflict, "error.extension-taken")
		elsewhere := c
		elsewhere.ID, elsewhere.WorkspaceID = id.New(), aWorkspace(t, d).ID
		must(t, d.SaveMember(t.Context(), elsewhere)) // extensions are the workspace's own

		b.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), b))
		loads(t, []member.Member{a})(d.Members(t.Context(), ws))
		loads(t, b)(d.Member(t.Context(), ws, b.ID))
		_, err := d.MemberByEmail(t.Context(), b.Email)
		wantMissing(t, err)
		c.Email = b.Email
		must(t, d.SaveMember(t.Context(), c)) // the address and the extension are free again
		loads(t, c)(d.MemberByEmail(t.Context(), c.Email))

		c.ID, c.Email, c.WorkspaceID = id.New(), "x@example.org", id.New()
		wantMissing(t, d.SaveMember(t.Context(), c)) // no such workspace
	})
}

// What is saved was read before an admin took a right away, or the member out: it
// must not bring either back.
func TestSavingAMemberUndoesNoRight(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m := aMember(t, d, ws)
		stale := m
		stale.Name = "Léa"
		must(t, d.SetRole(t.Context(), ws, m.ID, m.Role, member.User))
		must(t, d.SetSetting(t.Context(), ws, m.ID, member.DoNotDisturb))
		must(t, d.SaveMember(t.Context(), stale))
		m.Name, m.Role, m.Setting = "Léa", member.User, member.DoNotDisturb
		loads(t, m)(d.Member(t.Context(), ws, m.ID))

		gone := m
		gone.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), gone))
		wantMissing(t, d.SaveMember(t.Context(), m))
		loads(t, gone)(d.Member(t.Context(), ws, m.ID))
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
		ID: id.New(), WorkspaceID: ws, Email: id.New() + "@example.org", Name: "Nouvelle", Role: member.User,
		Language: "fr", NumberIDs: []string{id.New(), id.New()}, PickNumber: true, TeamIDs: []string{id.New()}, LetterID: id.New(), TokenHash: id.New(), InvitedBy: id.New(),
		CreatedAt: at(0), ExpiresAt: at(0).Add(7 * 24 * time.Hour),
	}
}
