package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// maxOffered bounds the numbers somebody chooses from.
const maxOffered = 200

// Offered lists the numbers a new member may still choose a direct number from, by
// name: those of his invitation that nobody has. It is empty where the invitation
// offered none, he has chosen, or he has a number of his own already.
func (s *Service) Offered(ctx context.Context, actor member.Member) ([]number.Number, error) {
	free, _, err := s.offered(ctx, actor)
	return free, err
}

// offered says besides whether he may choose at all, even where nothing is left.
func (s *Service) offered(ctx context.Context, actor member.Member) (free []number.Number, may bool, err error) {
	inv, err := s.choice(ctx, actor)
	if err != nil || !inv.PickNumber {
		return nil, false, err
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

// choice is the invitation by which the actor came, zero where he came otherwise. One
// he accepted when he was here before says nothing any more.
func (s *Service) choice(ctx context.Context, actor member.Member) (member.Invitation, error) {
	inv, err := s.needs.Offers.LastAccepted(ctx, actor.WorkspaceID, actor.Email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return inv, fmt.Errorf("find the invitation of a member: %w", err)
	}
	if err != nil || inv.AcceptedAt.Before(actor.CreatedAt.Truncate(time.Millisecond)) {
		return member.Invitation{}, nil
	}
	return inv, nil
}

// Pick makes one of the numbers offered the actor's own. He chooses once: a number
// that is taken from him later does not come back this way. Faults: Conflict
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
	if err := s.chosen(ctx, actor); err != nil { // the number is his all the same
		s.needs.Log.ErrorContext(ctx, "choice of a number not closed", obs.Workspace, actor.WorkspaceID, obs.Member, actor.ID, obs.Err, err)
	}
	s.numbersChanged(ctx, actor, actor, map[string]number.Number{numberID: free[i]}, had, has)
	return nil
}

func (s *Service) chosen(ctx context.Context, actor member.Member) error {
	inv, err := s.choice(ctx, actor)
	if err != nil {
		return err
	}
	return s.needs.Offers.CloseChoice(ctx, actor.WorkspaceID, inv.ID)
}
