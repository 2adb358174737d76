package teams

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/team"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// listView is the page of all teams.
type listView struct {
	Frame   ui.Page
	Query   string
	Cards   []cardView
	Any     bool // there are teams, whether or not one is found
	Manages bool
}

// cardView is one team among the others.
type cardView struct {
	ID    string
	Name  string
	Count int
	Leads []string // names
}

// teamView is the page of one team.
type teamView struct {
	Frame   ui.Page
	ID      string
	Name    string
	People  []personView
	Manages bool
	Form    formView
}

// personView is somebody in a team.
type personView struct {
	ID    string
	Name  string
	Role  string
	Lead  bool
	State ui.AgentState
}

// formView is the form of a team.
type formView struct {
	Frame   ui.Page
	Name    string
	People  []ui.Pair
	Action  string
	Submit  string
	Errors  map[string]string
	Summary []ui.FieldError
}

func (h *Handlers) loadList(ctx context.Context, who auth.Who) (listView, error) {
	v := listView{Manages: who.Can(member.ManageMembers)}
	teams, err := h.Teams.Teams(ctx, who.Workspace.ID)
	if err != nil {
		return v, err
	}
	all, err := h.Teams.Memberships(ctx, who.Workspace.ID)
	if err != nil {
		return v, err
	}
	members, err := h.Members.Members(ctx, who.Workspace.ID)
	if err != nil {
		return v, err
	}
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.Name
	}
	for _, t := range teams {
		one := cardView{ID: t.ID, Name: t.Name}
		for _, in := range all {
			if in.TeamID != t.ID {
				continue
			}
			one.Count++
			if in.Lead {
				one.Leads = append(one.Leads, names[in.MemberID])
			}
		}
		slices.Sort(one.Leads)
		v.Cards = append(v.Cards, one)
	}
	v.Any = len(v.Cards) > 0
	return v, nil
}

// narrow leaves the teams whose name has the query in it.
func (v *listView) narrow() {
	query := text.Fold(v.Query)
	v.Cards = slices.DeleteFunc(v.Cards, func(t cardView) bool { return !strings.Contains(text.Fold(t.Name), query) })
}

// loadTeam reads a team; in is who was ticked where a form came back.
func (h *Handlers) loadTeam(ctx context.Context, who auth.Who, t team.Team, in []team.Membership, typed bool) (teamView, error) {
	c := locale.From(ctx)
	v := teamView{ID: t.ID, Name: t.Name, Manages: who.Can(member.ManageMembers)}
	all, err := h.Teams.Memberships(ctx, who.Workspace.ID)
	if err != nil {
		return v, err
	}
	all = slices.DeleteFunc(all, func(m team.Membership) bool { return m.TeamID != t.ID })
	members, err := h.Members.Members(ctx, who.Workspace.ID)
	if err != nil {
		return v, err
	}
	for _, m := range members {
		at := slices.IndexFunc(all, func(one team.Membership) bool { return one.MemberID == m.ID })
		if at < 0 {
			continue
		}
		v.People = append(v.People, personView{
			ID: m.ID, Name: m.Name, Role: page.RoleName(c, m.Role), Lead: all[at].Lead,
			State: cmp.Or(ui.AgentState(h.States.Status(m.ID).State), ui.Offline),
		})
	}
	slices.SortStableFunc(v.People, func(a, b personView) int {
		return cmp.Or(last(b.Lead)-last(a.Lead), strings.Compare(text.Fold(a.Name), text.Fold(b.Name)))
	})
	if v.Manages {
		if !typed {
			in = all
		}
		v.Form = formView{People: pairs(c, members, in), Action: "/teams/" + t.ID, Submit: c.T("people.save")}
	}
	return v, nil
}

// last sorts what is true behind what is not.
func last(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// pairs are all members, those of the team first and ticked.
func pairs(c *locale.Catalogue, members []member.Member, in []team.Membership) []ui.Pair {
	out := make([]ui.Pair, len(members))
	for i, m := range members {
		out[i] = ui.Pair{Value: m.ID, Text: m.Name, Hint: m.Email + " · " + page.RoleName(c, m.Role)}
		if at := slices.IndexFunc(in, func(one team.Membership) bool { return one.MemberID == m.ID }); at >= 0 {
			out[i].Selected, out[i].Second = true, in[at].Lead
		}
	}
	slices.SortStableFunc(out, func(a, b ui.Pair) int {
		return cmp.Or(last(b.Selected)-last(a.Selected), strings.Compare(text.Fold(a.Text), text.Fold(b.Text)))
	})
	return out
}
