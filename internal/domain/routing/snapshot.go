package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"parley/internal/base/obs"
	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
)

// snapshot is what was read of a workspace at one time. Nothing in it changes but
// what is worked out from the rest: the plans of numbers and who has working hours.
// Ids of members are all the same strings, so that a thousand are found in maps without
// reading them.
type snapshot struct {
	zone      string
	numbers   map[string]number.Number
	live      map[string]Version
	rings     map[string][]string // by number: whom it rings, in order
	teams     map[string][]string
	members   map[string]member.Member // who can be rung at all
	people    map[string]*person
	feeds     map[string][]hours.Event
	sounds    map[string]bool
	countries flow.Countries

	plans  sync.Map // *plan by number id
	clock  atomic.Pointer[clock]
	warned atomic.Pointer[warned]
	opened atomic.Pointer[opened]
}

// load reads a workspace.
func (s *Service) load(ctx context.Context, workspaceID string) (*snapshot, error) {
	snap := &snapshot{members: make(map[string]member.Member)}
	ws, err := s.needs.Workspaces.Workspace(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	snap.zone = ws.TimeZone
	members, err := s.needs.Members.Members(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	for _, m := range members {
		if m.Active() && m.Role.Can(member.UsePhone) {
			snap.members[m.ID] = m
		}
	}
	for _, read := range []func(context.Context, string, *snapshot) error{s.loadNumbers, s.loadTeams, s.loadFlows, s.loadFeeds} {
		if err := read(ctx, workspaceID, snap); err != nil {
			return nil, err
		}
	}
	snap.countries = flow.CountriesOf(number.Callable(ws.AllowedCountries, slices.Collect(maps.Values(snap.numbers))))
	snap.people = make(map[string]*person, len(snap.members))
	for id, m := range snap.members {
		snap.people[id] = &person{id: id, setting: m.Setting, muted: m.Notices.Muted, standIns: snap.standIns(m)}
	}
	return snap, nil
}

// loadNumbers reads numbers and whom they ring. A number with a menu of its own
// rings nobody: who has it calls out with it alone (IVR-06).
func (s *Service) loadNumbers(ctx context.Context, workspaceID string, snap *snapshot) error {
	numbers, err := s.needs.Numbers.Numbers(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list numbers: %w", err)
	}
	assigned, err := s.needs.Assignments.Assignments(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list who has which number: %w", err)
	}
	snap.numbers = make(map[string]number.Number, len(numbers))
	for _, n := range numbers {
		snap.numbers[n.ID] = n
	}
	snap.rings = make(map[string][]string, len(numbers))
	for _, a := range assigned {
		m, active := snap.members[a.MemberID]
		level, _ := a.Level.Clean()
		if active && level.Rings() && snap.numbers[a.NumberID].Type != number.IVR {
			snap.rings[a.NumberID] = append(snap.rings[a.NumberID], m.ID)
		}
	}
	return nil
}

// loadTeams reads teams, each in the order it rings one by one: those who lead it,
// then the others, by name.
func (s *Service) loadTeams(ctx context.Context, workspaceID string, snap *snapshot) error {
	teams, err := s.needs.Teams.Teams(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list teams: %w", err)
	}
	all, err := s.needs.Memberships.Memberships(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list who is in which team: %w", err)
	}
	snap.teams = make(map[string][]string, len(teams))
	for _, t := range teams {
		snap.teams[t.ID] = []string{}
	}
	names := make(map[string]string, len(snap.members))
	for id, m := range snap.members {
		names[id] = text.Fold(m.Name)
	}
	slices.SortFunc(all, func(a, b team.Membership) int {
		if a.Lead != b.Lead {
			if a.Lead {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(names[a.MemberID], names[b.MemberID]), strings.Compare(a.MemberID, b.MemberID))
	})
	for _, one := range all {
		_, known := snap.teams[one.TeamID]
		if m, active := snap.members[one.MemberID]; known && active {
			snap.teams[one.TeamID] = append(snap.teams[one.TeamID], m.ID)
		}
	}
	return nil
}

// loadFlows reads the live flows, and which of the messages they play there are.
func (s *Service) loadFlows(ctx context.Context, workspaceID string, snap *snapshot) error {
	flows, err := s.needs.Store.LiveFlows(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list live flows: %w", err)
	}
	snap.live = make(map[string]Version, len(flows))
	var named []string
	for _, v := range flows {
		snap.live[v.NumberID] = v
		named = append(named, soundsOf(v.Flow)...)
	}
	snap.sounds, err = s.sounds(ctx, workspaceID, named)
	return err
}

// sounds says which of the messages there are.
func (s *Service) sounds(ctx context.Context, workspaceID string, ids []string) (map[string]bool, error) {
	out := make(map[string]bool)
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return out, nil
	}
	messages, err := s.needs.Messages.MessagesByID(ctx, workspaceID, ids)
	if err != nil {
		return nil, fmt.Errorf("look for the messages that flows play: %w", err)
	}
	for _, m := range messages {
		out[m.ID] = true
	}
	return out, nil
}

// loadFeeds reads the events of the calendars. One that cannot be read closes nothing.
func (s *Service) loadFeeds(ctx context.Context, workspaceID string, snap *snapshot) error {
	feeds, err := s.needs.Feeds.Feeds(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	snap.feeds = make(map[string][]hours.Event, len(feeds))
	for _, f := range feeds {
		var events []hours.Event
		if len(f.Events) > 0 {
			if err := json.Unmarshal(f.Events, &events); err != nil {
				s.needs.Log.ErrorContext(ctx, "events of a calendar not read", obs.Workspace, workspaceID, "feed", f.ID, obs.Err, err)
			}
		}
		snap.feeds[f.ID] = events
	}
	return nil
}

// flow is what a call to a number follows.
func (snap *snapshot) flow(numberID string) flow.Flow {
	if v, ok := snap.live[numberID]; ok {
		return v.Flow
	}
	return flow.Default()
}

// soundsOf lists the messages a flow plays.
func soundsOf(f flow.Flow) []string {
	var out []string
	f.Walk(func(step flow.Step) bool {
		for _, s := range stepSounds(step) {
			if s.MessageID != "" {
				out = append(out, s.MessageID)
			}
		}
		return true
	})
	return out
}

func stepSounds(s flow.Step) []flow.Sound {
	switch {
	case s.Message != nil:
		return []flow.Sound{s.Message.Say}
	case s.Menu != nil:
		return []flow.Sound{s.Menu.Say}
	case s.Queue != nil:
		return []flow.Sound{s.Queue.Comfort}
	case s.Voicemail != nil:
		return []flow.Sound{s.Voicemail.Say}
	case s.Callback != nil:
		return []flow.Sound{s.Callback.Say}
	case s.HangUp != nil:
		return []flow.Sound{s.HangUp.Say}
	}
	return nil
}
