// Package blocklist owns the callers a company does not want: exact numbers,
// prefixes, and whoever hides his number. Such a call is turned away before anybody
// is rung (BL-01). It rejects nothing itself.
package blocklist

import (
	"context"
	"time"
)

// Kind says what an entry matches.
type Kind string

// The kinds.
const (
	Exact     Kind = "exact"     // one number, E.164
	Prefix    Kind = "prefix"    // every number that begins so, "+3389"
	Anonymous Kind = "anonymous" // every caller without a number; at most one entry
)

// Entry is one line of the blacklist.
type Entry struct {
	ID          string
	WorkspaceID string
	Kind        Kind
	Pattern     string // "" of Anonymous
	Note        string
	CreatedAt   time.Time
	CreatedBy   string
}

// Store keeps the blacklist.
type Store interface {
	Blocked(ctx context.Context, workspaceID string) ([]Entry, error)
	// SaveBlocked stores a new entry; one of the same kind and pattern is a Conflict fault.
	SaveBlocked(ctx context.Context, e Entry) error
	DeleteBlocked(ctx context.Context, workspaceID, id string) error
}
