package softphone_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/softphone"
	"parley/internal/domain/workspace"
)

// company is who there is and who has which number.
type company struct {
	members  []member.Member
	assigned []number.Assignment
}

func (c *company) Members(context.Context, string) ([]member.Member, error) { return c.members, nil }

func (c *company) Member(_ context.Context, _, id string) (member.Member, error) {
	if i := slices.IndexFunc(c.members, func(m member.Member) bool { return m.ID == id }); i >= 0 {
		return c.members[i], nil
	}
	return member.Member{}, fault.New(fault.NotFound, "error.not-found")
}

func (c *company) Numbers(_ context.Context, ws string) ([]number.Number, error) {
	var out []number.Number
	for _, id := range []string{"main", "sales"} {
		out = append(out, number.Number{ID: id, WorkspaceID: ws, Name: id, Country: "FR", TrunkID: "t"})
	}
	return out, nil
}

func (c *company) NumbersByID(ctx context.Context, ws string, ids []string) ([]number.Number, error) {
	all, err := c.Numbers(ctx, ws)
	return slices.DeleteFunc(all, func(n number.Number) bool { return !slices.Contains(ids, n.ID) }), err
}

func (c *company) Number(_ context.Context, ws, id string) (number.Number, error) {
	return number.Number{ID: id, WorkspaceID: ws}, nil
}

func (c *company) Assignments(context.Context, string) ([]number.Assignment, error) {
	return c.assigned, nil
}

func (c *company) AssignmentsOf(_ context.Context, _, memberID string) ([]number.Assignment, error) {
	return slices.DeleteFunc(slices.Clone(c.assigned), func(a number.Assignment) bool { return a.MemberID != memberID }), nil
}

func (c *company) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, TimeZone: "UTC"}, nil
}

// hire adds a member with levels of numbers.
func (c *company) hire(id string, change func(*member.Member), levels map[string]number.Level) {
	m := member.Member{ID: id, WorkspaceID: "w", Role: member.User, Setting: member.Available}
	if change != nil {
		change(&m)
	}
	c.members = append(c.members, m)
	for n, level := range levels {
		c.assigned = append(c.assigned, number.Assignment{NumberID: n, MemberID: id, Level: level})
	}
}

func rings(level number.Level) map[string]number.Level { return map[string]number.Level{"main": level} }

// TestLinesAreThoseToCallWith: who may only read, or has none, has no line.
func TestLinesAreThoseToCallWith(t *testing.T) {
	c := &company{}
	c.hire("ada", nil, map[string]number.Level{"main": number.ReadOnly, "sales": number.OutboundOnly})
	s := softphone.New(softphone.Needs{Members: c, Numbers: c, Workspaces: c})
	lines, err := s.Lines(t.Context(), c.members[0])
	if err != nil || len(lines) != 1 || lines[0].ID != "sales" || !lines[0].CanDial {
		t.Errorf("lines %+v, %v", lines, err)
	}
}

// frugal is a company whose numbers are too many to list for one member.
type frugal struct{ *company }

func (frugal) Numbers(context.Context, string) ([]number.Number, error) {
	return nil, errors.New("the whole company was read")
}

// TestALineOfOneReadsNotTheWholeCompany: every tab asks for its lines whenever
// anything changed.
func TestALineOfOneReadsNotTheWholeCompany(t *testing.T) {
	c := &company{}
	c.hire("ada", nil, rings(number.Shared))
	s := softphone.New(softphone.Needs{Members: c, Numbers: frugal{c}, Workspaces: c})
	if lines, err := s.Lines(t.Context(), c.members[0]); err != nil || len(lines) != 1 {
		t.Errorf("lines %+v, %v", lines, err)
	}
}
