// Package todo owns what is still to be done for a caller: a missed call, a
// voicemail, a promised callback. An item comes from a call's log and can be made
// anew from it; what people do with it (call back, assign, archive) is stamped with
// the time, which handling times are made of (CB-05). It calls nobody: what of a
// promised callback happens by itself, package callback sees to and notes here.
package todo

import (
	"context"
	"time"
)

// Kind is why there is something to do.
type Kind string

// The kinds.
const (
	Missed    Kind = "missed"
	Voicemail Kind = "voicemail"
	Callback  Kind = "callback"
)

// Outcome is how an item was done with.
type Outcome string

// The outcomes; "" is still to do.
const (
	CalledBack  Outcome = "called-back"
	Archived    Outcome = "archived"
	CalledAgain Outcome = "called-again" // the caller reached somebody himself
)

// Item is one thing to do. There is at most one open item per number and caller:
// what comes in again joins it.
type Item struct {
	ID          string // of the call it came from
	WorkspaceID string
	NumberID    string
	CallID      string // the latest call
	Kind        Kind
	E164        string // "" for a web caller or a hidden number
	Name        string
	Calls       int       // how many calls it stands for
	At          time.Time // of the first
	LatestAt    time.Time
	AssigneeID  string
	AssignedAt  time.Time
	Outcome     Outcome
	DoneAt      time.Time
	DoneBy      string
	Return      Return
}

// Return is the callback that Parley makes by itself: to a caller who asked for it in
// line and whose number it knows. The zero Return is none.
type Return struct {
	QueueID    string    // the line (flow.QueueID) he waits in
	LinedAt    time.Time // since when: his place
	PromisedAt time.Time
	Attempts   int       // calls to him that came to nothing
	NextAt     time.Time // not tried before; zero: nor after, somebody has to call him
	Trying     string    // the call that stands in line for him, or calls him
	CalledAt   time.Time // when it began to call him; zero while it stands in line
}

// Pending says whether he will be called back without anybody's doing.
func (r Return) Pending() bool { return !r.NextAt.IsZero() }

// Over is r once Parley does nothing more about it.
func (r Return) Over() Return {
	r.NextAt, r.Trying, r.CalledAt = time.Time{}, "", time.Time{}
	return r
}

// Filter picks items: of numbers, still to do unless Done.
type Filter struct {
	NumberIDs  []string // whose items; nil for all
	AssigneeID string   // assigned to him as well
	Done       bool
	Before     time.Time // by LatestAt, with BeforeID: the page after
	BeforeID   string
	Limit      int
}

// Store keeps items.
type Store interface {
	Items(ctx context.Context, workspaceID string, f Filter) ([]Item, error)
	Item(ctx context.Context, workspaceID, id string) (Item, error)
	// OpenItem returns the open item of a caller on a number, NotFound for none.
	OpenItem(ctx context.Context, workspaceID, numberID, e164 string) (Item, error)
	// EditItem changes an item in one transaction; an error of change goes back.
	EditItem(ctx context.Context, workspaceID, id string, change func(*Item) error) (Item, error)
	// SaveItem creates or replaces by ID.
	SaveItem(ctx context.Context, i Item) error
}
