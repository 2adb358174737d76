// Package me is a member's own account: name, language, after-call work,
// passkeys and signed-in browsers. Everything here is about the member who asks
// and nobody else. Any goroutine may use a Handlers.
package me

import (
	"context"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Members saves the profile.
type Members interface {
	// SaveProfile changes name, language and after-call work, nothing else.
	SaveProfile(ctx context.Context, m member.Member) error
}

// Changes is told of a saved profile.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
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
	End(w http.ResponseWriter, r *http.Request) error
}

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Members   Members
	Changes   Changes
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
	handle("POST /me", h.save)
	handle("POST /me/passkeys/begin", h.beginPasskey)
	handle("POST /me/passkeys/finish", h.finishPasskey)
	handle("POST /me/passkeys/{id}/rename", h.renamePasskey)
	handle("POST /me/passkeys/{id}/remove", h.removePasskey)
	handle("POST /me/sessions/{id}/revoke", h.revokeSession)
	mux.Handle("POST "+locale.SwitchPath, http.HandlerFunc(h.switchLanguage))
}

// maxWrapUp bounds after-call work in seconds.
const maxWrapUp = 600

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	h.write(w, r, http.StatusOK, who.Member, nil)
}

// write shows the page for the profile as given, which may be one refused.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, profile member.Member, errs form.Errors) {
	who, _ := auth.From(r.Context())
	passkeys, err := h.Passkeys.Of(r.Context(), who.Member.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	sessions, err := h.Sessions.Of(r.Context(), who.Member.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := newView(c, profile, passkeys, sessions, who.SessionID, h.Now())
	v.Errors, v.Summary = page.Texts(c, errs)
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("identity.me.title"), Narrow: true, Flash: flash(c, r.URL.Query().Get("done")),
		Scripts: []string{page.PasskeyScript},
	})
	h.Pages.Show(w, r, status, mePage(v))
}

// flash is the sentence after something was done; done comes from the address
// and is one of a few words.
func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "saved":
		n.Text = c.T("identity.me.saved")
	case "added":
		n.Text = c.T("identity.me.passkey-added")
	case "renamed":
		n.Text = c.T("identity.me.passkey-renamed")
	case "removed":
		n.Text = c.T("identity.me.passkey-removed")
	case "revoked":
		n.Text = c.T("identity.me.session-revoked")
	}
	return n
}

func (h *Handlers) save(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m := who.Member
	m.Name = f.Text("name", 80)
	m.Language = f.OneOf("language", locale.Languages()...)
	m.WrapUp = time.Duration(f.Int("wrapup", 0, maxWrapUp)) * time.Second
	if errs := form.ErrorsOf(f.Err()); errs != nil {
		m.Name = f.Value("name")
		h.write(w, r, http.StatusUnprocessableEntity, m, errs)
		return
	}
	if err := h.Members.SaveProfile(r.Context(), m); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.Changes.Changed(r.Context(), m.WorkspaceID, "member", m.ID)
	http.Redirect(w, r, "/me?done=saved", http.StatusSeeOther)
}

// switchLanguage is the switch of every page: a member's choice is kept with the
// member, a stranger's in a cookie.
func (h *Handlers) switchLanguage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	lang := r.PostFormValue("lang")
	if who, ok := auth.From(r.Context()); ok && lang != who.Member.Language {
		for _, known := range locale.Languages() {
			if lang != known {
				continue
			}
			m := who.Member
			m.Language = lang
			if err := h.Members.SaveProfile(r.Context(), m); err != nil {
				h.Pages.Fail(w, r, err)
				return
			}
			h.Changes.Changed(r.Context(), m.WorkspaceID, "member", m.ID)
		}
	}
	locale.Switch(w, r)
}
