package people

import (
	"context"
	"fmt"

	"parley/internal/base/fault"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

// Pending is an invitation nobody has accepted.
type Pending struct {
	member.Invitation

	Letter  letter.Posted // how its mail fares, zero where the link is handed over
	Expired bool          // too old, or made by somebody who may not any more: resend or revoke it
}

// Open lists the invitations nobody has accepted, oldest first, expired ones too.
func (s *Service) Open(ctx context.Context, workspaceID string) ([]Pending, error) {
	ws, err := s.needs.Workspaces.Workspace(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	waiting, err := s.waiting(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	var letterIDs []string
	inviters := map[string]member.Member{}
	for _, inv := range waiting {
		if inv.LetterID != "" {
			letterIDs = append(letterIDs, inv.LetterID)
		}
		if _, known := inviters[inv.InvitedBy]; known || inv.InvitedBy == "" {
			continue
		}
		inviter, err := s.needs.Members.Member(ctx, workspaceID, inv.InvitedBy)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, fmt.Errorf("find who invited: %w", err)
		}
		inviters[inv.InvitedBy] = inviter // where there is none, the invitation does not count
	}
	letters, err := s.letters(ctx, workspaceID, letterIDs)
	if err != nil {
		return nil, err
	}
	now := s.needs.Now()
	out := make([]Pending, len(waiting))
	for i, inv := range waiting {
		out[i] = Pending{
			Invitation: inv, Letter: letters[inv.LetterID],
			Expired: !open(inv, now) || !StillValid(ws, inv, inviters[inv.InvitedBy]),
		}
	}
	return out, nil
}

func (s *Service) letters(ctx context.Context, workspaceID string, ids []string) (map[string]letter.Posted, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.needs.Letters.Letters(ctx, workspaceID, ids)
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return byID(all, func(p letter.Posted) string { return p.ID }), nil
}

// Seats is how full a workspace is.
type Seats struct{ Members, Invited, Limit int }

// Taken is how many seats nobody else can have.
func (s Seats) Taken() int { return s.Members + s.Invited }

// Seats counts the members and the open invitations against the limit.
func (s *Service) Seats(ctx context.Context, workspaceID string) (Seats, error) {
	ws, err := s.needs.Workspaces.Workspace(ctx, workspaceID)
	if err != nil {
		return Seats{}, fmt.Errorf("read the workspace: %w", err)
	}
	out := Seats{Limit: ws.Seats()}
	if out.Members, out.Invited, err = s.needs.Store.CountMembers(ctx, workspaceID, s.needs.Now()); err != nil {
		return Seats{}, fmt.Errorf("count seats: %w", err)
	}
	return out, nil
}
