package people

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
)

// SetTeams makes all the teams a member is in, for who manages members; whose
// membership the elements name does not matter. Faults: Invalid with the field
// teams, Forbidden, NotFound.
func (s *Service) SetTeams(ctx context.Context, actor member.Member, memberID string, all []team.Membership) error {
	if !actor.Role.Can(member.ManageMembers) {
		return notAllowed()
	}
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	known, err := s.needs.Teams.Teams(ctx, m.WorkspaceID)
	if err != nil {
		return fmt.Errorf("list teams: %w", err)
	}
	teams := byID(known, func(t team.Team) string { return t.ID })
	var clean []team.Membership
	var names []string
	for _, one := range all {
		t, ok := teams[one.TeamID]
		if !ok {
			return fault.OnField("teams", "error.team-unknown")
		}
		if slices.ContainsFunc(clean, func(c team.Membership) bool { return c.TeamID == t.ID }) {
			continue
		}
		clean = append(clean, team.Membership{TeamID: t.ID, MemberID: m.ID, Lead: one.Lead})
		names = append(names, leadWord(t.Name, one.Lead))
	}
	before, err := s.needs.Memberships.Memberships(ctx, m.WorkspaceID)
	if err != nil {
		return fmt.Errorf("list who is in teams: %w", err)
	}
	if err := s.needs.Memberships.SetTeamsOf(ctx, m.WorkspaceID, m.ID, clean); err != nil {
		return fmt.Errorf("set a member's teams: %w", err)
	}
	var had []string
	touched := map[string]bool{}
	for _, one := range before {
		if one.MemberID == m.ID {
			had = append(had, leadWord(teams[one.TeamID].Name, one.Lead))
			touched[one.TeamID] = true
		}
	}
	for _, one := range clean {
		touched[one.TeamID] = true
	}
	for teamID := range touched {
		s.needs.Changes.Changed(ctx, m.WorkspaceID, "team", teamID)
	}
	s.changed(ctx, m)
	if detail := difference("teams", list(had), list(names)); len(detail) > 0 {
		s.record(ctx, actor, ActionTeams, m.ID, detail...)
	}
	return nil
}

func leadWord(name string, lead bool) string {
	if lead {
		return name + " (lead)"
	}
	return name
}

// list writes words for the audit, bounded.
func list(words []string) string {
	const most = 20
	words = distinct(words)
	if more := len(words) - most; more > 0 {
		return strings.Join(words[:most], ", ") + fmt.Sprintf(" +%d", more)
	}
	return strings.Join(words, ", ")
}

// SetNumbers makes all the numbers a member has, for who manages numbers; whose
// assignment the elements name does not matter. Faults: Invalid with the field
// numbers, Conflict error.number-exclusive, Forbidden, NotFound.
func (s *Service) SetNumbers(ctx context.Context, actor member.Member, memberID string, all []number.Assignment) error {
	if !actor.Role.Can(member.ManageNumbers) {
		return notAllowed()
	}
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	known, err := s.needs.Numbers.Numbers(ctx, m.WorkspaceID)
	if err != nil {
		return fmt.Errorf("list numbers: %w", err)
	}
	numbers := byID(known, func(n number.Number) string { return n.ID })
	want := map[string]number.Level{}
	var clean []number.Assignment
	for _, one := range all {
		n, ok := numbers[one.NumberID]
		if !ok {
			return fault.OnField("numbers", "error.number-unknown")
		}
		level, ok := one.Level.Clean()
		if !ok {
			return fault.OnField("numbers", "error.level-unknown")
		}
		if want[n.ID] == "" {
			want[n.ID] = level
			clean = append(clean, number.Assignment{NumberID: n.ID, MemberID: m.ID, Level: level})
		}
	}
	had, err := s.held(ctx, m)
	if err != nil {
		return err
	}
	if err := s.needs.Edits.SetNumbersOf(ctx, m.WorkspaceID, m.ID, clean); err != nil {
		return fmt.Errorf("set a member's numbers: %w", err)
	}
	s.numbersChanged(ctx, actor, m, numbers, had, want)
	return nil
}

// numbersChanged tells what became different of the numbers a member has.
func (s *Service) numbersChanged(
	ctx context.Context, actor, m member.Member, numbers map[string]number.Number, had, has map[string]number.Level,
) {
	var lost, got []string
	for id, level := range had {
		if has[id] != level {
			lost = append(lost, fmt.Sprintf("%s (%s)", numbers[id].Name, level))
			s.needs.Changes.Changed(ctx, m.WorkspaceID, "number", id)
		}
	}
	for id, level := range has {
		if had[id] != level {
			got = append(got, fmt.Sprintf("%s (%s)", numbers[id].Name, level))
			if had[id] == "" {
				s.needs.Changes.Changed(ctx, m.WorkspaceID, "number", id)
			}
		}
	}
	if len(lost)+len(got) == 0 {
		return
	}
	s.changed(ctx, m)
	var detail []string
	if len(lost) > 0 {
		detail = append(detail, "taken", list(lost))
	}
	if len(got) > 0 {
		detail = append(detail, "given", list(got))
	}
	s.record(ctx, actor, ActionNumbers, m.ID, detail...)
}

// held is the numbers a member has, by id, with his level.
func (s *Service) held(ctx context.Context, m member.Member) (map[string]number.Level, error) {
	all, err := s.needs.Assignments.AssignmentsOf(ctx, m.WorkspaceID, m.ID)
	if err != nil {
		return nil, fmt.Errorf("list a member's numbers: %w", err)
	}
	out := make(map[string]number.Level, len(all))
	for _, a := range all {
		out[a.NumberID], _ = a.Level.Clean()
	}
	return out, nil
}
