// Package confirm is the page on which a signed-in member shows a passkey again
// before something grave is done. It repeats the request that asked for it. It
// decides nothing: auth.Gate says what is asked of whom. Any goroutine may use a
// Handlers.
package confirm

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// What a form that is repeated may be.
const (
	maxBody   = 64 << 10 // bytes
	maxFields = 1000
)

// Passkeys judges the passkey that is shown.
type Passkeys interface {
	BeginConfirm(w http.ResponseWriter, r *http.Request, who auth.Who) (any, error)
	FinishConfirm(w http.ResponseWriter, r *http.Request, who auth.Who) error
}

// Sessions notes that it was shown.
type Sessions interface {
	Confirm(w http.ResponseWriter, r *http.Request, who auth.Who) error
}

// Handlers serve the page.
type Handlers struct {
	pages    *page.Pages
	passkeys Passkeys
	sessions Sessions
}

// New returns the handlers.
func New(pages *page.Pages, passkeys Passkeys, sessions Sessions) *Handlers {
	return &Handlers{pages: pages, passkeys: passkeys, sessions: sessions}
}

// Routes mounts the page on mux; limit slows down guessing.
func (h *Handlers) Routes(mux page.Mux, gate *auth.Gate, limit func(http.Handler) http.Handler) {
	mux.Handle("GET "+page.ConfirmPath, gate.SignedIn(http.HandlerFunc(h.show)))
	mux.Handle("POST "+page.ConfirmPath+"/begin", limit(gate.SignedIn(http.HandlerFunc(h.begin))))
	mux.Handle("POST "+page.ConfirmPath+"/finish", limit(gate.SignedIn(http.HandlerFunc(h.finish))))
}

// show asks for a passkey and goes on to a page.
func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	next := auth.LocalPath(r.URL.Query().Get("next"))
	h.write(w, r, http.StatusOK, view{Finish: finishAt(next), Cancel: next})
}

func finishAt(next string) string {
	return page.ConfirmPath + "/finish?next=" + url.QueryEscape(next)
}

// Ask answers a request that needs a passkey first with the page that asks for it
// and then repeats the request. A form is repeated field by field, so it must be a
// small one without files.
func (h *Handlers) Ask(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		h.write(w, r, http.StatusForbidden, view{Finish: finishAt(r.URL.RequestURI()), Cancel: page.Referrer(r)})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	err := r.ParseForm()
	if kind := r.Header.Get("Content-Type"); err != nil || kind != "" && kind != "application/x-www-form-urlencoded" {
		h.pages.Fail(w, r, fault.New(fault.Forbidden, "error.confirm-needed").Because(err))
		return
	}
	fields := fieldsOf(r.PostForm)
	if len(fields) > maxFields {
		h.pages.Fail(w, r, fault.New(fault.Invalid, "error.form-unreadable"))
		return
	}
	h.write(w, r, http.StatusForbidden, view{
		Finish: finishAt("/"), Cancel: page.Referrer(r), Action: r.URL.RequestURI(), Fields: fields,
	})
}

func fieldsOf(posted url.Values) []field {
	var out []field
	for name, values := range posted {
		for _, value := range values {
			out = append(out, field{name, value})
		}
	}
	slices.SortStableFunc(out, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, v view) {
	c := locale.From(r.Context())
	v.Frame = h.pages.Frame(r, ui.Page{
		Title: c.T("identity.confirm.title"), Lead: c.T("identity.confirm.lead"), Narrow: true,
		Scripts: []string{page.PasskeyScript},
	})
	v.Frame.Path = page.ConfirmPath
	h.pages.Show(w, r, status, confirmPage(v))
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	options, err := h.passkeys.BeginConfirm(w, r, who)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) finish(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	err := h.passkeys.FinishConfirm(w, r, who)
	if err == nil {
		err = h.sessions.Confirm(w, r, who)
	}
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, page.Moved{Location: auth.LocalPath(r.URL.Query().Get("next"))})
}
