package auth_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

type fixture struct {
	db       *store.DB
	sessions *auth.Sessions
	member   member.Member
	passkey  identity.Credential
	now      time.Time
}

func newFixture(t *testing.T, public string) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &fixture{db: db, now: time.Now()}
	ws := workspace.Workspace{ID: id.New(), Name: "W", Language: "en", TimeZone: "UTC", Country: "FR", CreatedAt: f.now}
	f.member = member.Member{ID: id.New(), WorkspaceID: ws.ID, Name: "M", Email: "m@x.example", Role: member.User, Language: "en", CreatedAt: f.now}
	if err := db.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveMember(t.Context(), f.member); err != nil {
		t.Fatal(err)
	}
	f.passkey = identity.Credential{ID: id.New(), MemberID: f.member.ID, WorkspaceID: ws.ID, Name: "Key", CreatedAt: f.now}
	if err := db.SaveCredential(t.Context(), f.passkey); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return f.now }
	trail := auth.NewTrail(db, clock, log)
	f.sessions = auth.NewSessions(auth.Config{PublicURL: address(t, public), Idle: time.Hour, Lifetime: 3 * time.Hour},
		db, db, db, edge.NewClients(nil), trail, clock, log)
	return f
}

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// start signs the member in and returns the cookie.
func (f *fixture) start(t *testing.T) *http.Cookie {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("User-Agent", "bad \xff bytes"+strings.Repeat("é", 400))
	if err := f.sessions.Start(w, r, f.member, f.passkey.ID); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0]
}

// who runs the middleware with the cookie.
func (f *fixture) who(t *testing.T, c *http.Cookie) (auth.Who, bool) {
	t.Helper()
	var who auth.Who
	var ok bool
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who, ok = auth.From(r.Context()) })
	deny := func(_ http.ResponseWriter, _ *http.Request, err error) { t.Errorf("denied: %v", err) }
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(c)
	f.sessions.Middleware(deny, next).ServeHTTP(httptest.NewRecorder(), r)
	return who, ok
}

func TestCookieIsOutOfReach(t *testing.T) {
	plain := newFixture(t, "http://localhost:8080").start(t)
	if plain.Name != "parley_session" || !plain.HttpOnly || plain.Secure || plain.SameSite != http.SameSiteLaxMode {
		t.Errorf("http: %v", plain)
	}
	secure := newFixture(t, "https://phone.example").start(t)
	if secure.Name != "__Host-parley_session" || !secure.HttpOnly || !secure.Secure || secure.Path != "/" || secure.Domain != "" {
		t.Errorf("https: %v", secure)
	}
}

func TestTokenIsHashedAtRest(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	c := f.start(t)
	rows, err := f.sessions.Of(t.Context(), f.member.ID)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d sessions: %v", len(rows), err)
	}
	if rows[0].Token == c.Value || strings.Contains(string(rows[0].Data), c.Value) {
		t.Error("the token is in the database")
	}
	impostor := *c
	impostor.Value = rows[0].Token[:43]
	if _, ok := f.who(t, &impostor); ok {
		t.Error("the hash signs in")
	}
}

func TestSessionEndsUnused(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	c := f.start(t)
	for range 2 { // each use starts the hour anew
		f.now = f.now.Add(50 * time.Minute)
		if _, ok := f.who(t, c); !ok {
			t.Fatal("ended while in use")
		}
	}
	f.now = f.now.Add(61 * time.Minute)
	if _, ok := f.who(t, c); ok {
		t.Error("an hour unused and still alive")
	}
}

func TestSessionEndsOfAge(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	c := f.start(t)
	for range 5 {
		f.now = f.now.Add(35 * time.Minute)
		if _, ok := f.who(t, c); !ok {
			t.Fatal("ended too early")
		}
	}
	f.now = f.now.Add(10 * time.Minute)
	if _, ok := f.who(t, c); ok {
		t.Error("older than its lifetime and still alive")
	}
}

