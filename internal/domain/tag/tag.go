// Package tag owns the labels put on calls (TG-01 to TG-03).
package tag

import (
	"context"
	"time"
)

// Tag is a label of a workspace.
type Tag struct {
	ID          string
	WorkspaceID string
	Name        string // unique in the workspace, ignoring case
	Colour      string // one of Colours
	System      bool   // set by the system alone, cannot be edited or deleted
	CreatedAt   time.Time
}

// Pickable says whether agents may put the tag on a call. Of the system tags only
// Follow Up is theirs too, so that there always is one to pick where a tag is due.
func (t Tag) Pickable() bool { return !t.System || t.Name == FollowUp }

// Colours lists the colours a tag can have; the pages give each its shades.
func Colours() []string {
	return []string{"teal", "green", "lime", "amber", "orange", "red", "pink", "violet", "blue", "slate"}
}

// The names of the tags every workspace has.
const (
	Conference      = "Conference"
	CallbackRequest = "Callback Request"
	CalledBack      = "Called Back"
	FollowUp        = "Follow Up"
)

// SystemNames lists the names of the system tags.
func SystemNames() []string {
	return []string{Conference, CallbackRequest, CalledBack, FollowUp}
}

// Store keeps tags and their use on calls.
type Store interface {
	Tags(ctx context.Context, workspaceID string) ([]Tag, error)
	Tag(ctx context.Context, workspaceID, id string) (Tag, error)
	// SaveTag creates or replaces by ID; a taken name is a conflict fault.
	SaveTag(ctx context.Context, t Tag) error
	DeleteTag(ctx context.Context, workspaceID, id string) error
}
