package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth/edge"
	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/media/audio"
	"parley/web/audit"
	"parley/web/blocklist"
	"parley/web/calls"
	"parley/web/domains"
	"parley/web/flow"
	"parley/web/home"
	"parley/web/invite"
	"parley/web/join"
	"parley/web/login"
	"parley/web/me"
	"parley/web/messages"
	"parley/web/numbers"
	"parley/web/page"
	"parley/web/phone"
	recovery "parley/web/recover"
	"parley/web/review"
	"parley/web/search"
	"parley/web/settings"
	"parley/web/setup"
	"parley/web/static"
	"parley/web/tags"
	"parley/web/team"
	"parley/web/teams"
	"parley/web/todo"
	"parley/web/trunks"
	"parley/web/webcall"
	"parley/web/welcome"
)

var errStopping = errors.New("the server is stopping")

// How often one address may try to sign in and may call from a public page, and
// how often a workspace may have the proof of a domain mailed, and a member invite
// who manages nobody, and how many of a member's refused calls are recorded.
const (
	signInPace  = 2 * time.Second
	signInBurst = 120
	callerPace  = 10 * time.Second
	callerBurst = 10
	proofPace   = 10 * time.Minute
	proofBurst  = 10
	invitePace  = 30 * time.Minute
	inviteBurst = 30

	refusalPace  = time.Minute
	refusalBurst = 60

	limiterSize = 10_000
	maxBody     = 1 << 20
	bodyTime    = 30 * time.Second
	uploadTime  = 3 * time.Minute // 10 MB over half a megabit a second
)

