package people

import (
	"context"
	"fmt"
	"strconv"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// Removal is what becomes of a member's things.
type Removal struct {
	// Numbers says who takes over which of his numbers, at his level: number id to
	// member id. What is not named has one member less.
	Numbers map[string]string
	// HeirID takes over a live call; where it is "" the call ends.
	HeirID string
}

// Remove takes a member out: his sessions end on every device, his passkeys, links
// and personal settings go, a live call is handed over or ended. His name and
// history stay. Who manages members may remove those whose role he may give; he
// himself may leave unless he is the last owner. Faults: Forbidden
// error.not-allowed, error.role-above; Invalid with the field numbers or heir;
// Conflict error.last-owner, error.conflict (his role was changed at the same
// moment); NotFound, also where he was removed already.
func (s *Service) Remove(ctx context.Context, actor member.Member, memberID string, r Removal) error {
	if !actor.Role.Can(member.ManageMembers) {
		return notAllowed()
	}
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	if !actor.Role.MayGive(m.Role) {
		return roleAbove()
	}
	had, err := s.held(ctx, m)
	if err != nil {
		return err
	}
	if err := s.checkRemoval(ctx, m, had, r); err != nil {
		return err
	}
	ended, err := s.needs.Store.Leave(ctx, Leaving{
		WorkspaceID: m.WorkspaceID, MemberID: m.ID, Role: m.Role, Numbers: r.Numbers, At: s.needs.Now().UTC(),
	})
	if err != nil {
		return fmt.Errorf("remove a member: %w", err)
	}
	// He is out from here on: whatever fails below is told to the log, not to the
	// admin, who could do nothing about it.
	ctx = context.WithoutCancel(ctx)
	s.needs.Sessions.Ended(m.WorkspaceID, ended)
	if err := s.needs.Calls.Part(ctx, m.WorkspaceID, m.ID, r.HeirID); err != nil {
		s.needs.Log.ErrorContext(ctx, "calls of a removed member not parted", obs.Workspace, m.WorkspaceID, obs.Member, m.ID, obs.Err, err)
	}
	s.changed(ctx, m)
	for numberID := range had {
		s.needs.Changes.Changed(ctx, m.WorkspaceID, "number", numberID)
	}
	s.record(ctx, actor, ActionRemoved, m.ID, "name", m.Name, "email", m.Email, "role", string(m.Role),
		"sessions", strconv.Itoa(len(ended)), "numbers", strconv.Itoa(len(had)), "taken_over", strconv.Itoa(len(r.Numbers)))
	return nil
}

// checkRemoval refuses numbers the member has not, and colleagues who are none.
func (s *Service) checkRemoval(ctx context.Context, m member.Member, had map[string]number.Level, r Removal) error {
	for numberID, takerID := range r.Numbers {
		if had[numberID] == "" {
			return fault.OnField("numbers", "error.number-unknown")
		}
		if err := s.colleague(ctx, m, takerID); err != nil {
			return unknown(err, "numbers", "error.member-unknown")
		}
	}
	if r.HeirID == "" {
		return nil
	}
	return unknown(s.colleague(ctx, m, r.HeirID), "heir", "error.member-unknown")
}

// colleague is a NotFound fault where there is no other active member of that id.
func (s *Service) colleague(ctx context.Context, m member.Member, id string) error {
	if id == m.ID {
		return notFound()
	}
	_, err := s.target(ctx, m, id)
	return err
}
