package routing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/fresh"
	"parley/internal/base/obs"
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
	// Readiness tells of members in their order; into is written over where it is
	// large enough.
	Readiness(memberIDs []string, into []agent.Readiness) []agent.Readiness
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
	kept  *fresh.Kept[*snapshot]
	turns turns
}

// New returns a Service.
func New(n Needs) *Service {
	s := &Service{needs: n, turns: turns{last: make(map[string]string)}}
	s.kept = fresh.New(s.load)
	return s
}

// Changed drops what was read of a workspace, of all where the id is empty: its
// flows, numbers, who has them, its members, teams, messages or calendars were
// changed. Whoever asks after that sees the change.
func (s *Service) Changed(workspaceID string) { s.kept.Drop(workspaceID) }

// snapshot returns what is known of a workspace. Where the store fails that is
// what was read last: calls go on by it.
func (s *Service) snapshot(ctx context.Context, workspaceID string) (*snapshot, error) {
	snap, known, err := s.kept.Get(ctx, workspaceID)
	if err != nil && known {
		s.needs.Log.WarnContext(ctx, "calls follow what was read before", obs.Workspace, workspaceID, obs.Err, err)
		return snap, nil
	}
	return snap, err
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
