// Package team lists the members of a workspace and invites new ones by a link
// that the inviter hands over. Any goroutine may use a Handlers.
package team

import (
	"context"
	"net/http"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Members lists them.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Numbers lists numbers and who has them.
type Numbers interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
}

// Invitations makes and revokes them.
type Invitations interface {
	Open(ctx context.Context, workspaceID string) ([]member.Invitation, error)
	Make(ctx context.Context, who auth.Who, inv member.Invitation) (link string, err error)
	Revoke(ctx context.Context, who auth.Who, invitationID string) error
}

// Needs is what Handlers works with.
type Needs struct {
	Pages       *page.Pages
	Gate        *auth.Gate
	Members     Members
	Numbers     Numbers
	Invitations Invitations
	Now         func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.Gate.Require(member.ManageMembers, f))
	}
	handle("GET /team", h.list)
	handle("GET /team/invite", h.form)
	handle("POST /team/invite", h.invite)
	handle("POST /team/invitations/{id}/revoke", h.revoke)
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	v, err := h.load(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	var flash ui.Notice
	if r.URL.Query().Get("done") == "revoked" {
		flash = ui.Notice{Tone: ui.Good, Text: c.T("identity.team.revoked")}
	}
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("identity.team.title"), Place: ui.Team, Flash: flash,
		Actions: ui.Button{Text: c.T("identity.team.invite"), Icon: "user-plus", Variant: ui.Primary, Href: "/team/invite"},
	})
	h.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) load(ctx context.Context, who auth.Who) (listView, error) {
	members, err := h.Members.Members(ctx, who.Workspace.ID)
	if err != nil {
		return listView{}, err
	}
	numbers, err := h.Numbers.Numbers(ctx, who.Workspace.ID)
	if err != nil {
		return listView{}, err
	}
	assigned, err := h.Numbers.Assignments(ctx, who.Workspace.ID)
	if err != nil {
		return listView{}, err
	}
	open, err := h.Invitations.Open(ctx, who.Workspace.ID)
	if err != nil {
		return listView{}, err
	}
	return newListView(locale.From(ctx), members, numbers, assigned, open, who.Member.ID, h.Now()), nil
}

func (h *Handlers) form(w http.ResponseWriter, r *http.Request) {
	h.writeForm(w, r, http.StatusOK, member.Invitation{Role: member.User}, nil)
}

func (h *Handlers) writeForm(w http.ResponseWriter, r *http.Request, status int, inv member.Invitation, errs form.Errors) {
	who, _ := auth.From(r.Context())
	numbers, err := h.Numbers.Numbers(r.Context(), who.Workspace.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := newFormView(c, who, inv, numbers)
	v.Errors, v.Summary = page.Texts(c, errs)
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("identity.team.invite-title"), Lead: c.T("identity.team.invite-lead"), Place: ui.Team, Narrow: true,
		Crumbs: []ui.Crumb{{Text: c.T("identity.team.title"), Href: "/team"}},
	})
	h.Pages.Show(w, r, status, formPage(v))
}

func (h *Handlers) invite(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	inv, err := h.read(w, r, who)
	var link string
	if err == nil {
		link, err = h.Invitations.Make(r.Context(), who, inv)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.writeForm(w, r, page.Status(fault.KindOf(err)), inv, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	// No redirect: the link is in this answer and nowhere else.
	c := locale.From(r.Context())
	h.Pages.Show(w, r, http.StatusOK, madePage(madeView{
		Frame: h.Pages.Frame(r, ui.Page{
			Title: c.T("identity.team.made-title", "name", inv.Name), Place: ui.Team, Narrow: true,
			Crumbs: []ui.Crumb{{Text: c.T("identity.team.title"), Href: "/team"}},
		}),
		Link: link,
	}))
}

func (h *Handlers) read(w http.ResponseWriter, r *http.Request, who auth.Who) (member.Invitation, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return member.Invitation{}, err
	}
	numbers, err := h.Numbers.Numbers(r.Context(), who.Workspace.ID)
	if err != nil {
		return member.Invitation{}, err
	}
	ids := make([]string, len(numbers))
	for i, n := range numbers {
		ids[i] = n.ID
	}
	inv := member.Invitation{
		Name: f.Text("name", 80), Email: f.Email("email"),
		Role: member.Role(f.OneOf("role", roleNames()...)), NumberIDs: f.Some("numbers", ids),
	}
	if f.Err() != nil { // what was typed is shown again
		inv.Name, inv.Email = f.Value("name"), f.Value("email")
	}
	return inv, f.Err()
}

func roleNames() []string {
	var out []string
	for _, r := range member.Roles() {
		out = append(out, string(r))
	}
	return out
}

func (h *Handlers) revoke(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.Invitations.Revoke(r.Context(), who, r.PathValue("id")); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/team?done=revoked", http.StatusSeeOther)
}

// givable are the roles the member may give, least powerful first.
func givable(giver member.Role) []member.Role {
	roles := slices.DeleteFunc(member.Roles(), func(r member.Role) bool { return !giver.MayGive(r) })
	slices.Reverse(roles)
	return roles
}
