// Package blocklist is where admins see, add and remove the callers the company
// takes no calls from. It decides nothing: rules are the blacklist service's. Any
// goroutine may use a Handlers.
package blocklist

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Service keeps the blacklist.
type Service interface {
	List(ctx context.Context, actor member.Member) ([]blocklist.Entry, error)
	Add(ctx context.Context, actor member.Member, d blocklist.Draft) (blocklist.Entry, error)
	Remove(ctx context.Context, actor member.Member, entryID string) error
}

// Names tells who members are.
type Names interface {
	MemberNames(ctx context.Context, workspaceID string, within []string) ([]people.Name, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Service Service
	Names   Names
	Now     func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageNumbers, f))
	}
	handle("GET /blacklist", h.list)
	handle("POST /blacklist", h.add)
	handle("POST /blacklist/{id}/delete", h.remove)
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	d := blocklist.Draft{Kind: blocklist.Exact, Pattern: prefill(r.URL.Query().Get("number"))}
	h.write(w, r, http.StatusOK, d, nil)
}

// prefill is what a link to the page asks to block.
func prefill(number string) string {
	if len(number) > maxPattern {
		return ""
	}
	return number
}

func (h *Handlers) add(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	d := blocklist.Draft{Kind: blocklist.Kind(f.Value("kind")), Pattern: f.Value("pattern"), Note: f.Value("note")}
	_, err = h.needs.Service.Add(r.Context(), who.Member, d)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), d, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/blacklist?done=added", http.StatusSeeOther)
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.needs.Service.Remove(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/blacklist?done=removed", http.StatusSeeOther)
}

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, d blocklist.Draft, errs form.Errors) {
	ctx := r.Context()
	who, _ := auth.From(ctx)
	all, err := h.needs.Service.List(ctx, who.Member)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	ids := []string{}
	for _, e := range all {
		ids = append(ids, e.CreatedBy)
	}
	names, err := h.needs.Names.MemberNames(ctx, who.Workspace.ID, ids)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("look up members: %w", err))
		return
	}
	c := locale.From(ctx)
	v := newView(c, all, names, d, errs)
	v.Now = h.needs.Now()
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("blacklist.title"), Lead: c.T("blacklist.lead"), Place: ui.Blacklist, Flash: flash(c, r.URL.Query().Get("done")),
	})
	h.needs.Pages.Show(w, r, status, listPage(v))
}
