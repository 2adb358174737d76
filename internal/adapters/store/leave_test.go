package store_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
)

// leaving removes m at his role, without heirs.
func leaving(m member.Member) people.Leaving {
	return people.Leaving{WorkspaceID: m.WorkspaceID, MemberID: m.ID, Role: m.Role, At: at(30)}
}

func anOwner(t *testing.T, d *store.DB, ws string) member.Member {
	t.Helper()
	m := aMember(t, d, ws)
	must(t, d.SetRole(t.Context(), ws, m.ID, m.Role, member.Owner))
	m.Role = member.Owner
	return m
}

func TestSetRole(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		boss, m := anOwner(t, d, ws), aMember(t, d, ws)
		anOwner(t, d, aWorkspace(t, d).ID) // counts for nothing here
		set := func(m member.Member, to member.Role) error { return d.SetRole(t.Context(), ws, m.ID, m.Role, to) }

		wantFault(t, set(boss, member.Admin), fault.Conflict, "error.last-owner")
		must(t, set(boss, member.Owner))
		must(t, set(m, member.Owner))
		wantFault(t, set(m, member.User), fault.Conflict, "error.conflict") // no admin any more
		must(t, set(boss, member.User))
		boss.Role = member.User
		loads(t, boss)(d.Member(t.Context(), ws, boss.ID))
		_, err := d.Leave(t.Context(), leaving(boss))
		must(t, err)
		wantMissing(t, set(boss, member.Admin))
		boss.ID = id.New()
		wantMissing(t, set(boss, member.Admin))
	})
}

func TestOneOwnerStays(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		owners := make([]member.Member, 8)
		for i := range owners {
			owners[i] = anOwner(t, d, ws)
		}
		results := make(chan error)
		for i, o := range owners { // half are demoted and half are removed
			go func() {
				if i%2 == 0 {
					results <- d.SetRole(t.Context(), ws, o.ID, member.Owner, member.User)
					return
				}
				_, err := d.Leave(t.Context(), leaving(o))
				results <- err
			}()
		}
		refused := 0
		for range owners {
			if err := <-results; err != nil {
				wantFault(t, err, fault.Conflict, "error.last-owner")
				refused++
			}
		}
		all, err := d.Members(t.Context(), ws)
		must(t, err)
		left := 0
		for _, m := range all {
			if m.Role == member.Owner {
				left++
			}
		}
		if refused != 1 || left != 1 {
			t.Errorf("%d were refused and %d owners are left, want 1 and 1", refused, left)
		}
	})
}

func TestLeave(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m, mate := aMember(t, d, ws), aMember(t, d, ws)
		m.Extension, m.Hours, m.RingTone, m.DialCountry = "201", hours.Hours{Zone: "Europe/Paris"}, "soft", "BE"
		m.Closed, m.Notices = member.Closed{Do: member.ToColleague, MemberID: mate.ID}, member.Notices{Desktop: true}
		must(t, d.SaveMember(t.Context(), m))
		mate.Closed = member.Closed{Do: member.ToColleague, MemberID: m.ID}
		must(t, d.SaveMember(t.Context(), mate))
		s, foreign := aSession(m, 7), aSession(mate, 8)
		must(t, d.SaveSession(t.Context(), s))
		must(t, d.SaveSession(t.Context(), foreign))
		c, kept := aCredential(t, d, m), aCredential(t, d, mate)
		l := aLink("recovery", at(60))
		l.MemberID, l.WorkspaceID = m.ID, ws
		must(t, d.SaveLink(t.Context(), l))
		sales := aTeam(t, d, ws, "Sales")
		must(t, d.SetTeam(t.Context(), ws, sales.ID, []team.Membership{{MemberID: m.ID, Lead: true}, {MemberID: mate.ID}}))
		n := aNumber(t, d, ws)
		must(t, d.SetSupervisors(t.Context(), ws, n.ID, []string{m.ID}))
		due := agent.Obligation{WorkspaceID: ws, MemberID: mate.ID, CallID: id.New(), Kind: agent.OwesTag, Since: at(3)}
		must(t, d.SaveObligation(t.Context(), due))
		his := due
		his.MemberID = m.ID
		must(t, d.SaveObligation(t.Context(), his))

		timeless := leaving(m)
		timeless.At = time.Time{}
		if _, err := d.Leave(t.Context(), timeless); err == nil {
			t.Error("a member was removed at no time")
		}
		loads(t, []string{s.ID})(d.Leave(t.Context(), leaving(m)))
		gone, err := d.Member(t.Context(), ws, m.ID)
		must(t, err)
		want := member.Member{
			ID: m.ID, WorkspaceID: ws, Name: m.Name, Email: m.Email, Role: m.Role, Language: m.Language,
			Setting: member.DoNotDisturb, WrapUp: m.WrapUp, CreatedAt: m.CreatedAt, SeenAt: at(7), RemovedAt: at(30),
		}
		loads(t, want)(gone, nil)
		_, err = d.SessionByID(t.Context(), s.ID)
		wantMissing(t, err)
		_, err = d.Credential(t.Context(), c.ID)
		wantMissing(t, err)
		_, err = d.RememberedLink(t.Context(), l.TokenHash, l.Kind)
		wantFault(t, err, fault.NotFound, "error.link-expired")
		loads(t, []team.Membership{{TeamID: sales.ID, MemberID: mate.ID}})(d.Memberships(t.Context(), ws))
		loads(t, []string{})(d.Supervisors(t.Context(), ws, n.ID))

		mate.Closed, mate.SeenAt = member.Closed{}, at(8) // nobody to send calls to
		loads(t, mate)(d.Member(t.Context(), ws, mate.ID))
		loads(t, kept)(d.Credential(t.Context(), kept.ID))
		loads(t, foreign)(d.SessionByID(t.Context(), foreign.ID))
		loads(t, []agent.Obligation{due})(d.Obligations(t.Context())) // who is gone owes nothing
		_, err = d.Leave(t.Context(), leaving(m))
		wantMissing(t, err)
		other := aMember(t, d, ws)
		other.Extension = "201" // free again
		must(t, d.SaveMember(t.Context(), other))
	})
}

