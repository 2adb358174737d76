package team

import (
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// numbersView is the form of the numbers one member has: those with the access to
// each, and the others to add, which get one access together.
type numbersView struct {
	Frame   ui.Page
	Member  member.Member
	Has     []ui.Pair
	Others  []ui.Option
	Levels  []ui.Option
	Errors  map[string]string
	Summary []ui.FieldError
}

// showNumbers shows the form; chosen is what came back with errs.
func (h *Handlers) showNumbers(w http.ResponseWriter, r *http.Request, status int, chosen []number.Assignment, errs form.Errors) {
	who, _ := auth.From(r.Context())
	m, err := h.target(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	numbers, err := h.Numbers.Numbers(r.Context(), who.Workspace.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	has := map[string]number.Level{}
	for _, a := range chosen {
		has[a.NumberID] = a.Level
	}
	if errs == nil {
		held, err := h.Directory.HeldBy(r.Context(), who.Workspace.ID, []string{m.ID})
		if err != nil {
			h.Pages.Fail(w, r, err)
			return
		}
		for _, n := range held {
			has[n.NumberID] = n.Level
		}
	}
	c := locale.From(r.Context())
	v := numbersView{Member: m, Levels: levels(c)}
	v.Errors, v.Summary = page.Texts(c, errs)
	for _, n := range numbers {
		if level := has[n.ID]; level != "" {
			v.Has = append(v.Has, ui.Pair{Value: n.ID, Text: n.Name, Hint: c.Phone(n.E164).Text, Selected: true, Level: string(level)})
		} else {
			v.Others = append(v.Others, ui.Option{Value: n.ID, Text: n.Name, Hint: c.Phone(n.E164).Text})
		}
	}
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("people.numbers-title", "name", m.Name), Lead: c.T("people.numbers-lead"), Place: ui.Team, Narrow: true,
		Crumbs: []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}, {Text: m.Name, Href: "/team/" + m.ID}},
	})
	h.Pages.Show(w, r, status, numbersPage(v))
}

func levels(c *locale.Catalogue) []ui.Option {
	var out []ui.Option
	for _, l := range number.Levels() {
		out = append(out, ui.Option{Value: string(l), Text: page.LevelName(c, l)})
	}
	return out
}
