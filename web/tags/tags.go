// Package tags is where admins see, make, edit and delete the labels put on
// calls. It decides nothing: rules are the tag service's. Any goroutine may use a
// Handlers.
package tags

import (
	"context"
	"fmt"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/tag"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Store reads tags.
type Store interface {
	Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error)
	Tag(ctx context.Context, workspaceID, id string) (tag.Tag, error)
}

// Service does what the forms ask for.
type Service interface {
	Create(ctx context.Context, actor member.Member, d tag.Draft) (tag.Tag, error)
	Edit(ctx context.Context, actor member.Member, tagID string, d tag.Draft) (tag.Tag, error)
	Delete(ctx context.Context, actor member.Member, tagID string) error
}

// Needs is what Handlers works with.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Store   Store
	Service Service
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageTags, f))
	}
	handle("GET /tags", h.list)
	handle("GET /tags/new", h.blank)
	handle("POST /tags/new", h.create)
	handle("GET /tags/{id}", h.show)
	handle("POST /tags/{id}", h.edit)
	handle("POST /tags/{id}/delete", h.remove)
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Store.Tags(r.Context(), who.Workspace.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("list tags: %w", err))
		return
	}
	c := locale.From(r.Context())
	v := newListView(c, all)
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("tags.title"), Lead: c.T("tags.lead"), Place: ui.Tags, Actions: newButton(c),
		Flash: flash(c, r.URL.Query().Get("done")),
	})
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) blank(w http.ResponseWriter, r *http.Request) {
	h.write(w, r, http.StatusOK, "", tag.Draft{Colour: tag.Colours()[0]}, nil)
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) {
	h.save(w, r, "", func(who auth.Who, d tag.Draft) error {
		_, err := h.needs.Service.Create(r.Context(), who.Member, d)
		return err
	})
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, err := h.needs.Store.Tag(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err == nil && t.System {
		err = fault.New(fault.Forbidden, "error.tag-system")
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.write(w, r, http.StatusOK, t.ID, tag.Draft{Name: t.Name, Colour: t.Colour}, nil)
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	h.save(w, r, id, func(who auth.Who, d tag.Draft) error {
		_, err := h.needs.Service.Edit(r.Context(), who.Member, id, d)
		return err
	})
}

// save reads the form, has it stored, and shows it again where it was refused.
func (h *Handlers) save(w http.ResponseWriter, r *http.Request, id string, store func(auth.Who, tag.Draft) error) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	d := tag.Draft{Name: f.Value("name"), Colour: ui.ColourName(f.Value("colour"))}
	err = store(who, d)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), id, d, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/tags?done=saved", http.StatusSeeOther)
}

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, id string, d tag.Draft, errs form.Errors) {
	c := locale.From(r.Context())
	v := newFormView(c, id, d, errs)
	title := c.T("tags.new-title")
	if id != "" {
		title = c.T("tags.edit-title")
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: title, Place: ui.Tags, Narrow: true, Crumbs: []ui.Crumb{{Text: c.T("tags.title"), Href: "/tags"}},
	})
	h.needs.Pages.Show(w, r, status, formPage(v))
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.needs.Service.Delete(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/tags?done=deleted", http.StatusSeeOther)
}
