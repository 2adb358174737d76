package routing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
)

// Facts returns what a call to a number depends on at this moment, and the active
// members of the workspace by id. Nobody may change the maps, which calls share. A number that is not the workspace's is a NotFound
// fault.
func (s *Service) Facts(ctx context.Context, workspaceID, numberID string) (flow.Facts, map[string]member.Member, error) {
	snap, err := s.snapshot(ctx, workspaceID)
	if err != nil {
		return flow.Facts{}, nil, fmt.Errorf("read what a call depends on: %w", err)
	}
	if _, known := snap.numbers[numberID]; !known {
		return flow.Facts{}, nil, fault.New(fault.NotFound, "error.not-found")
	}
	return s.facts(snap, workspaceID, snap.plan(numberID)), snap.members, nil
}

func (s *Service) facts(snap *snapshot, workspaceID string, p *plan) flow.Facts {
	now := s.needs.Now()
	f := flow.Facts{
		At: now, Zone: snap.zone, Lines: p.lines, Teams: snap.teams, Feeds: snap.feeds, Sounds: snap.sounds,
		Members: p.now(s.needs.States, snap.openHours(now)),
		Waiting: s.needs.Board.Waiting(workspaceID), Turn: s.turns.of(p.queues), Countries: snap.countries,
	}
	return f
}

// now is the person at this moment. That it is outside his hours comes before what
// he does: so others stand in for him though he is gone.
func (p *person) now(state agent.Readiness, open *clock) flow.Member {
	m := flow.Member{Reason: string(state.Reason), Muted: p.muted, IdleSince: state.IdleSince, StandIns: p.standIns}
	setting := state.Setting
	if setting == "" {
		setting = p.setting
	}
	if setting == member.Auto && open.closed[p.id] {
		m.Reason = string(agent.ReasonHours)
	}
	return m
}

// clock says who is outside his hours, while nobody's change.
type clock struct {
	since, until time.Time
	closed       map[string]bool
}

// lookAgain bounds how long hours are trusted not to change.
const lookAgain = 24 * time.Hour

// openHours reads the members' hours. The clock on the wall counts: it may have
// been set back.
func (snap *snapshot) openHours(now time.Time) *clock {
	now = now.Round(0)
	if c := snap.clock.Load(); c != nil && !now.Before(c.since) && now.Before(c.until) {
		return c
	}
	c := &clock{since: now, until: now.Add(lookAgain), closed: make(map[string]bool)}
	alike := make(map[string]bool) // by hours as text: a company has few that differ
	for id, m := range snap.members {
		if len(m.Hours.Slots) == 0 {
			continue
		}
		own := m.Hours.In(snap.zone)
		text := fmt.Sprint(own)
		open, known := alike[text]
		if !known {
			open = own.Open(now)
			alike[text] = open
			c.flips(own)
		}
		if !open {
			c.closed[id] = true
		}
	}
	snap.clock.Store(c)
	return c
}

// flips ends the clock's truth where hours change.
func (c *clock) flips(h hours.Hours) {
	if flip, ok := h.Next(c.since); ok && flip.Before(c.until) {
		c.until = flip
	}
}

// turns remembers who was rung last, by flow.QueueID.
type turns struct {
	mu   sync.Mutex
	last map[string]string
}

// Turn notes that a queue or ring step has rung a member: round robin begins
// behind him the next time.
func (s *Service) Turn(queueID, memberID string) {
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	s.turns.last[queueID] = memberID
}

func (t *turns) of(queues []string) map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]string)
	for _, id := range queues {
		if last, ok := t.last[id]; ok {
			out[id] = last
		}
	}
	return out
}
