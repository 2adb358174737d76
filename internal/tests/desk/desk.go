// Package desk asks an office's pages over HTTP as one of its members, for tests
// of pages. Who somebody is, is given and not proved: signing in has tests of its
// own. It is used by one test at a time.
package desk

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/internal/tests/office"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/static"
)

// Desk is an office with pages.
type Desk struct {
	*office.Office

	Pages   *page.Pages
	Gate    *auth.Gate
	Regions *region.Lists
	Assets  *static.Assets
	Mux     *http.ServeMux
}

// New opens an office without pages; the test mounts those it is about on Mux.
func New(t testing.TB) *Desk {
	t.Helper()
	bundle, err := locale.New()
	if err != nil {
		t.Fatalf("read the catalogues: %v", err)
	}
	assets, err := static.New()
	if err != nil {
		t.Fatalf("read the assets: %v", err)
	}
	regions, err := region.New(locale.Languages()...)
	if err != nil {
		t.Fatalf("read the countries: %v", err)
	}
	pages := page.New(bundle, assets, slog.New(slog.DiscardHandler))
	return &Desk{
		Office: office.New(t), Pages: pages, Gate: auth.NewGate(pages.Fail), Regions: regions, Assets: assets,
		Mux: http.NewServeMux(),
	}
}

// Answer is what came back.
type Answer struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// Text is the body without its tags.
func (a Answer) Text() string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(a.Body, " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

// Want fails the test unless the answer has the status and holds all the texts.
func (a Answer) Want(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d: %.300s", a.Status, status, a.Text())
	}
	plain := html.UnescapeString(a.Body)
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			t.Errorf("%q is missing in %.3000s", text, a.Text())
		}
	}
}

// Handler serves the pages as m sees them.
func (d *Desk) Handler(m member.Member, ws workspace.Workspace) http.Handler {
	localised := d.Pages.Localise(d.Mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := auth.With(r.Context(), auth.Who{Member: m, Workspace: ws, SessionID: "session"})
		localised.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Get asks for a page as m, who belongs to the office's workspace or, with
// another id, to a workspace in which he is alone.
func (d *Desk) Get(t testing.TB, m member.Member, path string) Answer {
	t.Helper()
	return d.ask(t, m, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
}

// Post sends a form as m.
func (d *Desk) Post(t testing.TB, m member.Member, path string, form url.Values) Answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(t, m, r)
}

func (d *Desk) ask(t testing.TB, m member.Member, r *http.Request) Answer {
	t.Helper()
	ws := d.Workspace
	ws.ID = m.WorkspaceID
	rec := httptest.NewRecorder()
	d.Handler(m, ws).ServeHTTP(rec, r)
	return Answer{Status: rec.Code, Location: rec.Header().Get("Location"), Header: rec.Header(), Body: rec.Body.String()}
}
