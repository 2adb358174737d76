package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"

	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

const (
	maxNote  = 200     // letters
	maxBytes = 512_000 // of a draft: more than any flow within the bounds needs
)

// Refused says why a flow is not published.
type Refused struct {
	Problems []flow.Problem
	Failed   []CaseResult
}

// Error describes the refusal for the log.
func (r Refused) Error() string {
	return fmt.Sprintf("the flow has %d problems and fails %d cases", len(r.Problems), len(r.Failed))
}

// Unwrap makes it a fault with a sentence for whoever shows no more.
func (r Refused) Unwrap() error { return fault.New(fault.Invalid, "error.flow-refused") }

// Draft returns a number's draft. Where there is none, it is the one that would be
// begun, with revision 0: the live flow, or that of a new number.
func (s *Service) Draft(ctx context.Context, actor member.Member, numberID string) (Draft, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return Draft{}, err
	}
	return s.draft(ctx, n)
}

func (s *Service) draft(ctx context.Context, n number.Number) (Draft, error) {
	d, err := s.needs.Drafts.Draft(ctx, n.WorkspaceID, n.ID)
	if err == nil {
		return d, nil
	}
	if fault.KindOf(err) != fault.NotFound {
		return Draft{}, fmt.Errorf("read the draft: %w", err)
	}
	live, err := s.live(ctx, n)
	if err != nil {
		return Draft{}, err
	}
	d = Draft{NumberID: n.ID, WorkspaceID: n.WorkspaceID, Flow: live.Flow, Base: live.Version}
	if live.Version == 0 && n.Type == number.IVR { // it rings nobody, whatever the default says
		d.Flow = Template(n.Type)
	}
	return d, nil
}

// SaveDraft stores f over the draft of that revision (0: none) and returns it with
// the next. Faults: Conflict error.draft-saved-meanwhile, Invalid, Forbidden, NotFound.
func (s *Service) SaveDraft(ctx context.Context, actor member.Member, numberID string, revision int, f flow.Flow) (Draft, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return Draft{}, err
	}
	if f, err = bounded(f); err != nil {
		return Draft{}, err
	}
	d, err := s.draft(ctx, n)
	if err != nil {
		return Draft{}, err
	}
	if d.Revision != revision {
		return Draft{}, savedMeanwhile()
	}
	d.Flow, d.Revision = f, revision+1
	if revision == 0 {
		d.Revision = firstRevision()
	}
	d.SavedAt, d.SavedBy = s.needs.Now().UTC(), actor.ID
	if err := s.needs.Drafts.SaveDraft(ctx, d, revision); err != nil {
		return Draft{}, fmt.Errorf("save the draft: %w", err)
	}
	return d, nil
}

// firstRevision is where a draft begins to count: not where one that is gone has
// been, of which somebody may still hold a page.
func firstRevision() int { return 1 + rand.IntN(1<<30) }

func savedMeanwhile() error { return fault.New(fault.Conflict, "error.draft-saved-meanwhile") }

// bounded returns a flow in its stored form, unless it is too much of one.
func bounded(f flow.Flow) (flow.Flow, error) {
	steps := 0
	f.Walk(func(flow.Step) bool {
		steps++
		return steps <= flow.MaxSteps
	})
	if steps > flow.MaxSteps {
		return f, fault.New(fault.Invalid, "error.flow-steps-too-many").With("limit", strconv.Itoa(flow.MaxSteps))
	}
	f = flow.Clean(f)
	raw, err := json.Marshal(f)
	if err != nil {
		return f, fmt.Errorf("write the flow: %w", err)
	}
	if len(raw) > maxBytes {
		return f, fault.New(fault.Invalid, "error.flow-too-big")
	}
	return f, nil
}

// DropDraft throws the draft away. None is no error.
func (s *Service) DropDraft(ctx context.Context, actor member.Member, numberID string) error {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return err
	}
	switch _, err := s.needs.Drafts.Draft(ctx, n.WorkspaceID, n.ID); {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("read the draft: %w", err)
	}
	if err := s.needs.Drafts.DropDraft(ctx, n.WorkspaceID, n.ID); err != nil {
		return fmt.Errorf("drop the draft: %w", err)
	}
	s.needs.Audit.Record(ctx, n.WorkspaceID, actor.ID, ActionDiscarded, n.ID, "name", n.Name)
	return nil
}

// Publish makes the draft of that revision live. Faults: Refused where it cannot
// work or a case fails, Conflict where somebody has saved or published meanwhile,
// Invalid with the field note, Forbidden, NotFound.
func (s *Service) Publish(ctx context.Context, actor member.Member, numberID string, revision int, note string) (Version, error) {
	n, note, err := s.publisher(ctx, actor, numberID, note)
	if err != nil {
		return Version{}, err
	}
	d, err := s.draft(ctx, n)
	if err != nil {
		return Version{}, err
	}
	if d.Revision != revision {
		return Version{}, savedMeanwhile()
	}
	if revision == 0 {
		return Version{}, fault.New(fault.Conflict, "error.flow-no-draft")
	}
	if err := s.refusal(ctx, n, d.Flow, true); err != nil {
		return Version{}, err
	}
	return s.publish(ctx, actor, n, Version{Flow: d.Flow, Note: note}, revision)
}

