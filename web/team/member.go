package team

import (
	"context"
	"net/http"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// memberView is the page of one member. What the reader may not change is shown
// without its form, or left out.
type memberView struct {
	Frame   ui.Page
	Member  member.Member
	You     bool
	Role    string
	State   ui.AgentState
	Teams   []teamView
	Numbers []people.Held

	Detailed bool // e-mail, numbers, hours, last use
	Manages  bool // profile, teams, numbers
	MayRole  bool // and the role, and may remove
	MayRing  bool // setting and hours

	Settings  []ui.Option
	Languages []ui.Option
	Roles     []ui.Option
	Profile   profileFields
	Hours     ui.Badge // within them now, or not
	Closed    string   // what happens outside them
	Errors    map[string]string
	Summary   []ui.FieldError
	Now       time.Time
}

func (v memberView) path(action string) string { return "/team/" + v.Member.ID + "/" + action }

// teamView is a team as a member's page shows it.
type teamView struct {
	ID   string
	Name string
	In   bool
	Lead bool
}

// profileFields are the fields of a profile as typed.
type profileFields struct{ Name, Language, Extension, WrapUp string }

// target is the member a page is about; who has left is not found.
func (h *Handlers) target(r *http.Request, who auth.Who) (member.Member, error) {
	m, err := h.Members.Member(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err == nil && !m.Active() {
		err = fault.New(fault.NotFound, "error.not-found")
	}
	return m, err
}

func (h *Handlers) member(w http.ResponseWriter, r *http.Request) {
	h.showMember(w, r, http.StatusOK, nil, nil)
}

// showMember shows the page; typed is a profile that came back with errs.
func (h *Handlers) showMember(w http.ResponseWriter, r *http.Request, status int, typed *profileFields, errs form.Errors) {
	who, _ := auth.From(r.Context())
	m, err := h.target(r, who)
	var v memberView
	if err == nil {
		v, err = h.load(r.Context(), who, m)
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v.Errors, v.Summary = page.Texts(c, errs)
	if typed != nil {
		v.Profile = *typed
	}
	v.choices(c, who, h.States.Status(m.ID))
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: m.Name, Place: ui.Team, Flash: memberFlash(c, r.URL.Query().Get("done"), m.Name), Scripts: []string{"live.js"},
		Crumbs: []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}},
	})
	if v.You {
		v.Frame.Actions = ui.Button{Text: c.T("people.own-settings"), Icon: "settings", Href: "/me"}
	}
	if r.URL.Query().Get("part") == "state" {
		h.Pages.Show(w, r, status, statePart(v))
		return
	}
	h.Pages.Show(w, r, status, memberPage(v))
}

func memberFlash(c *locale.Catalogue, done, name string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "saved":
		n.Text = c.T("people.done.saved")
	case "role":
		n.Text = c.T("people.done.role", "name", name)
	}
	return n
}

// load reads what the reader is shown of m.
func (h *Handlers) load(ctx context.Context, who auth.Who, m member.Member) (memberView, error) {
	facts, err := h.facts(ctx, who)
	if err != nil {
		return memberView{}, err
	}
	reached := facts.Reaches(member.SetAvailability, m.ID)
	v := memberView{
		Member: m, You: m.ID == who.Member.ID, Role: page.RoleName(locale.From(ctx), m.Role), State: h.state(m.ID),
		Detailed: reached || m.ID == who.Member.ID, Manages: who.Can(member.ManageMembers), Now: h.Now(),
		MayRing: reached, MayRole: who.Member.Role.MayGive(m.Role), Profile: fieldsOf(m),
	}
	if v.Teams, err = h.teamsOf(ctx, who, m.ID); err != nil {
		return v, err
	}
	if !v.Detailed {
		return v, nil
	}
	if v.Numbers, err = h.Directory.HeldBy(ctx, who.Workspace.ID, []string{m.ID}); err != nil {
		return v, err
	}
	return v, h.hoursOf(ctx, who, &v)
}

// teamsOf lists all teams, those the member is in marked.
func (h *Handlers) teamsOf(ctx context.Context, who auth.Who, memberID string) ([]teamView, error) {
	teams, err := h.Teams.Teams(ctx, who.Workspace.ID)
	if err != nil {
		return nil, err
	}
	all, err := h.Teams.Memberships(ctx, who.Workspace.ID)
	if err != nil {
		return nil, err
	}
	out := make([]teamView, len(teams))
	for i, t := range teams {
		out[i] = teamView{ID: t.ID, Name: t.Name}
		if at := slices.IndexFunc(all, func(a team.Membership) bool { return a.TeamID == t.ID && a.MemberID == memberID }); at >= 0 {
			out[i].In, out[i].Lead = true, all[at].Lead
		}
	}
	return out, nil
}

// choices fills the lists of the forms.
func (v *memberView) choices(c *locale.Catalogue, who auth.Who, s agent.Status) {
	setting := s.Setting
	if setting == "" { // he has not been seen since the server started
		setting = v.Member.Setting
	}
	for _, one := range member.Settings() {
		v.Settings = append(v.Settings, ui.Option{
			Value: string(one), Text: settingName(c, one), Hint: settingHint(c, one), Selected: one == setting,
		})
	}
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == v.Profile.Language})
	}
	for _, role := range slices.Backward(member.Roles()) {
		if who.Member.Role.MayGive(role) {
			v.Roles = append(v.Roles, ui.Option{
				Value: string(role), Text: page.RoleName(c, role), Hint: roleHint(c, role), Selected: role == v.Member.Role,
			})
		}
	}
}

func settingName(c *locale.Catalogue, s member.Setting) string {
	switch s {
	case member.Auto:
		return c.T("people.setting.auto")
	case member.DoNotDisturb:
		return c.T("people.setting.do-not-disturb")
	}
	return c.T("people.setting.available")
}

func settingHint(c *locale.Catalogue, s member.Setting) string {
	switch s {
	case member.Auto:
		return c.T("people.setting.auto-hint")
	case member.DoNotDisturb:
		return c.T("people.setting.do-not-disturb-hint")
	}
	return c.T("people.setting.available-hint")
}