func TestValidAndRevoked(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	who, ok := f.who(t, f.start(t))
	if !ok || who.Member.ID != f.member.ID || who.Workspace.Name != "W" {
		t.Fatalf("who %+v %v", who, ok)
	}
	if again, err := f.sessions.Valid(t.Context(), who.SessionID); err != nil || again.Member.ID != f.member.ID {
		t.Errorf("valid: %v", err)
	}
	ended := 0
	stop := f.sessions.OnRevoked(func(workspaceID, id string) {
		if id == who.SessionID && workspaceID == f.member.WorkspaceID {
			ended++
		}
	})
	if err := f.sessions.Revoke(t.Context(), who, who.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.sessions.Valid(t.Context(), who.SessionID); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("revoked: %v", err)
	}
	if err := f.sessions.Revoke(t.Context(), who, who.SessionID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("revoked twice: %v", err)
	}
	stop()
	second, _ := f.who(t, f.start(t))
	if err := f.sessions.Revoke(t.Context(), second, second.SessionID); err != nil {
		t.Fatal(err)
	}
	if ended != 1 {
		t.Errorf("the hook ran %d times", ended)
	}
}

// A request that was under way when its session was revoked must not revive it.
func TestRevocationBeatsATouch(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	who, _ := f.who(t, f.start(t))
	row, err := f.db.SessionByID(t.Context(), who.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.sessions.Revoke(t.Context(), who, who.SessionID); err != nil {
		t.Fatal(err)
	}
	row.LastSeenAt = f.now.Add(time.Minute)
	if err := f.db.SaveSession(t.Context(), row); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a revoked session was saved: %v", err)
	}
	if _, err := f.sessions.Valid(t.Context(), who.SessionID); err == nil {
		t.Error("the session is back")
	}
}

func TestStrangeCookiesAreNobody(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	for _, v := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 4000), "' OR 1=1 --"} {
		if _, ok := f.who(t, &http.Cookie{Name: "parley_session", Value: v, Quoted: true}); ok {
			t.Errorf("%.10q is somebody", v)
		}
	}
}

func TestSweepEndsWithItsContext(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	f.start(t)
	f.now = f.now.Add(4 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f.sessions.Sweep(ctx) }()
	for {
		rows, err := f.db.SessionsOf(t.Context(), f.member.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
	}
	cancel()
	<-done
}

func TestPasskeysNeedAName(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	log := slog.New(slog.DiscardHandler)
	trail := auth.NewTrail(f.db, time.Now, log)
	for public, good := range map[string]bool{
		"http://localhost:8080": true, "https://phone.example": true, "http://127.0.0.1:8080": false, "https://[::1]": false,
	} {
		cfg := auth.Config{PublicURL: address(t, public)}
		sessions := auth.NewSessions(cfg, f.db, f.db, f.db, edge.NewClients(nil), trail, time.Now, log)
		_, err := auth.NewPasskeys(cfg, f.db, sessions, f.db, trail, time.Now, log)
		if (err == nil) != good {
			t.Errorf("%s: %v", public, err)
		}
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/team": "/team", "/calls?tag=1#x": "/calls?tag=1#x", "": "/", "team": "/", "//evil.example": "/",
		"https://evil.example": "/", "/\\evil.example": "/", "/a\r\nSet-Cookie: x": "/", "/%zz": "/", "/\t/evil.example": "/",
		"/" + strings.Repeat("a", 3000): "/",
	} {
		if got := auth.LocalPath(in); got != want {
			t.Errorf("LocalPath(%.20q) = %q, want %q", in, got, want)
		}
	}
}

func TestDevice(t *testing.T) {
	for in, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15":                      "Safari, macOS",
		"Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36":                                 "Chrome, Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                            "Firefox, Linux",
		"curl/8": "", "": "",
	} {
		if got := auth.Device(in); got != want {
			t.Errorf("Device(%q) = %q, want %q", in, got, want)
		}
	}
}
