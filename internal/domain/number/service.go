package number

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/member"
	"parley/internal/domain/trunk"
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

// Members tells who belongs to a workspace.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	// Member returns a member of the workspace, removed ones too.
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Holdings keeps who has a number.
type Holdings interface {
	// Holders lists who has each of the numbers.
	Holders(ctx context.Context, workspaceID string, numberIDs []string) ([]Assignment, error)
	// Assign replaces who has a number.
	Assign(ctx context.Context, workspaceID, numberID string, all []Assignment) error
}

// Trunks finds a workspace's trunk.
type Trunks interface {
	Trunk(ctx context.Context, workspaceID, id string) (trunk.Trunk, error)
}

// Needs is what a Service works with.
type Needs struct {
	Numbers     Store
	Edits       Editor
	Assignments Holdings
	Supervisors SupervisorStore
	Members     Members
	Trunks      Trunks
	Audit       Auditor
	Changes     Changes
	Music       []string // ids of the hold music library, the default first
	Now         func() time.Time
}

// Service is what people do with numbers. Every method checks the actor's right
// and stays within the actor's workspace. It holds no state of its own: any
// goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Create adds a number. Faults: Invalid with the field, Conflict
// error.number-taken, Forbidden.
func (s *Service) Create(ctx context.Context, actor member.Member, d Draft) (Number, error) {
	if err := allowed(actor); err != nil {
		return Number{}, err
	}
	d, err := s.check(ctx, actor.WorkspaceID, d)
	if err != nil {
		return Number{}, err
	}
	n := d.apply(Number{ID: id.New(), WorkspaceID: actor.WorkspaceID, CreatedAt: s.needs.Now().UTC()})
	if err := s.needs.Numbers.SaveNumber(ctx, n); err != nil {
		return Number{}, onPhone(fmt.Errorf("create number: %w", err))
	}
	s.done(ctx, actor, n, "number.created")
	return n, nil
}

// Edit replaces what people set of a number, for who runs it: those who manage
// numbers, and its owner, to whom the trunk is not his to change. The phone number
// itself stays: a new one is a new Number. Faults: Invalid with the field,
// Forbidden (also with the field trunk), NotFound.
func (s *Service) Edit(ctx context.Context, actor member.Member, numberID string, d Draft) (Number, error) {
	n, err := s.run(ctx, actor, numberID)
	if err != nil {
		return Number{}, err
	}
	d.Phone = n.E164
	d, err = s.check(ctx, actor.WorkspaceID, d)
	if err != nil {
		return Number{}, err
	}
	if d.TrunkID != n.TrunkID && !actor.Role.Can(member.ManageTrunks) {
		return Number{}, &fault.Error{Kind: fault.Forbidden, Key: "error.not-allowed", Field: "trunk"}
	}
	var was Number
	edited, err := s.needs.Edits.EditNumber(ctx, n.WorkspaceID, n.ID, func(n *Number) error {
		if !runs(actor, *n) { // somebody else's since it was read
			return notAllowed()
		}
		was = *n
		was.Type, _ = n.Type.Clean()
		*n = d.apply(*n)
		return nil
	})
	if err != nil {
		return Number{}, fmt.Errorf("edit number: %w", err)
	}
	if edited != was {
		s.done(ctx, actor, edited, "number.edited", turns(was, edited)...)
	}
	return edited, nil
}

// turns are what an edit changes of who can call and be called, as pairs for the
// audit.
func turns(was, is Number) []string {
	var out []string
	if was.Type != is.Type {
		out = append(out, "type", string(was.Type)+" → "+string(is.Type))
	}
	if was.Inactive != is.Inactive {
		out = append(out, "active", strconv.FormatBool(!is.Inactive))
	}
	return out
}

// Delete gives a number up. Its calls stay in the history.
func (s *Service) Delete(ctx context.Context, actor member.Member, numberID string) error {
	if err := allowed(actor); err != nil {
		return err
	}
	n, err := s.needs.Numbers.Number(ctx, actor.WorkspaceID, numberID)
	if err != nil {
		return fmt.Errorf("delete number: %w", err)
	}
	if err := s.needs.Numbers.DeleteNumber(ctx, actor.WorkspaceID, numberID); err != nil {
		return fmt.Errorf("delete number: %w", err)
	}
	s.done(ctx, actor, n, "number.deleted")
	return nil
}

// UsersOfTrunk counts the numbers whose calls leave by a trunk.
func (s *Service) UsersOfTrunk(ctx context.Context, workspaceID, trunkID string) (int, error) {
	all, err := s.needs.Numbers.Numbers(ctx, workspaceID)
	if err != nil {
		return 0, fmt.Errorf("list numbers: %w", err)
	}
	users := 0
	for _, n := range all {
		if n.TrunkID == trunkID {
			users++
		}
	}
	return users, nil
}

// check cleans the draft and asks the store about the trunk it names.
func (s *Service) check(ctx context.Context, workspaceID string, d Draft) (Draft, error) {
	d, err := d.Clean(s.needs.Music)
	if err != nil || d.TrunkID == "" {
		return d, err
	}
	if _, err := s.needs.Trunks.Trunk(ctx, workspaceID, d.TrunkID); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return d, fault.OnField("trunk", "error.trunk-unknown")
		}
		return d, fmt.Errorf("find the number's trunk: %w", err)
	}
	return d, nil
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, n Number, action string, detail ...string) {
	s.needs.Changes.Changed(ctx, n.WorkspaceID, "number", n.ID)
	detail = append(detail, "name", n.Name, obs.Number, obs.Mask(n.E164))
	s.needs.Audit.Record(ctx, n.WorkspaceID, actor.ID, action, n.ID, detail...)
}

func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageNumbers) {
		return notAllowed()
	}
	return nil
}

func notAllowed() error { return fault.New(fault.Forbidden, "error.not-allowed") }

// onPhone lays a conflict over the number itself to its field.
func onPhone(err error) error {
	f := fault.Of(err)
	if f.Kind != fault.Conflict {
		return err
	}
	c := *f
	c.Field = "phone"
	return c.Because(err)
}
