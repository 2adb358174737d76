package auth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-webauthn/webauthn/webauthn"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
)

// ceremony is what the server remembers between handing out a challenge and
// judging the answer.
type ceremony struct {
	Purpose     string               `json:"purpose"` // login, confirm, or what a new passkey is for
	MemberID    string               `json:"member,omitempty"`
	WorkspaceID string               `json:"workspace,omitempty"`
	SessionID   string               `json:"session,omitempty"` // the one it began in, where it is to confirm
	Data        webauthn.SessionData `json:"data"`
	State       json.RawMessage      `json:"state,omitempty"` // the form it began with
}

// ceremonies keeps them in short anonymous sessions of their own: a member's
// session is never rewritten by one, and a browser has at most one.
type ceremonies struct {
	manager *scs.SessionManager
}

func newCeremonies(public *url.URL, store identity.SessionStore, now Clock) *ceremonies {
	m := newManager(public, "parley_ceremony", ceremonyLifetime, store, now)
	m.Cookie.SameSite = http.SameSiteStrictMode
	return &ceremonies{manager: m}
}

const valueCeremony = "ceremony"

// begin remembers c for this browser in place of any before it.
func (s *ceremonies) begin(w http.ResponseWriter, r *http.Request, c ceremony) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write ceremony: %w", err)
	}
	ctx, err := s.manager.Load(r.Context(), cookieToken(r, s.manager.Cookie.Name))
	if err != nil {
		return fmt.Errorf("load ceremony: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew ceremony: %w", err)
	}
	s.manager.Put(ctx, valueCeremony, string(raw))
	token, expiry, err := s.manager.Commit(withRow(ctx, identity.Session{}))
	if err != nil {
		return fmt.Errorf("save ceremony: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, w, token, expiry)
	return nil
}

// take returns the browser's ceremony and forgets it, whatever comes of it: a
// challenge is answered once.
func (s *ceremonies) take(w http.ResponseWriter, r *http.Request, purpose string) (ceremony, error) {
	expired := fault.New(fault.Invalid, "error.passkey-expired")
	ctx, err := s.manager.Load(r.Context(), cookieToken(r, s.manager.Cookie.Name))
	if err != nil {
		return ceremony{}, fmt.Errorf("load ceremony: %w", err)
	}
	raw := s.manager.GetString(ctx, valueCeremony)
	if raw == "" {
		return ceremony{}, expired
	}
	if err := s.manager.Destroy(ctx); err != nil {
		return ceremony{}, fmt.Errorf("forget ceremony: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, w, "", time.Time{})
	var c ceremony
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return ceremony{}, fmt.Errorf("read ceremony: %w", err)
	}
	if c.Purpose != purpose {
		return ceremony{}, expired
	}
	return c, nil
}
