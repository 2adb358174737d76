package tag

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/member"
)

// maxName is the longest name of a tag, in characters: it has to fit its badge.
const maxName = 40

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
	Tags    Store
	Audit   Auditor
	Changes Changes
	Now     func() time.Time
}

// Service is what people do with tags. Every method checks the actor's right and
// stays within the actor's workspace. It holds no state of its own: any
// goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Draft is what people set of a tag.
type Draft struct{ Name, Colour string }

// Clean checks what needs no store and returns the draft in its stored form. All
// faults are returned at once, joined; their fields are name and colour.
func (d Draft) Clean() (Draft, error) {
	var faults []error
	name, ok := text.Line(d.Name, maxName)
	switch {
	case !ok:
		faults = append(faults, fault.OnField("name", "error.name-invalid"))
	case name == "":
		faults = append(faults, fault.OnField("name", "error.name-needed"))
	}
	if d.Colour == "" {
		d.Colour = Colours()[0]
	} else if !slices.Contains(Colours(), d.Colour) {
		faults = append(faults, fault.OnField("colour", "error.colour-unknown"))
	}
	return Draft{Name: name, Colour: d.Colour}, errors.Join(faults...)
}

// Create adds a tag. Faults: Invalid with the field, Conflict error.tag-taken,
// Forbidden.
func (s *Service) Create(ctx context.Context, actor member.Member, d Draft) (Tag, error) {
	if err := allowed(actor); err != nil {
		return Tag{}, err
	}
	t := Tag{ID: id.New(), WorkspaceID: actor.WorkspaceID, CreatedAt: s.needs.Now().UTC()}
	return s.save(ctx, actor, t, d, "tag.created")
}

// Edit renames or recolours a tag. System tags are a Forbidden fault.
func (s *Service) Edit(ctx context.Context, actor member.Member, tagID string, d Draft) (Tag, error) {
	t, err := s.own(ctx, actor, tagID)
	if err != nil {
		return Tag{}, err
	}
	return s.save(ctx, actor, t, d, "tag.edited")
}

// Delete removes a tag; calls that bear it keep their log but lose the label.
// System tags are a Forbidden fault.
func (s *Service) Delete(ctx context.Context, actor member.Member, tagID string) error {
	t, err := s.own(ctx, actor, tagID)
	if err != nil {
		return err
	}
	if err := s.needs.Tags.DeleteTag(ctx, actor.WorkspaceID, tagID); err != nil {
		return fmt.Errorf("delete tag: %w", err)
	}
	s.done(ctx, actor, t, "tag.deleted")
	return nil
}

// own finds a tag the actor may change.
func (s *Service) own(ctx context.Context, actor member.Member, tagID string) (Tag, error) {
	if err := allowed(actor); err != nil {
		return Tag{}, err
	}
	t, err := s.needs.Tags.Tag(ctx, actor.WorkspaceID, tagID)
	if err != nil {
		return Tag{}, fmt.Errorf("find tag: %w", err)
	}
	if t.System {
		return Tag{}, fault.New(fault.Forbidden, "error.tag-system")
	}
	return t, nil
}

func (s *Service) save(ctx context.Context, actor member.Member, t Tag, d Draft, action string) (Tag, error) {
	d, err := d.Clean()
	if err != nil {
		return Tag{}, err
	}
	if t.Name == d.Name && t.Colour == d.Colour {
		return t, nil
	}
	all, err := s.needs.Tags.Tags(ctx, actor.WorkspaceID)
	if err != nil {
		return Tag{}, fmt.Errorf("save tag: %w", err)
	}
	// The database folds case for ASCII only; names such as "Échec" are ours to compare.
	if slices.ContainsFunc(all, func(o Tag) bool { return o.ID != t.ID && strings.EqualFold(o.Name, d.Name) }) {
		return Tag{}, taken()
	}
	t.Name, t.Colour = d.Name, d.Colour
	if err := s.needs.Tags.SaveTag(ctx, t); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			return Tag{}, taken().Because(err)
		}
		return Tag{}, fmt.Errorf("save tag: %w", err)
	}
	s.done(ctx, actor, t, action)
	return t, nil
}

func taken() *fault.Error {
	return &fault.Error{Kind: fault.Conflict, Key: "error.tag-taken", Field: "name"}
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, t Tag, action string) {
	s.needs.Changes.Changed(ctx, t.WorkspaceID, "tag", t.ID)
	s.needs.Audit.Record(ctx, t.WorkspaceID, actor.ID, action, t.ID, "name", t.Name)
}

func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageTags) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}

// Seed stores the system tags a fresh workspace has; those that are there stay.
func Seed(ctx context.Context, store Store, workspaceID string, now time.Time) error {
	have, err := store.Tags(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("seed tags: %w", err)
	}
	for _, name := range SystemNames() {
		if slices.ContainsFunc(have, func(t Tag) bool { return strings.EqualFold(t.Name, name) }) {
			continue
		}
		t := Tag{ID: id.New(), WorkspaceID: workspaceID, Name: name, Colour: "slate", System: true, CreatedAt: now.UTC()}
		if err := store.SaveTag(ctx, t); err != nil {
			return fmt.Errorf("seed tag %q: %w", name, err)
		}
	}
	return nil
}
