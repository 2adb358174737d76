package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
)

// Addresser tells where a request came from.
type Addresser interface {
	Address(r *http.Request) netip.Addr
}

// Sessions signs members in and out. A session is one browser; it ends when it
// is unused for too long, too old, signed out or revoked.
type Sessions struct {
	manager    *scs.SessionManager
	store      identity.SessionStore
	members    Members
	workspaces Workspaces
	clients    Addresser
	trail      *Trail
	idle       time.Duration
	now        Clock
	log        *slog.Logger

	mu    sync.Mutex
	hooks map[int]func(sessionID string)
	next  int
}

// NewSessions returns the sessions kept in store.
func NewSessions(
	cfg Config, store identity.SessionStore, members Members, workspaces Workspaces,
	clients Addresser, trail *Trail, now Clock, log *slog.Logger,
) *Sessions {
	if cfg.Idle == 0 {
		cfg.Idle = defaultIdle
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = defaultLifetime
	}
	return &Sessions{
		manager: newManager(cfg.PublicURL, "parley_session", cfg.Lifetime, store, now),
		store:   store, members: members, workspaces: workspaces, clients: clients,
		trail: trail, idle: cfg.Idle, now: now, log: log, hooks: make(map[int]func(string)),
	}
}

// newManager sets up scs: hashed tokens, a host-only cookie out of reach of
// scripts, and over https the __Host- prefix, which browsers accept from us alone.
func newManager(public *url.URL, name string, lifetime time.Duration, store identity.SessionStore, now Clock) *scs.SessionManager {
	m := scs.New()
	m.Lifetime = lifetime
	m.Store = &scsStore{store: store, now: now}
	m.Codec = jsonCodec{}
	m.Cookie.Name = name
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	if public.Scheme == "https" {
		m.Cookie.Secure = true
		m.Cookie.Name = "__Host-" + name
	}
	return m
}

const (
	valueMember    = "member"
	valueWorkspace = "workspace"
)

// Start signs the member in on this browser. Whatever session it had ends, and
// the token is new, so that a token planted before signing in is worth nothing.
func (s *Sessions) Start(w http.ResponseWriter, r *http.Request, m member.Member) error {
	token := s.token(r)
	ctx, err := s.manager.Load(r.Context(), token)
	if err != nil {
		return fmt.Errorf("load session: %w", err)
	}
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session token: %w", err)
	}
	s.manager.Put(ctx, valueMember, m.ID)
	s.manager.Put(ctx, valueWorkspace, m.WorkspaceID)
	fresh, expiry, err := s.manager.Commit(withRow(ctx, identity.Session{
		MemberID: m.ID, WorkspaceID: m.WorkspaceID,
		UserAgent: clip(r.UserAgent(), maxUserAgent), Address: s.clients.Address(r).String(),
	}))
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, w, fresh, expiry)
	if token != "" {
		s.revoked(hashOf(token))
	}
	s.trail.Record(ctx, m.WorkspaceID, m.ID, ActionSignedIn, m.ID)
	return nil
}

// End signs this browser out.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) error {
	token := s.token(r)
	ctx, err := s.manager.Load(r.Context(), token)
	if err != nil {
		return fmt.Errorf("load session: %w", err)
	}
	if err := s.manager.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, w, "", time.Time{})
	if token != "" {
		s.revoked(hashOf(token))
	}
	return nil
}

