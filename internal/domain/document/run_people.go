package document

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
)

// members creates and edits members, owners first, so that a workspace that is new
// has one as soon as it can.
func (r *run) members(ctx context.Context) error {
	if err := r.freeExtensions(ctx); err != nil {
		return err
	}
	order := slices.Clone(r.plan.members)
	slices.SortStableFunc(order, func(a, b plannedMember) int {
		return slices.Index(member.Roles(), a.Role) - slices.Index(member.Roles(), b.Role)
	})
	for _, p := range order {
		old, known := r.have.member(p.Email)
		if !known {
			if err := r.needs.Members.SaveMember(ctx, p.Member); err != nil {
				return fmt.Errorf("member %s: %w", p.Email, err)
			}
			r.told(ctx, "member", p.ID, p.Email, true)
			continue
		}
		edited := old
		if p.edit(&edited); reflect.DeepEqual(old, edited) {
			continue
		}
		err := r.needs.Edits.EditMember(ctx, p.WorkspaceID, p.ID, func(m *member.Member) error {
			p.edit(m)
			return nil
		})
		if err != nil {
			return fmt.Errorf("member %s: %w", p.Email, err)
		}
		r.told(ctx, "member", p.ID, p.Email, false)
	}
	return nil
}

// freeExtensions takes extensions from members who lose them to others of the
// document, or who are going to be pruned.
func (r *run) freeExtensions(ctx context.Context) error {
	for _, old := range r.have.members {
		wanted := slices.ContainsFunc(r.plan.members, func(p plannedMember) bool {
			return old.Extension != "" && p.Extension == old.Extension && p.ID != old.ID
		})
		if !wanted {
			continue
		}
		err := r.needs.Edits.EditMember(ctx, old.WorkspaceID, old.ID, func(m *member.Member) error {
			m.Extension = ""
			return nil
		})
		if err != nil {
			return fmt.Errorf("free the extension of %s: %w", old.Email, err)
		}
	}
	return nil
}

// roles changes the roles of members who were there, new owners first: the last
// owner is refused to go before there is another.
func (r *run) roles(ctx context.Context) error {
	for _, owners := range []bool{true, false} {
		for _, p := range r.plan.members {
			old, known := r.have.member(p.Email)
			if !known || old.Role == p.Role || (p.Role == member.Owner) != owners {
				continue
			}
			if err := r.needs.People.SetRole(ctx, p.WorkspaceID, p.ID, old.Role, p.Role); err != nil {
				return fmt.Errorf("role of %s: %w", p.Email, err)
			}
			r.needs.Changes.Changed(ctx, p.WorkspaceID, "member", p.ID)
			r.needs.Audit.Record(ctx, p.WorkspaceID, "", people.ActionRole, p.ID, "role", string(old.Role)+" → "+string(p.Role))
			r.sum.note(Changed, "member", p.Email)
		}
	}
	return nil
}

func (r *run) teams(ctx context.Context) error {
	for _, p := range r.plan.teams {
		old, known := r.have.team(p.name)
		if !known {
			made, err := r.needs.TeamService.Create(ctx, r.server(), p.name, r.memberships(p, nil))
			if err != nil {
				return fmt.Errorf("team %q: %w", p.name, err)
			}
			r.have.teams = append(r.have.teams, made)
			r.sum.note(Created, "team", made.Name)
			continue
		}
		if old.Name != p.name {
			if err := r.needs.TeamService.Rename(ctx, r.server(), old.ID, p.name); err != nil {
				return fmt.Errorf("team %q: %w", p.name, err)
			}
			r.sum.note(Changed, "team", p.name)
		}
		have := slices.DeleteFunc(slices.Clone(r.have.memberships), func(m team.Membership) bool { return m.TeamID != old.ID })
		want := r.memberships(p, have)
		if sameMemberships(have, want) {
			continue
		}
		if err := r.needs.TeamService.SetMembers(ctx, r.server(), old.ID, want); err != nil {
			return fmt.Errorf("members of team %q: %w", p.name, err)
		}
		r.sum.note(Changed, "team", p.name)
	}
	return nil
}

// memberships are those a team is to have: who is listed, or where nobody is those
// there are. A lead is a member of the team.
func (r *run) memberships(p plannedTeam, have []team.Membership) []team.Membership {
	if p.members == nil && p.leads == nil {
		return have
	}
	var out []team.Membership
	add := func(memberID string, lead bool) {
		i := slices.IndexFunc(out, func(m team.Membership) bool { return m.MemberID == memberID })
		if i < 0 {
			out = append(out, team.Membership{MemberID: memberID, Lead: lead})
		} else if lead {
			out[i].Lead = true
		}
	}
	if p.members == nil {
		for _, m := range have {
			add(m.MemberID, false)
		}
	} else {
		for _, email := range *p.members {
			add(r.memberID(email), false)
		}
	}
	for _, email := range p.leads {
		add(r.memberID(email), true)
	}
	return out
}

