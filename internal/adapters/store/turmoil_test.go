package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/audit"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
)

// turmoil is a company in which everything is changed at once.
type turmoil struct {
	d       *store.DB
	ws      string
	members []member.Member
	numbers []number.Number
	teams   []team.Team
	joining chan people.Joining
}

func aCompany(t *testing.T, d *store.DB) *turmoil {
	t.Helper()
	c := &turmoil{d: d, ws: aWorkspace(t, d).ID}
	c.members = append(c.members, anOwner(t, d, c.ws), anOwner(t, d, c.ws))
	for range 10 {
		c.members = append(c.members, aMember(t, d, c.ws))
	}
	for i := range 6 {
		c.numbers = append(c.numbers, aNumber(t, d, c.ws))
		c.teams = append(c.teams, aTeam(t, d, c.ws, fmt.Sprint("team ", i)))
	}
	for _, m := range c.members {
		aCredential(t, d, m)
		aCredential(t, d, m)
	}
	c.joining = make(chan people.Joining, 64)
	for range cap(c.joining) {
		c.joining <- invited(t, d, c.ws)
	}
	return c
}

func some[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// step does one random thing.
func (c *turmoil) step(t *testing.T, r *rand.Rand) error {
	ctx, m, other, n := t.Context(), some(r, c.members), some(r, c.members), some(r, c.numbers)
	switch r.IntN(16) {
	case 0:
		return c.d.Assign(ctx, c.ws, n.ID, having(n, m, other))
	case 1:
		return c.d.SetNumbersOf(ctx, c.ws, m.ID, []number.Assignment{{NumberID: n.ID, MemberID: m.ID, Level: some(r, number.Levels())}})
	case 2:
		return c.d.SetTeamsOf(ctx, c.ws, m.ID, []team.Membership{{TeamID: some(r, c.teams).ID, MemberID: m.ID, Lead: r.IntN(2) == 0}})
	case 3:
		one := some(r, c.teams).ID
		return c.d.SetTeam(ctx, c.ws, one, []team.Membership{{TeamID: one, MemberID: m.ID}, {TeamID: one, MemberID: other.ID}})
	case 4:
		return c.d.SetRole(ctx, c.ws, m.ID, some(r, member.Roles()), some(r, member.Roles()))
	case 5:
		if r.IntN(8) > 0 {
			return nil
		}
		l := leaving(m)
		l.Role, l.Numbers = some(r, member.Roles()), map[string]string{n.ID: other.ID}
		_, err := c.d.Leave(ctx, l)
		return err
	case 6:
		return c.d.EditMember(ctx, c.ws, m.ID, func(one *member.Member) error {
			one.Hours = hours.Hours{Zone: "Europe/Paris"}
			one.Closed = member.Closed{Do: member.ToColleague, MemberID: other.ID}
			return nil
		})
	case 7:
		return c.d.SaveSession(ctx, aSession(m, r.IntN(1000)))
	case 8:
		all, err := c.d.SessionsOf(ctx, m.ID)
		if err != nil || len(all) == 0 {
			return err
		}
		s := some(r, all)
		s.LastSeenAt = at(r.IntN(2000))
		return errors.Join(c.d.SaveSession(ctx, s), c.d.RotateSession(ctx, s.ID, s.Token, id.New(), at(1)))
	case 9:
		held, err := c.d.Credentials(ctx, m.ID)
		if err != nil || len(held) == 0 {
			return err
		}
		err = c.d.DeleteCredential(ctx, m.ID, held[0].ID)
		_, ended := c.d.DeleteSessionsOf(ctx, m.ID, "")
		return errors.Join(err, ended)
	case 10:
		select {
		case j := <-c.joining:
			j.Teams = []team.Membership{{TeamID: some(r, c.teams).ID, MemberID: j.Member.ID}}
			j.Numbers = []number.Assignment{{NumberID: n.ID, MemberID: j.Member.ID, Level: number.Shared}}
			return c.d.Join(ctx, j)
		default:
			return nil
		}
	case 11:
		inv := anInvitation(c.ws)
		inv.Email = fmt.Sprintf("new%d@example.org", r.IntN(5))
		return c.d.Offer(ctx, inv, 999, at(1))
	case 12:
		_, err := c.d.EditNumber(ctx, c.ws, n.ID, func(one *number.Number) error { one.OwnerID = m.ID; return nil })
		return err
	case 13:
		return c.d.SetSupervisors(ctx, c.ws, n.ID, []string{m.ID, other.ID})
	case 14:
		return c.d.AppendAudit(ctx, anEntry(c.ws, "x", 1))
	default:
		return errors.Join(c.d.SetSetting(ctx, c.ws, m.ID, member.Auto), c.d.DeleteExpiredSessions(ctx, at(-1)), c.d.SaveLink(ctx, aLink("invite", at(60))))
	}
}

// TestTurmoil: whatever people do at once is done or refused, and never fails.
func TestTurmoil(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c := aCompany(t, d)
		var all sync.WaitGroup
		for seed := range uint64(12) {
			all.Go(func() {
				r := rand.New(rand.NewPCG(seed, 1))
				for range 60 {
					if err := c.step(t, r); fault.KindOf(err) == fault.Internal && err != nil {
						t.Errorf("%v", err)
					}
				}
			})
		}
		all.Wait()
		report, err := audit.Verify(t.Context(), d, c.ws)
		must(t, err)
		if !report.OK() {
			t.Errorf("the audit log: %+v", report)
		}
	})
}
