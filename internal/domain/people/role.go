package people

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

// SetRole changes what a member may do; it counts from his next request on.
// Faults: Forbidden error.not-allowed, error.role-above (his role or the new one is
// not the actor's to give), Conflict error.last-owner, error.conflict (his role was
// changed at the same moment), NotFound.
func (s *Service) SetRole(ctx context.Context, actor member.Member, memberID string, role member.Role) error {
	if !actor.Role.Can(member.ManageMembers) {
		return notAllowed()
	}
	if !slices.Contains(member.Roles(), role) {
		return fault.OnField("role", "error.role-unknown")
	}
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	if !actor.Role.MayGive(m.Role) || !actor.Role.MayGive(role) {
		return roleAbove()
	}
	if m.Role == role {
		return nil
	}
	if err := s.needs.Store.SetRole(ctx, m.WorkspaceID, m.ID, m.Role, role); err != nil {
		return fmt.Errorf("change a role: %w", err)
	}
	s.changed(ctx, m)
	s.record(ctx, actor, ActionRole, m.ID, difference("role", m.Role, role)...)
	return nil
}

func roleAbove() error {
	return &fault.Error{Kind: fault.Forbidden, Key: "error.role-above", Field: "role"}
}
