package store_test

import (
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// somebody is a member and passkey that are not stored.
func somebody(ws string) (member.Member, identity.Credential) {
	m := member.Member{
		ID: id.New(), WorkspaceID: ws, Name: "Nina", Role: member.User, Language: "fr",
		Setting: member.Auto, WrapUp: member.DefaultWrapUp, Notices: member.Notices{Desktop: true}, CreatedAt: at(5),
	}
	m.Email = m.ID + "@example.org"
	return m, identity.Credential{ID: id.New(), MemberID: m.ID, WorkspaceID: ws, Name: "phone", Data: []byte("{}"), CreatedAt: at(5)}
}

// invited is what somebody invited joins with.
func invited(t *testing.T, d *store.DB, ws string) people.Joining {
	t.Helper()
	j := people.Joining{LinkKind: "invite", Seats: 999, At: at(10)}
	j.Member, j.Credential = somebody(ws)
	l := aLink("invite", at(60))
	must(t, d.SaveLink(t.Context(), l))
	inv := anInvitation(ws)
	inv.TokenHash, inv.Email = l.TokenHash, j.Member.Email
	must(t, d.SaveInvitation(t.Context(), inv))
	j.LinkHash, j.InvitationID = l.TokenHash, inv.ID
	return j
}

// nothingOf fails if anything of a refused joining stayed.
func nothingOf(t *testing.T, d *store.DB, j people.Joining) {
	t.Helper()
	_, err := d.Member(t.Context(), j.Member.WorkspaceID, j.Member.ID)
	wantMissing(t, err)
	_, err = d.Credential(t.Context(), j.Credential.ID)
	wantMissing(t, err)
	_, err = d.PeekLink(t.Context(), j.LinkHash, j.LinkKind, j.At)
	must(t, err)
}

func TestFound(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		l := aLink("sign-up", at(60))
		must(t, d.SaveLink(t.Context(), l))
		f := people.Founding{
			Workspace: workspace.Workspace{ID: id.New(), Name: "Neuf", Language: "fr", TimeZone: "Europe/Paris", Country: "FR", CreatedAt: at(3)},
			LinkHash:  l.TokenHash, LinkKind: l.Kind, At: at(10),
		}
		f.Owner, f.Credential = somebody(f.Workspace.ID)
		f.Owner.Role = member.Owner
		f.Tags = []tag.Tag{{ID: id.New(), WorkspaceID: f.Workspace.ID, Name: "Spam", Colour: "red", System: true, CreatedAt: at(3)}}

		taken := f
		taken.Owner.Email = aMember(t, d, aWorkspace(t, d).ID).Email
		wantFault(t, d.Found(t.Context(), taken), fault.Conflict, "error.email-taken")
		_, err := d.Workspace(t.Context(), f.Workspace.ID)
		wantMissing(t, err)

		must(t, d.Found(t.Context(), f))
		loads(t, f.Workspace)(d.Workspace(t.Context(), f.Workspace.ID))
		loads(t, f.Owner)(d.Member(t.Context(), f.Workspace.ID, f.Owner.ID))
		loads(t, f.Credential)(d.Credential(t.Context(), f.Credential.ID))
		loads(t, f.Tags)(d.Tags(t.Context(), f.Workspace.ID))
		f.Workspace.ID = id.New()
		wantFault(t, d.Found(t.Context(), f), fault.NotFound, "error.link-expired")
	})
}

