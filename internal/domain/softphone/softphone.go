// Package softphone is the use cases of a member's phone: what his tabs show
// (views) and what they may ask for (commands). Every command stays within the
// member's workspace, numbers and calls; that his role may use a phone at all is
// checked by whoever takes the command. It holds no state and knows no socket.
package softphone

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
)

// Numbers is what the phone needs of the number store.
type Numbers interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	// NumbersByID leaves out what is not there. It is for what every tab asks: a
	// company's numbers may be a thousand.
	NumbersByID(ctx context.Context, workspaceID string, ids []string) ([]number.Number, error)
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
	AssignmentsOf(ctx context.Context, workspaceID, memberID string) ([]number.Assignment, error)
}

// Tags lists a workspace's tags.
type Tags interface {
	Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error)
}

// Members reads members.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// History reads past calls.
type History interface {
	Record(ctx context.Context, workspaceID, callID string) (call.Record, error)
	Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error)
}

// Workspaces reads the workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Needs is what a Service is made of.
type Needs struct {
	Engine     *call.Engine
	Agents     *agent.Registry
	Numbers    Numbers
	Tags       Tags
	Members    Members
	History    History
	Workspaces Workspaces
}

// Service is the use cases of the phone.
type Service struct{ Needs }

// New returns the use cases over n.
func New(n Needs) *Service { return &Service{n} }

// lines returns the numbers m can call with, the oldest first. Where he is rung he
// can call.
func (s *Service) lines(ctx context.Context, m member.Member) ([]number.Number, error) {
	his, err := s.Numbers.AssignmentsOf(ctx, m.WorkspaceID, m.ID)
	if err != nil {
		return nil, fmt.Errorf("list the member's numbers: %w", err)
	}
	var ids []string
	for _, a := range his {
		if a.Level.Dials() {
			ids = append(ids, a.NumberID)
		}
	}
	numbers, err := s.Numbers.NumbersByID(ctx, m.WorkspaceID, ids)
	if err != nil {
		return nil, fmt.Errorf("read the member's numbers: %w", err)
	}
	return slices.DeleteFunc(numbers, func(n number.Number) bool { return n.Inactive }), nil
}

// Placed is a call that was placed, with the number as it was understood.
type Placed struct {
	CallID string
	E164   string
}

// Dial places a call by m from one of his numbers.
func (s *Service) Dial(ctx context.Context, m member.Member, numberID, to, tab string, leg call.Leg) (Placed, error) {
	lines, err := s.lines(ctx, m)
	if err != nil {
		return Placed{}, err
	}
	i := slices.IndexFunc(lines, func(n number.Number) bool { return n.ID == numberID })
	if i < 0 {
		if _, err := s.Numbers.Number(ctx, m.WorkspaceID, numberID); err != nil {
			return Placed{}, fmt.Errorf("find the number to call with: %w", err)
		}
		return Placed{}, fault.New(fault.Forbidden, "error.number-not-assigned")
	}
	line := lines[i]
	e164, err := phone.Parse(to, cmp.Or(m.DialCountry, line.Country))
	if err != nil {
		return Placed{}, err
	}
	ws, err := s.Workspaces.Workspace(ctx, m.WorkspaceID)
	if err != nil {
		return Placed{}, fmt.Errorf("read workspace: %w", err)
	}
	allowed, err := s.allowedCountries(ctx, ws)
	if err != nil {
		return Placed{}, err
	}
	callID, err := s.Engine.Place(ctx, call.Placing{
		Number: line, Member: m, To: e164, Tab: tab, Leg: leg, Allowed: allowed,
		Limits: call.Limits{
			PerMember: ws.MemberOutboundPerHour, PerWorkspace: ws.MaxOutboundPerHour, Concurrent: ws.MaxConcurrentOutbound,
		},
	})
	return Placed{CallID: callID, E164: e164}, err
}

// allowedCountries are those of the workspace's numbers and what it added.
func (s *Service) allowedCountries(ctx context.Context, ws workspace.Workspace) ([]string, error) {
	numbers, err := s.Numbers.Numbers(ctx, ws.ID)
	if err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	return number.Callable(ws.AllowedCountries, numbers), nil
}

