package people

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/hours"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// Links makes the one-time links of invitations. The token stands in the URL
// alone; what is stored of it is its hash.
type Links interface {
	Invite(ctx context.Context, workspaceID, email string, lifetime time.Duration) (url, tokenHash string, err error)
}

// Letters tells how far posted letters got.
type Letters interface {
	Letters(ctx context.Context, workspaceID string, ids []string) ([]letter.Posted, error)
}

// Calls lets a member part with his calls: he gets no further one, and a live one
// goes to the heir or ends where heirID is "".
type Calls interface {
	Part(ctx context.Context, workspaceID, memberID, heirID string) error
}

// Agents is the live side of availability.
type Agents interface {
	// SetSetting stores the setting and follows it at once.
	SetSetting(ctx context.Context, workspaceID, memberID string, s member.Setting) error
	// SetHours follows hours that are stored.
	SetHours(workspaceID, memberID string, h hours.Hours)
}

// Sessions closes what hangs on sessions that the store has ended.
type Sessions interface {
	Ended(workspaceID string, sessionIDs []string)
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

// Workspaces reads a workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Needs is what a Service works with.
type Needs struct {
	Store       Store
	Offers      Offers
	Edits       Edits
	Members     member.Store
	Invitations member.InvitationStore
	Teams       team.Store
	Memberships team.MembershipStore
	Numbers     number.Store
	Assignments number.AssignmentStore
	Directory   Directory
	Workspaces  Workspaces
	Access      access.Store
	Links       Links
	Post        letter.Post
	Letters     Letters
	// AllowMail bounds how often a member writes to strangers who may invite by the
	// switch of the workspace alone.
	AllowMail func(memberID string) bool
	Calls     Calls
	Agents    Agents
	Sessions  Sessions
	Audit     Auditor
	Changes   Changes
	Now       func() time.Time
	Log       *slog.Logger
}

// Service is what people do with the members of their workspace. Every method
// that has an actor checks the actor's right and stays within the actor's
// workspace: what is another's is a NotFound fault. It holds no state of its own,
// so any goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// The audited actions of this package.
const (
	ActionInvited      = "invitation.made"
	ActionResent       = "invitation.resent"
	ActionRevoked      = "invitation.revoked"
	ActionEdited       = "member.edited"
	ActionRole         = "member.role"
	ActionTeams        = "member.teams"
	ActionNumbers      = "member.numbers"
	ActionHours        = "member.hours"
	ActionAvailability = "member.availability"
	ActionRemoved      = "member.removed"
)

func notAllowed() error { return fault.New(fault.Forbidden, "error.not-allowed") }

func notFound() error { return fault.New(fault.NotFound, "error.not-found") }

// target finds an active member of the actor's workspace.
func (s *Service) target(ctx context.Context, actor member.Member, memberID string) (member.Member, error) {
	m, err := s.needs.Members.Member(ctx, actor.WorkspaceID, memberID)
	if err != nil {
		return m, fmt.Errorf("find the member: %w", err)
	}
	if !m.Active() {
		return m, notFound()
	}
	return m, nil
}

// reaches refuses an actor whose right does not extend to a member. What is his
// own everybody with a phone may set.
func (s *Service) reaches(ctx context.Context, actor member.Member, right member.Right, memberID string) error {
	if actor.ID == memberID && actor.Role.Can(member.UsePhone) {
		return nil
	}
	switch actor.Role.Reach(right) {
	case member.Nothing, member.Own:
		return notAllowed()
	case member.Everything:
		return nil
	case member.Teams:
	}
	facts, err := s.needs.Access.AccessFacts(ctx, actor.WorkspaceID, actor.ID)
	if err != nil {
		return fmt.Errorf("read what the member reaches: %w", err)
	}
	facts.Member = actor
	if !facts.Reaches(right, memberID) {
		return notAllowed()
	}
	return nil
}

func (s *Service) changed(ctx context.Context, m member.Member) {
	s.needs.Changes.Changed(ctx, m.WorkspaceID, "member", m.ID)
}

func (s *Service) record(ctx context.Context, actor member.Member, action, subject string, detail ...string) {
	s.needs.Audit.Record(ctx, actor.WorkspaceID, actor.ID, action, subject, detail...)
}

// difference is a pair for the audit, or nothing where the values are the same.
func difference(name string, was, is any) []string {
	a, b := fmt.Sprint(was), fmt.Sprint(is)
	if a == b {
		return nil
	}
	return []string{name, a + " → " + b}
}

// byID makes a lookup of a list.
func byID[T any](all []T, id func(T) string) map[string]T {
	out := make(map[string]T, len(all))
	for _, one := range all {
		out[id(one)] = one
	}
	return out
}

// distinct returns the ids sorted, each once.
func distinct(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