func TestJoin(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		shared, direct, private := aNumber(t, d, ws), aNumber(t, d, ws), aNumber(t, d, ws)
		mate := aMember(t, d, ws)
		must(t, d.Assign(t.Context(), ws, shared.ID, having(shared, mate)))
		alone := having(private, mate)
		alone[0].Level = number.Exclusive
		must(t, d.Assign(t.Context(), ws, private.ID, alone))
		sales := aTeam(t, d, ws, "Sales")

		j := invited(t, d, ws)
		j.Teams = []team.Membership{{TeamID: sales.ID, Lead: true}, {TeamID: id.New()}}
		j.Numbers = []number.Assignment{
			{NumberID: shared.ID}, {NumberID: direct.ID, Level: number.Exclusive}, {NumberID: private.ID, Level: number.ReadOnly},
			{NumberID: id.New()}, {NumberID: aNumber(t, d, aWorkspace(t, d).ID).ID},
		}
		must(t, d.Join(t.Context(), j))
		loads(t, j.Member)(d.Member(t.Context(), ws, j.Member.ID))
		loads(t, j.Credential)(d.Credential(t.Context(), j.Credential.ID))
		loads(t, []team.Membership{{TeamID: sales.ID, MemberID: j.Member.ID, Lead: true}})(d.Memberships(t.Context(), ws))
		loads(t, []number.Assignment{
			{NumberID: shared.ID, MemberID: j.Member.ID, Level: number.Shared},
			{NumberID: direct.ID, MemberID: j.Member.ID, Level: number.Exclusive},
		})(d.AssignmentsOf(t.Context(), ws, j.Member.ID))
		inv, err := d.Invitation(t.Context(), ws, j.InvitationID)
		must(t, err)
		if !inv.AcceptedAt.Equal(at(10)) {
			t.Errorf("accepted at %v", inv.AcceptedAt)
		}
		again := j
		again.Member, again.Credential = somebody(ws)
		wantFault(t, d.Join(t.Context(), again), fault.NotFound, "error.link-expired")

		late := invited(t, d, ws)
		late.Numbers = []number.Assignment{{NumberID: direct.ID, Level: number.Exclusive}}
		wantFault(t, d.Join(t.Context(), late), fault.Conflict, "error.number-taken-meanwhile")
		nothingOf(t, d, late)
	})
}

func TestJoinRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		mate := aMember(t, d, ws)

		taken := invited(t, d, ws)
		taken.Member.Email = mate.Email
		wantFault(t, d.Join(t.Context(), taken), fault.Conflict, "error.email-taken")
		nothingOf(t, d, taken)

		revoked := invited(t, d, ws)
		must(t, d.DeleteInvitation(t.Context(), ws, revoked.InvitationID))
		wantFault(t, d.Join(t.Context(), revoked), fault.NotFound, "error.link-expired")
		nothingOf(t, d, revoked)

		resent := invited(t, d, ws)
		inv, err := d.Invitation(t.Context(), ws, resent.InvitationID)
		must(t, err)
		inv.TokenHash = id.New()
		must(t, d.SaveInvitation(t.Context(), inv))
		wantFault(t, d.Join(t.Context(), resent), fault.NotFound, "error.link-expired")
		nothingOf(t, d, resent)

		used := invited(t, d, ws)
		inv, err = d.Invitation(t.Context(), ws, used.InvitationID)
		must(t, err)
		inv.AcceptedAt = at(6)
		must(t, d.SaveInvitation(t.Context(), inv))
		wantFault(t, d.Join(t.Context(), used), fault.Conflict, "error.invitation-used")
		nothingOf(t, d, used)

		foreign := invited(t, d, aWorkspace(t, d).ID)
		foreign.Member.WorkspaceID, foreign.Credential.WorkspaceID = ws, ws
		wantFault(t, d.Join(t.Context(), foreign), fault.NotFound, "error.link-expired")
		nothingOf(t, d, foreign)

		timeless := invited(t, d, ws)
		timeless.At = time.Time{}
		if d.Join(t.Context(), timeless) == nil {
			t.Error("somebody joined at no time")
		}
		timeless.At = at(10)
		nothingOf(t, d, timeless)

		nowhere := invited(t, d, ws)
		nowhere.Member.WorkspaceID = id.New()
		wantMissing(t, d.Join(t.Context(), nowhere))
		nothingOf(t, d, nowhere)
	})
}

