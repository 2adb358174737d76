// Package setup is the page behind the link printed at the first start, or made for
// one more workspace: it makes the workspace, its owner and the owner's passkey, and
// signs the owner in. A link works once. Any goroutine may use a Handlers.
package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

// Setup makes the first workspace.
type Setup interface {
	Check(ctx context.Context, token string) error
	Prepare(ws workspace.Workspace, owner member.Member) auth.Draft
	Complete(ctx context.Context, token string, d auth.Draft, passkey identity.Credential) (member.Member, error)
}

// Passkeys registers the owner's.
type Passkeys interface {
	BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error)
	FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (auth.Registered, error)
}

// Sessions signs the owner in.
type Sessions interface {
	Start(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID string) error
}

// Handlers serve the page.
type Handlers struct {
	pages    *page.Pages
	setup    Setup
	passkeys Passkeys
	sessions Sessions
	regions  *region.Lists
}

// New returns the handlers.
func New(pages *page.Pages, setup Setup, passkeys Passkeys, sessions Sessions, regions *region.Lists) *Handlers {
	return &Handlers{pages: pages, setup: setup, passkeys: passkeys, sessions: sessions, regions: regions}
}

// Routes mounts the page on mux; limit slows down guessing.
func (h *Handlers) Routes(mux page.Mux, limit func(http.Handler) http.Handler) {
	mux.Handle("GET /setup/{token}", limit(http.HandlerFunc(h.show)))
	mux.Handle("POST /setup/{token}/begin", limit(http.HandlerFunc(h.begin)))
	mux.Handle("POST /setup/{token}/finish", limit(http.HandlerFunc(h.finish)))
}

const purpose = "setup"

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if err := h.setup.Check(r.Context(), token); err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := view{
		Frame: h.pages.Bare(r, ui.Bare{
			Title: c.T("identity.setup.title"), Lead: c.T("identity.setup.lead"), Scripts: []string{page.PasskeyScript},
		}),
		Begin: "/setup/" + token + "/begin", Finish: "/setup/" + token + "/finish",
	}
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == c.Lang()})
	}
	for _, country := range h.regions.Countries(c.Lang()) {
		v.Countries = append(v.Countries, ui.Option{Value: country.Code, Text: country.Name, Selected: country.Code == c.Country()})
	}
	for _, zone := range h.regions.Zones() {
		v.Zones = append(v.Zones, ui.Option{Value: zone, Text: zone, Selected: zone == guessZone(c.Lang())})
	}
	h.pages.Show(w, r, http.StatusOK, setupPage(v))
}

// guessZone is where the select stands until the browser says better.
func guessZone(lang string) string {
	if lang == "fr" {
		return "Europe/Paris"
	}
	return "UTC"
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request) {
	if err := h.setup.Check(r.Context(), r.PathValue("token")); err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	ws, owner, err := h.read(w, r)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	draft := h.setup.Prepare(ws, owner)
	options, err := h.passkeys.BeginRegistration(w, r, purpose, draft.Owner, draft)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) read(w http.ResponseWriter, r *http.Request) (workspace.Workspace, member.Member, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return workspace.Workspace{}, member.Member{}, err
	}
	ws := workspace.Workspace{
		Name:     f.Text("workspace", 80),
		Language: f.OneOf("language", locale.Languages()...),
		Country:  f.Value("country"),
		TimeZone: f.Value("zone"),
	}
	if !h.regions.IsCountry(ws.Country) {
		f.Add(fault.OnField("country", "error.form-choice"))
	}
	if _, err := time.LoadLocation(ws.TimeZone); err != nil || ws.TimeZone == "" || ws.TimeZone == "Local" {
		f.Add(fault.OnField("zone", "error.form-choice"))
	}
	owner := member.Member{Name: f.Text("name", 80), Email: f.Email("email"), Language: ws.Language}
	return ws, owner, f.Err()
}

func (h *Handlers) finish(w http.ResponseWriter, r *http.Request) {
	owner, passkeyID, err := h.complete(w, r)
	if err == nil {
		err = h.sessions.Start(w, r, owner, passkeyID)
	}
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.pages.JSON(w, r, http.StatusOK, page.Moved{Location: "/"})
}

func (h *Handlers) complete(w http.ResponseWriter, r *http.Request) (owner member.Member, passkeyID string, err error) {
	made, err := h.passkeys.FinishRegistration(w, r, purpose)
	if err != nil {
		return member.Member{}, "", err
	}
	var draft auth.Draft
	if err := json.Unmarshal(made.State, &draft); err != nil {
		return member.Member{}, "", fmt.Errorf("read setup: %w", err)
	}
	owner, err = h.setup.Complete(r.Context(), r.PathValue("token"), draft, made.Credential)
	return owner, made.Credential.ID, err
}
