package softphone_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
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

// closed are hours on another day than today.
func closed() hours.Hours {
	now := time.Now().UTC()
	return hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{(now.Weekday() + 3) % 7}, From: 0, To: 60}}}
}

// off is a member outside his hours.
func off(do member.ClosedDo, instead string) func(*member.Member) {
	return func(m *member.Member) {
		m.Setting, m.Hours = member.Auto, closed()
		m.Closed = member.Closed{Do: do, MemberID: instead, NumberID: instead}
	}
}

func rings(level number.Level) map[string]number.Level { return map[string]number.Level{"main": level} }

func TestWhoIsRung(t *testing.T) {
	mute := func(id string) func(*member.Member) {
		return func(m *member.Member) { m.Notices.Muted = []string{id} }
	}
	for name, tc := range map[string]struct {
		hire   func(*company)
		rung   []string
		passed map[string]agent.Reason
	}{
		"levels": {func(c *company) {
			c.hire("shared", nil, rings(number.Shared))
			c.hire("only", nil, rings(number.Exclusive))
			c.hire("out", nil, rings(number.OutboundOnly))
			c.hire("reads", nil, rings(number.ReadOnly))
			c.hire("none", nil, nil)
			c.hire("removed", func(m *member.Member) { m.RemovedAt = time.Now() }, rings(number.Shared))
		}, []string{"shared", "only"}, nil},
		"muted": {func(c *company) {
			c.hire("ada", mute("main"), rings(number.Shared))
			c.hire("bob", mute("sales"), rings(number.Shared))
		}, []string{"bob"}, map[string]agent.Reason{"ada": agent.ReasonMuted}},
		"auto within the hours": {func(c *company) {
			c.hire("ada", func(m *member.Member) { m.Setting = member.Auto }, rings(number.Shared))
		}, []string{"ada"}, nil},
		"hours drive auto alone": {func(c *company) {
			c.hire("ada", func(m *member.Member) { m.Hours = closed() }, rings(number.Shared))
		}, []string{"ada"}, nil},
		"voicemail leaves out": {func(c *company) {
			c.hire("ada", off(member.ToVoicemail, ""), rings(number.Shared))
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours}},
		"a colleague without the number": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", nil, nil)
		}, []string{"bob"}, map[string]agent.Reason{"ada": agent.ReasonHours}},
		"a colleague who is rung anyway": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", nil, rings(number.Shared))
		}, []string{"bob"}, map[string]agent.Reason{"ada": agent.ReasonHours}},
		"a colleague who is off too": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", off(member.ToColleague, "eve"), nil)
			c.hire("eve", nil, nil)
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours, "bob": agent.ReasonHours}},
		"each for the other": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", off(member.ToColleague, "ada"), rings(number.Shared))
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours, "bob": agent.ReasonHours}},
		"a colleague who was removed": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", func(m *member.Member) { m.RemovedAt = time.Now() }, nil)
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours}},
		"a colleague who has muted the number": {func(c *company) {
			c.hire("ada", off(member.ToColleague, "bob"), rings(number.Shared))
			c.hire("bob", mute("main"), nil)
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours, "bob": agent.ReasonMuted}},
		"another line": {func(c *company) {
			c.hire("ada", off(member.ToLine, "sales"), rings(number.Shared))
			c.hire("bob", nil, map[string]number.Level{"sales": number.Shared})
			c.hire("eve", mute("sales"), map[string]number.Level{"sales": number.Shared})
			c.hire("out", nil, map[string]number.Level{"sales": number.OutboundOnly})
		}, []string{"bob"}, map[string]agent.Reason{"ada": agent.ReasonHours, "eve": agent.ReasonMuted}},
		"another line for who has muted this one": {func(c *company) {
			c.hire("ada", mute("main"), map[string]number.Level{"main": number.Shared, "sales": number.Shared})
			c.hire("bob", off(member.ToLine, "sales"), rings(number.Shared))
		}, []string{"ada"}, map[string]agent.Reason{"bob": agent.ReasonHours}},
		"its own line": {func(c *company) {
			c.hire("ada", off(member.ToLine, "main"), rings(number.Shared))
		}, nil, map[string]agent.Reason{"ada": agent.ReasonHours}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &company{}
			tc.hire(c)
			s := softphone.New(softphone.Needs{Members: c, Numbers: c, Workspaces: c})
			got, err := s.Assigned(t.Context(), number.Number{ID: "main", WorkspaceID: "w"})
			if err != nil {
				t.Fatal(err)
			}
			var rung []string
			for _, m := range got.Members {
				rung = append(rung, m.ID)
			}
			if !slices.Equal(rung, tc.rung) || !maps.Equal(got.Passed, tc.passed) {
				t.Errorf("rung %v, passed %v; want %v, %v", rung, got.Passed, tc.rung, tc.passed)
			}
		})
	}
}

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
