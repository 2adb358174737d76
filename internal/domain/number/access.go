package number

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

const (
	maxAudited = 20 // names that an audit entry lists
	// maxLookups is how many members are looked up one by one: with more than that the
	// whole list is read sooner.
	maxLookups = 40
)

// runs says whether somebody may change a number's settings and who has it. It is
// access.Facts.RunsNumber for a number that is at hand.
func runs(actor member.Member, n Number) bool {
	return actor.Role.Can(member.ManageNumbers) || actor.ID != "" && n.OwnerID == actor.ID
}

// run finds a number for an actor who runs it. Who knows no number of that id by
// his role is told no more than that he may not.
func (s *Service) run(ctx context.Context, actor member.Member, numberID string) (Number, error) {
	n, err := s.needs.Numbers.Number(ctx, actor.WorkspaceID, numberID)
	if err != nil {
		return n, fmt.Errorf("find the number: %w", err)
	}
	if !runs(actor, n) {
		return n, notAllowed()
	}
	return n, nil
}

// Assign makes all who have a number, for who runs it; whose number the elements
// name does not matter. Exclusive is for one member and nobody beside him. Faults:
// Invalid with the field members (error.member-unknown, error.level-unknown,
// error.number-exclusive), Forbidden, NotFound.
func (s *Service) Assign(ctx context.Context, actor member.Member, numberID string, all []Assignment) error {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return err
	}
	before, err := s.needs.Assignments.Holders(ctx, n.WorkspaceID, []string{n.ID})
	if err != nil {
		return fmt.Errorf("list who has the number: %w", err)
	}
	var concerned []string
	for _, a := range slices.Concat(before, all) {
		concerned = append(concerned, a.MemberID)
	}
	names, err := s.names(ctx, actor.WorkspaceID, concerned)
	if err != nil {
		return err
	}
	var chosen []Assignment
	for _, a := range all {
		if names[a.MemberID] == "" {
			return fault.OnField("members", "error.member-unknown")
		}
		level, ok := a.Level.Clean()
		if !ok {
			return fault.OnField("members", "error.level-unknown")
		}
		if !slices.ContainsFunc(chosen, func(c Assignment) bool { return c.MemberID == a.MemberID }) {
			chosen = append(chosen, Assignment{NumberID: n.ID, MemberID: a.MemberID, Level: level})
		}
	}
	if len(chosen) > 1 && slices.ContainsFunc(chosen, func(c Assignment) bool { return c.Level == Exclusive }) {
		return fault.OnField("members", "error.number-exclusive")
	}
	if err := s.needs.Assignments.Assign(ctx, n.WorkspaceID, n.ID, chosen); err != nil {
		return fmt.Errorf("assign number: %w", err)
	}
	s.done(ctx, actor, n, "number.assigned", differences(before, chosen, names)...)
	return nil
}

// differences are what an assignment gives and takes, as pairs for the audit.
func differences(before, after []Assignment, names map[string]string) []string {
	level := func(all []Assignment, memberID string) Level {
		for _, a := range all {
			if a.MemberID == memberID {
				l, _ := a.Level.Clean()
				return l
			}
		}
		return ""
	}
	var taken, given []string
	for _, a := range before {
		if level(after, a.MemberID) != level(before, a.MemberID) {
			taken = append(taken, fmt.Sprintf("%s (%s)", names[a.MemberID], level(before, a.MemberID)))
		}
	}
	for _, a := range after {
		if a.Level != level(before, a.MemberID) {
			given = append(given, fmt.Sprintf("%s (%s)", names[a.MemberID], a.Level))
		}
	}
	out := []string{"members", strconv.Itoa(len(after))}
	if len(taken) > 0 {
		out = append(out, "taken", list(taken))
	}
	if len(given) > 0 {
		out = append(out, "given", list(given))
	}
	return out
}

// list joins names, bounded.
func list(names []string) string {
	slices.Sort(names)
	if more := len(names) - maxAudited; more > 0 {
		return strings.Join(names[:maxAudited], ", ") + fmt.Sprintf(" +%d", more)
	}
	return strings.Join(names, ", ")
}

// names are those of the active members among ids.
func (s *Service) names(ctx context.Context, workspaceID string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if len(ids) > maxLookups {
		all, err := s.needs.Members.Members(ctx, workspaceID)
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		for _, m := range all {
			out[m.ID] = m.Name
		}
		return out, nil
	}
	for _, memberID := range ids {
		m, err := s.needs.Members.Member(ctx, workspaceID, memberID)
		switch {
		case err == nil && m.Active():
			out[m.ID] = m.Name
		case err != nil && fault.KindOf(err) != fault.NotFound:
			return nil, fmt.Errorf("look for a member: %w", err)
		}
	}
	return out, nil
}

// SetOwner makes a member the owner of a number, "" nobody, for who manages
// numbers. Faults: Invalid with the field owner, Forbidden, NotFound.
func (s *Service) SetOwner(ctx context.Context, actor member.Member, numberID, memberID string) error {
	if err := allowed(actor); err != nil {
		return err
	}
	old, err := s.run(ctx, actor, numberID)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, actor.WorkspaceID, []string{old.OwnerID, memberID})
	if err != nil {
		return err
	}
	if memberID != "" && names[memberID] == "" {
		return fault.OnField("owner", "error.member-unknown")
	}
	var was string
	n, err := s.needs.Edits.EditNumber(ctx, actor.WorkspaceID, numberID, func(n *Number) error {
		was, n.OwnerID = n.OwnerID, memberID
		return nil
	})
	if err != nil {
		return fmt.Errorf("set the owner of a number: %w", err)
	}
	if was != memberID {
		s.done(ctx, actor, n, "number.owner", "owner", names[was]+" → "+names[memberID])
	}
	return nil
}

// SetSupervisors makes memberIDs those who supervise a number, for who manages
// numbers: what supervising allows depends on their role. Faults: Invalid with the
// field supervisors, Forbidden, NotFound.
func (s *Service) SetSupervisors(ctx context.Context, actor member.Member, numberID string, memberIDs []string) error {
	if err := allowed(actor); err != nil {
		return err
	}
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return err
	}
	want := slices.Compact(slices.Sorted(slices.Values(memberIDs)))
	had, err := s.needs.Supervisors.Supervisors(ctx, n.WorkspaceID, n.ID)
	if err != nil {
		return fmt.Errorf("list who supervises the number: %w", err)
	}
	names, err := s.names(ctx, actor.WorkspaceID, slices.Concat(had, want))
	if err != nil {
		return err
	}
	for _, memberID := range want {
		if names[memberID] == "" {
			return fault.OnField("supervisors", "error.member-unknown")
		}
	}
	slices.Sort(had)
	if slices.Equal(had, want) {
		return nil
	}
	if err := s.needs.Supervisors.SetSupervisors(ctx, n.WorkspaceID, n.ID, want); err != nil {
		return fmt.Errorf("set who supervises a number: %w", err)
	}
	named := func(ids []string) string {
		var out []string
		for _, memberID := range ids {
			out = append(out, names[memberID])
		}
		return list(out)
	}
	s.done(ctx, actor, n, "number.supervisors", "supervisors", named(had)+" → "+named(want))
	return nil
}
