// Package recover is the way back in for a member without a passkey at hand: they
// type their address, follow the link that comes by mail, and make a new passkey.
// The answer never says whether an address is a member's. Any goroutine may use a
// Handlers.
package recover

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

// Recovery sends links and takes them back.
type Recovery interface {
	Ready() bool
	Begin(ctx context.Context, email string)
	Peek(ctx context.Context, token string) (member.Member, error)
	Finish(ctx context.Context, token string, passkey identity.Credential) (member.Member, error)
}

// Passkeys registers the new one.
type Passkeys interface {
	BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error)
	FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (auth.Registered, error)
}

// Sessions signs the member in and the other browsers out.
type Sessions interface {
	Start(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID string) error
	Of(ctx context.Context, memberID string) ([]identity.Session, error)
	RevokeOthers(ctx context.Context, who auth.Who) (int, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages    *page.Pages
	Gate     *auth.Gate
	Recovery Recovery
	Passkeys Passkeys
	Sessions Sessions
	Now      func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux; limit slows down guessing.
func (h *Handlers) Routes(mux page.Mux, limit func(http.Handler) http.Handler) {
	mux.Handle("GET /recover", http.HandlerFunc(h.show))
	mux.Handle("POST /recover", limit(http.HandlerFunc(h.ask)))
	mux.Handle("GET /recover/{token}", limit(http.HandlerFunc(h.showLink)))
	mux.Handle("POST /recover/{token}/begin", limit(http.HandlerFunc(h.begin)))
	mux.Handle("POST /recover/{token}/finish", limit(http.HandlerFunc(h.finish)))
	mux.Handle("GET /recover/done", h.needs.Gate.SignedIn(http.HandlerFunc(h.done)))
	mux.Handle("POST /recover/others", h.needs.Gate.SignedIn(http.HandlerFunc(h.endOthers)))
}

const purpose = "recover"

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	h.write(w, r, http.StatusOK, askView{Sent: r.URL.Query().Has("sent")})
}

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, v askView) {
	c := locale.From(r.Context())
	v.Ready = h.needs.Recovery.Ready()
	v.Frame = h.needs.Pages.Bare(r, ui.Bare{Title: c.T("identity.recover.title"), Lead: lead(c, v)})
	h.needs.Pages.Show(w, r, status, askPage(v))
}

func lead(c *locale.Catalogue, v askView) string {
	switch {
	case !v.Ready:
		return c.T("identity.recover.no-mail")
	case v.Sent:
		return c.T("identity.recover.sent")
	}
	return c.T("identity.recover.lead")
}

func (h *Handlers) ask(w http.ResponseWriter, r *http.Request) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	email := f.Email("email")
	if errs := form.ErrorsOf(f.Err()); errs != nil {
		v := askView{Email: f.Value("email")}
		v.Errors, _ = page.Texts(locale.From(r.Context()), errs)
		h.write(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	h.needs.Recovery.Begin(r.Context(), email)
	http.Redirect(w, r, "/recover?sent", http.StatusSeeOther)
}

// showLink does not use the link up: mail programs open links to look at them.
func (h *Handlers) showLink(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	m, err := h.needs.Recovery.Peek(r.Context(), token)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	r = h.needs.Pages.Speaking(r, m.Language)
	c := locale.From(r.Context())
	h.needs.Pages.Show(w, r, http.StatusOK, linkPage(linkView{
		Frame: h.needs.Pages.Bare(r, ui.Bare{
			Title: c.T("identity.signin.title", "name", m.Name), Lead: c.T("identity.signin.lead"),
			Scripts: []string{page.PasskeyScript},
		}),
		Begin: "/recover/" + token + "/begin", Finish: "/recover/" + token + "/finish",
	}))
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request) {
	m, err := h.needs.Recovery.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	options, err := h.needs.Passkeys.BeginRegistration(w, r, purpose, m, nil)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) finish(w http.ResponseWriter, r *http.Request) {
	if err := h.redeem(w, r); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.JSON(w, r, http.StatusOK, page.Moved{Location: "/recover/done"})
}

func (h *Handlers) redeem(w http.ResponseWriter, r *http.Request) error {
	made, err := h.needs.Passkeys.FinishRegistration(w, r, purpose)
	if err != nil {
		return err
	}
	m, err := h.needs.Recovery.Finish(r.Context(), r.PathValue("token"), made.Credential)
	if err != nil {
		return err
	}
	return h.needs.Sessions.Start(w, r, m, made.Credential.ID)
}

// done lists where else the member is signed in: a lost device may be among them.
func (h *Handlers) done(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Sessions.Of(r.Context(), who.Member.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := doneView{Now: h.needs.Now(), Ended: r.URL.Query().Has("ended")}
	for _, row := range all {
		if row.ID == who.SessionID {
			continue
		}
		device := auth.Device(row.UserAgent)
		if device == "" {
			device = c.T("identity.recover.device-unknown")
		}
		v.Others = append(v.Others, other{Device: device, Address: row.Address, Seen: row.LastSeenAt})
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("identity.recover.done-title"), Lead: c.T("identity.recover.done-lead"), Narrow: true,
	})
	h.needs.Pages.Show(w, r, http.StatusOK, donePage(v))
}

func (h *Handlers) endOthers(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if _, err := h.needs.Sessions.RevokeOthers(r.Context(), who); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/recover/done?ended", http.StatusSeeOther)
}
