// Package teams shows the teams of a workspace and who is in them, and lets those
// who manage members make, fill and delete them. What leading a team allows is
// in package access. Any goroutine may use a Handlers.
package teams

import (
	"context"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/team"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Teams reads them and who is in them.
type Teams interface {
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
	Team(ctx context.Context, workspaceID, id string) (team.Team, error)
	Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error)
}

// Members lists the members.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Editor changes teams: team.Service.
type Editor interface {
	Create(ctx context.Context, actor member.Member, name string, members []team.Membership) (team.Team, error)
	Rename(ctx context.Context, actor member.Member, teamID, name string) error
	SetMembers(ctx context.Context, actor member.Member, teamID string, members []team.Membership) error
	Delete(ctx context.Context, actor member.Member, teamID string) error
}

// States knows what members are doing.
type States interface {
	Status(memberID string) agent.Status
}

// Needs is what Handlers works with.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Teams   Teams
	Members Members
	Editor  Editor
	States  States
	Now     func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

const (
	maxForm  = 1 << 20 // bytes: a form that names every member
	maxName  = 60      // characters
	maxQuery = 80
)

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	see := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.Gate.Require(member.SeeMembers, f))
	}
	manage := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.Gate.Require(member.ManageMembers, f))
	}
	see("GET /teams", h.list)
	manage("GET /teams/new", h.newForm)
	manage("POST /teams/new", h.create)
	see("GET /teams/{id}", h.show)
	manage("POST /teams/{id}", h.save)
	manage("POST /teams/{id}/delete", h.delete)
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	v, err := h.loadList(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	v.Query, _ = text.Line(r.URL.Query().Get("q"), maxQuery)
	v.narrow()
	if r.URL.Query().Get("part") == "list" {
		h.Pages.Show(w, r, http.StatusOK, listPart(v))
		return
	}
	c := locale.From(r.Context())
	f := ui.Page{
		Title: c.T("people.title"), Place: ui.Team, Tabs: page.TeamTabs(r, page.TeamsTab),
		Flash: flash(c, r.URL.Query().Get("done")),
	}
	if who.Can(member.ManageMembers) {
		f.Actions = ui.Button{Text: c.T("teams.new"), Icon: "plus", Variant: ui.Primary, Href: "/teams/new"}
	}
	v.Frame = h.Pages.Frame(r, f)
	h.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "made":
		n.Text = c.T("teams.done.made")
	case "saved":
		n.Text = c.T("teams.done.saved")
	case "deleted":
		n.Text = c.T("teams.done.deleted")
	}
	return n
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) {
	h.showNew(w, r, http.StatusOK, "", nil, nil)
}

func (h *Handlers) showNew(w http.ResponseWriter, r *http.Request, status int, name string, in []team.Membership, errs form.Errors) {
	who, _ := auth.From(r.Context())
	members, err := h.Members.Members(r.Context(), who.Workspace.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := formView{Name: name, People: pairs(c, members, in), Action: "/teams/new", Submit: c.T("teams.create")}
	v.Errors, v.Summary = page.Texts(c, errs)
	v.Frame = h.Pages.Frame(r, ui.Page{Title: c.T("teams.new"), Place: ui.Team, Narrow: true, Crumbs: crumbs(c)})
	h.Pages.Show(w, r, status, newPage(v))
}

func crumbs(c *locale.Catalogue) []ui.Crumb {
	return []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}, {Text: c.T("teams.title"), Href: "/teams"}}
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	name, in, err := h.read(w, r, who)
	if err == nil {
		var made team.Team
		if made, err = h.Editor.Create(r.Context(), who.Member, name, in); err == nil {
			http.Redirect(w, r, "/teams/"+made.ID+"?done=made", http.StatusSeeOther)
			return
		}
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showNew(w, r, page.Status(fault.KindOf(err)), name, in, errs)
		return
	}
	h.Pages.Fail(w, r, err)
}

// read reads name and members of a team.
func (h *Handlers) read(w http.ResponseWriter, r *http.Request, who auth.Who) (name string, in []team.Membership, err error) {
	f, err := form.ParseWithin(w, r, maxForm)
	if err != nil {
		return "", nil, err
	}
	members, err := h.Members.Members(r.Context(), who.Workspace.ID)
	if err != nil {
		return "", nil, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	name = f.Text("name", maxName)
	leads := map[string]bool{}
	for _, id := range f.Some("lead", ids) { // whoever leads it is in it
		leads[id] = true
		in = append(in, team.Membership{MemberID: id, Lead: true})
	}
	for _, id := range f.Some("members", ids) {
		if !leads[id] {
			in = append(in, team.Membership{MemberID: id})
		}
	}
	if f.Err() != nil {
		name = f.Value("name")
	}
	return name, in, f.Err()
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, err := h.Teams.Team(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showTeam(w, r, http.StatusOK, t, t.Name, nil, nil)
}

// showTeam shows a team; name and in are what came back with errs.
func (h *Handlers) showTeam(
	w http.ResponseWriter, r *http.Request, status int, t team.Team, name string, in []team.Membership, errs form.Errors,
) {
	who, _ := auth.From(r.Context())
	v, err := h.loadTeam(r.Context(), who, t, in, errs != nil)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	if r.URL.Query().Get("part") == "people" {
		h.Pages.Show(w, r, status, peoplePart(v))
		return
	}
	c := locale.From(r.Context())
	v.Form.Name = name
	v.Form.Errors, v.Form.Summary = page.Texts(c, errs)
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: t.Name, Place: ui.Team, Narrow: true, Crumbs: crumbs(c), Scripts: []string{"live.js"},
		Flash: flash(c, r.URL.Query().Get("done")),
	})
	h.Pages.Show(w, r, status, teamPage(v))
}

func (h *Handlers) save(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, err := h.Teams.Team(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	name, in, err := h.read(w, r, who)
	if err == nil && name != t.Name {
		err = h.Editor.Rename(r.Context(), who.Member, t.ID, name)
	}
	if err == nil {
		err = h.Editor.SetMembers(r.Context(), who.Member, t.ID, in)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showTeam(w, r, page.Status(fault.KindOf(err)), t, name, in, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/teams/"+t.ID+"?done=saved", http.StatusSeeOther)
}

func (h *Handlers) delete(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.Editor.Delete(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/teams?done=deleted", http.StatusSeeOther)
}
