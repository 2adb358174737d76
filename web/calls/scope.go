package calls

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// scope is what of the history somebody sees.
type scope struct {
	all     bool
	member  string
	numbers []string // those he has
}

func (h *Handlers) scope(ctx context.Context, who auth.Who) (scope, error) {
	if who.Member.Role.Reach(member.SeeCalls) == member.Everything {
		return scope{all: true}, nil
	}
	assigned, err := h.needs.Directory.Assignments(ctx, who.Workspace.ID)
	if err != nil {
		return scope{}, fmt.Errorf("list assignments: %w", err)
	}
	s := scope{member: who.Member.ID}
	for _, a := range assigned {
		if a.MemberID == who.Member.ID {
			s.numbers = append(s.numbers, a.NumberID)
		}
	}
	return s, nil
}

// sees says whether a call is within the scope.
func (s scope) sees(r call.Record) bool {
	return s.all || r.MemberID == s.member || slices.Contains(s.numbers, r.NumberID)
}

// choices are the numbers that can be filtered by.
func (s scope) choices(all []number.Number) []number.Number {
	if s.all {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(n number.Number) bool { return !slices.Contains(s.numbers, n.ID) })
}

// bound narrows a filter to the scope. The filter's number is one of choices.
func (s scope) bound(f call.Filter) call.Filter {
	if !s.all && len(f.NumberIDs) == 0 {
		f.NumberIDs, f.MemberID = s.numbers, s.member
	}
	return f
}

// find loads a call the reader may see; any other is not found.
func (h *Handlers) find(ctx context.Context, who auth.Who, callID string) (call.Record, error) {
	r, err := h.needs.Log.Record(ctx, who.Workspace.ID, callID)
	if err != nil {
		return r, fmt.Errorf("read call: %w", err)
	}
	s, err := h.scope(ctx, who)
	if err != nil {
		return r, err
	}
	if !s.sees(r) {
		return r, fault.New(fault.NotFound, "error.not-found")
	}
	return r, nil
}