// Answer takes a call in one of the member's tabs.
func (s *Service) Answer(ctx context.Context, m member.Member, callID, tab string, leg call.Leg) error {
	return s.Engine.Answer(ctx, m.WorkspaceID, callID, m.ID, tab, leg)
}

// Act does an action that needs no media.
func (s *Service) Act(ctx context.Context, m member.Member, callID string, a callstate.Action, on bool) error {
	return s.Engine.Act(ctx, m.WorkspaceID, callID, m.ID, a, on)
}

// maxTags bounds the tags of one call.
const maxTags = 20

// SetTags puts tags on a call of the member's and frees him of the one he owed.
func (s *Service) SetTags(ctx context.Context, m member.Member, callID string, tagIDs []string) error {
	if err := s.checkTags(ctx, m, callID, tagIDs); err != nil {
		return err
	}
	all, err := s.withLabels(ctx, m, callID, tagIDs)
	if err != nil {
		return err
	}
	if err := s.Engine.Tag(ctx, m.WorkspaceID, callID, m.ID, all); err != nil {
		return err
	}
	// Asked after: the call may have ended meanwhile.
	if len(tagIDs) > 0 && s.Agents.Status(m.ID).DueTag == callID {
		return s.Agents.MeetTag(ctx, m.WorkspaceID, m.ID, callID)
	}
	return nil
}

// withLabels adds the tags that the system has put on the call: who picks others
// takes none of them off.
func (s *Service) withLabels(ctx context.Context, m member.Member, callID string, picked []string) ([]string, error) {
	r, err := s.History.Record(ctx, m.WorkspaceID, callID)
	if fault.KindOf(err) == fault.NotFound || err == nil && len(r.TagIDs) == 0 {
		return picked, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the call to tag: %w", err)
	}
	known, err := s.Tags.Tags(ctx, m.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	out := slices.Clone(picked)
	for _, t := range known {
		if !t.Pickable() && slices.Contains(r.TagIDs, t.ID) {
			out = append(out, t.ID)
		}
	}
	return out, nil
}

// checkTags refuses tags that m may not pick, and none where one is demanded.
func (s *Service) checkTags(ctx context.Context, m member.Member, callID string, tagIDs []string) error {
	if len(tagIDs) > maxTags {
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	if len(tagIDs) == 0 {
		return s.checkUntagging(ctx, m, callID)
	}
	known, err := s.Tags.Tags(ctx, m.WorkspaceID)
	if err != nil {
		return fmt.Errorf("list tags: %w", err)
	}
	for _, id := range tagIDs {
		if !slices.ContainsFunc(known, func(t tag.Tag) bool { return t.ID == id && t.Pickable() }) {
			return fault.New(fault.NotFound, "error.tag-unknown")
		}
	}
	return nil
}

// checkUntagging lets the tags of a call be taken off while it goes on; later
// only where its number demands none.
func (s *Service) checkUntagging(ctx context.Context, m member.Member, callID string) error {
	if s.Agents.Status(m.ID).DueTag == callID {
		return fault.New(fault.Invalid, "error.tag-needed")
	}
	r, err := s.History.Record(ctx, m.WorkspaceID, callID)
	if fault.KindOf(err) == fault.NotFound || err == nil && r.Live() {
		return nil // the engine knows better
	}
	if err != nil {
		return fmt.Errorf("read the call to untag: %w", err)
	}
	line, err := s.Numbers.Number(ctx, m.WorkspaceID, r.NumberID)
	switch {
	case fault.KindOf(err) == fault.NotFound: // given up since
		return nil
	case err != nil:
		return fmt.Errorf("read the number of the call to untag: %w", err)
	case line.MandatoryTag:
		return fault.New(fault.Invalid, "error.tag-needed")
	}
	return nil
}

// SetAvailability chooses the member's setting.
func (s *Service) SetAvailability(ctx context.Context, m member.Member, setting string) error {
	return s.Agents.SetSetting(ctx, m.WorkspaceID, m.ID, member.Setting(setting))
}

// EndWrapUp ends the member's after-call work; a tag that is due comes first.
func (s *Service) EndWrapUp(ctx context.Context, m member.Member) error {
	if s.Agents.Status(m.ID).DueTag != "" {
		return fault.New(fault.Conflict, "error.tag-needed")
	}
	return s.Agents.EndWrapUp(ctx, m.WorkspaceID, m.ID)
}
