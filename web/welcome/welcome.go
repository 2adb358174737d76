// Package welcome leads a new member to the first call in a few steps: a number of
// his own where one is offered, the microphone, notifications. It can be opened
// again later. Choosing a number is a form; the rest happens in the browser
// (welcome.js) and is only noted here. Any goroutine may use a Handlers.
package welcome

import (
	"context"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Account is what a new member may settle for himself.
type Account interface {
	// Offered lists the numbers he may choose a direct number from; none once he has.
	Offered(ctx context.Context, actor member.Member) ([]number.Number, error)
	// Pick makes one of them his; Conflict error.number-taken-meanwhile where a
	// colleague was faster.
	Pick(ctx context.Context, actor member.Member, numberID string) error
	SetNotices(ctx context.Context, actor member.Member, n member.Notices) error
}

// Handlers serve the page.
type Handlers struct {
	pages   *page.Pages
	gate    *auth.Gate
	account Account
}

// New returns the handlers.
func New(pages *page.Pages, gate *auth.Gate, account Account) *Handlers {
	return &Handlers{pages, gate, account}
}

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, h.gate.Require(member.UsePhone, f)) }
	handle("GET /welcome", h.show)
	handle("POST /welcome/number", h.pick)
	handle("POST /welcome/notices", h.notices)
}

// maxOffered bounds the numbers shown: a long list is narrowed, not scrolled.
const maxOffered = 200

type view struct {
	Frame   ui.Bare
	Numbers []ui.Option
	Filter  string // label of the box above a long list
	Problem string
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) { h.write(w, r, http.StatusOK, nil) }

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, problem *fault.Error) {
	who, _ := auth.From(r.Context())
	offered, err := h.account.Offered(r.Context(), who.Member)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := view{Frame: h.pages.Bare(r, ui.Bare{
		Title: c.T("account.welcome.title", "name", who.Member.Name), Lead: c.T("account.welcome.lead"),
		Sheets: []string{"welcome.css"}, Scripts: []string{"welcome.js"}, Wide: true,
	})}
	v.Frame.Path = "/welcome" // where the language switch returns to, also from a refused form
	for i, n := range offered[:min(maxOffered, len(offered))] {
		v.Numbers = append(v.Numbers, ui.Option{Value: n.ID, Text: c.Phone(n.E164).Text, Hint: n.Name, Selected: i == 0})
	}
	if len(v.Numbers) > 8 {
		v.Filter = c.T("account.welcome.filter")
	}
	if problem != nil {
		v.Problem = page.Sentence(c, problem)
	}
	h.pages.Show(w, r, status, welcomePage(v))
}

// pick takes a number. One that somebody else took meanwhile is told, beside what
// is left.
func (h *Handlers) pick(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err == nil {
		err = h.account.Pick(r.Context(), who.Member, f.Value("number"))
	}
	switch fault.KindOf(err) {
	case fault.Conflict:
		h.write(w, r, http.StatusConflict, fault.Of(err))
		return
	default:
		if err != nil {
			h.pages.Fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, "/welcome", http.StatusSeeOther)
}

// notices notes that the member wants notifications on his screen.
func (h *Handlers) notices(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	n := who.Member.Notices
	n.Desktop = true
	if err := h.account.SetNotices(r.Context(), who.Member, n); err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
