package routing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// Check lists what keeps f from being published on a number.
func (s *Service) Check(ctx context.Context, actor member.Member, numberID string, f flow.Flow) ([]flow.Problem, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	return s.check(ctx, n, f)
}

func (s *Service) check(ctx context.Context, n number.Number, f flow.Flow) ([]flow.Problem, error) {
	snap, err := s.snapshot(ctx, n.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("read what the flow may name: %w", err)
	}
	w := snap.world(s.needs.Now())
	w.NumberID, w.Type = n.ID, string(n.Type)
	if w.Sounds, err = s.soundsWith(ctx, snap, n.WorkspaceID, f); err != nil {
		return nil, err
	}
	return flow.Check(f, w), nil
}

// soundsWith are the messages there are of those that the live flows and f play.
func (s *Service) soundsWith(ctx context.Context, snap *snapshot, workspaceID string, f flow.Flow) (map[string]bool, error) {
	unknown := slices.DeleteFunc(soundsOf(f), func(id string) bool { return snap.sounds[id] })
	if len(unknown) == 0 {
		return snap.sounds, nil
	}
	out, err := s.sounds(ctx, workspaceID, unknown)
	if err != nil {
		return nil, err
	}
	maps.Copy(out, snap.sounds)
	return out, nil
}

// world is what any flow of the workspace may name.
func (snap *snapshot) world(at time.Time) flow.World {
	w := flow.World{
		Numbers: keys(snap.numbers), Teams: keys(snap.teams), Members: keys(snap.members), Feeds: keys(snap.feeds),
		Own: make(map[string]bool, len(snap.numbers)), Sounds: snap.sounds, OtherFlows: make(map[string]flow.Flow, len(snap.live)),
		At: at, Zone: snap.zone, Countries: snap.countries,
	}
	for id, v := range snap.live {
		w.OtherFlows[id] = v.Flow
	}
	for _, n := range snap.numbers {
		w.Own[n.E164] = true
	}
	return w
}

func keys[V any](m map[string]V) map[string]bool {
	out := make(map[string]bool, len(m))
	for id := range m {
		out[id] = true
	}
	return out
}

// Warning is a live flow that cannot work as it was meant any more: somebody or
// something it names has gone. Callers fall through to the next step.
type Warning struct {
	Number   number.Number
	Problems []flow.Problem
}

// warned are the warnings of a snapshot at a time, by number.
type warned struct {
	at  time.Time
	all []Warning
}

// warnAgain is how long warnings hold: hours may come to open no more.
const warnAgain = time.Hour

// Warnings lists the live flows that need somebody, of the numbers the actor runs,
// by the numbers' names.
func (s *Service) Warnings(ctx context.Context, actor member.Member) ([]Warning, error) {
	snap, err := s.snapshot(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the live flows: %w", err)
	}
	now := s.needs.Now()
	w := snap.warned.Load()
	if w == nil || now.Sub(w.at).Abs() > warnAgain {
		w = &warned{at: now, all: snap.warn(now)}
		snap.warned.Store(w)
	}
	return slices.DeleteFunc(slices.Clone(w.all), func(one Warning) bool {
		return !manages(actor) && (actor.ID == "" || one.Number.OwnerID != actor.ID)
	}), nil
}

func (snap *snapshot) warn(now time.Time) []Warning {
	var out []Warning
	w := snap.world(now)
	for id, v := range snap.live {
		n, known := snap.numbers[id]
		if !known {
			continue
		}
		w.NumberID, w.Type = id, string(n.Type)
		if problems := flow.Check(v.Flow, w); len(problems) > 0 {
			out = append(out, Warning{Number: n, Problems: problems})
		}
	}
	slices.SortFunc(out, func(a, b Warning) int {
		return cmp.Or(strings.Compare(text.Fold(a.Number.Name), text.Fold(b.Number.Name)), strings.Compare(a.Number.ID, b.Number.ID))
	})
	return out
}

// opened says which numbers are open in one minute.
type opened struct {
	minute  time.Time
	numbers map[string]bool
}

// OpenNow says of each number of a workspace whether callers find it open. Nobody
// may change the map.
func (s *Service) OpenNow(ctx context.Context, workspaceID string) (map[string]bool, error) {
	snap, err := s.snapshot(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the opening hours: %w", err)
	}
	now := s.needs.Now()
	minute := now.Round(0).Truncate(time.Minute)
	if o := snap.opened.Load(); o != nil && o.minute.Equal(minute) {
		return o.numbers, nil
	}
	f := flow.Facts{At: now, Zone: snap.zone, Feeds: snap.feeds, Lines: make(map[string]flow.Line, len(snap.live))}
	o := &opened{minute: minute, numbers: make(map[string]bool, len(snap.numbers))}
	for id, n := range snap.numbers {
		if v, ok := snap.live[id]; ok {
			f.Lines[id] = flow.Line{Flow: v.Flow}
		}
		o.numbers[id] = !n.Inactive && f.OpenAt(id)
	}
	snap.opened.Store(o)
	return o.numbers, nil
}

// notFound is what somebody is told of an id that is not his workspace's.
func notFound() error { return fault.New(fault.NotFound, "error.not-found") }
