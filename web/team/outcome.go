package team

import (
	"net/http"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/people"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// outcomesView is what became of a batch.
type outcomesView struct {
	Frame    ui.Page
	Mailed   []string // addresses
	Links    []handed
	Refused  []refused
	Rejected string // the refused lines of a list, to be mended and uploaded again
}

// handed is an invitation whose link the reader hands over.
type handed struct{ Email, Link string }

// refused is an address or line nobody was invited by.
type refused struct {
	Line   int // of the list, 0 where there is none
	Email  string
	Reason string
}

// showOutcomes tells what became of each. There is no redirect: links are in this
// answer and nowhere else.
func (h *Handlers) showOutcomes(w http.ResponseWriter, r *http.Request, made []people.Outcome) {
	c := locale.From(r.Context())
	var v outcomesView
	for _, o := range made {
		switch {
		case o.Problem != nil:
			v.Refused = append(v.Refused, newRefused(c, o))
		case o.Mailed:
			v.Mailed = append(v.Mailed, o.Email)
		default:
			v.Links = append(v.Links, handed{o.Email, o.Link})
		}
	}
	if len(v.Refused) > 0 && v.Refused[0].Line > 0 {
		v.Rejected = string(people.RejectedCSV(made, func(f *fault.Error) string { return page.Sentence(c, f) }))
	}
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("people.made-title"), Place: ui.Team, Narrow: true,
		Crumbs: []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}},
	})
	h.Pages.Show(w, r, http.StatusOK, outcomesPage(v))
}

func newRefused(c *locale.Catalogue, o people.Outcome) refused {
	v := refused{Line: o.Line, Email: o.Email, Reason: page.Sentence(c, o.Problem)}
	if v.Email == "" {
		v.Email = strings.Join(o.Row, " ")
	}
	if r := []rune(v.Email); len(r) > 80 {
		v.Email = string(r[:80]) + "…"
	}
	return v
}
