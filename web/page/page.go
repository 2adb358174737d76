// Package page is what all pages share: the reader's language, the frame around
// the content, and how an error becomes a status and a sentence. It owns no
// route but its error pages and asks no store. A Pages is read-only after New
// and safe for any number of goroutines.
package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/member"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/ui"
)

// Pages frames and writes pages.
type Pages struct {
	bundle *locale.Bundle
	assets ui.URLs
	log    *slog.Logger
	runs   Runs
}

// Runs says whether somebody runs any number; fault or not, a page is shown.
type Runs interface {
	RunsNumbers(ctx context.Context, who auth.Who) (bool, error)
}

// New returns pages in the bundle's languages.
func New(bundle *locale.Bundle, assets ui.URLs, log *slog.Logger) *Pages {
	return &Pages{bundle: bundle, assets: assets, log: log}
}

// With returns the pages that lead those who run a number to it as well.
func (p *Pages) With(runs Runs) *Pages {
	q := *p
	q.runs = runs
	return &q
}

// Localise puts the catalogue of the reader in the request's context: the
// member's language, time zone and country, or what the browser asks for. It
// stands behind auth's middleware.
func (p *Pages) Localise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(locale.With(r.Context(), p.catalogue(r))))
	})
}

func (p *Pages) catalogue(r *http.Request) *locale.Catalogue {
	who, ok := auth.From(r.Context())
	if !ok {
		return p.bundle.For(locale.Detect(r))
	}
	return p.bundle.For(who.Member.Language).In(who.Workspace.Location(), who.Workspace.Country)
}

// Frame completes a page with the reader, the path and the assets.
func (p *Pages) Frame(r *http.Request, f ui.Page) ui.Page {
	f.Path, f.Assets = r.URL.Path, p.assets
	if who, ok := auth.From(r.Context()); ok {
		f.Viewer = ui.Viewer{
			Name: who.Member.Name, Email: who.Member.Email, Workspace: who.Workspace.Name,
			Places: p.places(r.Context(), who),
		}
	}
	return f
}

// places are those of the main navigation somebody may go to.
func (p *Pages) places(ctx context.Context, who auth.Who) []ui.Place {
	runs := who.Can(member.ManageNumbers) || p.runsNumbers(ctx, who)
	may := map[ui.Place]bool{
		ui.Home: true, ui.Phone: true, ui.Calls: true,
		ui.Todo:      who.Can(member.SeeCalls),
		ui.Numbers:   runs,
		ui.Messages:  runs,
		ui.Calendars: who.Can(member.ManageNumbers),
		ui.Blacklist: who.Can(member.ManageNumbers),
		ui.Tags:      who.Can(member.ManageTags),
		ui.Team:      who.Can(member.SeeMembers),
		ui.Trunks:    who.Can(member.ManageTrunks),
		ui.Settings:  who.Can(member.ManageWorkspace),
	}
	return slices.DeleteFunc(ui.Places(), func(place ui.Place) bool { return !may[place] })
}

func (p *Pages) runsNumbers(ctx context.Context, who auth.Who) bool {
	if p.runs == nil {
		return false
	}
	runs, err := p.runs.RunsNumbers(ctx, who)
	if err != nil {
		p.blame(ctx, "navigation without numbers", obs.Err, err)
	}
	return runs
}

// Bare completes a page before sign-in. The path is where the language switch
// returns to, so it must answer GET.
func (p *Pages) Bare(r *http.Request, b ui.Bare) ui.Bare {
	b.Path, b.Assets = r.URL.Path, p.assets
	return b
}

// Show writes a page whole or, where it cannot be rendered, an error: never half
// a page. Nothing of it is kept by caches, so that signing out means it.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, status int, body templ.Component) {
	var b bytes.Buffer
	if err := body.Render(r.Context(), &b); err != nil {
		p.blame(r.Context(), "page not rendered", "path", r.Pattern, obs.Err, err)
		http.Error(w, locale.T(r.Context(), "error.internal"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may have left
}

// JSON writes v for a script of a page.
func (p *Pages) JSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		p.log.Error("answer not written", "path", r.Pattern, obs.Err, err)
		http.Error(w, `{"errors":[]}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// Failure is the JSON a script gets instead of what it asked for.
type Failure struct {
	Errors []Problem `json:"errors"`
	// Confirm is where the reader shows a passkey first, if that is what is missing.
	Confirm string `json:"confirm,omitempty"`
}

// Problem is one thing wrong, in the reader's language.
type Problem struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// Fail answers with what went wrong: JSON to a script that asked for it, else a
// page. What is internal is logged here and not shown.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	// A guard in front of Localise may refuse too: its sentence is to be legible.
	r = r.WithContext(locale.With(r.Context(), p.catalogue(r)))
	kind := fault.KindOf(err)
	switch kind {
	case fault.Internal, fault.Unavailable:
		p.blame(r.Context(), "request failed", "method", r.Method, "path", r.Pattern, obs.Err, err)
	default:
		p.log.Debug("request refused", "method", r.Method, "path", r.Pattern, obs.Err, err)
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		p.JSON(w, r, Status(kind), Failure{Errors: p.problems(r, err), Confirm: confirmAt(r, err)})
		return
	}
	p.Show(w, r, Status(kind), p.failure(r, err))
}

// blame logs what the server could not do. A reader who left before the answer is
// no fault of the server's.
func (p *Pages) blame(ctx context.Context, msg string, args ...any) {
	level := slog.LevelError
	if errors.Is(ctx.Err(), context.Canceled) {
		level = slog.LevelDebug
	}
	p.log.Log(ctx, level, msg, args...)
}

// Refused is a handler that always answers with f.
func (p *Pages) Refused(f *fault.Error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.Fail(w, r, f) })
}

func (p *Pages) problems(r *http.Request, err error) []Problem {
	all := form.ErrorsOf(err)
	if all == nil {
		all = form.Errors{fault.Of(err)}
	}
	out := make([]Problem, len(all))
	for i, f := range all {
		out[i] = Problem{Field: f.Field, Text: Sentence(locale.From(r.Context()), f)}
	}
	return out
}

// Sentence is what a user reads of a fault.
func Sentence(c *locale.Catalogue, f *fault.Error) string {
	if !c.Has(f.Key) {
		return c.T("error.internal")
	}
	args := make([]any, 0, 2*len(f.Args))
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	return c.T(f.Key, args...)
}

// Texts are the sentences of a form's faults by field, and all of them for the
// summary above it.
func Texts(c *locale.Catalogue, errs form.Errors) (byField map[string]string, summary []ui.FieldError) {
	byField = make(map[string]string, len(errs))
	for _, f := range errs {
		text := Sentence(c, f)
		if byField[f.Field] == "" {
			byField[f.Field] = text
		}
		summary = append(summary, ui.FieldError{Field: f.Field, Text: text})
	}
	return byField, summary
}

// Status is the HTTP status of a kind of fault.
func Status(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// LanguageName is a language in itself, so it is not translated.
func LanguageName(lang string) string {
	if lang == "fr" {
		return "Français"
	}
	return "English"
}
