package todo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
)

// MaxPage is the most items one list has.
const MaxPage = 100

// Members finds members.
type Members interface {
	// Member returns a member of the workspace, removed ones too.
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Needs is what a Service works with.
type Needs struct {
	Store   Store
	Members Members
	Access  access.Store
	Changes Changes
	Now     func() time.Time
}

// Service is what people do with what is to be done. Somebody sees the items of the
// numbers whose calls he sees, and those assigned to him; with a number he may only
// read he does nothing. It holds no state of its own: any goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Query is a page of the list: what is still to do unless Done, of one number or
// assigned to the reader alone if wanted.
type Query struct {
	Done     bool
	NumberID string
	Mine     bool
	Before   time.Time
	BeforeID string
	Limit    int // at most MaxPage, which 0 is
}

// Seen is an item as a reader finds it.
type Seen struct {
	Item

	Acts  bool // he may assign it and do away with it
	Dials bool // he may call back with its number
}

// List returns a page of the list, the latest first.
func (s *Service) List(ctx context.Context, actor member.Member, q Query) ([]Seen, error) {
	r, err := s.reach(ctx, actor)
	if err != nil {
		return nil, err
	}
	f := Filter{Done: q.Done, Before: q.Before, BeforeID: q.BeforeID, Limit: q.Limit}
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	f.NumberIDs, f.AssigneeID = r.filter(q)
	items, err := s.needs.Store.Items(ctx, actor.WorkspaceID, f)
	if err != nil {
		return nil, fmt.Errorf("list what is to be done: %w", err)
	}
	out := make([]Seen, len(items))
	for i, item := range items {
		out[i] = r.see(item)
	}
	return out, nil
}

// Find returns one item; one the actor does not see is not found.
func (s *Service) Find(ctx context.Context, actor member.Member, itemID string) (Seen, error) {
	r, err := s.reach(ctx, actor)
	if err != nil {
		return Seen{}, err
	}
	item, err := s.needs.Store.Item(ctx, actor.WorkspaceID, itemID)
	if err != nil {
		return Seen{}, fmt.Errorf("find what is to be done: %w", err)
	}
	if !r.sees(item) {
		return Seen{}, fault.New(fault.NotFound, "error.not-found")
	}
	return r.see(item), nil
}

// Numbers lists the numbers whose items the actor sees, nil for all.
func (s *Service) Numbers(ctx context.Context, actor member.Member) ([]string, error) {
	r, err := s.reach(ctx, actor)
	return r.numbers, err
}

// Count is how many items are still to do for the actor, no more than MaxPage.
func (s *Service) Count(ctx context.Context, actor member.Member) (int, error) {
	all, err := s.List(ctx, actor, Query{})
	return len(all), err
}

// Assign gives an item to a member, "" to nobody, and stamps the time. Faults:
// Invalid with the field member, Conflict error.todo-done, Forbidden, NotFound.
func (s *Service) Assign(ctx context.Context, actor member.Member, itemID, memberID string) (Item, error) {
	if _, err := s.Find(ctx, actor, itemID); err != nil { // an item that is not his comes before a member who is not there
		return Item{}, err
	}
	if memberID != "" {
		m, err := s.needs.Members.Member(ctx, actor.WorkspaceID, memberID)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return Item{}, fmt.Errorf("find the assignee: %w", err)
		}
		if err != nil || !m.Active() || !m.Role.Can(member.UsePhone) {
			return Item{}, fault.OnField("member", "error.member-unknown")
		}
	}
	return s.edit(ctx, actor, itemID, func(i *Item) error {
		if i.AssigneeID == memberID {
			return nil
		}
		i.AssigneeID, i.AssignedAt = memberID, time.Time{}
		if memberID != "" {
			i.AssignedAt = s.needs.Now().UTC()
		}
		return nil
	})
}

// Archive does away with an item without a call. Faults: as Assign.
func (s *Service) Archive(ctx context.Context, actor member.Member, itemID string) (Item, error) {
	return s.finish(ctx, actor, itemID, Archived)
}

// CalledBack notes that the caller was called back in another way than by a call of
// Parley's, which closes its item by itself. Faults: as Assign.
func (s *Service) CalledBack(ctx context.Context, actor member.Member, itemID string) (Item, error) {
	return s.finish(ctx, actor, itemID, CalledBack)
}

func (s *Service) finish(ctx context.Context, actor member.Member, itemID string, o Outcome) (Item, error) {
	return s.edit(ctx, actor, itemID, func(i *Item) error {
		*i = i.done(o, s.needs.Now().UTC(), actor.ID)
		return nil
	})
}

// edit changes an open item that the actor may change.
func (s *Service) edit(ctx context.Context, actor member.Member, itemID string, change func(*Item) error) (Item, error) {
	r, err := s.reach(ctx, actor)
	if err != nil {
		return Item{}, err
	}
	item, err := s.needs.Store.EditItem(ctx, actor.WorkspaceID, itemID, func(i *Item) error {
		switch {
		case !r.sees(*i):
			return fault.New(fault.NotFound, "error.not-found")
		case !r.acts(*i):
			return fault.New(fault.Forbidden, "error.not-allowed")
		case !i.Open():
			return fault.New(fault.Conflict, "error.todo-done")
		}
		return change(i)
	})
	if err != nil {
		return Item{}, fmt.Errorf("change what is to be done: %w", err)
	}
	s.needs.Changes.Changed(ctx, actor.WorkspaceID, changed, item.ID)
	return item, nil
}

// reach is which items somebody sees and may act on.
type reach struct {
	facts   access.Facts
	numbers []string // nil for all
}

func (s *Service) reach(ctx context.Context, actor member.Member) (reach, error) {
	if !actor.Role.Can(member.SeeCalls) {
		return reach{numbers: []string{}}, fault.New(fault.Forbidden, "error.not-allowed")
	}
	f, err := s.needs.Access.AccessFacts(ctx, actor.WorkspaceID, actor.ID)
	if err != nil {
		return reach{numbers: []string{}}, fmt.Errorf("read what the member reaches: %w", err)
	}
	f.Member = actor
	r := reach{facts: f}
	if scope := f.Calls(); !scope.All {
		r.numbers = append([]string{}, scope.Numbers...)
	}
	return r, nil
}

// filter narrows the store's list to what is seen and asked for.
func (r reach) filter(q Query) (numbers []string, assignee string) {
	numbers, assignee = r.numbers, r.facts.Member.ID
	if numbers == nil {
		assignee = ""
	}
	if q.Mine {
		return []string{}, r.facts.Member.ID
	}
	if q.NumberID != "" {
		if r.numbers == nil || slices.Contains(r.numbers, q.NumberID) {
			return []string{q.NumberID}, ""
		}
		return []string{}, "" // nothing
	}
	return numbers, assignee
}

func (r reach) see(i Item) Seen {
	return Seen{Item: i, Acts: r.acts(i), Dials: i.E164 != "" && r.facts.Dials(i.NumberID)}
}

func (r reach) sees(i Item) bool {
	return r.numbers == nil || slices.Contains(r.numbers, i.NumberID) || i.AssigneeID == r.facts.Member.ID
}

// acts: who may only read a number's calls does nothing about them.
func (r reach) acts(i Item) bool {
	return r.numbers == nil || i.AssigneeID == r.facts.Member.ID || r.facts.Dials(i.NumberID) ||
		r.facts.RunsNumber(i.NumberID) || slices.Contains(r.facts.Supervised, i.NumberID)
}
