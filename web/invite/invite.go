// Package invite is the page behind an invitation link: the invited person
// checks their name, picks a language, makes a passkey and is a member. Who comes too
// late is told why, and may ask for a new link. Any goroutine may use a Handlers.
package invite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Invitations turns an invitation into a member.
type Invitations interface {
	Peek(ctx context.Context, token string) (member.Invitation, error)
	Prepare(ctx context.Context, inv member.Invitation, email, name, language string) (member.Member, error)
	Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error)
	// Late says why Peek refuses a link; Again asks for a new one.
	Late(ctx context.Context, token string) (auth.Late, error)
	Again(ctx context.Context, token string) error
}

// Workspaces names the workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
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

// Handlers serve the page.
type Handlers struct {
	pages       *page.Pages
	invitations Invitations
	workspaces  Workspaces
	passkeys    Passkeys
	sessions    Sessions
}

// New returns the handlers.
func New(pages *page.Pages, invitations Invitations, workspaces Workspaces, passkeys Passkeys, sessions Sessions) *Handlers {
	return &Handlers{pages: pages, invitations: invitations, workspaces: workspaces, passkeys: passkeys, sessions: sessions}
}

// Routes mounts the page on mux; limit slows down guessing.
func (h *Handlers) Routes(mux page.Mux, limit func(http.Handler) http.Handler) {
	mux.Handle("GET /invite/{token}", limit(http.HandlerFunc(h.show)))
	mux.Handle("POST /invite/{token}/begin", limit(http.HandlerFunc(h.begin)))
	mux.Handle("POST /invite/{token}/finish", limit(http.HandlerFunc(h.finish)))
	mux.Handle("POST /invite/{token}/again", limit(http.HandlerFunc(h.again)))
}

const purpose = "invite"

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	inv, err := h.invitations.Peek(r.Context(), token)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	ws, err := h.workspaces.Workspace(r.Context(), inv.WorkspaceID)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	r = h.pages.Speaking(r, cmp.Or(inv.Language, ws.Language))
	c := locale.From(r.Context())
	v := view{
		Frame: h.pages.Bare(r, ui.Bare{
			Title: c.T("identity.invite.title", "workspace", ws.Name), Lead: c.T("identity.invite.lead", "workspace", ws.Name),
			Scripts: []string{page.PasskeyScript},
		}),
		Begin: "/invite/" + token + "/begin", Finish: "/invite/" + token + "/finish",
		Name: inv.Name, Email: inv.Email,
	}
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == c.Lang()})
	}
	h.pages.Show(w, r, http.StatusOK, invitePage(v))
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request) {
	options, err := h.prepare(w, r)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) prepare(w http.ResponseWriter, r *http.Request) (any, error) {
	inv, err := h.invitations.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	f, err := form.Parse(w, r)
	if err != nil {
		return nil, err
	}
	email, name, language := f.Email("email"), f.Text("name", 80), f.OneOf("language", locale.Languages()...)
	if err := f.Err(); err != nil {
		return nil, err
	}
	m, err := h.invitations.Prepare(r.Context(), inv, email, name, language)
	if err != nil {
		return nil, err
	}
	return h.passkeys.BeginRegistration(w, r, purpose, m, m)
}

func (h *Handlers) finish(w http.ResponseWriter, r *http.Request) {
	m, passkeyID, err := h.accept(w, r)
	if err == nil {
		err = h.sessions.Start(w, r, m, passkeyID)
	}
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, page.Moved{Location: "/welcome"})
}

func (h *Handlers) accept(w http.ResponseWriter, r *http.Request) (m member.Member, passkeyID string, err error) {
	made, err := h.passkeys.FinishRegistration(w, r, purpose)
	if err != nil {
		return m, "", err
	}
	if err := json.Unmarshal(made.State, &m); err != nil {
		return m, "", fmt.Errorf("read invited member: %w", err)
	}
	m, err = h.invitations.Accept(r.Context(), r.PathValue("token"), m, made.Credential)
	return m, made.Credential.ID, err
}
