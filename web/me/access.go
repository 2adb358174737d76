package me

import (
	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/team"
	"parley/web/locale"
	"parley/web/page"
)

// maxShown bounds the numbers listed.
const maxShown = 50

// access is what the member may do and who sees his calls.
type access struct {
	Role      string
	Extension string
	Teams     []teamView
	Numbers   []numberView
	More      int // numbers not listed
	Watchers  []string
}

type teamView struct {
	Name string
	Lead bool
}

type numberView struct {
	Name, E164, Level string
}

func newAccess(c *locale.Catalogue, s surroundings, who auth.Who) access {
	a := access{Role: page.RoleName(c, who.Member.Role), Extension: who.Member.Extension}
	mine := map[string]bool{}
	for _, m := range s.memberships {
		if m.MemberID == s.me.ID {
			mine[m.TeamID] = true
			a.Teams = append(a.Teams, teamView{Name: teamName(s.teams, m.TeamID), Lead: m.Lead})
		}
	}
	for _, n := range s.held[:min(maxShown, len(s.held))] {
		a.Numbers = append(a.Numbers, numberView{n.Name, n.E164, page.LevelName(c, n.Level)})
	}
	a.More = len(s.held) - len(a.Numbers)
	a.Watchers = s.watchers(c, mine, who.Workspace.MembersSeeTeam)
	return a
}

func teamName(all []team.Team, id string) string {
	for _, t := range all {
		if t.ID == id {
			return t.Name
		}
	}
	return ""
}

// watchers says who sees the member's calls, as package access decides it.
func (s surroundings) watchers(c *locale.Catalogue, mine map[string]bool, mates bool) []string {
	out := []string{c.T("account.watchers-admins")}
	if len(s.held) > 0 {
		out = append(out, c.T("account.watchers-level"))
	}
	names := map[string]string{}
	supervises := map[string]bool{}
	for _, m := range s.members {
		names[m.ID] = m.Name
		supervises[m.ID] = leads(m.Role)
	}
	for _, m := range s.memberships {
		if m.Lead && mine[m.TeamID] && m.MemberID != s.me.ID && supervises[m.MemberID] {
			out = append(out, c.T("account.watchers-team", "name", names[m.MemberID], "team", teamName(s.teams, m.TeamID)))
		}
	}
	for _, n := range s.held {
		for _, id := range s.supervisors[n.NumberID] {
			if id != s.me.ID && supervises[id] {
				out = append(out, c.T("account.watchers-number", "name", names[id], "number", n.Name))
			}
		}
	}
	if mates && len(mine) > 0 {
		out = append(out, c.T("account.watchers-mates"))
	}
	return out
}

// leads says whether leading or supervising means anything for a role:
// owners and admins see everything anyway.
func leads(r member.Role) bool { return r.Reach(member.SeeCalls) == member.Teams }
