package store_test

import (
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/access"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
)

func aTeam(t testing.TB, d *store.DB, ws, name string) team.Team {
	t.Helper()
	v := team.Team{ID: id.New(), WorkspaceID: ws, Name: name, CreatedAt: at(3)}
	must(t, d.SaveTeam(t.Context(), v))
	return v
}

func TestTeams(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		sales, after := aTeam(t, d, ws, "Ventes Été"), aTeam(t, d, ws, "après-vente")
		loads(t, []team.Team{after, sales})(d.Teams(t.Context(), ws))
		loads(t, sales)(d.Team(t.Context(), ws, sales.ID))
		same := team.Team{ID: id.New(), WorkspaceID: ws, Name: " VENTES E\u0301TE\u0301"}
		wantFault(t, d.SaveTeam(t.Context(), same), fault.Conflict, "error.team-taken")
		same.WorkspaceID = aWorkspace(t, d).ID
		must(t, d.SaveTeam(t.Context(), same))
		sales.Name = "VENTES ÉTÉ"
		must(t, d.SaveTeam(t.Context(), sales))
		loads(t, sales)(d.Team(t.Context(), ws, sales.ID))

		m := aMember(t, d, ws)
		must(t, d.SetTeam(t.Context(), ws, sales.ID, []team.Membership{{MemberID: m.ID}}))
		must(t, d.DeleteTeam(t.Context(), ws, sales.ID))
		loads(t, []team.Membership{})(d.Memberships(t.Context(), ws))
		wantMissing(t, d.DeleteTeam(t.Context(), ws, sales.ID))
	})
}

func TestMemberships(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		x, y, a, b := aTeam(t, d, ws, "X"), aTeam(t, d, ws, "Y"), aMember(t, d, ws), aMember(t, d, ws)
		foreign := aWorkspace(t, d).ID
		in := func(v team.Team, m string, lead bool) team.Membership {
			return team.Membership{TeamID: v.ID, MemberID: m, Lead: lead}
		}
		must(t, d.SetTeam(t.Context(), ws, x.ID, []team.Membership{in(x, a.ID, true), in(x, b.ID, false), in(x, a.ID, true)}))
		must(t, d.SetTeamsOf(t.Context(), ws, b.ID, []team.Membership{in(y, b.ID, true), in(x, "", true)}))
		all := []team.Membership{in(x, a.ID, true), in(x, b.ID, true), in(y, b.ID, true)}
		loads(t, all)(d.Memberships(t.Context(), ws))

		wantMissing(t, d.SetTeam(t.Context(), ws, x.ID, []team.Membership{in(x, aMember(t, d, foreign).ID, false)}))
		wantMissing(t, d.SetTeam(t.Context(), ws, id.New(), nil))
		wantMissing(t, d.SetTeamsOf(t.Context(), ws, a.ID, []team.Membership{in(aTeam(t, d, foreign, "X"), "", false)}))
		wantMissing(t, d.SetTeamsOf(t.Context(), ws, id.New(), nil))
		loads(t, all)(d.Memberships(t.Context(), ws))

		b.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), b))
		loads(t, all[:1])(d.Memberships(t.Context(), ws))
		must(t, d.SetTeamsOf(t.Context(), ws, a.ID, nil))
		loads(t, []team.Membership{})(d.Memberships(t.Context(), ws))
	})
}

func TestAccessFacts(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m, mate, led, other := aMember(t, d, ws), aMember(t, d, ws), aMember(t, d, ws), aMember(t, d, ws)
		has, owns, watches := aNumber(t, d, ws), aNumber(t, d, ws), aNumber(t, d, ws)
		must(t, d.SetNumbersOf(t.Context(), ws, m.ID, []number.Assignment{{NumberID: has.ID, Level: number.OutboundOnly}, {NumberID: owns.ID}}))
		must(t, d.SetNumbersOf(t.Context(), ws, other.ID, []number.Assignment{{NumberID: watches.ID}}))
		owns.OwnerID = m.ID
		must(t, d.SaveNumber(t.Context(), owns))
		must(t, d.SetSupervisors(t.Context(), ws, watches.ID, []string{m.ID}))
		in, leads, elsewhere := aTeam(t, d, ws, "in"), aTeam(t, d, ws, "leads"), aTeam(t, d, ws, "elsewhere")
		set := func(v team.Team, all ...team.Membership) { must(t, d.SetTeam(t.Context(), ws, v.ID, all)) }
		set(in, team.Membership{MemberID: m.ID}, team.Membership{MemberID: mate.ID, Lead: true}, team.Membership{MemberID: led.ID})
		set(leads, team.Membership{MemberID: m.ID, Lead: true}, team.Membership{MemberID: led.ID})
		set(elsewhere, team.Membership{MemberID: other.ID})

		loads(t, access.Facts{
			Levels: map[string]number.Level{has.ID: number.OutboundOnly, owns.ID: number.Shared},
			Owned:  []string{owns.ID}, Supervised: []string{watches.ID},
			Led: []string{m.ID, led.ID}, Teammates: []string{m.ID, mate.ID, led.ID},
		})(d.AccessFacts(t.Context(), ws, m.ID))
		nothing := access.Facts{Levels: map[string]number.Level{}}
		loads(t, nothing)(d.AccessFacts(t.Context(), ws, id.New()))
		loads(t, nothing)(d.AccessFacts(t.Context(), ws, ""))
		loads(t, nothing)(d.AccessFacts(t.Context(), aWorkspace(t, d).ID, m.ID))
	})
}
