package page_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/base/fault"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/static"
)

func newPages(t *testing.T, log *slog.Logger) *page.Pages {
	t.Helper()
	bundle, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	return page.New(bundle, assets, log)
}

func TestFailMapsKindToStatusAndSentence(t *testing.T) {
	p := newPages(t, slog.New(slog.DiscardHandler))
	for kind, want := range map[fault.Kind]int{
		fault.Invalid: 422, fault.NotFound: 404, fault.Conflict: 409, fault.Forbidden: 403,
		fault.Unauthenticated: 401, fault.TooMany: 429, fault.Unavailable: 503, fault.Internal: 500, "new kind": 500,
	} {
		for _, accept := range []string{"text/html", "application/json"} {
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Accept", accept)
			r.Header.Set("Accept-Language", "fr")
			p.Fail(w, r, fault.New(kind, "error.too-many"))
			if w.Code != want || !strings.Contains(w.Body.String(), "Trop de tentatives") || !strings.HasPrefix(w.Header().Get("Content-Type"), accept) {
				t.Errorf("%s as %s: %d %s", kind, accept, w.Code, w.Header())
			}
		}
	}
}

// A reader who goes away while his page is made is no error of the server's.
func TestReadersWhoLeaveAreNotBlamed(t *testing.T) {
	var log bytes.Buffer
	p := newPages(t, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	p.Fail(httptest.NewRecorder(), r, fmt.Errorf("load workspace: %w", ctx.Err()))
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}

// What lies beneath is for the log alone.
func TestInternalErrorsAreLoggedNotShown(t *testing.T) {
	var log bytes.Buffer
	p := newPages(t, slog.New(slog.NewTextHandler(&log, nil)))
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/setup/secret-token", nil)
	p.Fail(w, r, errors.New("password of the database is swordfish"))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "swordfish") {
		t.Errorf("shown: %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "swordfish") || strings.Contains(log.String(), "secret-token") {
		t.Errorf("logged: %s", log.String())
	}
}
