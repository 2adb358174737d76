package rights_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/signalling"
	"parley/internal/adapters/speech"
	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/call"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/queue"
	"parley/internal/domain/recording"
	"parley/internal/domain/routing"
	"parley/internal/domain/softphone"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/todo"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/internal/media/audio"
	"parley/internal/media/clip"
	"parley/internal/tests/office"
	"parley/internal/tests/site"
	"parley/web/audit"
	blockpages "parley/web/blocklist"
	"parley/web/calls"
	"parley/web/confirm"
	"parley/web/domains"
	"parley/web/flow"
	"parley/web/home"
	"parley/web/invite"
	"parley/web/join"
	"parley/web/locale"
	"parley/web/login"
	"parley/web/me"
	"parley/web/messages"
	"parley/web/numbers"
	"parley/web/page"
	"parley/web/phone"
	"parley/web/recover"
	"parley/web/review"
	"parley/web/search"
	"parley/web/settings"
	"parley/web/setup"
	"parley/web/tags"
	teampages "parley/web/team"
	"parley/web/teams"
	todopages "parley/web/todo"
	"parley/web/trunks"
	"parley/web/webcall"
	"parley/web/welcome"
)

// rig is a server with all its pages and sockets, and browsers that are signed in.
type rig struct {
	*site.Site
	t        testing.TB
	patterns []string // of everything that is mounted
	desks    *agent.Registry
	engine   *call.Engine
	flows    *routing.Service
	board    *queue.Board
	bundle   *locale.Bundle
	hub      *signalling.Hub
	library  *audio.Library
	numbers  *number.Service
	teams    *team.Service
	tags     *tag.Service
	trunks   *trunk.Service
	browsers map[string]*site.Client // by member
	phones   int                     // numbers made so far
}

// open starts a server on an empty database.
func open(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, browsers: map[string]*site.Client{}}
	r.Site = site.New(t, site.Config{Mail: true, SignUp: true, Bare: true, Mount: r.mount})
	return r
}

// listing notes what is mounted.
type listing struct {
	*http.ServeMux
	patterns *[]string
}

func (l listing) Handle(pattern string, h http.Handler) {
	*l.patterns = append(*l.patterns, pattern)
	l.ServeMux.Handle(pattern, h)
}

func (r *rig) mount(s *site.Site, plain *http.ServeMux) error {
	r.Site = s
	var err error
	if r.library, err = audio.NewLibrary(); err != nil {
		return fmt.Errorf("read the music: %w", err)
	}
	if r.bundle, err = locale.New(); err != nil {
		return fmt.Errorf("read the sentences: %w", err)
	}
	r.voice()
	mux := listing{plain, &r.patterns}
	r.mountIdentity(mux)
	r.mountPeople(mux)
	r.mountThings(mux)
	mux.Handle("GET "+phone.Socket, s.Gate.SignedIn(http.HandlerFunc(r.hub.ServePhone)))
	mux.Handle("GET "+webcall.Socket+"{number}", http.HandlerFunc(r.hub.ServeCaller))
	plain.HandleFunc("POST /test/session/{ws}/{id}", r.signIn)
	return nil
}

// mountFlows mounts what is about callers.
func (r *rig) mountFlows(mux page.Mux) *flow.Handlers {
	s, db, now, log := r.Site, r.Store, r.Clock.Now, slog.New(slog.DiscardHandler)
	r.flows = routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: r.desks, Board: r.board, Audit: s.Trail, Changes: s.Changed, Now: now, Log: log,
	})
	said := message.NewService(message.Needs{
		Messages: db, Blobs: files{}, Studio: clip.Studio{}, Speech: speech.NewSeveral(log), Access: db,
		Audit: s.Trail, Changes: s.Changed, Now: now,
	})
	blocked := blocklist.NewService(blocklist.Needs{Store: db, Workspaces: db, Audit: s.Trail, Changes: s.Changed, Now: now, Log: log})
	items := todo.NewService(todo.Needs{Store: db, Members: db, Access: db, Changes: s.Changed, Now: now})
	messages.New(messages.Needs{
		Pages: s.Pages, Gate: s.Gate, Reader: said, Maker: said, Speech: said, Prompts: r.library, Members: db, Now: now,
	}).Routes(mux)
	blockpages.New(blockpages.Needs{Pages: s.Pages, Gate: s.Gate, Service: blocked, Names: db, Now: now}).Routes(mux)
	todopages.New(todopages.Needs{Pages: s.Pages, Gate: s.Gate, Service: items, Directory: db, Now: now}).Routes(mux)
	paths := flow.New(flow.Needs{
		Pages: s.Pages, Gate: s.Gate, Bundle: r.bundle, Regions: s.Regions, Directory: db, Access: db,
		Drafts: r.flows, Versions: r.flows, Trials: r.flows, Calendars: r.flows, Sounds: db, Speaker: said,
		Numbers: r.numbers, Music: r.library, Now: now,
	})
	paths.Routes(mux)
	return paths
}

