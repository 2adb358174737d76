package team

import (
	"context"
	"net/http"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// maxInvite bounds the posted form of a thousand addresses and all numbers, in bytes.
const maxInvite = 1 << 20

// The choices of numbers for those invited.
const (
	grantNone  = "none"
	grantShare = "share"
	grantPick  = "pick"
)

func grants() []string { return []string{grantNone, grantShare, grantPick} }

type inviteView struct {
	Frame     ui.Page
	Tabs      ui.Tabs
	Mail      bool
	Addresses string
	Roles     []ui.Option
	Languages []ui.Option
	Teams     []ui.Option
	Grants    []ui.Option
	Numbers   []ui.Option
	Errors    map[string]string
	Summary   []ui.FieldError
}

// offer is what an inviter can choose from.
type offer struct {
	roles   []member.Role
	teams   []team.Team
	numbers []number.Number
}

func (o offer) roleNames() []string {
	var out []string
	for _, r := range o.roles {
		out = append(out, string(r))
	}
	return out
}

func (o offer) teamIDs() []string {
	var out []string
	for _, t := range o.teams {
		out = append(out, t.ID)
	}
	return out
}

func (o offer) numberIDs() []string {
	var out []string
	for _, n := range o.numbers {
		out = append(out, n.ID)
	}
	return out
}

func (h *Handlers) offer(ctx context.Context, who auth.Who) (offer, error) {
	o := offer{roles: h.Waiting.GivableRoles(who.Member, who.Workspace)}
	slices.Reverse(o.roles) // the least powerful is what most get
	if !who.Can(member.ManageMembers) {
		return o, nil
	}
	var err error
	if o.teams, err = h.Teams.Teams(ctx, who.Workspace.ID); err != nil {
		return o, err
	}
	o.numbers, err = h.Numbers.Numbers(ctx, who.Workspace.ID)
	return o, err
}

func (h *Handlers) inviteForm(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	o, err := h.offer(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showInvite(w, r, http.StatusOK, o, people.Batch{Role: o.roles[0], Language: who.Workspace.Language}, nil)
}

func (h *Handlers) showInvite(w http.ResponseWriter, r *http.Request, status int, o offer, b people.Batch, errs form.Errors) {
	c := locale.From(r.Context())
	v := newInviteView(c, o, b)
	v.Mail, v.Addresses = h.MailReady(), b.Addresses
	v.Errors, v.Summary = page.Texts(c, errs)
	v.Frame, v.Tabs = h.inviteFrame(r), inviteTabs(r, "/team/invite")
	h.Pages.Show(w, r, status, invitePage(v))
}

func (h *Handlers) inviteFrame(r *http.Request) ui.Page {
	c := locale.From(r.Context())
	return h.Pages.Frame(r, ui.Page{
		Title: c.T("people.invite-title"), Lead: c.T("people.invite-lead"), Place: ui.Team, Narrow: true,
		Crumbs: []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}},
	})
}

// inviteTabs are the ways to invite; lists are for those who manage members.
func inviteTabs(r *http.Request, current string) ui.Tabs {
	who, _ := auth.From(r.Context())
	if !who.Can(member.ManageMembers) {
		return ui.Tabs{}
	}
	c := locale.From(r.Context())
	return ui.Tabs{Label: c.T("people.invite-title"), Items: []ui.TabLink{
		{Text: c.T("people.invite-typed"), Href: "/team/invite", Current: current == "/team/invite"},
		{Text: c.T("people.invite-csv"), Href: "/team/invite/csv", Current: current == "/team/invite/csv"},
	}}
}

func newInviteView(c *locale.Catalogue, o offer, b people.Batch) inviteView {
	var v inviteView
	for _, role := range o.roles {
		v.Roles = append(v.Roles, ui.Option{
			Value: string(role), Text: page.RoleName(c, role), Hint: roleHint(c, role), Selected: role == b.Role,
		})
	}
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == b.Language})
	}
	for _, t := range o.teams {
		v.Teams = append(v.Teams, ui.Option{Value: t.ID, Text: t.Name, Selected: slices.Contains(b.TeamIDs, t.ID)})
	}
	for _, n := range o.numbers {
		v.Numbers = append(v.Numbers, ui.Option{
			Value: n.ID, Text: n.Name, Hint: c.Phone(n.E164).Text, Selected: slices.Contains(b.NumberIDs, n.ID),
		})
	}
	chosen := grantNone
	switch {
	case b.PickNumber:
		chosen = grantPick
	case len(b.NumberIDs) > 0:
		chosen = grantShare
	}
	v.Grants = []ui.Option{
		{Value: grantNone, Text: c.T("people.grant.none"), Hint: c.T("people.grant.none-hint")},
		{Value: grantShare, Text: c.T("people.grant.share"), Hint: c.T("people.grant.share-hint")},
		{Value: grantPick, Text: c.T("people.grant.pick"), Hint: c.T("people.grant.pick-hint")},
	}
	for i := range v.Grants {
		v.Grants[i].Selected = v.Grants[i].Value == chosen
	}
	return v
}

func (h *Handlers) invite(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.ParseWithin(w, r, maxInvite)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	o, err := h.offer(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	b, err := readBatch(f, o)
	b.Addresses = f.Value("addresses")
	if err == nil && b.Role == member.Owner && !h.Gate.Confirm(w, r) { // an invitation makes an owner, too
		return
	}
	var made []people.Outcome
	if err == nil {
		made, err = h.Inviter.Invite(r.Context(), who.Member, b)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showInvite(w, r, page.Status(fault.KindOf(err)), o, b, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showOutcomes(w, r, made)
}

// readBatch reads what those invited get. An inviter who is offered no teams and
// numbers gives none.
func readBatch(f *form.Form, o offer) (people.Batch, error) {
	b := people.Batch{
		Role:     member.Role(f.OneOf("role", o.roleNames()...)),
		Language: f.OneOf("language", locale.Languages()...),
		TeamIDs:  f.Some("teams", o.teamIDs()),
	}
	if len(o.numbers) == 0 {
		return b, f.Err()
	}
	switch f.OneOf("grant", grants()...) {
	case grantShare:
		if b.NumberIDs = f.Some("numbers", o.numberIDs()); len(b.NumberIDs) == 0 {
			f.Add(fault.OnField("numbers", "error.numbers-needed"))
		}
	case grantPick:
		b.PickNumber, b.NumberIDs = true, f.Some("numbers", o.numberIDs())
	}
	return b, f.Err()
}

func roleHint(c *locale.Catalogue, r member.Role) string {
	switch r {
	case member.Owner:
		return c.T("people.role.owner-hint")
	case member.Admin:
		return c.T("people.role.admin-hint")
	case member.Supervisor:
		return c.T("people.role.supervisor-hint")
	}
	return c.T("people.role.member-hint")
}
