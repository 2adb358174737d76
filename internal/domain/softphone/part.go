package softphone

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
)

// Part bars a member who was removed from any further call. A call that rings him
// goes on without him; one he is in is handed to the heir, or ends where heirID is
// "". It ends too where the heir cannot be read, which is then the error.
func (s *Service) Part(ctx context.Context, workspaceID, memberID, heirID string) error {
	s.Agents.Dismiss(workspaceID, memberID)
	callID := s.Agents.Status(memberID).Call
	if callID == "" {
		return nil
	}
	handing := call.Handing{From: memberID, Cause: callstate.CauseAgentRemoved}
	var unread error
	if heirID != "" {
		handing.To, unread = s.heir(ctx, workspaceID, heirID)
	}
	err := s.Engine.HandOver(ctx, workspaceID, callID, handing)
	if k := fault.KindOf(err); k == fault.Conflict || k == fault.NotFound { // it has ended, or left him, meanwhile
		err = nil
	}
	return errors.Join(unread, err)
}

func (s *Service) heir(ctx context.Context, workspaceID, memberID string) (member.Member, error) {
	m, err := s.Members.Member(ctx, workspaceID, memberID)
	if err != nil {
		return member.Member{}, fmt.Errorf("read who takes the call over: %w", err)
	}
	if !rung(m) {
		return member.Member{}, fault.New(fault.NotFound, "error.not-found")
	}
	return m, nil
}

func rung(m member.Member) bool { return m.Active() && m.Role.Can(member.UsePhone) }
