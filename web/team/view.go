package team

import (
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/locale"
	"parley/web/ui"
)

type listView struct {
	Frame   ui.Page
	Members []memberView
	Open    []invitationView
	Now     time.Time
}

type memberView struct {
	Name    string
	Email   string
	Role    string
	Numbers []string // their names
	You     bool
}

type invitationView struct {
	ID      string
	Name    string
	Email   string
	Role    string
	Expires time.Time
}

func (i invitationView) revoke() string { return "/team/invitations/" + i.ID + "/revoke" }

func newListView(
	c *locale.Catalogue, members []member.Member, numbers []number.Number,
	assigned []number.Assignment, open []member.Invitation, you string, now time.Time,
) listView {
	names := make(map[string]string, len(numbers))
	for _, n := range numbers {
		names[n.ID] = n.Name
	}
	of := make(map[string][]string, len(members))
	for _, a := range assigned {
		if name := names[a.NumberID]; name != "" {
			of[a.MemberID] = append(of[a.MemberID], name)
		}
	}
	v := listView{Now: now}
	for _, m := range members {
		slices.Sort(of[m.ID])
		v.Members = append(v.Members, memberView{
			Name: m.Name, Email: m.Email, Role: roleName(c, m.Role), Numbers: of[m.ID], You: m.ID == you,
		})
	}
	for _, inv := range open {
		v.Open = append(v.Open, invitationView{
			ID: inv.ID, Name: inv.Name, Email: inv.Email, Role: roleName(c, inv.Role), Expires: inv.ExpiresAt,
		})
	}
	return v
}

type formView struct {
	Frame   ui.Page
	Name    string
	Email   string
	Roles   []ui.Option
	Numbers []ui.Option
	Errors  map[string]string
	Summary []ui.FieldError
}

func newFormView(c *locale.Catalogue, who auth.Who, inv member.Invitation, numbers []number.Number) formView {
	v := formView{Name: inv.Name, Email: inv.Email}
	for _, role := range givable(who.Member.Role) {
		v.Roles = append(v.Roles, ui.Option{
			Value: string(role), Text: roleName(c, role), Hint: roleHint(c, role), Selected: role == inv.Role,
		})
	}
	for _, n := range numbers {
		v.Numbers = append(v.Numbers, ui.Option{
			Value: n.ID, Text: n.Name, Hint: c.Phone(n.E164).Text, Selected: slices.Contains(inv.NumberIDs, n.ID),
		})
	}
	return v
}

type madeView struct {
	Frame ui.Page
	Link  string
}

func roleName(c *locale.Catalogue, r member.Role) string {
	switch r {
	case member.Owner:
		return c.T("identity.role.owner")
	case member.Admin:
		return c.T("identity.role.admin")
	case member.Supervisor:
		return c.T("identity.role.supervisor")
	}
	return c.T("identity.role.member")
}

func roleHint(c *locale.Catalogue, r member.Role) string {
	switch r {
	case member.Owner:
		return c.T("identity.role.owner-hint")
	case member.Admin:
		return c.T("identity.role.admin-hint")
	case member.Supervisor:
		return c.T("identity.role.supervisor-hint")
	}
	return c.T("identity.role.member-hint")
}
