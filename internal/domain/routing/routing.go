// Package routing owns the flows of numbers over time: the draft people work on,
// the versions that were live, the cases each must pass, and the facts a call's
// next step depends on. What a flow means is package flow's; who may change one is
// decided by whoever runs the number (number.OwnerID) and member.ManageNumbers.
// It runs no calls.
package routing

import (
	"context"
	"time"

	"parley/internal/domain/flow"
)

// Version is a flow as it was published. It never changes; a roll-back publishes
// the same flow again under a new version.
type Version struct {
	NumberID    string
	WorkspaceID string
	Version     int // from 1
	Flow        flow.Flow
	Note        string // what changed, in the publisher's words
	From        int    // the version it brings back, 0 for none
	PublishedAt time.Time
	PublishedBy string // member id, "" for apply
}

// Draft is a flow people are working on.
type Draft struct {
	NumberID    string
	WorkspaceID string
	Flow        flow.Flow
	Base        int // the live version when it was begun
	Revision    int // another with each save, and of each draft: who saves names the one he saw
	SavedAt     time.Time
	SavedBy     string
}

// Case is a named scenario and the path it must take, run at every publish.
type Case struct {
	ID          string
	NumberID    string
	WorkspaceID string
	Name        string
	Scenario    flow.Scenario
	Expect      []string // ids of the steps, in the order they are entered
}

// Feed is a calendar on the web whose events close numbers.
type Feed struct {
	ID          string
	WorkspaceID string
	Name        string
	URL         string
	Events      []byte // as package calendar read them, JSON of []hours.Event
	FetchedAt   time.Time
	Failed      string // the sentence's key of why the last fetch failed, "" where it worked
}

// Store keeps flows.
type Store interface {
	// Live returns the newest version; NotFound where none was published.
	Live(ctx context.Context, workspaceID, numberID string) (Version, error)
	// LiveFlows returns the newest version of each number of the workspace.
	LiveFlows(ctx context.Context, workspaceID string) ([]Version, error)
	// Versions lists a number's versions, newest first, at most limit, older than before (0: from the newest).
	Versions(ctx context.Context, workspaceID, numberID string, before, limit int) ([]Version, error)
	Version(ctx context.Context, workspaceID, numberID string, version int) (Version, error)
	// Publish stores v as the next version (v.Version must be the newest plus one,
	// else the Conflict fault error.flow-published-meanwhile) and removes the draft
	// whose revision is draft, in one transaction. A draft of another revision is the
	// Conflict fault error.draft-saved-meanwhile and nothing is stored; draft 0 leaves
	// any alone.
	Publish(ctx context.Context, v Version, draft int) error
}

// DraftStore keeps drafts.
type DraftStore interface {
	// Draft faults NotFound where there is none.
	Draft(ctx context.Context, workspaceID, numberID string) (Draft, error)
	// SaveDraft stores d in place of the draft of a revision, 0 where there is none,
	// else a Conflict fault: somebody else has saved meanwhile.
	SaveDraft(ctx context.Context, d Draft, replaced int) error
	DropDraft(ctx context.Context, workspaceID, numberID string) error
}

// CaseStore keeps cases.
type CaseStore interface {
	Cases(ctx context.Context, workspaceID, numberID string) ([]Case, error)
	SaveCase(ctx context.Context, c Case) error // creates or replaces by ID
	DeleteCase(ctx context.Context, workspaceID, numberID, id string) error
}

// FeedStore keeps calendar feeds.
type FeedStore interface {
	Feeds(ctx context.Context, workspaceID string) ([]Feed, error)
	AllFeeds(ctx context.Context) ([]Feed, error) // of the server, for who fetches
	Feed(ctx context.Context, workspaceID, id string) (Feed, error)
	SaveFeed(ctx context.Context, f Feed) error
	DeleteFeed(ctx context.Context, workspaceID, id string) error
}