// handler is everything HTTP. Guards stand in front of the pages in this order:
// headers, the time a body may take, the one host name, cross-site refusal,
// session, language.
func (p *parley) handler() (http.Handler, error) {
	pages := http.NewServeMux()
	p.mount(pages)
	pages.Handle("/", p.gate.SignedIn(p.pages.Refused(fault.New(fault.NotFound, "error.not-found"))))
	guarded := p.identity.sessions.Middleware(p.pages.Fail, p.pages.Localise(pages))
	guarded, err := edge.SameSite(p.public, p.pages.Refused(fault.New(fault.Forbidden, "error.cross-site")), guarded)
	if err != nil {
		return nil, fmt.Errorf("prepare cross-site refusal: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", p.ready)
	mux.Handle("GET /metrics", p.metrics.handler(p.cfg.MetricsToken))
	mux.Handle("GET "+static.Prefix, p.assets)
	upload := http.MaxBytesHandler(guarded, messages.MaxUpload)
	mux.Handle("POST "+messages.UploadPath, edge.Canonical(p.public, edge.Prompt(uploadTime, upload)))
	mux.Handle("/", edge.Canonical(p.public, http.MaxBytesHandler(guarded, maxBody)))
	return edge.Headers(p.public, edge.Prompt(bodyTime, mux)), nil
}

// mount puts every page and socket on mux.
func (p *parley) mount(mux page.Mux) {
	p.mountIdentity(mux)
	p.mountPeople(mux)
	p.mountAdmin(mux)
	p.mountFlows(mux)
	p.mountPhone(mux)
}

func (p *parley) mountIdentity(mux page.Mux) {
	id, db := &p.identity, p.kept.db
	limiter := edge.NewLimiter(signInPace, signInBurst, limiterSize, time.Now)
	tooMany := p.pages.Refused(fault.New(fault.TooMany, "error.too-many"))
	limit := func(h http.Handler) http.Handler { return edge.Limit(limiter, id.clients, tooMany, h) }
	setup.New(p.pages, id.setup, id.passkeys, id.sessions, p.regions).Routes(mux, limit)
	login.New(p.pages, id.passkeys, id.sessions, id.links, id.recovery).Routes(mux, limit)
	invite.New(p.pages, id.invitations, db, id.passkeys, id.sessions).Routes(mux, limit)
	id.confirm.Routes(mux, p.gate, limit)
	recovery.New(recovery.Needs{
		Pages: p.pages, Gate: p.gate, Recovery: id.recovery, Passkeys: id.passkeys, Sessions: id.sessions, Now: time.Now,
	}).Routes(mux, limit)
	join.New(join.Needs{
		Pages: p.pages, Regions: p.regions, Desk: id.signUps, Joiner: id.signUps, Passkeys: id.passkeys, Sessions: id.sessions,
	}).Routes(mux, limit)
}

// mountPeople is about colleagues and oneself.
func (p *parley) mountPeople(mux page.Mux) {
	id, db, people := &p.identity, p.kept.db, p.services.people
	me.New(me.Needs{
		Pages: p.pages, Gate: p.gate, Regions: p.regions, Account: people, Company: db, Lines: db,
		Passkeys: id.passkeys, Registrar: id.passkeys, Sessions: id.sessions, Now: time.Now,
	}).Routes(mux)
	welcome.New(p.pages, p.gate, people).Routes(mux)
	team.New(team.Needs{
		Pages: p.pages, Gate: p.gate, Directory: db, Members: db, Numbers: db, Teams: db, Access: db, States: p.voice.desks,
		Inviter: people, Waiting: people, Editor: people, Availability: people, MailReady: p.mail.outbox.Ready, Now: time.Now,
	}).Routes(mux)
	teams.New(teams.Needs{
		Pages: p.pages, Gate: p.gate, Teams: db, Members: db, Editor: p.services.teams, States: p.voice.desks, Now: time.Now,
	}).Routes(mux)
	review.New(review.Needs{
		Pages: p.pages, Gate: p.gate, Store: db, Log: db, Invitations: people, Now: time.Now,
	}).Routes(mux)
	search.New(search.Needs{Pages: p.pages, Gate: p.gate, Directory: db, Access: db, States: p.voice.desks}).Routes(mux)
	domains.New(domains.Needs{
		Pages: p.pages, Gate: p.gate, Reader: p.services.claims, Service: p.services.claims, Now: time.Now,
	}).Routes(mux)
}

func (p *parley) mountAdmin(mux page.Mux) {
	db := p.kept.db
	paths := p.flowPages()
	paths.Routes(mux)
	numbers.New(numbers.Needs{
		Pages: p.pages, Gate: p.gate, Regions: p.regions, Store: db, Members: db, Trunks: db,
		Service: p.services.numbers, Holders: p.services.numbers, Access: db,
		Lines: p.voice.flows, Paths: paths, Music: p.voice.library, PublicURL: p.public,
	}).Routes(mux)
	tags.New(tags.Needs{Pages: p.pages, Gate: p.gate, Store: db, Service: p.services.tags}).Routes(mux)
	trunks.New(trunks.Needs{
		Pages: p.pages, Gate: p.gate, Store: db, Service: p.services.trunks,
		Statuses: statuses{p.voice.sip}, Now: time.Now,
	}).Routes(mux)
	settings.New(settings.Needs{
		Pages: p.pages, Gate: p.gate, Regions: p.regions, Store: db, Service: p.services.workspaces,
	}).Routes(mux)
	audit.New(audit.Needs{Pages: p.pages, Gate: p.gate, Log: db, Chain: db, Members: db, Now: time.Now}).Routes(mux)
	home.New(home.Needs{
		Pages: p.pages, Gate: p.gate, Store: db, Log: db, People: p.services.people, Flows: p.voice.flows,
		Statuses: statuses{p.voice.sip}, Now: time.Now,
	}).Routes(mux)
	calls.New(calls.Needs{
		Pages: p.pages, Gate: p.gate, Log: db, Directory: db, Access: db, Recordings: db, Deleter: p.services.recordings,
		Audio: files{p.kept.blobs}, Peaks: audio.Peaks, Now: time.Now,
	}).Routes(mux)
}

// flowPages are the pages of call distribution; the page of a number shows a part
// of them.
func (p *parley) flowPages() *flow.Handlers {
	db, flows := p.kept.db, p.voice.flows
	return flow.New(flow.Needs{
		Pages: p.pages, Gate: p.gate, Bundle: p.bundle, Regions: p.regions, Directory: db, Access: db,
		Drafts: flows, Versions: flows, Trials: flows, Calendars: flows, Sounds: db, Speaker: p.reception.messages,
		Numbers: p.services.numbers, Music: p.voice.library, Now: time.Now,
	})
}

// mountFlows is about what callers meet.
func (p *parley) mountFlows(mux page.Mux) {
	r, db := &p.reception, p.kept.db
	messages.New(messages.Needs{
		Pages: p.pages, Gate: p.gate, Reader: r.messages, Maker: r.messages, Speech: r.messages,
		Prompts: p.voice.library, Members: db, Now: time.Now,
	}).Routes(mux)
	todo.New(todo.Needs{Pages: p.pages, Gate: p.gate, Service: r.todo, Directory: db, Now: time.Now}).Routes(mux)
	blocklist.New(blocklist.Needs{Pages: p.pages, Gate: p.gate, Service: r.blocklist, Names: db, Now: time.Now}).Routes(mux)
}

func (p *parley) mountPhone(mux page.Mux) {
	phone.New(phone.Needs{Pages: p.pages, Gate: p.gate}).Routes(mux)
	webcall.New(webcall.Needs{
		Pages: p.pages, Assets: p.assets, Numbers: p.kept.db, Workspaces: p.kept.db,
	}).Routes(mux)
	mux.Handle("GET "+phone.Socket, p.gate.SignedIn(http.HandlerFunc(p.voice.hub.ServePhone)))
	mux.Handle("GET "+webcall.Socket+"{number}", http.HandlerFunc(p.voice.hub.ServeCaller))
}

// ready says whether the node can serve: what it stands on answers.
func (p *parley) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	parts := map[string]error{"database": p.kept.db.Ping(ctx), "events": p.kept.bus.Ping(ctx)}
	if p.stopping.Load() {
		parts["server"] = errStopping
	}
	out := make(map[string]string, len(parts))
	status := http.StatusOK
	for name, err := range parts {
		out[name] = "ok"
		if err != nil {
			p.log.ErrorContext(ctx, "not ready", "part", name, obs.Err, err)
			out[name], status = "does not answer", http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the asker may have left
}
