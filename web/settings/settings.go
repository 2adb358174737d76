// Package settings is where admins change what the whole workspace shares: its
// name, language, time zone and country, its seats and what members may do beyond
// their role, and how far and how often it may call out. It decides nothing: rules are the workspace service's. Any goroutine may
// use a Handlers.
package settings

import (
	"context"
	"fmt"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

// Store reads the workspace and its numbers, whose countries may be called.
type Store interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
}

// Service does what the form asks for.
type Service interface {
	Edit(ctx context.Context, actor member.Member, d workspace.Draft) (workspace.Workspace, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Regions *region.Lists
	Store   Store
	Service Service
}

// Handlers serve the page.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageWorkspace, f))
	}
	handle("GET /settings", h.show)
	handle("POST /settings", h.save)
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	ws, err := h.needs.Store.Workspace(r.Context(), who.Member.WorkspaceID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("read workspace: %w", err))
		return
	}
	h.write(w, r, http.StatusOK, typedOf(ws), nil)
}

func (h *Handlers) save(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, err := read(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	_, err = h.needs.Service.Edit(r.Context(), who.Member, t.draft())
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), t, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/settings?done=saved", http.StatusSeeOther)
}

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, t typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	numbers, err := h.needs.Store.Numbers(r.Context(), who.Member.WorkspaceID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("list numbers: %w", err))
		return
	}
	c := locale.From(r.Context())
	v := newView(c, h.needs.Regions, t, numbers, errs)
	p := ui.Page{
		Title: c.T("settings.title"), Lead: c.T("settings.lead"), Place: ui.Settings, Tabs: Tabs(c, "/settings"),
	}
	if r.URL.Query().Get("done") == "saved" {
		p.Flash = ui.Notice{Tone: ui.Good, Text: c.T("settings.saved")}
	}
	v.Frame = h.needs.Pages.Frame(r, p)
	h.needs.Pages.Show(w, r, status, settingsPage(v))
}
