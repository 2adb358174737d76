// Package access decides what of a workspace a member reaches: the rights matrix
// (package member) put together with the teams he leads, the numbers he has, owns
// or supervises, and the switches of the workspace. It is the one place where "own"
// and "teams" are given a meaning; pages, commands and stores ask it and decide
// nothing themselves. All but Read is pure.
package access

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
)

// Facts is everything what somebody reaches depends on.
type Facts struct {
	Member     member.Member
	Levels     map[string]number.Level // by number he has
	Owned      []string                // numbers he owns
	Supervised []string                // numbers he supervises
	Led        []string                // members of the teams he leads
	Teammates  []string                // members of the teams he is in, leading or not
	SeeTeam    bool                    // members see the calls of their teams
}

// Store reads the facts about one member; Member and SeeTeam are left empty.
type Store interface {
	AccessFacts(ctx context.Context, workspaceID, memberID string) (Facts, error)
}

// Read completes the facts about m.
func Read(ctx context.Context, s Store, ws workspace.Workspace, m member.Member) (Facts, error) {
	f, err := s.AccessFacts(ctx, ws.ID, m.ID)
	if err != nil {
		return Facts{}, fmt.Errorf("read what the member reaches: %w", err)
	}
	f.Member, f.SeeTeam = m, ws.MembersSeeTeam
	return f, nil
}

// Scope is a part of the history: all of it, or the calls of these members and
// those of these numbers.
type Scope struct {
	All     bool
	Members []string
	Numbers []string
}

// Sees says whether a call that memberID took, or nobody, on numberID is within.
func (s Scope) Sees(memberID, numberID string) bool {
	return s.All || memberID != "" && slices.Contains(s.Members, memberID) || slices.Contains(s.Numbers, numberID)
}

// Calls is what of the history the member sees, with recordings and notes.
func (f Facts) Calls() Scope {
	reach := f.Member.Role.Reach(member.SeeCalls)
	if reach == member.Everything {
		return Scope{All: true}
	}
	if reach == member.Nothing {
		return Scope{}
	}
	s := Scope{Members: []string{f.Member.ID}}
	for id := range f.Levels {
		s.Numbers = append(s.Numbers, id)
	}
	if reach == member.Teams {
		s.Members = append(s.Members, f.Led...)
		s.Numbers = append(s.Numbers, f.Supervised...)
	}
	if f.SeeTeam {
		s.Members = append(s.Members, f.Teammates...)
	}
	s.Members, s.Numbers = distinct(s.Members), distinct(s.Numbers)
	return s
}

// Reaches says whether a right of the member's extends to another member.
func (f Facts) Reaches(right member.Right, memberID string) bool {
	switch f.Member.Role.Reach(right) {
	case member.Everything:
		return true
	case member.Teams:
		return memberID == f.Member.ID || slices.Contains(f.Led, memberID)
	case member.Own:
		return memberID == f.Member.ID
	}
	return false
}

// Reached lists the members a right of the member's extends to, nil for everybody.
func (f Facts) Reached(right member.Right) []string {
	switch f.Member.Role.Reach(right) {
	case member.Everything:
		return nil
	case member.Teams:
		return append(slices.Clone(f.Led), f.Member.ID)
	case member.Own:
		return []string{f.Member.ID}
	}
	return []string{}
}

// RunsNumber says whether the member may change a number's settings and who has
// it: those who manage all numbers, and its owner.
func (f Facts) RunsNumber(numberID string) bool {
	return f.Member.Role.Can(member.ManageNumbers) || slices.Contains(f.Owned, numberID)
}

// SeesNumber says whether the member knows the number as one of the company's.
func (f Facts) SeesNumber(numberID string) bool {
	if f.RunsNumber(numberID) || f.Levels[numberID] != "" {
		return true
	}
	return f.Member.Role.Reach(member.SeeCalls) == member.Teams && slices.Contains(f.Supervised, numberID)
}

// Dials says whether the member may call out with the number.
func (f Facts) Dials(numberID string) bool { return f.Levels[numberID].Dials() }

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
