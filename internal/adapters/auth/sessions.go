package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
)

// Addresser tells where a request came from.
type Addresser interface {
	Address(r *http.Request) netip.Addr
}

// SessionRows is what Sessions asks of the store.
type SessionRows interface {
	identity.SessionStore
	identity.SessionLists
	Credential(ctx context.Context, id string) (identity.Credential, error)
}

// Sessions signs members in and out. A session is one browser; it ends when it
// is unused for too long, too old, signed out or revoked. Its id stays, its token
// is new after each step-up (see Confirm).
type Sessions struct {
	manager    *scs.SessionManager
	store      SessionRows
	members    Members
	workspaces Workspaces
	clients    Addresser
	trail      *Trail
	idle       time.Duration
	now        Clock
	log        *slog.Logger
	revoked    hooks
}

// NewSessions returns the sessions kept in store.
func NewSessions(
	cfg Config, store SessionRows, members Members, workspaces Workspaces,
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
		trail: trail, idle: cfg.Idle, now: now, log: log,
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
	valuePasskey   = "passkey"
)

// Start signs the member in on this browser by the passkey of that id. Whatever
// session it had ends, and the token is new, so that a token planted before
// signing in is worth nothing. The passkey counts as shown just now.
func (s *Sessions) Start(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID string) error {
	token := s.token(r)
	before, had, err := s.held(r.Context(), token)
	if err != nil {
		return err
	}
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
	s.manager.Put(ctx, valuePasskey, passkeyID)
	row := identity.Session{
		ID: id.New(), MemberID: m.ID, WorkspaceID: m.WorkspaceID, ConfirmedAt: s.now().UTC(),
		UserAgent: clip(r.UserAgent(), maxUserAgent), Address: s.clients.Address(r).String(),
	}
	fresh, expiry, err := s.manager.Commit(withRow(ctx, row))
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	if err := s.stillThere(ctx, row, passkeyID); err != nil {
		return err
	}
	s.manager.WriteSessionCookie(ctx, w, fresh, expiry)
	if had {
		s.revoked.run(before.WorkspaceID, before.ID)
	}
	s.trail.Record(ctx, m.WorkspaceID, m.ID, ActionSignedIn, m.ID)
	return nil
}

// stillThere ends a session whose passkey was removed while it began: the removal
// ended the sessions it could see.
func (s *Sessions) stillThere(ctx context.Context, row identity.Session, passkeyID string) error {
	_, err := s.store.Credential(ctx, passkeyID)
	if err == nil {
		return nil
	}
	if ended := s.store.DeleteSession(ctx, row.ID); ended != nil {
		return fmt.Errorf("end session of a removed passkey: %w", ended)
	}
	return unknownOr(err, fault.New(fault.Unauthenticated, "error.passkey-unknown"))
}

// End signs this browser out.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) error {
	row, had, err := s.held(r.Context(), s.token(r))
	if err != nil {
		return err
	}
	if had {
		if err := s.store.DeleteSession(r.Context(), row.ID); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	s.manager.WriteSessionCookie(r.Context(), w, "", time.Time{})
	if had {
		s.revoked.run(row.WorkspaceID, row.ID)
		s.trail.Record(r.Context(), row.WorkspaceID, row.MemberID, ActionSignedOut, row.MemberID)
	}
	return nil
}

// held is the member's session a token opens, expired or not.
func (s *Sessions) held(ctx context.Context, token string) (identity.Session, bool, error) {
	if token == "" {
		return identity.Session{}, false, nil
	}
	row, err := s.store.Session(ctx, hashOf(token))
	switch {
	case err == nil:
		return row, row.MemberID != "" && opens(row, hashOf(token), s.now()), nil
	case fault.KindOf(err) == fault.NotFound:
		return row, false, nil
	}
	return row, false, fmt.Errorf("find session: %w", err)
}

// opens says whether the token of this hash opens the session: it is the session's,
// or it was until a moment ago, because a page's other requests were under way with
// it when it was replaced.
func opens(row identity.Session, hash string, now time.Time) bool {
	return row.Token == hash || row.Previous == hash && now.Sub(row.RotatedAt) <= graceOfPrevious
}

// Valid returns who holds the session of this id now, or an unauthenticated fault.
// A websocket asks from time to time; that counts as use.
func (s *Sessions) Valid(ctx context.Context, sessionID string) (Who, error) {
	row, err := s.store.SessionByID(ctx, sessionID)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return Who{}, fault.New(fault.Unauthenticated, "error.signed-out")
		}
		return Who{}, fmt.Errorf("find session: %w", err)
	}
	return s.used(ctx, row)
}

// used resolves a session that somebody shows, and notes the use.
func (s *Sessions) used(ctx context.Context, row identity.Session) (Who, error) {
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
	return Who{Member: m, Workspace: ws, SessionID: row.ID, ConfirmedAt: row.ConfirmedAt}, nil
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
// without a live session goes on without one. Where a body is long in coming, to
// read its end is a fault if the member is not who he was.
func (s *Sessions) Middleware(deny Deny, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.behind(r)
		switch {
		case err == nil:
			r = s.watched(r, who)
		case fault.KindOf(err) != fault.Unauthenticated:
			deny(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// behind is who sent the request.
func (s *Sessions) behind(r *http.Request) (Who, error) {
	token := s.token(r)
	row, ok, err := s.held(r.Context(), token)
	if err != nil {
		return Who{}, err
	}
	if !ok {
		return Who{}, fault.New(fault.Unauthenticated, "error.signed-out")
	}
	if row.Token != hashOf(token) {
		row.ConfirmedAt = time.Time{} // a replaced token may belong to a thief: it opens nothing special
	}
	return s.used(r.Context(), row)
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
