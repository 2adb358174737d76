package auth

import (
	"context"
	"net/url"
	"strings"
	"time"

	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// Who is the member behind a request, as the store had it when the request
// came: a changed role acts on the next one.
type Who struct {
	Member    member.Member
	Workspace workspace.Workspace
	SessionID string // safe to show
	// ConfirmedAt is when a passkey was last shown in this session.
	ConfirmedAt time.Time
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
