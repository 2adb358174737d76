// Package site runs the real handlers of identity on a real database and a real
// listener for tests, with clients that have cookies and an authenticator. Other
// pages mount theirs through Config.Mount. Letters are kept instead of sent unless
// Config.Post says otherwise. Test helpers fail the test themselves.
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
	"parley/internal/domain/letter"
	"parley/internal/domain/people"
	"parley/internal/tests/office"
	"parley/web/confirm"
	"parley/web/invite"
	"parley/web/locale"
	"parley/web/login"
	"parley/web/page"
	"parley/web/recover"
	"parley/web/region"
	"parley/web/setup"
	"parley/web/static"
)

// Site is a running Parley as far as identity goes.
type Site struct {
	T           testing.TB
	URL         *url.URL // http://localhost:PORT
	Clock       *Clock
	Store       *store.DB
	Mail        *office.Mail // letters, unless Config.Post took them
	Live        *office.Live // what the live parts were told
	Trail       *auth.Trail
	Sessions    *auth.Sessions
	Links       *auth.Links
	Setup       *auth.Setup
	Invitations *auth.Invitations
	Recovery    *auth.Recovery
	SignUps     *auth.SignUps
	Passkeys    *auth.Passkeys
	People      *people.Service
	Gate        *auth.Gate
	Pages       *page.Pages
	Regions     *region.Lists
	Changed     *Changes

	confirm *confirm.Handlers
	assets  *static.Assets
	addr    net.Addr
}

// Config bends a Site.
type Config struct {
	Burst   int                                     // attempts before the limiter refuses; 0 is 1000
	Trusted []netip.Prefix                          // proxies
	Mount   func(s *Site, mux *http.ServeMux) error // more pages
	Bare    bool                                    // without the site's own pages: Mount brings all
	Mail    bool                                    // there is a mail server
	Post    func(db *store.DB, public *url.URL) letter.Post
	SignUp  bool // anybody may found a workspace
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
	s.Mail, s.Live = &office.Mail{}, &office.Live{DB: db}
	if cfg.Mail {
		s.Mail.On()
	}
	clients := edge.NewClients(cfg.Trusted)
	s.words(log)
	s.identity(cfg, clients, log)
	mux := http.NewServeMux()
	if !cfg.Bare {
		s.routes(mux, clients, cfg.Burst)
	}
	if cfg.Mount != nil {
		check(t, cfg.Mount(s, mux))
	}
	server.Config.Handler = s.guarded(mux)
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func (s *Site) words(log *slog.Logger) {
	bundle, err := locale.New()
	check(s.T, err)
	s.assets, err = static.New()
	check(s.T, err)
	s.Regions, err = region.New(locale.Languages()...)
	check(s.T, err)
	s.Pages = page.New(bundle, s.assets, log)
}

func (s *Site) identity(cfg Config, clients *edge.Clients, log *slog.Logger) {
	at, db, now := auth.Config{PublicURL: s.URL}, s.Store, s.Clock.Now
	var post letter.Post = s.Mail
	if cfg.Post != nil {
		post = cfg.Post(db, s.URL)
	}
	s.Trail = auth.NewTrail(db, now, log)
	s.Sessions = auth.NewSessions(at, db, db, db, clients, s.Trail, now, log)
	var err error
	s.Passkeys, err = auth.NewPasskeys(at, db, s.Sessions, db, s.Trail, now, log)
	check(s.T, err)
	s.Links = auth.NewLinks(at, db, db, s.Trail, now)
	letters := auth.NewLetters(post, db, now, log)
	s.Setup = auth.NewSetup(auth.SetupNeeds{
		Workspaces: db, Members: db, People: db, Passkeys: s.Passkeys, Links: s.Links, Trail: s.Trail, Now: now,
	})
	s.Invitations = auth.NewInvitations(auth.InvitationNeeds{
		Store: db, Members: db, Workspaces: db, People: db,
		Passkeys: s.Passkeys, Links: s.Links, Letters: letters, Trail: s.Trail, Changes: s.Changed, Now: now,
	})
	s.Recovery = auth.NewRecovery(auth.RecoveryNeeds{
		Members: db, Workspaces: db, Passkeys: s.Passkeys, Links: s.Links, Letters: letters, Trail: s.Trail, Now: now, Log: log,
	})
	s.SignUps = auth.NewSignUps(auth.SignUpNeeds{
		Claims: db, Members: db, Workspaces: db, People: db, Passkeys: s.Passkeys, Links: s.Links,
		Letters: letters, Trail: s.Trail, Changes: s.Changed, Open: cfg.SignUp, Now: now, Log: log,
	})
	// Letters that were begun are written before the database is closed.
	s.T.Cleanup(func() { s.Recovery.Wait(); s.SignUps.Wait() })
	s.confirm = confirm.New(s.Pages, s.Passkeys, s.Sessions)
	s.Gate = auth.NewGate(s.Pages.Fail).Asking(http.HandlerFunc(s.confirm.Ask), now)
	s.People = people.NewService(people.Needs{
		Store: db, Offers: db, Edits: db, Members: db, Invitations: db, Teams: db, Memberships: db,
		Numbers: db, Assignments: db, Directory: db, Workspaces: db, Access: db,
		Links: s.Links, Post: post, Letters: db,
		AllowMail: edge.NewLimiter(time.Hour, 30, 100, now).AllowKey, Calls: s.Live, Agents: s.Live, Sessions: s.Sessions,
		Audit: s.Trail, Changes: s.Changed, Now: now, Log: log,
	})
}

func (s *Site) routes(mux *http.ServeMux, clients *edge.Clients, burst int) {
	limiter := edge.NewLimiter(time.Minute, burst, 100, s.Clock.Now)
	limit := func(h http.Handler) http.Handler {
		return edge.Limit(limiter, clients, s.Pages.Refused(fault.New(fault.TooMany, "error.too-many")), h)
	}
	setup.New(s.Pages, s.Setup, s.Passkeys, s.Sessions, s.Regions).Routes(mux, limit)
	login.New(s.Pages, s.Passkeys, s.Sessions, s.Links, s.Recovery).Routes(mux, limit)
	invite.New(s.Pages, s.Invitations, s.Store, s.Passkeys, s.Sessions).Routes(mux, limit)
	s.confirm.Routes(mux, s.Gate, limit)
	recover.New(recover.Needs{
		Pages: s.Pages, Gate: s.Gate, Recovery: s.Recovery, Passkeys: s.Passkeys, Sessions: s.Sessions, Now: s.Clock.Now,
	}).Routes(mux, limit)
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
