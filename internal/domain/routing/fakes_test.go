package routing_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

const ws = "w"

// firm is a workspace in memory with all that routing needs.
type firm struct {
	mu          sync.Mutex
	broken      error // of every read
	now         time.Time
	zone        string
	numbers     []number.Number
	assigned    []number.Assignment
	members     []member.Member
	teams       []team.Team
	memberships []team.Membership
	messages    []message.Message
	versions    []routing.Version
	drafts      map[string]routing.Draft
	cases       []routing.Case
	feeds       []routing.Feed
	states      map[string]agent.Readiness
	waiting     map[string]int
	events      []hours.Event
	unreachable error
	reads       int // of the live flows
	told        []string
	audited     []string
	detail      map[string]string
}

func newFirm() *firm {
	return &firm{
		now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC), zone: "UTC", // a Tuesday
		drafts: map[string]routing.Draft{}, states: map[string]agent.Readiness{},
	}
}

func (f *firm) service() *routing.Service {
	return routing.New(routing.Needs{
		Store: f, Drafts: f, Cases: f, Feeds: f, Numbers: f, Assignments: f, Members: f, Teams: f, Memberships: f,
		Workspaces: f, Messages: f, States: f, Board: f, Calendar: f, Audit: f, Changes: f,
		Now: func() time.Time { return f.now }, Log: slog.New(slog.DiscardHandler),
	})
}

func gone() error { return fault.New(fault.NotFound, "error.not-found") }

func (f *firm) Numbers(context.Context, string) ([]number.Number, error) { return f.numbers, f.broken }

func (f *firm) Number(_ context.Context, workspaceID, id string) (number.Number, error) {
	for _, n := range f.numbers {
		if n.ID == id && n.WorkspaceID == workspaceID {
			return n, nil
		}
	}
	return number.Number{}, gone()
}

func (f *firm) Assignments(context.Context, string) ([]number.Assignment, error) {
	return f.assigned, nil
}
func (f *firm) Members(context.Context, string) ([]member.Member, error) { return f.members, nil }
func (f *firm) Teams(context.Context, string) ([]team.Team, error)       { return f.teams, nil }
func (f *firm) Memberships(context.Context, string) ([]team.Membership, error) {
	return slices.Clone(f.memberships), nil
}

func (f *firm) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, TimeZone: f.zone, Country: "FR"}, f.broken
}

func (f *firm) MessagesByID(_ context.Context, _ string, ids []string) ([]message.Message, error) {
	return slices.DeleteFunc(slices.Clone(f.messages), func(m message.Message) bool { return !slices.Contains(ids, m.ID) }), nil
}

func (f *firm) Readiness(ids []string, into []agent.Readiness) []agent.Readiness {
	out := into[:0]
	for _, id := range ids {
		out = append(out, f.states[id])
	}
	return out
}

func (f *firm) Waiting(string) map[string]int { return f.waiting }
func (f *firm) Fetch(context.Context, string) ([]hours.Event, error) {
	return f.events, f.unreachable
}

func (f *firm) Changed(_ context.Context, _, kind, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, kind+" "+id)
}

func (f *firm) Record(_ context.Context, _, by, action, subject string, detail ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.audited = append(f.audited, action+" "+subject+" by "+by)
	f.detail = map[string]string{}
	for i := 0; i+1 < len(detail); i += 2 {
		f.detail[detail[i]] = detail[i+1]
	}
}

// The stores of flows.

func (f *firm) Live(_ context.Context, _, numberID string) (routing.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.newest(numberID)
}

func (f *firm) newest(numberID string) (routing.Version, error) {
	for _, v := range slices.Backward(f.versions) {
		if v.NumberID == numberID {
			return v, nil
		}
	}
	return routing.Version{}, gone()
}

func (f *firm) LiveFlows(context.Context, string) ([]routing.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	var out []routing.Version
	for _, n := range f.numbers {
		if v, err := f.newest(n.ID); err == nil {
			out = append(out, v)
		}
	}
	return out, f.broken
}

func (f *firm) Versions(_ context.Context, _, numberID string, _, _ int) ([]routing.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(f.versions), func(v routing.Version) bool { return v.NumberID != numberID })
	slices.Reverse(out)
	return out, nil
}

func (f *firm) Version(_ context.Context, _, numberID string, version int) (routing.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.versions {
		if v.NumberID == numberID && v.Version == version {
			return v, nil
		}
	}
	return routing.Version{}, gone()
}