func sameMemberships(a, b []team.Membership) bool {
	key := func(all []team.Membership) []string {
		var out []string
		for _, m := range all {
			out = append(out, fmt.Sprint(m.MemberID, m.Lead))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(key(a), key(b))
}

// memberID finds a member among those stored and those just made.
func (r *run) memberID(email string) string {
	for _, p := range r.plan.members {
		if sameName(p.Email, email) {
			return p.ID
		}
	}
	m, _ := r.have.member(strings.TrimSpace(email))
	return m.ID
}

// access gives numbers their owners, supervisors and members.
func (r *run) access(ctx context.Context) error {
	for _, p := range r.plan.numbers {
		n, _ := r.have.number(p.Phone)
		if p.doc.Owner != nil {
			ownerID := ""
			if *p.doc.Owner != "" {
				ownerID = r.memberID(*p.doc.Owner)
			}
			if ownerID != n.OwnerID {
				if err := r.needs.NumberService.SetOwner(ctx, r.server(), n.ID, ownerID); err != nil {
					return fmt.Errorf("owner of a number: %w", err)
				}
				r.sum.note(Changed, "number", n.E164)
			}
		}
		if err := r.supervisors(ctx, p, n); err != nil {
			return err
		}
		if err := r.assign(ctx, p, n); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) supervisors(ctx context.Context, p plannedNumber, n number.Number) error {
	if p.doc.Supervisors == nil {
		return nil
	}
	var want []string
	for _, email := range *p.doc.Supervisors {
		want = append(want, r.memberID(email))
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if have := slices.Sorted(slices.Values(r.have.supervisors[n.ID])); slices.Equal(have, want) {
		return nil
	}
	if err := r.needs.NumberService.SetSupervisors(ctx, r.server(), n.ID, want); err != nil {
		return fmt.Errorf("supervisors of a number: %w", err)
	}
	r.sum.note(Changed, "number", n.E164)
	return nil
}

func (r *run) assign(ctx context.Context, p plannedNumber, n number.Number) error {
	if p.doc.Members == nil {
		return nil
	}
	levels := map[string]number.Level{}
	var want []number.Assignment
	for _, a := range *p.doc.Members {
		level, _ := a.Level.Clean()
		id := r.memberID(a.Member)
		if levels[id] == "" {
			levels[id] = level
			want = append(want, number.Assignment{NumberID: n.ID, MemberID: id, Level: level})
		}
	}
	same := 0
	for _, a := range r.have.assignments {
		if a.NumberID != n.ID {
			continue
		}
		if levels[a.MemberID] != a.Level {
			same = -1
			break
		}
		same++
	}
	if same == len(want) {
		return nil
	}
	if err := r.needs.NumberService.Assign(ctx, r.server(), n.ID, want); err != nil {
		return fmt.Errorf("members of a number: %w", err)
	}
	r.sum.note(Changed, "number", n.E164)
	return nil
}

// lines comes after numbers and members: it sets what members say about them.
func (r *run) lines(ctx context.Context) error {
	for _, p := range r.plan.members {
		old, _ := r.have.member(p.Email)
		defaultID, closed := r.lineID(p.defaultE164), old.Closed
		if o := p.outside; o != nil {
			switch {
			case o.Colleague != "":
				closed = member.Closed{Do: member.ToColleague, MemberID: r.memberID(o.Colleague)}
			case o.Line != "":
				closed = member.Closed{Do: member.ToLine, NumberID: r.lineID(o.Line)}
			default:
				closed = member.Closed{}
			}
		}
		if old.DefaultNumber == defaultID && old.Closed == closed {
			continue
		}
		err := r.needs.Edits.EditMember(ctx, p.WorkspaceID, p.ID, func(m *member.Member) error {
			m.DefaultNumber = defaultID
			if p.outside != nil {
				m.Closed = closed
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("numbers of %s: %w", p.Email, err)
		}
		r.told(ctx, "member", p.ID, p.Email, false)
	}
	return nil
}

// lineID is the id of a phone number, "" where there is none.
func (r *run) lineID(e164 string) string {
	n, _ := r.have.number(e164)
	return n.ID
}

func (r *run) pruneTeams(ctx context.Context) error {
	for _, t := range r.have.teams {
		if !slices.Contains(r.plan.prune.teams, t.ID) {
			continue
		}
		if err := r.needs.TeamService.Delete(ctx, r.server(), t.ID); err != nil {
			return fmt.Errorf("prune team %q: %w", t.Name, err)
		}
		r.sum.note(Deleted, "team", t.Name)
	}
	return nil
}

// pruneMembers lets members go; what they did stays theirs. Their sessions end
// here, and a running server hears of it.
func (r *run) pruneMembers(ctx context.Context) error {
	for _, m := range r.have.members {
		if !slices.Contains(r.plan.prune.members, m.ID) {
			continue
		}
		sessions, err := r.needs.People.Leave(ctx, people.Leaving{
			WorkspaceID: m.WorkspaceID, MemberID: m.ID, Role: m.Role, At: r.needs.Now().UTC(),
		})
		if err != nil {
			return fmt.Errorf("prune member %s: %w", m.Email, err)
		}
		for _, id := range sessions {
			r.needs.Changes.Changed(ctx, m.WorkspaceID, "session", id)
		}
		r.needs.Changes.Changed(ctx, m.WorkspaceID, "member", m.ID)
		r.needs.Audit.Record(ctx, m.WorkspaceID, "", people.ActionRemoved, m.ID, "name", m.Name, "email", m.Email, "role", string(m.Role))
		r.sum.note(Deleted, "member", m.Email)
	}
	return nil
}
