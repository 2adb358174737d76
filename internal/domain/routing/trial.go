package routing

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

const (
	maxCases    = 50 // of a number
	maxCaseName = 80 // letters
	maxKeys     = 50 // that a scenario presses
	maxAway     = 2000
	maxExpect   = 500
)

// CaseResult is what a case came to.
type CaseResult struct {
	Case   Case
	Passed bool
	Story  flow.Story
}

// Simulate tells what a call to the number would live through if it followed f.
// Faults: Invalid with the field caller, keys, takes or away; Forbidden, NotFound.
func (s *Service) Simulate(ctx context.Context, actor member.Member, numberID string, f flow.Flow, sc flow.Scenario) (flow.Story, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return flow.Story{}, err
	}
	if sc, err = cleanScenario(n, sc); err != nil {
		return flow.Story{}, err
	}
	if f, err = bounded(f); err != nil {
		return flow.Story{}, err
	}
	facts, err := s.imagined(ctx, n, f)
	if err != nil {
		return flow.Story{}, err
	}
	return flow.Simulate(facts, n.ID, sc), nil
}

// imagined are the facts as they would be were f live.
func (s *Service) imagined(ctx context.Context, n number.Number, f flow.Flow) (flow.Facts, error) {
	snap, err := s.snapshot(ctx, n.WorkspaceID)
	if err != nil {
		return flow.Facts{}, fmt.Errorf("read what a call depends on: %w", err)
	}
	if _, known := snap.numbers[n.ID]; !known { // deleted since
		return flow.Facts{}, notFound()
	}
	facts := s.facts(snap, n.WorkspaceID, snap.draw(n.ID, &f))
	if facts.Sounds, err = s.soundsWith(ctx, snap, n.WorkspaceID, f); err != nil {
		return flow.Facts{}, err
	}
	return facts, nil
}

// cleanScenario bounds a scenario and writes its caller as calls do.
func cleanScenario(n number.Number, sc flow.Scenario) (flow.Scenario, error) {
	if sc.Caller != "" {
		e164, err := phone.Parse(sc.Caller, n.Country)
		if err != nil {
			return sc, fault.OnField("caller", fault.Of(err).Key).Because(err)
		}
		sc.Caller = e164
	}
	sc.Keys = strings.ReplaceAll(sc.Keys, " ", "")
	if len(sc.Keys) > maxKeys || strings.ContainsFunc(sc.Keys, func(r rune) bool { return !slices.Contains(flow.Keys(), string(r)) }) {
		return sc, fault.OnField("keys", "error.scenario-keys").With("limit", strconv.Itoa(maxKeys))
	}
	if utf8.RuneCountInString(sc.Takes) > maxCaseName {
		return sc, fault.OnField("takes", "error.invalid-request")
	}
	if len(sc.Away) > maxAway {
		return sc, fault.OnField("away", "error.invalid-request")
	}
	return sc, nil
}

// Cases lists a number's cases.
func (s *Service) Cases(ctx context.Context, actor member.Member, numberID string) ([]Case, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	return s.cases(ctx, n)
}

func (s *Service) cases(ctx context.Context, n number.Number) ([]Case, error) {
	all, err := s.needs.Cases.Cases(ctx, n.WorkspaceID, n.ID)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return all, nil
}

// SaveCase creates a case, where it has no ID, or replaces it. Faults: Invalid with
// the field name, expect or those of Simulate; TooMany error.cases-too-many;
// Forbidden, NotFound.
func (s *Service) SaveCase(ctx context.Context, actor member.Member, c Case) (Case, error) {
	n, err := s.run(ctx, actor, c.NumberID)
	if err != nil {
		return Case{}, err
	}
	c.WorkspaceID = n.WorkspaceID
	if c, err = cleanCase(n, c); err != nil {
		return Case{}, err
	}
	all, err := s.cases(ctx, n)
	if err != nil {
		return Case{}, err
	}
	switch known := slices.ContainsFunc(all, func(o Case) bool { return o.ID == c.ID }); {
	case c.ID != "" && !known:
		return Case{}, notFound()
	case c.ID == "" && len(all) >= maxCases:
		return Case{}, fault.New(fault.TooMany, "error.cases-too-many").With("limit", strconv.Itoa(maxCases))
	case c.ID == "":
		c.ID = id.New()
	}
	if err := s.needs.Cases.SaveCase(ctx, c); err != nil {
		return Case{}, fmt.Errorf("save the case: %w", err)
	}
	s.needs.Audit.Record(ctx, n.WorkspaceID, actor.ID, ActionCaseSaved, n.ID, "name", n.Name, "case", c.Name)
	return c, nil
}

func cleanCase(n number.Number, c Case) (Case, error) {
	name, ok := text.Line(c.Name, maxCaseName)
	switch {
	case !ok:
		return c, fault.OnField("name", "error.name-invalid")
	case name == "":
		return c, fault.OnField("name", "error.name-needed")
	case len(c.Expect) == 0:
		return c, fault.OnField("expect", "error.case-expects-nothing")
	case len(c.Expect) > maxExpect || slices.ContainsFunc(c.Expect, func(step string) bool { return len(step) > 32 }):
		return c, fault.OnField("expect", "error.invalid-request")
	}
	c.Name = name
	sc, err := cleanScenario(n, c.Scenario)
	c.Scenario = sc
	return c, err
}

// DeleteCase removes a case. Faults: Forbidden, NotFound.
func (s *Service) DeleteCase(ctx context.Context, actor member.Member, numberID, caseID string) error {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return err
	}
	if err := s.needs.Cases.DeleteCase(ctx, n.WorkspaceID, n.ID, caseID); err != nil {
		return fmt.Errorf("delete the case: %w", err)
	}
	s.needs.Audit.Record(ctx, n.WorkspaceID, actor.ID, ActionCaseDeleted, n.ID, "name", n.Name)
	return nil
}

// RunCases says of each case of the number whether f passes it.
func (s *Service) RunCases(ctx context.Context, actor member.Member, numberID string, f flow.Flow) ([]CaseResult, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	if f, err = bounded(f); err != nil {
		return nil, err
	}
	return s.runCases(ctx, n, f)
}

func (s *Service) runCases(ctx context.Context, n number.Number, f flow.Flow) ([]CaseResult, error) {
	all, err := s.cases(ctx, n)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	facts, err := s.imagined(ctx, n, f)
	if err != nil {
		return nil, err
	}
	out := make([]CaseResult, len(all))
	for i, c := range all {
		story := flow.Simulate(facts, n.ID, c.Scenario)
		out[i] = CaseResult{Case: c, Passed: slices.Equal(story.Steps, c.Expect), Story: story}
	}
	return out, nil
}
