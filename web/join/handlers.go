package join

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/claim"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// The purposes of the ceremonies, so that one begun to join founds nothing.
const (
	joining  = "join"
	founding = "found"
)

func (h *Handlers) writeJoining(w http.ResponseWriter, r *http.Request, email string, one claim.Claim, ws workspace.Workspace) {
	c, base := locale.From(r.Context()), "/join/"+r.PathValue("token")
	v := joinView{
		Frame: h.needs.Pages.Bare(r, ui.Bare{
			Title:   c.T("join.existing", "company", ws.Name),
			Lead:    c.T("join.existing-lead", "company", ws.Name, "domain", claim.Shown(one.Domain)),
			Scripts: []string{page.PasskeyScript},
		}),
		Begin: base + "/begin", Finish: base + "/finish", Email: email, Languages: languages(c.Lang()),
	}
	if h.needs.Desk.MayFound() {
		v.Found = base + "/found"
	}
	h.needs.Pages.Show(w, r, http.StatusOK, joinPage(v))
}

func (h *Handlers) beginJoining(w http.ResponseWriter, r *http.Request) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	name, language := f.Text("name", 80), f.OneOf("language", locale.Languages()...)
	if err := f.Err(); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	m, err := h.needs.Joiner.Prepare(r.Context(), r.PathValue("token"), name, language)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.begin(w, r, joining, m, m)
}

func (h *Handlers) finishJoining(w http.ResponseWriter, r *http.Request) {
	made, err := h.needs.Passkeys.FinishRegistration(w, r, joining)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	var m member.Member
	if err := json.Unmarshal(made.State, &m); err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("read joining member: %w", err))
		return
	}
	m, err = h.needs.Joiner.Accept(r.Context(), r.PathValue("token"), m, made.Credential)
	h.finish(w, r, m, made.Credential.ID, "/welcome", err)
}

// showFounding is for who could join and would rather have a workspace of his own.
func (h *Handlers) showFounding(w http.ResponseWriter, r *http.Request) {
	email, err := h.needs.Desk.Peek(r.Context(), r.PathValue("token"))
	if err == nil && !h.needs.Desk.MayFound() {
		err = fault.New(fault.NotFound, "error.not-found")
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.writeFounding(w, r, email)
}

func (h *Handlers) writeFounding(w http.ResponseWriter, r *http.Request, email string) {
	c, base := locale.From(r.Context()), "/join/"+r.PathValue("token")+"/found"
	v := foundView{
		Frame: h.needs.Pages.Bare(r, ui.Bare{
			Title: c.T("join.found"), Lead: c.T("join.found-lead"), Scripts: []string{page.PasskeyScript},
		}),
		Begin: base + "/begin", Finish: base + "/finish", Email: email, Languages: languages(c.Lang()),
	}
	for _, country := range h.needs.Regions.Countries(c.Lang()) {
		v.Countries = append(v.Countries, ui.Option{Value: country.Code, Text: country.Name, Selected: country.Code == c.Country()})
	}
	for _, zone := range h.needs.Regions.Zones() {
		v.Zones = append(v.Zones, ui.Option{Value: zone, Text: zone, Selected: zone == guessZone(c.Lang())})
	}
	h.needs.Pages.Show(w, r, http.StatusOK, foundPage(v))
}

func (h *Handlers) beginFounding(w http.ResponseWriter, r *http.Request) {
	ws, owner, err := h.readFounding(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	draft, err := h.needs.Joiner.PrepareFounding(r.Context(), r.PathValue("token"), ws, owner)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.begin(w, r, founding, draft.Owner, draft)
}

func (h *Handlers) readFounding(w http.ResponseWriter, r *http.Request) (workspace.Workspace, member.Member, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return workspace.Workspace{}, member.Member{}, err
	}
	ws := workspace.Workspace{
		Name: f.Text("workspace", 80), Language: f.OneOf("language", locale.Languages()...),
		Country: f.Value("country"), TimeZone: f.Value("zone"),
	}
	if !h.needs.Regions.IsCountry(ws.Country) {
		f.Add(fault.OnField("country", "error.form-choice"))
	}
	if _, err := time.LoadLocation(ws.TimeZone); err != nil || ws.TimeZone == "" || ws.TimeZone == "Local" {
		f.Add(fault.OnField("zone", "error.form-choice"))
	}
	return ws, member.Member{Name: f.Text("name", 80), Language: ws.Language}, f.Err()
}

func (h *Handlers) finishFounding(w http.ResponseWriter, r *http.Request) {
	made, err := h.needs.Passkeys.FinishRegistration(w, r, founding)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	var draft auth.Draft
	if err := json.Unmarshal(made.State, &draft); err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("read founding: %w", err))
		return
	}
	owner, err := h.needs.Joiner.Found(r.Context(), r.PathValue("token"), draft, made.Credential)
	h.finish(w, r, owner, made.Credential.ID, "/", err)
}

func (h *Handlers) begin(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) {
	options, err := h.needs.Passkeys.BeginRegistration(w, r, purpose, m, state)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.JSON(w, r, http.StatusOK, options)
}

// finish signs in who has just come into being, by the passkey of that id.
func (h *Handlers) finish(w http.ResponseWriter, r *http.Request, m member.Member, passkeyID, to string, err error) {
	if err == nil {
		err = h.needs.Sessions.Start(w, r, m, passkeyID)
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.JSON(w, r, http.StatusOK, page.Moved{Location: to})
}

func languages(chosen string) []ui.Option {
	var out []ui.Option
	for _, lang := range locale.Languages() {
		out = append(out, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == chosen})
	}
	return out
}

// guessZone is where the select stands until the browser says better.
func guessZone(lang string) string {
	if lang == "fr" {
		return "Europe/Paris"
	}
	return "UTC"
}