func TestSeats(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		aMember(t, d, ws)
		gone := aMember(t, d, ws)
		gone.RemovedAt = at(2)
		must(t, d.SaveMember(t.Context(), gone))
		first, second := invited(t, d, ws), invited(t, d, ws)
		expired := anInvitation(ws)
		expired.ExpiresAt = at(9)
		must(t, d.SaveInvitation(t.Context(), expired))
		counts(t, d, ws, 1, 2)

		// Who was not invited takes no seat that others were.
		byDomain := people.Joining{LinkKind: "sign-up", Seats: 3, At: at(10)}
		byDomain.Member, byDomain.Credential = somebody(ws)
		l := aLink("sign-up", at(60))
		must(t, d.SaveLink(t.Context(), l))
		byDomain.LinkHash = l.TokenHash
		err := d.Join(t.Context(), byDomain)
		wantFault(t, err, fault.Conflict, "error.seats-taken")
		if fault.Of(err).Args["limit"] != "3" {
			t.Errorf("the fault says %v", fault.Of(err).Args)
		}
		nothingOf(t, d, byDomain)
		byDomain.Seats = 4
		must(t, d.Join(t.Context(), byDomain))
		counts(t, d, ws, 2, 2)

		first.Seats, second.Seats = 3, 3 // lowered since they were invited
		must(t, d.Join(t.Context(), first))
		wantFault(t, d.Join(t.Context(), second), fault.Conflict, "error.seats-taken")
		nothingOf(t, d, second)
		counts(t, d, ws, 3, 1)
	})
}

func counts(t *testing.T, d *store.DB, ws string, members, invited int) {
	t.Helper()
	m, i, err := d.CountMembers(t.Context(), ws, at(10))
	must(t, err)
	if m != members || i != invited {
		t.Errorf("%d members and %d invited, want %d and %d", m, i, members, invited)
	}
}

func TestOffer(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		aMember(t, d, ws)
		a := anInvitation(ws)
		must(t, d.Offer(t.Context(), a, 2, at(10)))
		wantFault(t, d.Offer(t.Context(), anInvitation(ws), 2, at(10)), fault.Conflict, "error.seats-taken")
		loads(t, []member.Invitation{a})(d.Invitations(t.Context(), ws))

		again := anInvitation(ws) // the same address: one pending entry
		again.Email = a.Email
		must(t, d.Offer(t.Context(), again, 2, at(10)))
		again.TokenHash, again.ExpiresAt = id.New(), at(1e6)
		must(t, d.Offer(t.Context(), again, 2, at(10)))
		must(t, d.SetLetter(t.Context(), ws, again.ID, "letter"))
		must(t, d.SetLetter(t.Context(), ws, a.ID, "letter"))
		again.LetterID = "letter"
		loads(t, []member.Invitation{again})(d.Invitations(t.Context(), ws))

		again.AcceptedAt = at(11)
		must(t, d.SaveInvitation(t.Context(), again))
		wantFault(t, d.Offer(t.Context(), again, 9, at(12)), fault.Conflict, "error.invitation-used")
		must(t, d.SetLetter(t.Context(), ws, again.ID, "other"))
		third := anInvitation(ws)
		third.Email = again.Email
		must(t, d.Offer(t.Context(), third, 9, at(12)))
		loads(t, []member.Invitation{again, third})(d.Invitations(t.Context(), ws)) // what was accepted stays
	})
}

func TestTheLastSeatIsTakenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		var all []people.Joining
		for range 8 {
			j := invited(t, d, ws)
			j.Seats = 1
			all = append(all, j)
		}
		oneWins(t, "error.seats-taken", func(i int) error { return d.Join(t.Context(), all[i]) })
		counts(t, d, ws, 1, 7)

		ws = aWorkspace(t, d).ID
		oneWins(t, "error.seats-taken", func(int) error { return d.Offer(t.Context(), anInvitation(ws), 1, at(10)) })
		counts(t, d, ws, 0, 1)
	})
}

func TestADirectNumberIsTakenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		n := aNumber(t, d, ws)
		var all []people.Joining
		for range 8 {
			j := invited(t, d, ws)
			j.Numbers = []number.Assignment{{NumberID: n.ID, Level: number.Exclusive}}
			all = append(all, j)
		}
		oneWins(t, "error.number-taken-meanwhile", func(i int) error { return d.Join(t.Context(), all[i]) })
	})
}
