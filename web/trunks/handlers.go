package trunks

import (
	"net/http"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/trunk"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	items, err := h.items(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(listView{Trunks: items, Frame: h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("trunks.title"), Lead: c.T("trunks.lead"), Place: ui.Trunks, Actions: newButton(c),
		Flash: flash(c, r.URL.Query().Get("done")), Scripts: []string{"live.js"},
	})}))
}

// listStatus is the list alone, for the page to stay current.
func (h *Handlers) listStatus(w http.ResponseWriter, r *http.Request) {
	items, err := h.items(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.Show(w, r, http.StatusOK, trunkTable(items))
}

func (h *Handlers) items(r *http.Request) ([]item, error) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Store.Trunks(r.Context(), who.Workspace.ID)
	if err != nil {
		return nil, err
	}
	c, now := locale.From(r.Context()), h.needs.Now()
	items := make([]item, len(all))
	for i, t := range all {
		items[i] = newItem(c, t, h.needs.Statuses.TrunkStatus(t.ID), now)
	}
	sortByName(items)
	return items, nil
}

func (h *Handlers) blank(w http.ResponseWriter, r *http.Request) {
	h.write(w, r, http.StatusOK, trunk.Trunk{}, trunk.Draft{Transport: trunk.UDP}, nil)
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) {
	h.save(w, r, trunk.Trunk{}, func(who auth.Who, d trunk.Draft) (trunk.Trunk, error) {
		return h.needs.Service.Create(r.Context(), who.Member, d)
	})
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	if t, ok := h.find(w, r); ok {
		h.write(w, r, http.StatusOK, t, trunk.DraftOf(t), nil)
	}
}

// status is the panel alone, for the page to stay current.
func (h *Handlers) status(w http.ResponseWriter, r *http.Request) {
	if t, ok := h.find(w, r); ok {
		h.needs.Pages.Show(w, r, http.StatusOK, statusFacts(h.statusOf(r, t)))
	}
}

func (h *Handlers) statusOf(r *http.Request, t trunk.Trunk) statusView {
	return newStatusView(locale.From(r.Context()), t, h.needs.Statuses.TrunkStatus(t.ID), h.needs.Now())
}

// find answers with an error page where the trunk is not the workspace's.
func (h *Handlers) find(w http.ResponseWriter, r *http.Request) (trunk.Trunk, bool) {
	who, _ := auth.From(r.Context())
	t, err := h.needs.Store.Trunk(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
	}
	return t, err == nil
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) {
	t, ok := h.find(w, r)
	if !ok {
		return
	}
	h.save(w, r, t, func(who auth.Who, d trunk.Draft) (trunk.Trunk, error) {
		return h.needs.Service.Edit(r.Context(), who.Member, t.ID, d)
	})
}

// save reads the form, has it stored, and shows it again where it was refused.
func (h *Handlers) save(w http.ResponseWriter, r *http.Request, t trunk.Trunk, store func(auth.Who, trunk.Draft) (trunk.Trunk, error)) {
	who, _ := auth.From(r.Context())
	d, err := read(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	saved, err := store(who, d)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), t, d, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/trunks/"+saved.ID+"?done=saved", http.StatusSeeOther)
}

// read takes the form. Passwords are taken as they are: a blank at an end counts.
func read(w http.ResponseWriter, r *http.Request) (trunk.Draft, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return trunk.Draft{}, err
	}
	return trunk.Draft{
		Name: f.Value("name"), Host: f.Value("host"), Port: f.Value("port"), Transport: trunk.Transport(f.Value("transport")),
		Username: f.Value("username"), Password: r.PostForm.Get("password"), Register: f.Value("register") == "on", SRTP: f.Value("srtp") == "on",
		Allowed:         strings.FieldsFunc(f.Value("allowed"), func(c rune) bool { return strings.ContainsRune(" ,;\t\r\n", c) }),
		InboundUsername: f.Value("inbound_username"), InboundPassword: r.PostForm.Get("inbound_password"),
	}, nil
}

// write shows the form of a trunk; one without an id is new.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, t trunk.Trunk, d trunk.Draft, errs form.Errors) {
	c := locale.From(r.Context())
	v := newFormView(c, t, d, errs)
	frame := ui.Page{
		Title: c.T("trunks.new-title"), Lead: c.T("trunks.new-lead"), Place: ui.Trunks,
		Crumbs: []ui.Crumb{{Text: c.T("trunks.title"), Href: "/trunks"}},
	}
	if t.ID != "" {
		v.Status = h.statusOf(r, t)
		frame.Title, frame.Lead, frame.Scripts = t.Name, "", []string{"live.js"}
		frame.Flash = flash(c, r.URL.Query().Get("done"))
	}
	v.Frame = h.needs.Pages.Frame(r, frame)
	h.needs.Pages.Show(w, r, status, formPage(v))
}

// remove deletes a trunk. One still in use is refused on its own page.
func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	t, ok := h.find(w, r)
	if !ok {
		return
	}
	who, _ := auth.From(r.Context())
	err := h.needs.Service.Delete(r.Context(), who.Member, t.ID)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), t, trunk.DraftOf(t), errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/trunks?done=deleted", http.StatusSeeOther)
}
