package softphone

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// Assigned returns who is rung by a call to a number: the active members it rings,
// with those who stand in for them outside their hours, and why others are not.
func (s *Service) Assigned(ctx context.Context, n number.Number) (call.Ringers, error) {
	var r roster
	var err error
	if r.members, err = s.Members.Members(ctx, n.WorkspaceID); err != nil {
		return call.Ringers{}, fmt.Errorf("list members: %w", err)
	}
	if r.assigned, err = s.Numbers.Assignments(ctx, n.WorkspaceID); err != nil {
		return call.Ringers{}, fmt.Errorf("list who has which number: %w", err)
	}
	ws, err := s.Workspaces.Workspace(ctx, n.WorkspaceID)
	if err != nil {
		return call.Ringers{}, fmt.Errorf("read workspace: %w", err)
	}
	r.zone, r.now = ws.TimeZone, time.Now()
	return r.ringers(n.ID), nil
}

// roster is everything that whom a call rings depends on, but what members are
// doing: that is settled when they are booked.
type roster struct {
	members  []member.Member
	assigned []number.Assignment
	zone     string // of the workspace
	now      time.Time
}

func (r roster) ringers(numberID string) call.Ringers {
	out := call.Ringers{Passed: make(map[string]agent.Reason)}
	try := func(m member.Member, numberID string) agent.Reason {
		reason := r.passes(m, numberID)
		known := slices.ContainsFunc(out.Members, func(o member.Member) bool { return o.ID == m.ID })
		switch {
		case reason == agent.Free && !known:
			out.Members = append(out.Members, m)
		case reason != agent.Free:
			out.Passed[m.ID] = reason
		}
		return reason
	}
	for _, m := range r.holders(numberID) {
		if try(m, numberID) != agent.ReasonHours {
			continue
		}
		// One hop: nobody stands in for who stands in.
		others, line := r.standIns(m, numberID)
		for _, other := range others {
			try(other, line)
		}
	}
	for _, m := range out.Members {
		delete(out.Passed, m.ID) // rung after all, for somebody else
	}
	return out
}

// holders are the active members whom calls to a number ring.
func (r roster) holders(numberID string) []member.Member {
	var out []member.Member
	for _, m := range r.members {
		if rung(m) && slices.ContainsFunc(r.assigned, func(a number.Assignment) bool {
			return a.NumberID == numberID && a.MemberID == m.ID && a.Level.Rings()
		}) {
			out = append(out, m)
		}
	}
	return out
}

func rung(m member.Member) bool { return m.Active() && m.Role.Can(member.UsePhone) }

// passes says why a call to a number does not ring a member, whatever he is doing.
func (r roster) passes(m member.Member, numberID string) agent.Reason {
	switch {
	case slices.Contains(m.Notices.Muted, numberID):
		return agent.ReasonMuted
	case m.Setting == member.Auto && !m.Hours.In(r.zone).Open(r.now):
		return agent.ReasonHours
	}
	return agent.Free
}

// standIns are rung instead of a member outside his hours, as by a call to a
// number: the one called, or his main line.
func (r roster) standIns(m member.Member, called string) (others []member.Member, numberID string) {
	switch m.Closed.Do {
	case member.ToColleague:
		for _, o := range r.members {
			if o.ID == m.Closed.MemberID && rung(o) {
				others = append(others, o)
			}
		}
	case member.ToLine:
		return r.holders(m.Closed.NumberID), m.Closed.NumberID
	case member.ToVoicemail:
	}
	return others, called
}
