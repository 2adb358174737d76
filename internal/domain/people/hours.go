package people

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
)

// SetHours changes when a member works and what becomes of calls outside these
// hours: his own, or of those the actor's right to set availability reaches.
// Faults: those of hours.Clean; Invalid with the field closed, closed_member or
// closed_number; Forbidden; NotFound.
func (s *Service) SetHours(ctx context.Context, actor member.Member, memberID string, h hours.Hours, c member.Closed) error {
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	if err := s.reaches(ctx, actor, member.SetAvailability, m.ID); err != nil {
		return err
	}
	ws, err := s.needs.Workspaces.Workspace(ctx, actor.WorkspaceID)
	if err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	h, err = h.Clean(ws.TimeZone)
	if err != nil {
		return err
	}
	if c, err = s.cleanClosed(ctx, actor, m, c); err != nil {
		return err
	}
	var detail []string
	err = s.needs.Edits.EditMember(ctx, m.WorkspaceID, m.ID, func(m *member.Member) error {
		if !sameHours(m.Hours, h) {
			detail = []string{"slots", fmt.Sprint(len(h.Slots)), "zone", h.In(ws.TimeZone).Zone}
		}
		detail = append(detail, difference("closed", closedWord(m.Closed), closedWord(c))...)
		if c.MemberID != m.Closed.MemberID {
			detail = append(detail, "closed_member", c.MemberID)
		}
		m.Hours, m.Closed = h, c
		return nil
	})
	if err != nil {
		return fmt.Errorf("save hours: %w", err)
	}
	if len(detail) == 0 {
		return nil
	}
	s.needs.Agents.SetHours(m.WorkspaceID, m.ID, h) // as stored: the workspace may move to another zone
	s.changed(ctx, m)
	s.record(ctx, actor, ActionHours, m.ID, detail...)
	return nil
}

// closedWord names a way to treat calls for the audit.
func closedWord(c member.Closed) string {
	if c.Do == member.ToVoicemail {
		return "voicemail"
	}
	return string(c.Do)
}

func sameHours(a, b hours.Hours) bool {
	return a.Zone == b.Zone && slices.EqualFunc(a.Slots, b.Slots, func(x, y hours.Slot) bool {
		return x.From == y.From && x.To == y.To && slices.Equal(x.Days, y.Days)
	})
}

// cleanClosed checks where calls of m go outside his hours, and forgets what the
// chosen way has no use for.
func (s *Service) cleanClosed(ctx context.Context, actor, m member.Member, c member.Closed) (member.Closed, error) {
	switch c.Do {
	case member.ToVoicemail:
		return member.Closed{}, nil
	case member.ToColleague:
		if c.MemberID == m.ID {
			return c, fault.OnField("closed_member", "error.colleague-self")
		}
		if _, err := s.target(ctx, m, c.MemberID); err != nil {
			return c, unknown(err, "closed_member", "error.member-unknown")
		}
		return member.Closed{Do: c.Do, MemberID: c.MemberID}, nil
	case member.ToLine:
		if err := s.mainLine(ctx, actor, m, c.NumberID); err != nil {
			return c, unknown(err, "closed_number", "error.number-unknown")
		}
		return member.Closed{Do: c.Do, NumberID: c.NumberID}, nil
	}
	return c, fault.OnField("closed", "error.form-choice")
}

// mainLine is a NotFound fault where calls of m cannot be sent to a number by the
// actor: he sees it, or m has it, or they go there already.
func (s *Service) mainLine(ctx context.Context, actor, m member.Member, numberID string) error {
	if _, err := s.needs.Numbers.Number(ctx, m.WorkspaceID, numberID); err != nil {
		return fmt.Errorf("find the main line: %w", err)
	}
	if m.Closed.Do == member.ToLine && m.Closed.NumberID == numberID {
		return nil
	}
	facts, err := s.needs.Access.AccessFacts(ctx, actor.WorkspaceID, actor.ID)
	if err != nil {
		return fmt.Errorf("read what the member reaches: %w", err)
	}
	if facts.Member = actor; facts.SeesNumber(numberID) {
		return nil
	}
	has, err := s.held(ctx, m)
	if err == nil && has[numberID] == "" {
		err = notFound()
	}
	return err
}

// unknown lays what was not found to the field that names it.
func unknown(err error, field, key string) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.OnField(field, key).Because(err)
	}
	return err
}

// SetAvailability changes whether a member takes calls: his own, or of those the
// actor's right reaches. Faults: Invalid with the field setting, Forbidden,
// NotFound.
func (s *Service) SetAvailability(ctx context.Context, actor member.Member, memberID string, set member.Setting) error {
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	if err := s.reaches(ctx, actor, member.SetAvailability, m.ID); err != nil {
		return err
	}
	if !slices.Contains(member.Settings(), set) {
		return fault.OnField("setting", "error.form-choice")
	}
	if err := s.needs.Agents.SetSetting(ctx, m.WorkspaceID, m.ID, set); err != nil {
		return fmt.Errorf("set availability: %w", err)
	}
	s.changed(ctx, m)
	if actor.ID != m.ID { // one's own changes many times a day
		s.record(ctx, actor, ActionAvailability, m.ID, difference("setting", m.Setting, set)...)
	}
	return nil
}

// joined is nil, the one fault, or all of them.
func joined(faults []error) error { return errors.Join(faults...) }
