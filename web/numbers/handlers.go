package numbers

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/number"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	s, err := h.load(r.Context(), who)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	var flash ui.Notice
	if r.URL.Query().Get("done") == "deleted" {
		flash = ui.Notice{Tone: ui.Good, Text: c.T("numbers.deleted")}
	}
	v := listView{Groups: s.groups(c), Frame: h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("numbers.title"), Lead: c.T("numbers.lead"), Place: ui.Numbers, Flash: flash, Actions: newButton(c),
	})}
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) blank(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	h.writeNew(w, r, http.StatusOK, typed{
		Draft: number.Draft{Country: who.Workspace.Country}, Members: []string{who.Member.ID},
	}, nil)
}

func (h *Handlers) writeNew(w http.ResponseWriter, r *http.Request, status int, t typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	s, err := h.load(r.Context(), who)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := s.fields(c, who, t, errs)
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("numbers.new-title"), Lead: c.T("numbers.new-lead"), Place: ui.Numbers, Narrow: true, Crumbs: crumbs(c),
	})
	h.needs.Pages.Show(w, r, status, newPage(v))
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, err := read(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	// Members are checked first: a number made and its members refused would be
	// refused as taken when the form is sent again.
	if err = h.known(r.Context(), who, t.Members); err == nil {
		t.Draft.Language = who.Workspace.Language
		var n number.Number
		if n, err = h.needs.Service.Create(r.Context(), who.Member, t.Draft); err == nil {
			t.id = n.ID
			err = h.needs.Service.Assign(r.Context(), who.Member, n.ID, shared(t.Members))
		}
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.writeNew(w, r, page.Status(fault.KindOf(err)), t, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, path(t.id)+"?done=created", http.StatusSeeOther)
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	n, err := h.needs.Store.Number(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.writeNumber(w, r, http.StatusOK, n, nil, nil)
}

// writeNumber shows a number as it is stored or, where t is given, as it was typed.
func (h *Handlers) writeNumber(w http.ResponseWriter, r *http.Request, status int, n number.Number, t *typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	s, err := h.load(r.Context(), who)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	if t == nil {
		t = &typed{Draft: number.DraftOf(n), Members: s.membersOf(n.ID)}
	}
	v := s.numberView(c, who, n, *t, errs, h.needs.Music.MusicIDs(), h.publicLink(n))
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: n.Name, Place: ui.Numbers, Crumbs: crumbs(c), Flash: flash(c, r.URL.Query().Get("done"), len(t.Members)),
	})
	h.needs.Pages.Show(w, r, status, numberPage(v))
}

func (h *Handlers) publicLink(n number.Number) string {
	return h.needs.PublicURL.JoinPath("call", n.E164).String()
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	n, err := h.needs.Store.Number(r.Context(), who.Workspace.ID, r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t, err := read(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t.Draft.Phone = n.E164
	if err = h.known(r.Context(), who, t.Members); err == nil {
		if _, err = h.needs.Service.Edit(r.Context(), who.Member, n.ID, t.Draft); err == nil {
			err = h.assign(r.Context(), who, n.ID, t.Members)
		}
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.writeNumber(w, r, page.Status(fault.KindOf(err)), n, &t, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, path(n.ID)+"?done=saved", http.StatusSeeOther)
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.needs.Service.Delete(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/numbers?done=deleted", http.StatusSeeOther)
}

// music plays a piece of the library.
func (h *Handlers) music(w http.ResponseWriter, r *http.Request) {
	wav, ok := h.needs.Music.WAV(strings.TrimSuffix(r.PathValue("id"), ".wav"))
	if !ok {
		h.needs.Pages.Fail(w, r, fault.New(fault.NotFound, "error.not-found"))
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
}

func path(id string) string { return "/numbers/" + id }
