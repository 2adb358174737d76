package numbers

import (
	"context"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/number"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// maxIndent is how deep branches of a path are drawn apart.
const maxIndent = 3

func newPath(t number.Type) string { return "/numbers/new?type=" + string(t) }

func typeName(c *locale.Catalogue, t number.Type) string {
	if t == number.IVR {
		return c.T("numbers.type.ivr")
	}
	return c.T("numbers.type.classic")
}

func typeIcon(t number.Type) string {
	if t == number.IVR {
		return "grip"
	}
	return "users"
}

func typeOptions(c *locale.Catalogue, now number.Type) []ui.Option {
	now, _ = now.Clean()
	var out []ui.Option
	for _, t := range number.Types() {
		out = append(out, ui.Option{Value: string(t), Text: typeName(c, t), Selected: t == now})
	}
	return out
}

// blank asks for the type of a new number and, once that is known, for the rest.
func (h *Handlers) blank(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	t, ok := number.Type(r.URL.Query().Get("type")).Clean()
	if !ok || !r.URL.Query().Has("type") {
		c := locale.From(r.Context())
		h.needs.Pages.Show(w, r, http.StatusOK, typePage(h.needs.Pages.Frame(r, ui.Page{
			Title: c.T("numbers.type-title"), Lead: c.T("numbers.type-lead"), Place: ui.Numbers, Crumbs: crumbs(c), Sheets: sheets(),
		})))
		return
	}
	d := number.Draft{Type: t, Country: who.Workspace.Country}
	h.writeNew(w, r, http.StatusOK, typed{Draft: d, Members: []string{who.Member.ID}}, nil)
}

func newTitle(c *locale.Catalogue, t number.Type) string {
	if t == number.IVR {
		return c.T("numbers.new-title-ivr")
	}
	return c.T("numbers.new-title")
}

// membersHint says what it means to have a number of the type.
func membersHint(ctx context.Context, t number.Type) string {
	if t == number.IVR {
		return locale.T(ctx, "numbers.members-ivr")
	}
	return locale.T(ctx, "numbers.members-hint")
}

func (v numberView) membersLead(ctx context.Context) string {
	if v.Number.IsIVR() {
		return locale.T(ctx, "numbers.members-ivr")
	}
	return locale.T(ctx, "numbers.members-lead")
}

func (v numberView) recordingLead(ctx context.Context) string {
	if v.Draft.Type == number.IVR {
		return locale.T(ctx, "numbers.recording-ivr")
	}
	return locale.T(ctx, "numbers.recording-lead")
}

func pathLead(ctx context.Context, p page.Path) string {
	if p.Default {
		return locale.T(ctx, "numbers.path-default")
	}
	return locale.T(ctx, "numbers.path-lead")
}
