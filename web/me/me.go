// Package me is a member's own account: profile, availability and hours, phone,
// notifications, passkeys, signed-in browsers, and what he may do and who sees his
// calls. Everything here is about the member who asks and nobody else. It decides
// nothing: rules are those of packages people and auth. Any goroutine may use a
// Handlers.
package me

import (
	"context"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/hours"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
)

// Account changes what is the member's own.
type Account interface {
	EditProfile(ctx context.Context, actor member.Member, memberID string, p people.Profile) error
	SetHours(ctx context.Context, actor member.Member, memberID string, h hours.Hours, c member.Closed) error
	SetAvailability(ctx context.Context, actor member.Member, memberID string, s member.Setting) error
	SetPhone(ctx context.Context, actor member.Member, p people.PhonePrefs) error
	SetNotices(ctx context.Context, actor member.Member, n member.Notices) error
}

// Company reads who and what there is around the member.
type Company interface {
	Roster(ctx context.Context, workspaceID string) ([]people.Brief, error)
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
	Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error)
	HeldBy(ctx context.Context, workspaceID string, memberIDs []string) ([]people.Held, error)
	Supervisors(ctx context.Context, workspaceID, numberID string) ([]string, error)
}

// Lines finds the numbers calls can be sent to outside the hours.
type Lines interface {
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
	FindNumbers(ctx context.Context, workspaceID, query string, within []string, limit int) ([]number.Number, error)
}

// Passkeys are the member's own.
type Passkeys interface {
	Of(ctx context.Context, memberID string) ([]identity.Credential, error)
	Rename(ctx context.Context, who auth.Who, credentialID, name string) error
	Remove(ctx context.Context, who auth.Who, credentialID string) error
}

// Registrar makes another passkey.
type Registrar interface {
	BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error)
	FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (auth.Registered, error)
	Save(ctx context.Context, c identity.Credential) error
}

// Sessions are the member's signed-in browsers.
type Sessions interface {
	Of(ctx context.Context, memberID string) ([]identity.Session, error)
	Revoke(ctx context.Context, who auth.Who, sessionID string) error
	// RevokeOthers ends all but the one that asks.
	RevokeOthers(ctx context.Context, who auth.Who) (int, error)
	End(w http.ResponseWriter, r *http.Request) error
}

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Regions   *region.Lists
	Account   Account
	Company   Company
	Lines     Lines
	Passkeys  Passkeys
	Registrar Registrar
	Sessions  Sessions
	Now       func() time.Time
}

// Handlers serve the page.
type Handlers struct{ Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux, and the language switch of every page.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, h.Gate.SignedIn(f)) }
	handle("GET /me", h.show)
	handle("POST /me", h.saveProfile)
	handle("POST /me/availability", h.saveSetting)
	handle("POST /me/hours", h.saveHours)
	handle("POST /me/phone", h.savePhone)
	handle("POST /me/notices", h.saveNotices)
	// A stolen session must not give itself a passkey, nor take the member's.
	mux.Handle("POST /me/passkeys/begin", h.Gate.Confirmed(http.HandlerFunc(h.beginPasskey)))
	mux.Handle("POST /me/passkeys/{id}/remove", h.Gate.Confirmed(http.HandlerFunc(h.removePasskey)))
	handle("POST /me/passkeys/finish", h.finishPasskey)
	handle("POST /me/passkeys/{id}/rename", h.renamePasskey)
	handle("POST /me/sessions/others/revoke", h.revokeOthers)
	handle("POST /me/sessions/{id}/revoke", h.revokeSession)
	handle("GET /me/tones/{tone}", h.tone)
	mux.Handle("POST "+locale.SwitchPath, http.HandlerFunc(h.switchLanguage))
}