// Restore publishes an earlier version again, as it was; a draft stays. The cases
// are not run: they may be newer, and what worked has to come back at once. Faults:
// Refused where it cannot work any more, else as Publish.
func (s *Service) Restore(ctx context.Context, actor member.Member, numberID string, version int, note string) (Version, error) {
	n, note, err := s.publisher(ctx, actor, numberID, note)
	if err != nil {
		return Version{}, err
	}
	old, err := s.needs.Store.Version(ctx, n.WorkspaceID, n.ID, version)
	if err != nil {
		return Version{}, fmt.Errorf("find the version: %w", err)
	}
	if err := s.refusal(ctx, n, old.Flow, false); err != nil {
		return Version{}, err
	}
	return s.publish(ctx, actor, n, Version{Flow: old.Flow, Note: note, From: old.Version}, 0)
}

func (s *Service) publisher(ctx context.Context, actor member.Member, numberID, note string) (number.Number, string, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return n, "", err
	}
	note, ok := text.Line(note, maxNote)
	if !ok {
		return n, "", fault.OnField("note", "error.note-invalid").With("limit", strconv.Itoa(maxNote))
	}
	return n, note, nil
}

// refusal is a Refused where a flow must not go live.
func (s *Service) refusal(ctx context.Context, n number.Number, f flow.Flow, cases bool) error {
	problems, err := s.check(ctx, n, f)
	if err != nil {
		return err
	}
	refused := Refused{Problems: problems}
	if cases && len(problems) == 0 {
		results, err := s.runCases(ctx, n, f)
		if err != nil {
			return err
		}
		for _, r := range results {
			if !r.Passed {
				refused.Failed = append(refused.Failed, r)
			}
		}
	}
	if len(refused.Problems)+len(refused.Failed) > 0 {
		return refused
	}
	return nil
}

// publish stores v as the number's next version; draft is the revision of the draft
// it was made from, 0 for none.
func (s *Service) publish(ctx context.Context, actor member.Member, n number.Number, v Version, draft int) (Version, error) {
	live, err := s.live(ctx, n)
	if err != nil {
		return Version{}, err
	}
	v.NumberID, v.WorkspaceID, v.Version = n.ID, n.WorkspaceID, live.Version+1
	v.PublishedAt, v.PublishedBy = s.needs.Now().UTC(), actor.ID
	if err := s.needs.Store.Publish(ctx, v, draft); err != nil {
		return Version{}, fmt.Errorf("publish the flow: %w", err)
	}
	s.Changed(n.WorkspaceID) // whoever calls from now on follows it
	s.needs.Changes.Changed(ctx, n.WorkspaceID, changeFlow, n.ID)
	action, detail := ActionPublished, []string{"name", n.Name, "version", strconv.Itoa(v.Version)}
	if v.From > 0 {
		action, detail = ActionRestored, append(detail, "from", strconv.Itoa(v.From))
	}
	if v.Note != "" {
		detail = append(detail, "note", v.Note)
	}
	s.needs.Audit.Record(ctx, n.WorkspaceID, actor.ID, action, n.ID, detail...)
	return v, nil
}

// Live returns the version that calls follow; where none was published, version 0
// with the default flow.
func (s *Service) Live(ctx context.Context, actor member.Member, numberID string) (Version, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return Version{}, err
	}
	return s.live(ctx, n)
}

func (s *Service) live(ctx context.Context, n number.Number) (Version, error) {
	v, err := s.needs.Store.Live(ctx, n.WorkspaceID, n.ID)
	if fault.KindOf(err) == fault.NotFound {
		return Version{NumberID: n.ID, WorkspaceID: n.WorkspaceID, Flow: flow.Default()}, nil
	}
	if err != nil {
		return Version{}, fmt.Errorf("read the live flow: %w", err)
	}
	return v, nil
}

// Versions lists at most limit versions, newest first, older than before (0: from
// the newest).
func (s *Service) Versions(ctx context.Context, actor member.Member, numberID string, before, limit int) ([]Version, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	all, err := s.needs.Store.Versions(ctx, n.WorkspaceID, n.ID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	return all, nil
}

// Version returns what was live.
func (s *Service) Version(ctx context.Context, actor member.Member, numberID string, version int) (Version, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return Version{}, err
	}
	v, err := s.needs.Store.Version(ctx, n.WorkspaceID, n.ID, version)
	if err != nil {
		return Version{}, fmt.Errorf("find the version: %w", err)
	}
	return v, nil
}

// Diff lists what the draft changes about the live flow.
func (s *Service) Diff(ctx context.Context, actor member.Member, numberID string) ([]flow.Change, error) {
	d, err := s.Draft(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	live, err := s.Live(ctx, actor, numberID)
	if err != nil {
		return nil, err
	}
	return flow.Diff(live.Flow, d.Flow), nil
}