func TestWhoTakesOverTheNumbers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m, heir := aMember(t, d, ws), aMember(t, d, ws)
		give := func(n number.Number, mine, his number.Level) number.Number {
			all := []number.Assignment{{MemberID: m.ID, Level: mine}}
			if his != "" {
				all = append(all, number.Assignment{MemberID: heir.ID, Level: his})
			}
			must(t, d.Assign(t.Context(), ws, n.ID, all))
			return n
		}
		direct := give(aNumber(t, d, ws), number.Exclusive, "")
		wider := give(aNumber(t, d, ws), number.Shared, number.ReadOnly)
		narrower := give(aNumber(t, d, ws), number.OutboundOnly, number.Shared)
		lost := give(aNumber(t, d, ws), number.Shared, "")
		owned, ownedLost, notHis := aNumber(t, d, ws), aNumber(t, d, ws), aNumber(t, d, ws)
		for _, n := range []*number.Number{&direct, &owned, &ownedLost} {
			n.OwnerID = m.ID
			must(t, d.SaveNumber(t.Context(), *n))
		}
		l := leaving(m)
		l.Numbers = map[string]string{direct.ID: heir.ID, wider.ID: heir.ID, narrower.ID: heir.ID, owned.ID: heir.ID, notHis.ID: heir.ID}

		for _, nobody := range []string{id.New(), m.ID, aMember(t, d, aWorkspace(t, d).ID).ID} {
			bad := l
			bad.Numbers = map[string]string{direct.ID: nobody}
			_, err := d.Leave(t.Context(), bad)
			wantMissing(t, err)
		}
		loads(t, []string{})(d.Leave(t.Context(), l))
		loads(t, []number.Assignment{
			{NumberID: direct.ID, MemberID: heir.ID, Level: number.Exclusive},
			{NumberID: wider.ID, MemberID: heir.ID, Level: number.Shared},
			{NumberID: narrower.ID, MemberID: heir.ID, Level: number.Shared},
		})(d.Assignments(t.Context(), ws))
		for n, owner := range map[string]string{direct.ID: heir.ID, owned.ID: heir.ID, ownedLost.ID: "", lost.ID: "", notHis.ID: ""} {
			got, err := d.Number(t.Context(), ws, n)
			must(t, err)
			if got.OwnerID != owner {
				t.Errorf("number %s is owned by %q, want %q", n, got.OwnerID, owner)
			}
		}
	})
}

func TestWhoIsPromotedMeanwhileStays(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m := aMember(t, d, ws)
		s := aSession(m, 7)
		must(t, d.SaveSession(t.Context(), s))
		must(t, d.SetRole(t.Context(), ws, m.ID, member.Admin, member.Supervisor))
		_, err := d.Leave(t.Context(), leaving(m))
		wantFault(t, err, fault.Conflict, "error.conflict")
		loads(t, []identity.Session{s})(d.SessionsOf(t.Context(), m.ID))
	})
}

func TestWhoWasAMemberOfWhich(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, other := aWorkspace(t, d).ID, aWorkspace(t, d).ID
		gone, here := aMember(t, d, ws), aMember(t, d, ws)
		gone.RemovedAt = at(9)
		must(t, d.SaveMember(t.Context(), gone))
		loads(t, true)(d.WasMember(t.Context(), ws, strings.ToUpper(gone.Email)))
		loads(t, false)(d.WasMember(t.Context(), ws, here.Email))
		loads(t, false)(d.WasMember(t.Context(), other, gone.Email))
	})
}
