package numbers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

func (h *Handlers) writeNew(w http.ResponseWriter, r *http.Request, status int, t typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	c := locale.From(r.Context())
	v, err := h.fields(r.Context(), c, who, t, errs)
	if err == nil {
		err = h.first(r.Context(), c, who, t, &v)
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: newTitle(c, t.Draft.Type), Lead: c.T("numbers.new-lead"), Place: ui.Numbers, Narrow: true,
		Crumbs: append(crumbs(c), ui.Crumb{Text: c.T("numbers.new"), Href: "/numbers/new"}),
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
			err = h.needs.Holders.Assign(r.Context(), who.Member, n.ID, shared(t.Members))
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

// known refuses ids that are nobody's, before anything is stored.
func (h *Handlers) known(ctx context.Context, who auth.Who, ids []string) error {
	all, err := h.needs.Members.Roster(ctx, who.Workspace.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(m people.Brief) bool { return m.ID == id }) {
			return fault.OnField("members", "error.member-unknown")
		}
	}
	return nil
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request, n number.Number) {
	h.writeNumber(w, r, http.StatusOK, n, typed{Draft: number.DraftOf(n)}, nil)
}

// writeNumber shows a number with the draft, which may be one refused.
func (h *Handlers) writeNumber(w http.ResponseWriter, r *http.Request, status int, n number.Number, t typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	c := locale.From(r.Context())
	holders, err := h.needs.Store.Holders(r.Context(), n.WorkspaceID, []string{n.ID})
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	fields, err := h.fields(r.Context(), c, who, t, errs)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v := newNumberView(c, n, fields, h.needs.Music.MusicIDs(), h.publicLink(n))
	v.Holders, v.Manages = len(holders), who.Can(member.ManageNumbers)
	if err := h.live(r.Context(), who, &v); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: n.Name, Place: ui.Numbers, Crumbs: crumbs(c), Tabs: page.NumberTabs(c, n.ID, page.NumberSettings),
		Flash: flash(c, n, r.URL.Query().Get("done"), len(holders)), Sheets: sheets(),
	})
	h.needs.Pages.Show(w, r, status, numberPage(v))
}

// live reads what callers find on the number now.
func (h *Handlers) live(ctx context.Context, who auth.Who, v *numberView) error {
	open, err := h.needs.Lines.OpenNow(ctx, who.Workspace.ID)
	if err != nil {
		return fmt.Errorf("see whether the line is open: %w", err)
	}
	v.Open = open[v.Number.ID]
	if v.Path, err = h.needs.Paths.Path(ctx, who, v.Number.ID); err != nil {
		return fmt.Errorf("tell what callers live through: %w", err)
	}
	return nil
}

func (h *Handlers) publicLink(n number.Number) string {
	return h.needs.PublicURL.JoinPath("call", n.E164).String()
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request, n number.Number) {
	who, _ := auth.From(r.Context())
	t, err := read(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t.Draft.Phone = n.E164
	if !who.Can(member.ManageTrunks) { // the form of a number's owner has no such field
		t.Draft.TrunkID = n.TrunkID
	}
	_, err = h.needs.Service.Edit(r.Context(), who.Member, n.ID, t.Draft)
	if errs := form.ErrorsOf(err); errs != nil {
		h.writeNumber(w, r, page.Status(fault.KindOf(err)), n, t, errs)
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

// music plays a piece of the library: anybody may hear what callers do.
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
