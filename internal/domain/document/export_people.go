package document

import (
	"slices"
	"strings"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
)

func (s *stored) exportMember(m member.Member) Member {
	wrapUp := Duration(m.WrapUp)
	out := Member{
		Email: m.Email, Name: m.Name, Role: string(m.Role), Language: m.Language, Extension: m.Extension, WrapUp: &wrapUp,
		DefaultNumber: s.e164(m.DefaultNumber), Hours: hoursOf(m.Hours),
	}
	if colleague, ok := s.memberByID(m.Closed.MemberID); ok && m.Closed.Do == member.ToColleague {
		out.OutsideHours = &Outside{Colleague: colleague.Email}
	}
	if line := s.e164(m.Closed.NumberID); line != "" && m.Closed.Do == member.ToLine {
		out.OutsideHours = &Outside{Line: line}
	}
	return out
}

// e164 is the phone number of a number's id, "" where there is none.
func (s *stored) e164(id string) string {
	n, _ := find(s.numbers, func(n number.Number) bool { return n.ID == id })
	return n.E164
}

func (s *stored) exportTeam(t team.Team) Team {
	out := Team{Name: t.Name, Members: &[]string{}}
	for _, one := range s.memberships {
		if one.TeamID != t.ID {
			continue
		}
		m, ok := s.memberByID(one.MemberID)
		if !ok {
			continue
		}
		*out.Members = append(*out.Members, m.Email)
		if one.Lead {
			out.Leads = append(out.Leads, m.Email)
		}
	}
	slices.Sort(*out.Members)
	slices.Sort(out.Leads)
	return out
}

func (s *stored) exportNumber(n number.Number) Number {
	out := Number{
		Phone: n.E164, Name: n.Name, Country: n.Country, WebCall: n.WebCall, Recording: Recording(n.Recording),
		MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language, Members: &[]Access{},
		CallerName: n.CallerName, InboxName: n.InboxName, Inactive: n.Inactive, Flow: s.exportFlow(n.ID),
	}
	if n.IsIVR() {
		out.Type = string(n.Type)
	}
	if t, ok := find(s.trunks, func(t trunk.Trunk) bool { return t.ID == n.TrunkID }); ok {
		out.Trunk = t.Name
	}
	if m, ok := s.memberByID(n.OwnerID); ok {
		out.Owner = &m.Email
	}
	if supervisors := s.emails(s.supervisors[n.ID]); len(supervisors) > 0 {
		out.Supervisors = &supervisors
	}
	for _, a := range s.assignments {
		if a.NumberID != n.ID {
			continue
		}
		if m, ok := s.memberByID(a.MemberID); ok {
			*out.Members = append(*out.Members, Access{Member: m.Email, Level: a.Level})
		}
	}
	slices.SortFunc(*out.Members, func(a, b Access) int { return strings.Compare(a.Member, b.Member) })
	return out
}

func (s *stored) emails(memberIDs []string) []string {
	var out []string
	for _, id := range memberIDs {
		if m, ok := s.memberByID(id); ok {
			out = append(out, m.Email)
		}
	}
	slices.Sort(out)
	return out
}
