package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/blob"
	"parley/internal/adapters/event"
	"parley/internal/adapters/signalling"
	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/internal/domain/softphone"
	"parley/internal/domain/tag"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/internal/media/audio"
	"parley/internal/media/plane"
	"parley/internal/media/record"
	"parley/internal/media/rtc"
	"parley/internal/media/sip"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/static"
)

// kept is what outlives the process: the database, the bus, the blobs.
type kept struct {
	db    *store.DB
	bus   *event.Bus
	blobs blob.Store
}

// identity is how people become members.
type identity struct {
	sessions    *auth.Sessions
	links       *auth.Links
	setup       *auth.Setup
	passkeys    *auth.Passkeys
	invitations *auth.Invitations
	trail       *auth.Trail
	clients     *edge.Clients
}

// services are what people do with numbers, tags, trunks, their workspace and
// recordings.
type services struct {
	numbers    *number.Service
	tags       *tag.Service
	trunks     *trunk.Service
	workspaces *workspace.Service
	recordings *recording.Service
}

// voice is everything that carries calls.
type voice struct {
	library *audio.Library
	station *record.Station
	plane   *plane.Plane
	rtc     *rtc.Engine
	sip     *sip.Stack
	desks   *agent.Registry
	engine  *call.Engine
	phone   *softphone.Service
	hub     *signalling.Hub
}

// parley is the whole program, wired.
type parley struct {
	cfg      *Config
	log      *slog.Logger
	public   *url.URL
	kept     kept
	changes  changes
	identity identity
	services services
	voice    voice
	bundle   *locale.Bundle
	pages    *page.Pages
	gate     *auth.Gate
	assets   *static.Assets
	regions  *region.Lists
	metrics  *metrics
	stopping atomic.Bool
}

// openKept opens the stores. Which kind each is, is settled here and nowhere else.
func openKept(ctx context.Context, cfg *Config, log *slog.Logger) (kept, error) {
	var k kept
	var err error
	if err := cfg.prepareData(); err != nil {
		return k, err
	}
	if k.db, err = store.Open(ctx, cfg.database(), log); err != nil {
		return k, fmt.Errorf("open the database: %w", err)
	}
	if k.bus, err = event.Open(ctx, cfg.NATSURL, log); err != nil {
		return k, errors.Join(fmt.Errorf("open the event bus: %w", err), k.db.Close())
	}
	if k.blobs, err = blob.Open(ctx, cfg.blobs()); err != nil {
		return k, errors.Join(fmt.Errorf("open the blob store: %w", err), k.bus.Close(ctx), k.db.Close())
	}
	return k, nil
}

func (k kept) close(ctx context.Context) error {
	return errors.Join(k.blobs.Close(), k.bus.Close(ctx), k.db.Close())
}

// wire makes the program over what is kept. Nothing runs before start, but for
// goroutines that wait.
func wire(cfg *Config, log *slog.Logger, k kept) (*parley, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("read public-url: %w", err)
	}
	p := &parley{
		cfg: cfg, log: log, public: public, kept: k,
		changes: changes{bus: event.NewChanges(k.bus), log: log},
	}
	for _, step := range []func() error{p.wireWords, p.wireIdentity, p.wireVoice, p.wireServices} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.gate = auth.NewGate(p.pages.Fail)
	return p, nil
}

// wireWords reads what pages are made of.
func (p *parley) wireWords() error {
	var err error
	if p.bundle, err = locale.New(); err != nil {
		return fmt.Errorf("read the catalogues: %w", err)
	}
	if p.assets, err = static.New(); err != nil {
		return fmt.Errorf("read the assets: %w", err)
	}
	if p.regions, err = region.New(locale.Languages()...); err != nil {
		return fmt.Errorf("read countries and time zones: %w", err)
	}
	p.pages = page.New(p.bundle, p.assets, p.log)
	return nil
}

func (p *parley) wireIdentity() error {
	cfg := auth.Config{PublicURL: p.public}
	db := p.kept.db
	proxies, err := p.cfg.proxies()
	if err != nil {
		return err
	}
	id := &p.identity
	id.clients = edge.NewClients(proxies)
	id.trail = auth.NewTrail(db, time.Now, p.log)
	if id.passkeys, err = auth.NewPasskeys(cfg, db, db, db, id.trail, time.Now, p.log); err != nil {
		return fmt.Errorf("prepare passkeys: %w", err)
	}
	id.sessions = auth.NewSessions(cfg, db, db, db, id.clients, id.trail, time.Now, p.log)
	id.links = auth.NewLinks(cfg, db, db, id.trail, time.Now)
	id.setup = auth.NewSetup(auth.SetupNeeds{
		Workspaces: db, Members: db, Tags: db, Passkeys: id.passkeys, Links: id.links, Trail: id.trail, Now: time.Now,
	})
	id.invitations = auth.NewInvitations(auth.InvitationNeeds{
		Store: db, Finder: db, Members: db, Numbers: db, Passkeys: id.passkeys, Links: id.links,
		Trail: id.trail, Changes: p.changes, Now: time.Now, Log: p.log,
	})
	return nil
}

