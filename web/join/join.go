// Package join is signing up without an invitation: an address, a link by mail,
// then joining the workspace that lets the address's domain in or, where the
// server allows it, founding another. What anybody may join is told only to who
// proved the address. Any goroutine may use a Handlers.
package join

import (
	"context"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

// Desk sends links and knows what one is good for.
type Desk interface {
	Ready() bool
	MayFound() bool
	Begin(ctx context.Context, email, language string)
	Peek(ctx context.Context, token string) (email string, err error)
	Choices(ctx context.Context, email string) (claim.Claim, workspace.Workspace, bool, error)
}

// Joiner makes members and workspaces of links.
type Joiner interface {
	Prepare(ctx context.Context, token, name, language string) (member.Member, error)
	Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error)
	PrepareFounding(ctx context.Context, token string, ws workspace.Workspace, owner member.Member) (auth.Draft, error)
	Found(ctx context.Context, token string, d auth.Draft, passkey identity.Credential) (member.Member, error)
}

// Passkeys registers the new member's.
type Passkeys interface {
	BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error)
	FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (auth.Registered, error)
}

// Sessions signs the new member in.
type Sessions interface {
	Start(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID string) error
}

// Needs is what Handlers works with. One *auth.SignUps is both Desk and Joiner.
type Needs struct {
	Pages    *page.Pages
	Regions  *region.Lists
	Desk     Desk
	Joiner   Joiner
	Passkeys Passkeys
	Sessions Sessions
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux; limit slows down guessing and mailing.
func (h *Handlers) Routes(mux page.Mux, limit func(http.Handler) http.Handler) {
	handle := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, limit(f)) }
	mux.Handle("GET /join", http.HandlerFunc(h.ask))
	handle("POST /join", h.mail)
	handle("GET /join/{token}", h.choose)
	handle("POST /join/{token}/begin", h.beginJoining)
	handle("POST /join/{token}/finish", h.finishJoining)
	handle("GET /join/{token}/found", h.showFounding)
	handle("POST /join/{token}/found/begin", h.beginFounding)
	handle("POST /join/{token}/found/finish", h.finishFounding)
}

// ask shows the page that takes an address.
func (h *Handlers) ask(w http.ResponseWriter, r *http.Request) {
	h.writeAsk(w, r, http.StatusOK, "", nil)
}

func (h *Handlers) writeAsk(w http.ResponseWriter, r *http.Request, status int, email string, errs form.Errors) {
	c := locale.From(r.Context())
	v := askView{Email: email, Ready: h.needs.Desk.Ready()}
	v.Errors, _ = page.Texts(c, errs)
	v.Frame = h.needs.Pages.Bare(r, ui.Bare{Title: c.T("join.title"), Lead: c.T("join.lead")})
	if !v.Ready {
		v.Frame.Lead = c.T("join.unready")
	}
	h.needs.Pages.Show(w, r, status, askPage(v))
}

// mail has the link sent. Its answer is the same for every address.
func (h *Handlers) mail(w http.ResponseWriter, r *http.Request) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	email := f.Email("email")
	if errs := form.ErrorsOf(f.Err()); errs != nil {
		h.writeAsk(w, r, http.StatusUnprocessableEntity, f.Value("email"), errs)
		return
	}
	if !h.needs.Desk.Ready() {
		h.writeAsk(w, r, http.StatusOK, email, nil)
		return
	}
	h.needs.Desk.Begin(r.Context(), email, locale.From(r.Context()).Lang())
	c := locale.From(r.Context())
	h.needs.Pages.Show(w, r, http.StatusOK, sentPage(h.needs.Pages.Bare(r, ui.Bare{
		Title: c.T("join.sent-title"), Lead: c.T("join.sent-lead", "email", email),
	})))
}

// choose shows what the link's address can do. It does not use the link up: mail
// programs open links to look at them.
func (h *Handlers) choose(w http.ResponseWriter, r *http.Request) {
	email, err := h.needs.Desk.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	one, ws, open, err := h.needs.Desk.Choices(r.Context(), email)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	switch {
	case open:
		h.writeJoining(w, r, email, one, ws)
	case h.needs.Desk.MayFound():
		h.writeFounding(w, r, email)
	default:
		c := locale.From(r.Context())
		h.needs.Pages.Show(w, r, http.StatusOK, neitherPage(h.needs.Pages.Bare(r, ui.Bare{
			Title: c.T("join.neither-title"), Lead: c.T("join.neither-lead", "email", email),
		})))
	}
}
