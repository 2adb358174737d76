package routing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// Numbers reads a workspace's numbers.
type Numbers interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
}

// Assignments tells who has which number, in the order they are rung.
type Assignments interface {
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
}

// Members lists the active members of a workspace.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Teams lists the teams of a workspace.
type Teams interface {
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
}

// Memberships tells who is in which team.
type Memberships interface {
	Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error)
}

// Workspaces finds a workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Messages reads which messages there are.
type Messages interface {
	// MessagesByID leaves out what is not there; hidden ones are there.
	MessagesByID(ctx context.Context, workspaceID string, ids []string) ([]message.Message, error)
}

// States tells what members are doing. agent.Registry is it.
type States interface {
	// Readiness tells of members in their order.
	Readiness(memberIDs []string) []agent.Readiness
}

// Board tells how many calls wait, by flow.QueueID. queue.Board is it.
type Board interface {
	Waiting(workspaceID string) map[string]int
}

// Calendar reads the events of a calendar on the web.
type Calendar interface {
	Fetch(ctx context.Context, url string) ([]hours.Event, error)
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it. A lost entry does not undo what was done, so it cannot fail.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Needs is what a Service works with.
type Needs struct {
	Store       Store
	Drafts      DraftStore
	Cases       CaseStore
	Feeds       FeedStore
	Numbers     Numbers
	Assignments Assignments
	Members     Members
	Teams       Teams
	Memberships Memberships
	Workspaces  Workspaces
	Messages    Messages
	States      States
	Board       Board
	Calendar    Calendar
	Audit       Auditor
	Changes     Changes
	Now         func() time.Time
	Log         *slog.Logger
}

// Service is what people do with flows, and the facts that calls follow them by.
// Methods with an actor check his right and stay within his workspace. Any
// goroutine may use it; what it keeps is what it read, until it hears that
// something changed, and whose turn it is.
type Service struct {
	needs Needs
	turns turns

	mu    sync.Mutex
	views map[string]*view // by workspace
}

// New returns a Service.
func New(n Needs) *Service {
	return &Service{needs: n, views: make(map[string]*view), turns: turns{last: make(map[string]string)}}
}

// changeFlow is the kind of change that is told: a flow or a calendar.
const changeFlow = "flow"

// Audited actions.
const (
	ActionPublished   = "flow.published"
	ActionRestored    = "flow.restored"
	ActionDiscarded   = "flow.discarded"
	ActionCaseSaved   = "flow.case-saved"
	ActionCaseDeleted = "flow.case-deleted"
	ActionFeedSaved   = "calendar.saved"
	ActionFeedDeleted = "calendar.deleted"
)

// run finds a number for an actor who runs it: its owner, and those who manage all.
func (s *Service) run(ctx context.Context, actor member.Member, numberID string) (number.Number, error) {
	n, err := s.needs.Numbers.Number(ctx, actor.WorkspaceID, numberID)
	if err != nil {
		return n, fmt.Errorf("find the number: %w", err)
	}
	if !manages(actor) && (actor.ID == "" || n.OwnerID != actor.ID) {
		return n, notAllowed()
	}
	return n, nil
}

func manages(actor member.Member) bool { return actor.Role.Can(member.ManageNumbers) }

func notAllowed() error { return fault.New(fault.Forbidden, "error.not-allowed") }