// wireServices comes after the voice: numbers choose from its music.
func (p *parley) wireServices() error {
	db, trail := p.kept.db, p.identity.trail
	p.services = newServices(db, trail, p.changes, p.voice.library.MusicIDs())
	p.services.recordings = recording.NewService(recording.Needs{Recordings: db, Files: p.kept.blobs, Audit: trail, Now: time.Now})
	return nil
}

func newServices(db *store.DB, trail *auth.Trail, ch changes, music []string) services {
	var s services
	s.numbers = number.NewService(number.Needs{
		Numbers: db, Edits: db, Assignments: db, Supervisors: db, Members: db, Trunks: db,
		Audit: trail, Changes: ch, Music: music, Now: time.Now,
	})
	s.tags = tag.NewService(tag.Needs{Tags: db, Audit: trail, Changes: ch, Now: time.Now})
	s.trunks = trunk.NewService(trunk.Needs{Trunks: db, Users: s.numbers, Audit: trail, Changes: ch, Now: time.Now})
	s.workspaces = workspace.NewService(workspace.Needs{Workspaces: db, Audit: trail, Changes: ch})
	return s
}

func (p *parley) wireVoice() error {
	v, db := &p.voice, p.kept.db
	var err error
	if v.library, err = audio.NewLibrary(); err != nil {
		return fmt.Errorf("prepare prompts and music: %w", err)
	}
	tcp := ""
	if p.cfg.MediaTCP {
		tcp = p.cfg.MediaAddr
	}
	if v.rtc, err = rtc.New(rtc.Config{
		UDPAddr: p.cfg.MediaAddr, TCPAddr: tcp, PublicIPs: p.cfg.publicIPs(), Log: p.log,
	}); err != nil {
		return fmt.Errorf("open the media port %s (setting media): %w", p.cfg.MediaAddr, err)
	}
	v.station = record.NewStation()
	v.plane = plane.New(plane.Config{
		Library: v.library, Station: v.station, Blobs: recordings{p.kept.blobs}, Spool: p.cfg.spool(), Log: p.log,
	})
	v.desks = agent.NewRegistry(db, db, db, p.log)
	v.hub = signalling.NewHub()
	desk := &switchboard{store: db, log: p.log}
	if v.sip, err = p.newSIP(desk); err != nil {
		return err
	}
	p.metrics = newMetrics(v)
	v.engine = call.NewEngine(call.Deps{
		Log: db, Recordings: db, Agents: v.desks, Dialler: dialler{v.sip}, Media: v.plane,
		Audience: p.metrics.watch(v.hub), Guard: call.NewGuard(p.auditRefusal), Slog: p.log,
	})
	v.phone = softphone.New(softphone.Needs{
		Engine: v.engine, Agents: v.desks, Numbers: db, Tags: db, Members: db, History: db, Workspaces: db,
	})
	desk.phone, desk.engine = v.phone, v.engine
	v.desks.OnChange(v.hub.AgentChanged)
	callers := edge.NewLimiter(callerPace, callerBurst, limiterSize, time.Now)
	v.hub.Needs = signalling.Needs{
		Phone: v.phone, Engine: v.engine, Agents: v.desks, Identity: visitors{p.identity.sessions}, Lines: db,
		Peers: peers{v.rtc}, Texts: sentences(p.bundle), CountryOf: p.countryOf,
		AllowCaller: func(r *http.Request) bool { return callers.Allow(p.identity.clients.Address(r)) },
		Log:         p.log,
	}
	p.identity.sessions.OnRevoked(v.hub.SessionEnded)
	return nil
}

func (p *parley) newSIP(desk *switchboard) (*sip.Stack, error) {
	cfg := sip.Config{UDPAddr: on(p.cfg.SIPUDP), TCPAddr: on(p.cfg.SIPTCP), TLSAddr: on(p.cfg.SIPTLS), UserAgent: "Parley"}
	var err error
	if cfg.RTPMin, cfg.RTPMax, err = p.cfg.rtpRange(); err != nil {
		return nil, fmt.Errorf("setting rtp-ports: %w", err)
	}
	if ips := p.cfg.publicIPs(); len(ips) > 0 {
		cfg.PublicIP = ips[0]
	}
	if cfg.TLSAddr != "" {
		pair, err := tls.LoadX509KeyPair(p.cfg.TLSCert, p.cfg.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("read the certificate for SIP over TLS: %w", err)
		}
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	stack, err := sip.New(cfg, p.log, desk)
	if err != nil {
		return nil, fmt.Errorf("prepare SIP: %w", err)
	}
	return stack, nil
}

// auditRefusal keeps who tried to call where he may not.
func (p *parley) auditRefusal(ctx context.Context, placing call.Placing, f *fault.Error) {
	p.log.WarnContext(ctx, "call refused by the toll-fraud guard",
		obs.Member, placing.Member.ID, "to", obs.Phone(placing.To), "reason", f.Key)
	p.identity.trail.Record(ctx, placing.Number.WorkspaceID, placing.Member.ID, "call.refused", placing.Number.ID,
		"to", obs.Mask(placing.To), "reason", f.Key)
}

func (p *parley) countryOf(ctx context.Context, workspaceID string) string {
	ws, err := p.kept.db.Workspace(ctx, workspaceID)
	if err != nil {
		p.log.ErrorContext(ctx, "read workspace", obs.Workspace, workspaceID, obs.Err, err)
	}
	return ws.Country
}
