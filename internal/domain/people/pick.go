package people

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// maxOffered bounds the numbers somebody chooses from.
const maxOffered = 200

// Offered lists the numbers a new member may still choose a direct number from, by
// name: those of his invitation that nobody has. It is empty where the invitation
// offered none, or he has a number of his own already.
func (s *Service) Offered(ctx context.Context, actor member.Member) ([]number.Number, error) {
	free, _, err := s.offered(ctx, actor)
	return free, err
}

// offered says besides whether he may choose at all, even where nothing is left.
func (s *Service) offered(ctx context.Context, actor member.Member) (free []number.Number, may bool, err error) {
	inv, err := s.needs.Offers.LastAccepted(ctx, actor.WorkspaceID, actor.Email) // he may have been here before
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, false, fmt.Errorf("find the invitation of a member: %w", err)
	}
	if !inv.PickNumber { // nor where there was none
		return nil, false, nil
	}
	had, err := s.held(ctx, actor)
	if err != nil {
		return nil, false, err
	}
	for _, level := range had {
		if level == number.Exclusive {
			return nil, false, nil
		}
	}
	var within []string // nil: all that nobody has
	if len(inv.NumberIDs) > 0 {
		within = inv.NumberIDs
	}
	free, err = s.needs.Directory.VacantNumbers(ctx, actor.WorkspaceID, within, maxOffered)
	if err != nil {
		return nil, true, fmt.Errorf("list numbers nobody has: %w", err)
	}
	return free, true, nil
}

// Pick makes one of the numbers offered the actor's own. Faults: Conflict
// error.number-taken-meanwhile (a colleague was faster), Forbidden (it was never
// offered).
func (s *Service) Pick(ctx context.Context, actor member.Member, numberID string) error {
	free, may, err := s.offered(ctx, actor)
	if err != nil {
		return err
	}
	if !may {
		return notAllowed()
	}
	i := slices.IndexFunc(free, func(n number.Number) bool { return n.ID == numberID })
	if i < 0 {
		return fault.New(fault.Conflict, "error.number-taken-meanwhile")
	}
	had, err := s.held(ctx, actor)
	if err != nil {
		return err
	}
	has := map[string]number.Level{numberID: number.Exclusive}
	all := []number.Assignment{{NumberID: numberID, MemberID: actor.ID, Level: number.Exclusive}}
	for id, level := range had {
		has[id] = level
		all = append(all, number.Assignment{NumberID: id, MemberID: actor.ID, Level: level})
	}
	if err := s.needs.Edits.SetNumbersOf(ctx, actor.WorkspaceID, actor.ID, all); err != nil {
		if fault.Of(err).Key == "error.number-exclusive" {
			return fault.New(fault.Conflict, "error.number-taken-meanwhile").Because(err)
		}
		return fmt.Errorf("take the number offered: %w", err)
	}
	s.numbersChanged(ctx, actor, actor, map[string]number.Number{numberID: free[i]}, had, has)
	return nil
}
