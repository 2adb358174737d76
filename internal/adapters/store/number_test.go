package store_test

import (
	"slices"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

func TestNumbers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a, b := aNumber(t, d, ws), aNumber(t, d, ws)
		loads(t, []number.Number{a, b})(d.Numbers(t.Context(), ws))
		loads(t, []number.Number{b})(d.NumbersByID(t.Context(), ws, []string{b.ID, id.New()}))
		loads(t, []number.Number{})(d.NumbersByID(t.Context(), ws, nil))
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
		m.DefaultNumber, m.Closed = b.ID, member.Closed{Do: member.ToLine, NumberID: b.ID}
		must(t, d.SaveMember(t.Context(), m))
		b.OwnerID = m.ID
		must(t, d.SaveNumber(t.Context(), b))
		loads(t, b)(d.Number(t.Context(), ws, b.ID))
		b.OwnerID = aMember(t, d, other.WorkspaceID).ID
		wantMissing(t, d.SaveNumber(t.Context(), b))
		must(t, d.Assign(t.Context(), ws, b.ID, having(b, m)))
		must(t, d.SetSupervisors(t.Context(), ws, b.ID, []string{m.ID}))
		must(t, d.DeleteNumber(t.Context(), ws, b.ID))
		loads(t, []number.Number{a})(d.Numbers(t.Context(), ws))
		loads(t, []number.Assignment{})(d.Assignments(t.Context(), ws))
		loads(t, []string{})(d.Supervisors(t.Context(), ws, b.ID))
		m.DefaultNumber, m.Closed = "", member.Closed{}
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
		both[1].Level = number.ReadOnly

		given := slices.Clone(both)
		given[0].Level = "" // stored as shared
		must(t, d.Assign(t.Context(), ws, n.ID, append(given, given[0])))
		loads(t, both)(d.Assignments(t.Context(), ws))
		loads(t, both[1:])(d.AssignmentsOf(t.Context(), ws, b.ID))
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

func TestNumbersOfAMember(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		x, y, a, b := aNumber(t, d, ws), aNumber(t, d, ws), aMember(t, d, ws), aMember(t, d, ws)
		hold := func(m member.Member, n number.Number, l number.Level) number.Assignment {
			return number.Assignment{NumberID: n.ID, MemberID: m.ID, Level: l}
		}
		set := func(m member.Member, all ...number.Assignment) error {
			return d.SetNumbersOf(t.Context(), ws, m.ID, all)
		}

		must(t, set(a, hold(a, x, number.Exclusive), hold(a, y, number.ReadOnly)))
		must(t, set(a, hold(a, y, number.Shared), hold(b, x, number.Exclusive))) // whose it says does not matter
		loads(t, []number.Assignment{hold(a, x, number.Exclusive), hold(a, y, number.Shared)})(d.AssignmentsOf(t.Context(), ws, a.ID))

		wantFault(t, set(b, hold(b, x, number.ReadOnly)), fault.Conflict, "error.number-exclusive")
		wantFault(t, set(b, hold(b, y, number.Exclusive)), fault.Conflict, "error.number-exclusive")
		wantMissing(t, set(b, hold(b, y, number.Shared), hold(b, aNumber(t, d, aWorkspace(t, d).ID), number.Shared)))
		loads(t, []number.Assignment{})(d.AssignmentsOf(t.Context(), ws, b.ID))
		must(t, set(b, hold(b, y, number.OutboundOnly)))
		must(t, set(a))
		loads(t, []number.Assignment{hold(b, y, number.OutboundOnly)})(d.Assignments(t.Context(), ws))
		oneWins(t, "error.number-exclusive", func(int) error { return set(aMember(t, d, ws), hold(a, x, number.Exclusive)) })
	})
}

func TestSupervisors(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		n, a, b := aNumber(t, d, ws), aMember(t, d, ws), aMember(t, d, ws)
		stranger := aMember(t, d, aWorkspace(t, d).ID)
		must(t, d.SetSupervisors(t.Context(), ws, n.ID, []string{b.ID, a.ID, b.ID}))
		loads(t, []string{a.ID, b.ID})(d.Supervisors(t.Context(), ws, n.ID))
		wantMissing(t, d.SetSupervisors(t.Context(), ws, n.ID, []string{stranger.ID}))
		wantMissing(t, d.SetSupervisors(t.Context(), ws, id.New(), nil))
		b.RemovedAt = at(3)
		must(t, d.SaveMember(t.Context(), b))
		loads(t, []string{a.ID})(d.Supervisors(t.Context(), ws, n.ID))
	})
}