// voice makes what carries calls, without media and phone network.
func (r *rig) voice() {
	db, log := r.Store, slog.New(slog.DiscardHandler)
	r.desks, r.hub = agent.NewRegistry(db, db, db, log), signalling.NewHub()
	r.board = queue.NewBoard(time.Now)
	flows := office.NewFlows(db, r.desks, r.board)
	r.engine = call.NewEngine(call.Deps{
		Log: db, Recordings: db, Agents: r.desks, Flows: flows, Blocked: flows, Board: r.board, Dialler: network{}, Media: silence{}, Audience: r.hub,
		Guard: call.NewGuard(func(context.Context, call.Placing, *fault.Error) {}), Slog: log,
	})
	r.hub.Needs = signalling.Needs{
		Phone: softphone.New(softphone.Needs{
			Engine: r.engine, Agents: r.desks, Numbers: db, Tags: db, Members: db, History: db, Workspaces: db,
		}),
		Engine: r.engine, Agents: r.desks, Identity: visitors{r.Sessions}, Lines: db, Peers: peers{},
		Texts:       func(_, key string, _ map[string]string) string { return key },
		CountryOf:   func(context.Context, string) string { return "FR" },
		AllowCaller: func(*http.Request) bool { return true }, Log: log,
	}
	r.desks.OnChange(r.hub.AgentChanged)
	r.Sessions.OnRevoked(func(_, sessionID string) { r.hub.SessionEnded(sessionID) })
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.engine.Close(ctx); err != nil {
			r.t.Errorf("close the engine: %v", err)
		}
		r.hub.Close(ctx)
		r.desks.Close()
	})
}

func free(h http.Handler) http.Handler { return h }

func (r *rig) mountIdentity(mux page.Mux) {
	s, db := r.Site, r.Store
	setup.New(s.Pages, s.Setup, s.Passkeys, s.Sessions, s.Regions).Routes(mux, free)
	login.New(s.Pages, s.Passkeys, s.Sessions, s.Links, s.Recovery).Routes(mux, free)
	invite.New(s.Pages, s.Invitations, db, s.Passkeys, s.Sessions).Routes(mux, free)
	confirm.New(s.Pages, s.Passkeys, s.Sessions).Routes(mux, s.Gate, free)
	recover.New(recover.Needs{
		Pages: s.Pages, Gate: s.Gate, Recovery: s.Recovery, Passkeys: s.Passkeys, Sessions: s.Sessions, Now: s.Clock.Now,
	}).Routes(mux, free)
	join.New(join.Needs{
		Pages: s.Pages, Regions: s.Regions, Desk: s.SignUps, Joiner: s.SignUps, Passkeys: s.Passkeys, Sessions: s.Sessions,
	}).Routes(mux, free)
}

