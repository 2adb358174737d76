package team

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/member"
)

const (
	maxName    = 60  // characters
	maxTeams   = 500 // of a workspace
	maxAudited = 20  // names that an audit entry lists
)

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it. A lost entry does not undo what was done, so it cannot fail.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Members tells who belongs to a workspace.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Needs is what a Service works with.
type Needs struct {
	Teams       Store
	Memberships MembershipStore
	Members     Members
	Audit       Auditor
	Changes     Changes
	Now         func() time.Time
}

// Service is what people do with teams. Every method checks the actor's right
// (member.ManageMembers) and stays within the actor's workspace. It holds no state
// of its own: any goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Create adds a team with its first members; whose team these name does not matter.
// Faults: Invalid with the field name or members, Conflict error.team-taken on the
// field name, TooMany error.teams-too-many, Forbidden.
func (s *Service) Create(ctx context.Context, actor member.Member, name string, members []Membership) (Team, error) {
	if err := allowed(actor); err != nil {
		return Team{}, err
	}
	name, err := CleanName(name)
	if err != nil {
		return Team{}, err
	}
	all, err := s.needs.Teams.Teams(ctx, actor.WorkspaceID)
	if err != nil {
		return Team{}, fmt.Errorf("list teams: %w", err)
	}
	if len(all) >= maxTeams {
		return Team{}, fault.New(fault.TooMany, "error.teams-too-many").With("limit", strconv.Itoa(maxTeams))
	}
	t := Team{ID: id.New(), WorkspaceID: actor.WorkspaceID, Name: name, CreatedAt: s.needs.Now().UTC()}
	chosen, names, err := s.check(ctx, t, members)
	if err != nil {
		return Team{}, err
	}
	if err := s.needs.Teams.SaveTeam(ctx, t); err != nil {
		return Team{}, onName(fmt.Errorf("create team: %w", err))
	}
	if len(chosen) > 0 {
		if err := s.needs.Memberships.SetTeam(ctx, t.WorkspaceID, t.ID, chosen); err != nil {
			return Team{}, fmt.Errorf("put members into a new team: %w", err)
		}
	}
	s.done(ctx, actor, t, "team.created", "name", t.Name, "members", written(chosen, names))
	return t, nil
}

// Rename gives a team another name. Faults: as Create, NotFound.
func (s *Service) Rename(ctx context.Context, actor member.Member, teamID, name string) error {
	t, err := s.find(ctx, actor, teamID)
	if err != nil {
		return err
	}
	was := t.Name
	if t.Name, err = CleanName(name); err != nil || t.Name == was {
		return err
	}
	if err := s.needs.Teams.SaveTeam(ctx, t); err != nil {
		return onName(fmt.Errorf("rename team: %w", err))
	}
	s.done(ctx, actor, t, "team.renamed", "name", was+" → "+t.Name)
	return nil
}

// SetMembers makes all who are in a team. Faults: Invalid with the field members,
// Forbidden, NotFound.
func (s *Service) SetMembers(ctx context.Context, actor member.Member, teamID string, all []Membership) error {
	t, err := s.find(ctx, actor, teamID)
	if err != nil {
		return err
	}
	chosen, names, err := s.check(ctx, t, all)
	if err != nil {
		return err
	}
	everywhere, err := s.needs.Memberships.Memberships(ctx, t.WorkspaceID)
	if err != nil {
		return fmt.Errorf("list who is in the team: %w", err)
	}
	before := slices.DeleteFunc(everywhere, func(m Membership) bool { return m.TeamID != t.ID })
	if err := s.needs.Memberships.SetTeam(ctx, t.WorkspaceID, t.ID, chosen); err != nil {
		return fmt.Errorf("set who is in a team: %w", err)
	}
	was, is := written(before, names), written(chosen, names)
	if was != is {
		s.done(ctx, actor, t, "team.members", "name", t.Name, "members", was+" → "+is)
	}
	return nil
}

// Delete dissolves a team; its members stay.
func (s *Service) Delete(ctx context.Context, actor member.Member, teamID string) error {
	t, err := s.find(ctx, actor, teamID)
	if err != nil {
		return err
	}
	if err := s.needs.Teams.DeleteTeam(ctx, t.WorkspaceID, t.ID); err != nil {
		return fmt.Errorf("delete team: %w", err)
	}
	s.done(ctx, actor, t, "team.deleted", "name", t.Name)
	return nil
}

// find returns a team of the actor's workspace to an actor who may change it.
func (s *Service) find(ctx context.Context, actor member.Member, teamID string) (Team, error) {
	if err := allowed(actor); err != nil {
		return Team{}, err
	}
	t, err := s.needs.Teams.Team(ctx, actor.WorkspaceID, teamID)
	if err != nil {
		return t, fmt.Errorf("find the team: %w", err)
	}
	return t, nil
}

// check returns the memberships as stored, each member once, and the names of all
// members by id.
func (s *Service) check(ctx context.Context, t Team, all []Membership) ([]Membership, map[string]string, error) {
	known, err := s.needs.Members.Members(ctx, t.WorkspaceID)
	if err != nil {
		return nil, nil, fmt.Errorf("list members: %w", err)
	}
	names := make(map[string]string, len(known))
	for _, m := range known {
		names[m.ID] = m.Name
	}
	chosen := make([]Membership, 0, len(all))
	seen := map[string]bool{}
	for _, one := range all {
		if names[one.MemberID] == "" {
			return nil, nil, fault.OnField("members", "error.member-unknown")
		}
		if !seen[one.MemberID] {
			chosen = append(chosen, Membership{TeamID: t.ID, MemberID: one.MemberID, Lead: one.Lead})
		}
		seen[one.MemberID] = true
	}
	return chosen, names, nil
}

// written lists who is in a team for the audit, bounded.
func written(all []Membership, names map[string]string) string {
	out := make([]string, 0, len(all))
	for _, m := range all {
		name := names[m.MemberID]
		if m.Lead {
			name += " (lead)"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	if more := len(out) - maxAudited; more > 0 {
		return strings.Join(out[:maxAudited], ", ") + fmt.Sprintf(" +%d", more)
	}
	return strings.Join(out, ", ")
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, t Team, action string, detail ...string) {
	s.needs.Changes.Changed(ctx, t.WorkspaceID, "team", t.ID)
	s.needs.Audit.Record(ctx, t.WorkspaceID, actor.ID, action, t.ID, detail...)
}

func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageMembers) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}

// CleanName returns the name of a team in its stored form. Faults: Invalid with the
// field name.
func CleanName(name string) (string, error) {
	name, ok := text.Line(name, maxName)
	switch {
	case !ok:
		return "", fault.OnField("name", "error.name-invalid")
	case name == "":
		return "", fault.OnField("name", "error.name-needed")
	}
	return name, nil
}

// onName lays a taken name to its field.
func onName(err error) error {
	f := fault.Of(err)
	if f.Kind != fault.Conflict {
		return err
	}
	c := *f
	c.Field = "name"
	return c.Because(err)
}