func (f *firm) Publish(_ context.Context, v routing.Version, draft int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if live, _ := f.newest(v.NumberID); v.Version != live.Version+1 {
		return fault.New(fault.Conflict, "error.flow-published-meanwhile")
	}
	if draft > 0 {
		if f.drafts[v.NumberID].Revision != draft {
			return fault.New(fault.Conflict, "error.draft-saved-meanwhile")
		}
		delete(f.drafts, v.NumberID)
	}
	f.versions = append(f.versions, v)
	return nil
}

func (f *firm) Draft(_ context.Context, _, numberID string) (routing.Draft, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d, ok := f.drafts[numberID]; ok {
		return d, nil
	}
	return routing.Draft{}, gone()
}

func (f *firm) SaveDraft(_ context.Context, d routing.Draft, replaced int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.drafts[d.NumberID].Revision != replaced {
		return fault.New(fault.Conflict, "error.draft-saved-meanwhile")
	}
	f.drafts[d.NumberID] = d
	return nil
}

func (f *firm) DropDraft(_ context.Context, _, numberID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.drafts, numberID)
	return nil
}

func (f *firm) Cases(context.Context, string, string) ([]routing.Case, error) { return f.cases, nil }
func (f *firm) SaveCase(_ context.Context, c routing.Case) error {
	f.cases = append(f.cases, c)
	return nil
}

func (f *firm) DeleteCase(_ context.Context, _, _, id string) error {
	i := slices.IndexFunc(f.cases, func(c routing.Case) bool { return c.ID == id })
	if i < 0 {
		return gone()
	}
	f.cases = slices.Delete(f.cases, i, i+1)
	return nil
}

func (f *firm) Feeds(context.Context, string) ([]routing.Feed, error) { return f.feeds, nil }
func (f *firm) AllFeeds(context.Context) ([]routing.Feed, error) {
	return nil, errors.New("not asked for")
}

func (f *firm) Feed(_ context.Context, _, id string) (routing.Feed, error) {
	for _, one := range f.feeds {
		if one.ID == id {
			return one, nil
		}
	}
	return routing.Feed{}, gone()
}

func (f *firm) SaveFeed(_ context.Context, one routing.Feed) error {
	f.feeds = append(slices.DeleteFunc(f.feeds, func(o routing.Feed) bool { return o.ID == one.ID }), one)
	return nil
}

func (f *firm) DeleteFeed(_ context.Context, _, id string) error {
	f.feeds = slices.DeleteFunc(f.feeds, func(o routing.Feed) bool { return o.ID == id })
	return nil
}

// Who and what there is.

func (f *firm) line(id string, t number.Type) {
	f.numbers = append(f.numbers, number.Number{ID: id, WorkspaceID: ws, Name: "Line " + id, Type: t, Country: "FR"})
}

func (f *firm) hire(id, name string) *member.Member {
	f.members = append(f.members, member.Member{ID: id, WorkspaceID: ws, Name: name, Role: member.User, Setting: member.Available})
	return &f.members[len(f.members)-1]
}

func (f *firm) give(numberID, memberID string, l number.Level) {
	f.assigned = append(f.assigned, number.Assignment{NumberID: numberID, MemberID: memberID, Level: l})
}

func (f *firm) live(numberID string, steps ...flow.Step) {
	v, _ := f.newest(numberID)
	f.versions = append(f.versions, routing.Version{
		NumberID: numberID, WorkspaceID: ws, Version: v.Version + 1, Flow: flow.Clean(flow.Flow{Steps: steps}),
	})
}

func facts(t testing.TB, s *routing.Service, numberID string) flow.Facts {
	t.Helper()
	f, _, err := s.Facts(t.Context(), ws, numberID)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func admin() member.Member { return member.Member{ID: "admin", WorkspaceID: ws, Role: member.Admin} }

func ring(targets ...flow.Target) flow.Step {
	return flow.Step{Ring: &flow.Ring{Targets: targets, Time: flow.DefaultRing}}
}

func voicemail() flow.Step {
	return flow.Step{Voicemail: &flow.Voicemail{Say: flow.Sound{Prompt: flow.PromptVoicemail}}}
}

func wantFault(t testing.TB, err error, kind fault.Kind, key, field string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != kind || f.Key != key || f.Field != field {
		t.Errorf("got %v, want %s %s on %q", err, kind, key, field)
	}
}