func (r *rig) mountPeople(mux page.Mux) {
	s, db, now := r.Site, r.Store, r.Clock.Now
	r.teams = team.NewService(team.Needs{Teams: db, Memberships: db, Members: db, Audit: s.Trail, Changes: s.Changed, Now: now})
	claims := claim.NewService(claim.Needs{
		Claims: db, Workspaces: db, Links: s.Links, Post: s.Mail, Resolver: noDNS{}, AllowMail: func(string) bool { return true },
		Audit: s.Trail, Changes: s.Changed, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	me.New(me.Needs{
		Pages: s.Pages, Gate: s.Gate, Regions: s.Regions, Account: s.People, Company: db, Lines: db,
		Passkeys: s.Passkeys, Registrar: s.Passkeys, Sessions: s.Sessions, Now: now,
	}).Routes(mux)
	welcome.New(s.Pages, s.Gate, s.People).Routes(mux)
	teampages.New(teampages.Needs{
		Pages: s.Pages, Gate: s.Gate, Directory: db, Members: db, Numbers: db, Teams: db, Access: db, States: r.desks,
		Inviter: s.People, Waiting: s.People, Editor: s.People, Availability: s.People, MailReady: s.Mail.Ready, Now: now,
	}).Routes(mux)
	teams.New(teams.Needs{
		Pages: s.Pages, Gate: s.Gate, Teams: db, Members: db, Editor: r.teams, States: r.desks, Now: now,
	}).Routes(mux)
	search.New(search.Needs{Pages: s.Pages, Gate: s.Gate, Directory: db, Access: db, States: r.desks}).Routes(mux)
	domains.New(domains.Needs{Pages: s.Pages, Gate: s.Gate, Reader: claims, Service: claims, Now: now}).Routes(mux)
}

func (r *rig) mountThings(mux page.Mux) {
	s, db, now := r.Site, r.Store, r.Clock.Now
	r.numbers = number.NewService(number.Needs{
		Numbers: db, Edits: db, Assignments: db, Supervisors: db, Members: db, Trunks: db,
		Audit: s.Trail, Changes: s.Changed, Music: r.library.MusicIDs(), Now: now,
	})
	r.tags = tag.NewService(tag.Needs{Tags: db, Audit: s.Trail, Changes: s.Changed, Now: now})
	r.trunks = trunk.NewService(trunk.Needs{Trunks: db, Users: r.numbers, Audit: s.Trail, Changes: s.Changed, Now: now})
	workspaces := workspace.NewService(workspace.Needs{Workspaces: db, Audit: s.Trail, Changes: s.Changed})
	recordings := recording.NewService(recording.Needs{Recordings: db, Files: files{}, Audit: s.Trail, Now: now})
	paths := r.mountFlows(mux)
	numbers.New(numbers.Needs{
		Pages: s.Pages, Gate: s.Gate, Regions: s.Regions, Store: db, Members: db, Trunks: db,
		Service: r.numbers, Holders: r.numbers, Access: db, Lines: r.flows, Paths: paths, Music: r.library, PublicURL: s.URL,
	}).Routes(mux)
	tags.New(tags.Needs{Pages: s.Pages, Gate: s.Gate, Store: db, Service: r.tags}).Routes(mux)
	trunks.New(trunks.Needs{Pages: s.Pages, Gate: s.Gate, Store: db, Service: r.trunks, Statuses: quiet{}, Now: now}).Routes(mux)
	settings.New(settings.Needs{Pages: s.Pages, Gate: s.Gate, Regions: s.Regions, Store: db, Service: workspaces}).Routes(mux)
	audit.New(audit.Needs{Pages: s.Pages, Gate: s.Gate, Log: db, Chain: db, Members: db, Now: now}).Routes(mux)
	review.New(review.Needs{Pages: s.Pages, Gate: s.Gate, Store: db, Log: db, Invitations: s.People, Now: now}).Routes(mux)
	tune, _ := r.library.WAV(r.library.MusicIDs()[0])
	home.New(home.Needs{Pages: s.Pages, Gate: s.Gate, Store: db, Log: db, People: s.People, Flows: r.flows, Statuses: quiet{}, Now: now}).Routes(mux)
	calls.New(calls.Needs{
		Pages: s.Pages, Gate: s.Gate, Log: db, Directory: db, Access: db, Recordings: db, Deleter: recordings,
		Audio: files{tune}, Peaks: audio.Peaks, Now: now,
	}).Routes(mux)
	phone.New(phone.Needs{Pages: s.Pages, Gate: s.Gate}).Routes(mux)
	webcall.New(webcall.Needs{Pages: s.Pages, Assets: noAssets{}, Numbers: db, Workspaces: db}).Routes(mux)
}

// signIn gives the browser a session of a member: how one is come by has tests of
// its own.
func (r *rig) signIn(w http.ResponseWriter, req *http.Request) {
	m, err := r.Store.Member(req.Context(), req.PathValue("ws"), req.PathValue("id"))
	key := identity.Credential{
		ID: "key of " + m.ID, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Name: "Key", Data: []byte("{}"), CreatedAt: r.Clock.Now(),
	}
	if err == nil {
		err = r.Store.SaveCredential(req.Context(), key)
	}
	if err == nil {
		err = r.Sessions.Start(w, req, m, key.ID)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// as is a browser in which m is signed in; without an id nobody is.
func (r *rig) as(m member.Member) *site.Client {
	r.t.Helper()
	if c, ok := r.browsers[m.ID]; ok {
		return c
	}
	c := r.Browser()
	if m.ID != "" {
		if a := c.Post("/test/session/"+m.WorkspaceID+"/"+m.ID, nil); a.Status != http.StatusOK {
			r.t.Fatalf("sign %s in: %d %s", m.Name, a.Status, a.Body)
		}
	}
	r.browsers[m.ID] = c
	return c
}

// visitors tells the hub who opens a socket.
type visitors struct{ sessions *auth.Sessions }

func (v visitors) Who(r *http.Request) (member.Member, string, bool) {
	who, ok := auth.From(r.Context())
	return who.Member, who.SessionID, ok
}

func (v visitors) Valid(ctx context.Context, sessionID string) (member.Member, error) {
	who, err := v.sessions.Valid(ctx, sessionID)
	return who.Member, err
}

// quiet says nothing of any trunk.
type quiet struct{}

func (quiet) TrunkStatus(string) trunk.Status { return trunk.Status{} }

// noDNS has no records.
type noDNS struct{}

func (noDNS) LookupTXT(context.Context, string) ([]string, error) { return nil, nil }

// noAssets names files that nobody asks for.
type noAssets struct{}

func (noAssets) URL(name string) string { return "/static/" + name }

// files has a recording under every key.
type files struct{ body []byte }

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

func (f files) Open(context.Context, string) (io.ReadSeekCloser, error) {
	return file{bytes.NewReader(f.body)}, nil
}

func (files) Put(context.Context, string, io.Reader, int64) error { return nil }

func (files) Delete(context.Context, string) error { return nil }
