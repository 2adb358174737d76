package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// Who is the member behind a request, as the store had it when the request
// came: a changed role acts on the next one.
type Who struct {
	Member    member.Member
	Workspace workspace.Workspace
	SessionID string // hash of the session's token; safe to show
}

// Can says whether the member's role has the right.
func (w Who) Can(right member.Right) bool { return w.Member.Role.Can(right) }

type whoKey struct{}

// With returns a context that carries who.
func With(ctx context.Context, who Who) context.Context {
	return context.WithValue(ctx, whoKey{}, who)
}

// From is the member of the request, false where nobody is signed in.
func From(ctx context.Context) (Who, bool) {
	who, ok := ctx.Value(whoKey{}).(Who)
	return who, ok
}

// Deny answers a request that may not go on. It maps the fault to a status and
// writes a plain sentence.
type Deny func(w http.ResponseWriter, r *http.Request, err error)

// Gate lets requests through by who sent them.
type Gate struct {
	deny Deny
}

// NewGate returns a Gate that refuses through deny.
func NewGate(deny Deny) *Gate { return &Gate{deny: deny} }

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

// LocalPath returns p if it is a path of this site, "/" otherwise, so that a
// crafted link cannot send somebody elsewhere after signing in.
func LocalPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || len(p) > 2048 || strings.ContainsAny(p, "\\\r\n\t") {
		return "/"
	}
	if u, err := url.Parse(p); err != nil || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return p
}
