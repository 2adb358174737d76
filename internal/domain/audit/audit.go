// Package audit is the record of who did what that matters for security.
package audit

import (
	"context"
	"time"
)

// Entry is one audited action.
type Entry struct {
	ID          string
	WorkspaceID string
	At          time.Time
	MemberID    string            // who acted, "" for the server or an outsider
	Action      string            // "call.refused", "recording.deleted", "trunk.saved" …
	Subject     string            // id of what was acted on
	Detail      map[string]string // bounded, no secrets, numbers masked
	// Seq and Hash are given by the store: the entry's place in the workspace's
	// chain, from 1, and what Chain makes of it. Entries from before there was a
	// chain have 0 and "".
	Seq  int64
	Hash string
}

// Store keeps audit entries, append-only.
type Store interface {
	// AppendAudit gives the entry the next Seq and its Hash (see Chain) and moves
	// the workspace's head, in one transaction: of the entry as it will be read
	// back. Entries of the server as a whole, with no workspace, make a chain of
	// their own.
	AppendAudit(ctx context.Context, e Entry) error
	// AuditEntries returns a page, newest first, older than the id before.
	AuditEntries(ctx context.Context, workspaceID, before string, limit int) ([]Entry, error)
	// AuditActions returns the last entries of these actions, newest first.
	AuditActions(ctx context.Context, workspaceID string, actions []string, limit int) ([]Entry, error)
}
