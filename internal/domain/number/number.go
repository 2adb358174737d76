// Package number owns the company's phone numbers: what each is called, who
// rings, what is recorded, and the rules a call on it obeys.
package number

import (
	"context"
	"time"
)

// Recording is the four switches of a number (REC-01).
type Recording struct {
	AutoInbound   bool // recording starts by itself on inbound calls
	AgentInbound  bool // the agent may start, pause and resume it
	AutoOutbound  bool
	AgentOutbound bool
}

// Number is a phone number of a workspace.
type Number struct {
	ID           string
	WorkspaceID  string
	E164         string // "+33123456789", unique on the server
	Name         string
	Country      string // ISO 3166-1 alpha-2
	TrunkID      string // the trunk calls leave by, "" where it has none
	WebCall      bool   // its public page /call/<number> is on
	Recording    Recording
	MandatoryTag bool
	HoldMusic    string // id in the music library
	Language     string // language of its prompts
	CreatedAt    time.Time
}

// Assignment gives a member a number.
type Assignment struct {
	NumberID string
	MemberID string
}

// Store keeps numbers and who has them.
type Store interface {
	Numbers(ctx context.Context, workspaceID string) ([]Number, error)
	Number(ctx context.Context, workspaceID, id string) (Number, error)
	// NumberByE164 looks over the whole server: that is how calls come in.
	NumberByE164(ctx context.Context, e164 string) (Number, error)
	// SaveNumber creates or replaces by ID; a taken E.164 is a conflict fault.
	SaveNumber(ctx context.Context, n Number) error
	DeleteNumber(ctx context.Context, workspaceID, id string) error
}

// AssignmentStore keeps who has which number.
type AssignmentStore interface {
	// Assignments lists all of a workspace.
	Assignments(ctx context.Context, workspaceID string) ([]Assignment, error)
	// Assign replaces the members of a number.
	Assign(ctx context.Context, workspaceID, numberID string, memberIDs []string) error
}
