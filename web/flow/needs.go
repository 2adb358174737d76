package flow

import (
	"context"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/access"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
)

// Drafts is what editing a flow asks of package routing. Who may edit is asked
// there as well.
type Drafts interface {
	// Draft returns the draft; where there is none, one as the live flow is, with revision 0.
	Draft(ctx context.Context, actor member.Member, numberID string) (routing.Draft, error)
	// SaveDraft stores f over the draft of that revision, and returns it with the
	// next; a Conflict fault where somebody else has saved meanwhile.
	SaveDraft(ctx context.Context, actor member.Member, numberID string, revision int, f flow.Flow) (routing.Draft, error)
	DropDraft(ctx context.Context, actor member.Member, numberID string) error
	// Publish makes the draft of that revision live, or returns a routing.Refused.
	Publish(ctx context.Context, actor member.Member, numberID string, revision int, note string) (routing.Version, error)
	// Check lists what keeps f from being published.
	Check(ctx context.Context, actor member.Member, numberID string, f flow.Flow) ([]flow.Problem, error)
}

// Versions is what was live.
type Versions interface {
	// Live returns the newest version; where there is none, version 0 with the default flow.
	Live(ctx context.Context, actor member.Member, numberID string) (routing.Version, error)
	// Versions lists at most limit, newest first, older than before (0: from the newest).
	Versions(ctx context.Context, actor member.Member, numberID string, before, limit int) ([]routing.Version, error)
	Version(ctx context.Context, actor member.Member, numberID string, version int) (routing.Version, error)
	// Restore publishes an earlier version again.
	Restore(ctx context.Context, actor member.Member, numberID string, version int, note string) (routing.Version, error)
}

// Trials is what tries a flow out.
type Trials interface {
	Simulate(ctx context.Context, actor member.Member, numberID string, f flow.Flow, s flow.Scenario) (flow.Story, error)
	Cases(ctx context.Context, actor member.Member, numberID string) ([]routing.Case, error)
	SaveCase(ctx context.Context, actor member.Member, c routing.Case) (routing.Case, error)
	DeleteCase(ctx context.Context, actor member.Member, numberID, id string) error
	RunCases(ctx context.Context, actor member.Member, numberID string, f flow.Flow) ([]routing.CaseResult, error)
}

// Calendars are the feeds of a workspace.
type Calendars interface {
	Feeds(ctx context.Context, actor member.Member) ([]routing.Feed, error)
	// SaveFeed fetches the feed at once and stores it; a new one has no ID.
	SaveFeed(ctx context.Context, actor member.Member, f routing.Feed) (routing.Feed, error)
	DeleteFeed(ctx context.Context, actor member.Member, id string) error
}

// Directory reads what steps can lead to.
type Directory interface {
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	Roster(ctx context.Context, workspaceID string) ([]people.Brief, error)
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
}

// Sounds reads what callers can be told.
type Sounds interface {
	Messages(ctx context.Context, workspaceID string) ([]message.Message, error)
	MessagesByID(ctx context.Context, workspaceID string, ids []string) ([]message.Message, error)
}

// Speaker turns a text into a message.
type Speaker interface {
	// Voices lists who can speak; nobody where the server has no voice.
	Voices(ctx context.Context) ([]message.Voice, error)
	Speak(ctx context.Context, actor member.Member, name, text, language, voice string) (message.Message, error)
}

// Numbers makes a number on the spot, for a step that leads to it.
type Numbers interface {
	Create(ctx context.Context, actor member.Member, d number.Draft) (number.Number, error)
}

// Music is the hold music library.
type Music interface{ MusicIDs() []string }

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Bundle    *locale.Bundle // for texts in the language of a number
	Regions   *region.Lists
	Directory Directory
	Access    access.Store
	Drafts    Drafts
	Versions  Versions
	Trials    Trials
	Calendars Calendars
	Sounds    Sounds
	Speaker   Speaker
	Numbers   Numbers
	Music     Music
	Now       func() time.Time
}
