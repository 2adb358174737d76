package auth

import (
	"context"
	"fmt"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
)

// Of lists the member's live sessions, last used first.
func (s *Sessions) Of(ctx context.Context, memberID string) ([]identity.Session, error) {
	all, err := s.store.SessionsOf(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	live := all[:0]
	for _, row := range all {
		if s.fresh(row) {
			live = append(live, row)
		}
	}
	return live, nil
}

// Revoke ends one of the member's own sessions. Another member's is not found.
func (s *Sessions) Revoke(ctx context.Context, who Who, sessionID string) error {
	row, err := s.store.SessionByID(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	if row.MemberID == "" || row.MemberID != who.Member.ID {
		return fault.New(fault.NotFound, "error.not-found")
	}
	if err := s.store.DeleteSession(ctx, sessionID); err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	s.trail.Record(ctx, row.WorkspaceID, who.Member.ID, ActionSessionRevoked, row.MemberID)
	s.revoked.run(row.WorkspaceID, sessionID)
	return nil
}

// RevokeOthers ends every session of the member's but the one that asks, and says
// how many there were.
func (s *Sessions) RevokeOthers(ctx context.Context, who Who) (int, error) {
	ids, err := s.store.DeleteSessionsOf(ctx, who.Member.ID, who.SessionID)
	if err != nil {
		return 0, fmt.Errorf("revoke the other sessions: %w", err)
	}
	if len(ids) > 0 {
		s.trail.Record(ctx, who.Workspace.ID, who.Member.ID, ActionSessionRevoked, who.Member.ID)
	}
	s.Ended(who.Workspace.ID, ids)
	return len(ids), nil
}

// endBegunWith ends the sessions that a removed passkey began, but for the one
// that removes it.
func (s *Sessions) endBegunWith(ctx context.Context, who Who, passkeyID string) error {
	all, err := s.store.SessionsOf(ctx, who.Member.ID)
	if err != nil {
		return fmt.Errorf("list sessions of a removed passkey: %w", err)
	}
	for _, row := range all {
		_, values, err := jsonCodec{}.Decode(row.Data)
		if err != nil || values[valuePasskey] != passkeyID || row.ID == who.SessionID {
			continue
		}
		if err := s.store.DeleteSession(ctx, row.ID); err != nil {
			return fmt.Errorf("end session of a removed passkey: %w", err)
		}
		s.revoked.run(row.WorkspaceID, row.ID)
	}
	return nil
}

// Ended tells the hooks of sessions that somebody else deleted.
func (s *Sessions) Ended(workspaceID string, sessionIDs []string) {
	for _, id := range sessionIDs {
		s.revoked.run(workspaceID, id)
	}
}

// OnRevoked calls f with each session that ends on this node, from the goroutine
// that ended it; f must not block. The returned function stops it.
func (s *Sessions) OnRevoked(f func(workspaceID, sessionID string)) (stop func()) {
	return s.revoked.add(f)
}

// hooks are functions to be told of ended sessions.
type hooks struct {
	mu   sync.Mutex
	all  map[int]func(workspaceID, sessionID string)
	next int
}

func (h *hooks) add(f func(workspaceID, sessionID string)) (remove func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = make(map[int]func(string, string))
	}
	key := h.next
	h.next++
	h.all[key] = f
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.all, key)
	}
}

func (h *hooks) run(workspaceID, sessionID string) {
	h.mu.Lock()
	all := make([]func(string, string), 0, len(h.all))
	for _, f := range h.all {
		all = append(all, f)
	}
	h.mu.Unlock()
	for _, f := range all {
		f(workspaceID, sessionID)
	}
}
