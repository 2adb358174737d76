// Package site runs the real handlers of identity on a real database and a real
// listener for tests, with clients that have cookies and an authenticator. Other
// pages mount theirs through Option. Test helpers fail the test themselves.
package site

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/web/invite"
	"parley/web/locale"
	"parley/web/login"
	"parley/web/me"
	"parley/web/page"
	"parley/web/region"
	"parley/web/setup"
	"parley/web/static"
	"parley/web/team"
)

// Site is a running Parley as far as identity goes.
type Site struct {
	T           testing.TB
	URL         *url.URL // http://localhost:PORT
	Clock       *Clock
	Store       *store.DB
	Sessions    *auth.Sessions
	Links       *auth.Links
	Setup       *auth.Setup
	Invitations *auth.Invitations
	Passkeys    *auth.Passkeys
	Gate        *auth.Gate
	Pages       *page.Pages
	Changed     *Changes

	assets *static.Assets
	addr   net.Addr
}

// Config bends a Site.
type Config struct {
	Burst   int                                     // attempts before the limiter refuses; 0 is 1000
	Trusted []netip.Prefix                          // proxies
	Mount   func(s *Site, mux *http.ServeMux) error // more pages
}

// Clock can be put forward; it starts at the present.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Add puts the clock forward.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Changes collects what was announced, as "kind id".
type Changes struct {
	mu  sync.Mutex
	all []string
}

// Changed takes an announcement.
func (c *Changes) Changed(_ context.Context, _, kind, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, kind+" "+id)
}

// All are the announcements so far.
func (c *Changes) All() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.all...)
}

// New starts a site on an empty database.
func New(t testing.TB, cfg Config) *Site {
	t.Helper()
	if cfg.Burst == 0 {
		cfg.Burst = 1000
	}
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "parley.db"), log)
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	check(t, err)
	s := &Site{
		T: t, URL: &url.URL{Scheme: "http", Host: "localhost:" + port}, Clock: &Clock{}, Store: db,
		Changed: &Changes{}, addr: server.Listener.Addr(),
	}
	clients := edge.NewClients(cfg.Trusted)
	s.identity(clients, log)
	mux := http.NewServeMux()
	s.routes(mux, clients, cfg.Burst)
	if cfg.Mount != nil {
		check(t, cfg.Mount(s, mux))
	}
	server.Config.Handler = s.guarded(mux)
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func (s *Site) identity(clients *edge.Clients, log *slog.Logger) {
	cfg := auth.Config{PublicURL: s.URL}
	trail := auth.NewTrail(s.Store, s.Clock.Now, log)
	var err error
	s.Passkeys, err = auth.NewPasskeys(cfg, s.Store, s.Store, s.Store, trail, s.Clock.Now, log)
	check(s.T, err)
	s.Sessions = auth.NewSessions(cfg, s.Store, s.Store, s.Store, clients, trail, s.Clock.Now, log)
	s.Links = auth.NewLinks(cfg, s.Store, s.Store, trail, s.Clock.Now)
	s.Setup = auth.NewSetup(auth.SetupNeeds{
		Workspaces: s.Store, Members: s.Store, Tags: s.Store,
		Passkeys: s.Passkeys, Links: s.Links, Trail: trail, Now: s.Clock.Now,
	})
	s.Invitations = auth.NewInvitations(auth.InvitationNeeds{
		Store: s.Store, Finder: s.Store, Members: s.Store, Numbers: s.Store,
		Passkeys: s.Passkeys, Links: s.Links, Trail: trail, Changes: s.Changed, Now: s.Clock.Now, Log: log,
	})
	bundle, err := locale.New()
	check(s.T, err)
	s.assets, err = static.New()
	check(s.T, err)
	s.Pages = page.New(bundle, s.assets, log)
	s.Gate = auth.NewGate(s.Pages.Fail)
}

func (s *Site) routes(mux *http.ServeMux, clients *edge.Clients, burst int) {
	regions, err := region.New(locale.Languages()...)
	check(s.T, err)
	limiter := edge.NewLimiter(time.Minute, burst, 100, s.Clock.Now)
	limit := func(h http.Handler) http.Handler {
		return edge.Limit(limiter, clients, s.Pages.Refused(fault.New(fault.TooMany, "error.too-many")), h)
	}
	setup.New(s.Pages, s.Setup, s.Passkeys, s.Sessions, regions).Routes(mux, limit)
	login.New(s.Pages, s.Passkeys, s.Sessions, s.Links).Routes(mux, limit)
	invite.New(s.Pages, s.Invitations, s.Store, s.Passkeys, s.Sessions).Routes(mux, limit)
	me.New(me.Needs{
		Pages: s.Pages, Gate: s.Gate, Members: s.Store, Changes: s.Changed,
		Passkeys: s.Passkeys, Registrar: s.Passkeys, Sessions: s.Sessions, Now: s.Clock.Now,
	}).Routes(mux)
	team.New(team.Needs{
		Pages: s.Pages, Gate: s.Gate, Members: s.Store, Numbers: s.Store, Invitations: s.Invitations, Now: s.Clock.Now,
	}).Routes(mux)
	home := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		_, _ = w.Write([]byte(who.Member.ID))
	})
	mux.Handle("GET "+static.Prefix, s.assets)
	mux.Handle("GET /{$}", s.Gate.SignedIn(home))
}

// guarded puts the guards before the routes in the order a server has them.
func (s *Site) guarded(mux http.Handler) http.Handler {
	h := s.Sessions.Middleware(s.Pages.Fail, s.Pages.Localise(mux))
	h, err := edge.SameSite(s.URL, s.Pages.Refused(fault.New(fault.Forbidden, "error.cross-site")), h)
	check(s.T, err)
	return edge.Headers(s.URL, edge.Canonical(s.URL, h))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
