package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
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

// Needs is what a Service works with.
type Needs struct {
	Workspaces Store
	Audit      Auditor
	Changes    Changes
}

// Service is what people do with their workspace. It holds no state of its own:
// any goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Edit changes the actor's workspace. Faults: Invalid with the fields, Forbidden.
func (s *Service) Edit(ctx context.Context, actor member.Member, d Draft) (Workspace, error) {
	if !actor.Role.Can(member.ManageWorkspace) {
		return Workspace{}, fault.New(fault.Forbidden, "error.not-allowed")
	}
	d, err := d.Clean()
	if err != nil {
		return Workspace{}, err
	}
	old, err := s.needs.Workspaces.Workspace(ctx, actor.WorkspaceID)
	if err != nil {
		return Workspace{}, fmt.Errorf("edit workspace: %w", err)
	}
	changed := differences(DraftOf(old), d)
	if len(changed) == 0 {
		return old, nil
	}
	edited := d.apply(old)
	if err := s.needs.Workspaces.SaveWorkspace(ctx, edited); err != nil {
		return Workspace{}, fmt.Errorf("edit workspace: %w", err)
	}
	s.needs.Changes.Changed(ctx, edited.ID, "workspace", edited.ID)
	s.needs.Audit.Record(ctx, edited.ID, actor.ID, "workspace.edited", edited.ID, changed...)
	return edited, nil
}

// differences are the values that changed, as pairs for the audit: who opened
// which country or limit is what one looks for after a fraud.
func differences(old, edited Draft) []string {
	var out []string
	add := func(name string, was, is any) {
		if a, b := fmt.Sprint(was), fmt.Sprint(is); a != b {
			out = append(out, name, a+" → "+b)
		}
	}
	add("name", old.Name, edited.Name)
	add("language", old.Language, edited.Language)
	add("zone", old.TimeZone, edited.TimeZone)
	add("country", old.Country, edited.Country)
	add("member_limit", old.MemberPerHour, edited.MemberPerHour)
	add("workspace_limit", old.WorkspacePerHour, edited.WorkspacePerHour)
	add("concurrent_limit", old.Concurrent, edited.Concurrent)
	add("seat_limit", old.SeatLimit, edited.SeatLimit)
	add("members_invite", old.MembersInvite, edited.MembersInvite)
	add("members_see_team", old.MembersSeeTeam, edited.MembersSeeTeam)
	if opened := missing(edited.AllowedCountries, old.AllowedCountries); opened != "" {
		out = append(out, "countries_opened", opened)
	}
	if shut := missing(old.AllowedCountries, edited.AllowedCountries); shut != "" {
		out = append(out, "countries_closed", shut)
	}
	return out
}

// missing lists what is in a and not in b.
func missing(a, b []string) string {
	var out []string
	for _, one := range a {
		if !slices.Contains(b, one) {
			out = append(out, one)
		}
	}
	return strings.Join(out, ", ")
}
