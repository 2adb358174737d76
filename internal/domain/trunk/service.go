package trunk

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
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

// Users counts the numbers whose calls leave by a trunk.
type Users interface {
	UsersOfTrunk(ctx context.Context, workspaceID, trunkID string) (int, error)
}

// Needs is what a Service works with.
type Needs struct {
	Trunks  Store
	Users   Users
	Audit   Auditor
	Changes Changes
	Now     func() time.Time
}

// Service is what people do with trunks. Every method checks the actor's right
// and stays within the actor's workspace. It holds no state of its own: any
// goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Create adds a trunk. Faults: Invalid with the field, Conflict
// error.trunk-taken, Forbidden.
func (s *Service) Create(ctx context.Context, actor member.Member, d Draft) (Trunk, error) {
	if err := allowed(actor); err != nil {
		return Trunk{}, err
	}
	t := Trunk{ID: id.New(), WorkspaceID: actor.WorkspaceID, CreatedAt: s.needs.Now().UTC()}
	return s.save(ctx, actor, t, d, "trunk.created")
}

// Edit replaces what people set of a trunk; blank passwords stay as they are.
func (s *Service) Edit(ctx context.Context, actor member.Member, trunkID string, d Draft) (Trunk, error) {
	if err := allowed(actor); err != nil {
		return Trunk{}, err
	}
	t, err := s.needs.Trunks.Trunk(ctx, actor.WorkspaceID, trunkID)
	if err != nil {
		return Trunk{}, fmt.Errorf("edit trunk: %w", err)
	}
	return s.save(ctx, actor, t, d, "trunk.edited")
}

// Delete removes a trunk that no number uses any more.
func (s *Service) Delete(ctx context.Context, actor member.Member, trunkID string) error {
	if err := allowed(actor); err != nil {
		return err
	}
	t, err := s.needs.Trunks.Trunk(ctx, actor.WorkspaceID, trunkID)
	if err != nil {
		return fmt.Errorf("delete trunk: %w", err)
	}
	users, err := s.needs.Users.UsersOfTrunk(ctx, actor.WorkspaceID, trunkID)
	if err != nil {
		return fmt.Errorf("delete trunk: %w", err)
	}
	if users > 0 {
		return fault.New(fault.Conflict, "error.trunk-used").With("n", strconv.Itoa(users))
	}
	if err := s.needs.Trunks.DeleteTrunk(ctx, actor.WorkspaceID, trunkID); err != nil {
		return fmt.Errorf("delete trunk: %w", err)
	}
	s.done(ctx, actor, t, "trunk.deleted")
	return nil
}

func (s *Service) save(ctx context.Context, actor member.Member, t Trunk, d Draft, action string) (Trunk, error) {
	edited, err := d.Apply(t)
	if err != nil {
		return Trunk{}, err
	}
	if same(edited, t) {
		return t, nil
	}
	all, err := s.needs.Trunks.Trunks(ctx, actor.WorkspaceID)
	if err != nil {
		return Trunk{}, fmt.Errorf("save trunk: %w", err)
	}
	if slices.ContainsFunc(all, func(o Trunk) bool { return o.ID != t.ID && strings.EqualFold(o.Name, edited.Name) }) {
		return Trunk{}, &fault.Error{Kind: fault.Conflict, Key: "error.trunk-taken", Field: "name"}
	}
	if err := s.needs.Trunks.SaveTrunk(ctx, edited); err != nil {
		return Trunk{}, fmt.Errorf("save trunk: %w", err)
	}
	s.done(ctx, actor, edited, action)
	return edited, nil
}

// same says whether nothing would change; no networks may be nil or empty.
func same(a, b Trunk) bool {
	if !slices.Equal(a.AllowedNets, b.AllowedNets) {
		return false
	}
	a.AllowedNets, b.AllowedNets = nil, nil
	return reflect.DeepEqual(a, b)
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, t Trunk, action string) {
	s.needs.Changes.Changed(ctx, t.WorkspaceID, "trunk", t.ID)
	s.needs.Audit.Record(ctx, t.WorkspaceID, actor.ID, action, t.ID, "name", t.Name, "host", t.Host)
}

func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageTrunks) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}
