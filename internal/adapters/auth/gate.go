package auth

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

// Deny answers a request that may not go on. It maps the fault to a status and
// writes a plain sentence.
type Deny func(w http.ResponseWriter, r *http.Request, err error)

// Gate lets requests through by who sent them.
type Gate struct {
	deny Deny
	now  Clock
	ask  http.Handler // the page that asks for the passkey again, nil where there is none
}

// NewGate returns a Gate that refuses through deny.
func NewGate(deny Deny) *Gate { return &Gate{deny: deny, now: time.Now} }

// Asking returns a Gate that leads who is to show a passkey again to the page
// ask, which repeats the request afterwards.
func (g *Gate) Asking(ask http.Handler, now Clock) *Gate {
	return &Gate{deny: g.deny, now: now, ask: ask}
}

// Confirmed lets members through who showed a passkey in this session a moment
// ago. Others are asked for it; a script, or where nobody can ask, gets 403.
func (g *Gate) Confirmed(next http.Handler) http.Handler {
	return g.SignedIn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.Confirm(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
}

// Confirm is Confirmed for a handler that knows only halfway whether to ask. Where
// it returns false it has answered.
func (g *Gate) Confirm(w http.ResponseWriter, r *http.Request) bool {
	who, ok := From(r.Context())
	if ok && who.Confirmed(g.now()) {
		return true
	}
	if g.ask == nil || strings.Contains(r.Header.Get("Accept"), "application/json") {
		g.deny(w, r, fault.New(fault.Forbidden, "error.confirm-needed"))
		return false
	}
	g.ask.ServeHTTP(w, r)
	return false
}

// Confirmed says whether a passkey was shown in this session a moment ago.
func (w Who) Confirmed(now time.Time) bool {
	return !w.ConfirmedAt.IsZero() && now.Sub(w.ConfirmedAt) <= confirmedFor
}

// SignedIn lets any member through. Others who asked for a page are led to the
// sign-in page and back; the rest get 401.
func (g *Gate) SignedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := From(r.Context()); ok {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet && r.Header.Get("Upgrade") == "" {
			http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		g.deny(w, r, fault.New(fault.Unauthenticated, "error.signed-out"))
	})
}

// Require lets members through whose role has the right. The answer to others
// is 403: the page is known, its content is not. An id of another workspace is
// the handler's business and a 404.
func (g *Gate) Require(right member.Right, next http.Handler) http.Handler {
	return g.SignedIn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who, _ := From(r.Context()); !who.Can(right) {
			g.deny(w, r, fault.New(fault.Forbidden, "error.not-allowed"))
			return
		}
		next.ServeHTTP(w, r)
	}))
}