// Of lists the member's live sessions, last used first.
func (s *Sessions) Of(ctx context.Context, memberID string) ([]identity.Session, error) {
	all, err := s.store.SessionsOf(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	live := all[:0]
	for _, row := range all {
		if s.fresh(row) {
			live = append(live, row)
		}
	}
	return live, nil
}

// Revoke ends one of the member's own sessions. Another member's is not found.
func (s *Sessions) Revoke(ctx context.Context, who Who, sessionID string) error {
	row, err := s.store.Session(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	if row.MemberID == "" || row.MemberID != who.Member.ID {
		return fault.New(fault.NotFound, "error.not-found")
	}
	if err := s.store.DeleteSession(ctx, sessionID); err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	s.trail.Record(ctx, row.WorkspaceID, who.Member.ID, ActionSessionRevoked, row.MemberID)
	s.revoked(sessionID)
	return nil
}

// Valid returns who holds the session now, or an unauthenticated fault. A
// websocket asks from time to time; that counts as use.
func (s *Sessions) Valid(ctx context.Context, sessionID string) (Who, error) {
	row, err := s.store.Session(ctx, sessionID)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return Who{}, fault.New(fault.Unauthenticated, "error.signed-out")
		}
		return Who{}, fmt.Errorf("find session: %w", err)
	}
	if row.MemberID == "" || !s.fresh(row) {
		return Who{}, fault.New(fault.Unauthenticated, "error.signed-out")
	}
	who, err := s.resolve(ctx, row)
	if err != nil {
		return Who{}, err
	}
	s.touch(ctx, row)
	return who, nil
}

// resolve loads member and workspace; a removed member has no session.
func (s *Sessions) resolve(ctx context.Context, row identity.Session) (Who, error) {
	m, err := s.members.Member(ctx, row.WorkspaceID, row.MemberID)
	if err == nil && !m.Active() {
		err = fault.New(fault.NotFound, "error.not-found")
	}
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return Who{}, fault.New(fault.Unauthenticated, "error.signed-out")
		}
		return Who{}, fmt.Errorf("load member of session: %w", err)
	}
	ws, err := s.workspaces.Workspace(ctx, row.WorkspaceID)
	if err != nil {
		return Who{}, fmt.Errorf("load workspace of session: %w", err)
	}
	return Who{Member: m, Workspace: ws, SessionID: row.Token}, nil
}

func (s *Sessions) fresh(row identity.Session) bool {
	now := s.now()
	return now.Before(row.ExpiresAt) && now.Sub(row.LastSeenAt) <= s.idle
}

// touch notes that the session is in use, at most once a minute. The store
// refuses to bring a deleted session back, so a revocation always wins.
func (s *Sessions) touch(ctx context.Context, row identity.Session) {
	now := s.now().UTC()
	if now.Sub(row.LastSeenAt) < touchEvery {
		return
	}
	row.LastSeenAt = now
	if err := s.store.SaveSession(ctx, row); err != nil && fault.KindOf(err) != fault.NotFound {
		s.log.Warn("session not touched", obs.Member, row.MemberID, obs.Err, err)
	}
}

// Middleware puts the member behind each request in its context; a request
// without a live session goes on without one.
func (s *Sessions) Middleware(deny Deny, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := s.token(r)
		if token == "" {
			next.ServeHTTP(w, r)
			return
		}
		who, err := s.Valid(r.Context(), hashOf(token))
		switch {
		case err == nil:
			r = r.WithContext(With(r.Context(), who))
		case fault.KindOf(err) != fault.Unauthenticated:
			deny(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// OnRevoked calls f with the id of each session that ends on this node, from
// the goroutine that ended it; f must not block. The returned function stops it.
func (s *Sessions) OnRevoked(f func(sessionID string)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.next
	s.next++
	s.hooks[key] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.hooks, key)
	}
}

func (s *Sessions) revoked(sessionID string) {
	s.mu.Lock()
	hooks := make([]func(string), 0, len(s.hooks))
	for _, f := range s.hooks {
		hooks = append(hooks, f)
	}
	s.mu.Unlock()
	for _, f := range hooks {
		f(sessionID)
	}
}

// Sweep deletes expired sessions every hour until ctx ends.
func (s *Sessions) Sweep(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := s.store.DeleteExpiredSessions(ctx, s.now()); err != nil && ctx.Err() == nil {
			s.log.Warn("expired sessions not deleted", obs.Err, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Sessions) token(r *http.Request) string { return cookieToken(r, s.manager.Cookie.Name) }

// cookieToken reads a session token, "" where there is none that scs could have made.
func cookieToken(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) != tokenChars {
		return ""
	}
	return c.Value
}

// clip bounds what a client said of itself and keeps it storable text.
func clip(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
