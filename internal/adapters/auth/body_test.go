package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

// meanwhile is a body during which something happens.
type meanwhile struct {
	text  io.Reader
	event func()
}

func (m *meanwhile) Read(p []byte) (int, error) {
	if m.event != nil {
		m.event()
		m.event = nil
	}
	return m.text.Read(p)
}

func (m *meanwhile) Close() error { return nil }

func TestWhoIsOutWhileSendingIsNotHeard(t *testing.T) {
	for name, tc := range map[string]struct {
		event func(t *testing.T, f *fixture)
		want  fault.Kind
		heard bool
	}{
		"nothing happens": {func(*testing.T, *fixture) {}, "", true},
		"signed out": {func(t *testing.T, f *fixture) {
			t.Helper()
			if _, err := f.db.DeleteSessionsOf(t.Context(), f.member.ID, ""); err != nil {
				t.Error(err)
			}
		}, fault.Unauthenticated, false},
		"demoted": {func(t *testing.T, f *fixture) {
			t.Helper()
			if err := f.db.SetRole(t.Context(), f.member.WorkspaceID, f.member.ID, member.User, member.Supervisor); err != nil {
				t.Error(err)
			}
		}, fault.Conflict, false},
	} {
		f := newFixture(t, "http://localhost:8080")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", &meanwhile{strings.NewReader("role=owner"), func() {
			tc.event(t, f)
			f.now = f.now.Add(20 * time.Second)
		}})
		r.AddCookie(f.start(t))
		var err error
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = io.ReadAll(r.Body) })
		deny := func(_ http.ResponseWriter, _ *http.Request, err error) { t.Errorf("%s: denied: %v", name, err) }
		f.sessions.Middleware(deny, next).ServeHTTP(httptest.NewRecorder(), r)
		if (err == nil) != tc.heard || err != nil && fault.KindOf(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
