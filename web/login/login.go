// Package login is signing in with a passkey, the way back by a one-time sign-in
// link, and signing out. Any goroutine may use a Handlers.
package login

import (
	"context"
	"net/http"
	"net/url"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Passkeys signs in with a passkey or registers another.
type Passkeys interface {
	BeginLogin(w http.ResponseWriter, r *http.Request) (any, error)
	// FinishLogin also returns the id of the passkey that was used.
	FinishLogin(w http.ResponseWriter, r *http.Request) (member.Member, string, error)
	BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error)
	FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (auth.Registered, error)
	Save(ctx context.Context, c identity.Credential) error
}

// Sessions starts and ends them.
type Sessions interface {
	Start(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID string) error
	End(w http.ResponseWriter, r *http.Request) error
}

// Links are the one-time sign-in links.
type Links interface {
	PeekSignIn(ctx context.Context, token string) (member.Member, error)
	TakeSignIn(ctx context.Context, token string) (member.Member, error)
}

// Mail says whether there is a mail server: without, recovery and sign-up are not
// offered.
type Mail interface{ Ready() bool }

// Handlers serve the pages.
type Handlers struct {
	pages    *page.Pages
	passkeys Passkeys
	sessions Sessions
	links    Links
	mail     Mail
}

// New returns the handlers.
func New(pages *page.Pages, passkeys Passkeys, sessions Sessions, links Links, mail Mail) *Handlers {
	return &Handlers{pages: pages, passkeys: passkeys, sessions: sessions, links: links, mail: mail}
}

// Routes mounts the pages on mux; limit slows down guessing.
func (h *Handlers) Routes(mux page.Mux, limit func(http.Handler) http.Handler) {
	mux.Handle("GET /login", http.HandlerFunc(h.show))
	mux.Handle("POST /login/begin", limit(http.HandlerFunc(h.begin)))
	mux.Handle("POST /login/finish", limit(http.HandlerFunc(h.finish)))
	mux.Handle("POST /logout", http.HandlerFunc(h.logout))
	mux.Handle("GET /signin/{token}", limit(http.HandlerFunc(h.showLink)))
	mux.Handle("POST /signin/{token}/begin", limit(http.HandlerFunc(h.beginLink)))
	mux.Handle("POST /signin/{token}/finish", limit(http.HandlerFunc(h.finishLink)))
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	next := auth.LocalPath(r.URL.Query().Get("next"))
	if _, ok := auth.From(r.Context()); ok {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	c := locale.From(r.Context())
	h.pages.Show(w, r, http.StatusOK, loginPage(loginView{
		Frame: h.pages.Bare(r, ui.Bare{
			Title: c.T("identity.login.title"), Lead: c.T("identity.login.lead"), Scripts: []string{page.PasskeyScript},
		}),
		Finish: "/login/finish?next=" + url.QueryEscape(next), Mail: h.mail.Ready(),
	}))
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request) {
	options, err := h.passkeys.BeginLogin(w, r)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) finish(w http.ResponseWriter, r *http.Request) {
	m, passkeyID, err := h.passkeys.FinishLogin(w, r)
	if err == nil {
		err = h.sessions.Start(w, r, m, passkeyID)
	}
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, page.Moved{Location: auth.LocalPath(r.URL.Query().Get("next"))})
}

func (h *Handlers) logout(w http.ResponseWriter, r *http.Request) {
	if err := h.sessions.End(w, r); err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

const purpose = "signin"

// showLink does not use the link up: mail programs open links to look at them.
func (h *Handlers) showLink(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	m, err := h.links.PeekSignIn(r.Context(), token)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	h.pages.Show(w, r, http.StatusOK, linkPage(linkView{
		Frame: h.pages.Bare(r, ui.Bare{
			Title: c.T("identity.signin.title", "name", m.Name), Lead: c.T("identity.signin.lead"),
			Scripts: []string{page.PasskeyScript},
		}),
		Begin: "/signin/" + token + "/begin", Finish: "/signin/" + token + "/finish",
	}))
}

func (h *Handlers) beginLink(w http.ResponseWriter, r *http.Request) {
	m, err := h.links.PeekSignIn(r.Context(), r.PathValue("token"))
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	options, err := h.passkeys.BeginRegistration(w, r, purpose, m, nil)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) finishLink(w http.ResponseWriter, r *http.Request) {
	m, passkeyID, err := h.redeem(w, r)
	if err == nil {
		err = h.sessions.Start(w, r, m, passkeyID)
	}
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, page.Moved{Location: "/"})
}

// redeem uses the link up and keeps the new passkey, which must have been made
// for the member the link is for.
func (h *Handlers) redeem(w http.ResponseWriter, r *http.Request) (member.Member, string, error) {
	made, err := h.passkeys.FinishRegistration(w, r, purpose)
	if err != nil {
		return member.Member{}, "", err
	}
	m, err := h.links.TakeSignIn(r.Context(), r.PathValue("token"))
	if err != nil {
		return member.Member{}, "", err
	}
	if made.Credential.MemberID != m.ID {
		return member.Member{}, "", fault.New(fault.Invalid, "error.passkey-expired")
	}
	return m, made.Credential.ID, h.passkeys.Save(r.Context(), made.Credential)
}
