package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/event"
	"parley/internal/adapters/signalling"
	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
	"parley/internal/domain/softphone"
	"parley/internal/domain/trunk/incoming"
	"parley/internal/media/audio"
	"parley/internal/media/datagram"
	"parley/internal/media/plane"
	"parley/internal/media/record"
	"parley/internal/media/rtc"
	"parley/internal/media/sip"
	"parley/internal/shared/protocol"
)

// How many calls come in at once. Of the 1,000 legs of the SIP stack some are left for
// calls out, those to the emergency services above all; a company behind one number
// calls more than once.
const (
	maxInbound  = 800
	maxOfCaller = 20
)

// voice is everything that carries calls.
type voice struct {
	library *audio.Library
	station *record.Station
	plane   *plane.Plane
	loop    *datagram.Loop
	rtc     *rtc.Engine
	sip     *sip.Stack
	desks   *agent.Registry
	board   *queue.Board
	flows   *routing.Service
	engine  *call.Engine
	phone   *softphone.Service
	hub     *signalling.Hub
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
	if v.loop, err = datagram.NewLoop(0); err != nil {
		return fmt.Errorf("start to read media: %w", err)
	}
	if v.rtc, err = rtc.New(rtc.Config{
		Loop: v.loop, UDPAddr: p.cfg.MediaAddr, TCPAddr: tcp, PublicIPs: p.cfg.publicIPs(), Log: p.log,
	}); err != nil {
		return fmt.Errorf("open the media port %s (setting media): %w", p.cfg.MediaAddr, err)
	}
	v.station = record.NewStation()
	v.plane = plane.New(plane.Config{
		Library: v.library, Station: v.station, Blobs: files{p.kept.blobs}, Spool: p.cfg.spool(),
		Sounds: p.reception.messages, Log: p.log,
	})
	v.desks = agent.NewRegistry(db, db, db, p.log)
	v.board = queue.NewBoard(time.Now)
	v.flows = routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: v.desks, Board: v.board, Calendar: p.reception.calendars, Audit: p.identity.trail, Changes: p.changes,
		Now: time.Now, Log: p.log,
	})
	p.changes.near.tell(v.flows.Changed, event.Flow, event.Number, event.Member, event.Team, event.Workspace, event.Message)
	v.hub = signalling.NewHub()
	desk := &switchboard{lines: incoming.NewFinder(db), log: p.log}
	if v.sip, err = p.newSIP(desk); err != nil {
		return err
	}
	p.metrics = newMetrics(v)
	v.engine = call.NewEngine(call.Deps{
		Log: db, Recordings: db, Agents: v.desks, Flows: v.flows, Blocked: p.reception.blocklist, Board: v.board, Dialler: dialler{v.sip}, Media: v.plane,
		Audience: p.metrics.watch(p.mail.missed.Audience(p.reception.left.Audience(p.reception.callbacks.Audience(v.hub)))), Guard: call.NewGuard(p.auditRefusals()),
		Room: call.Room{Inbound: maxInbound, Caller: maxOfCaller}, Slog: p.log,
	})
	v.phone = softphone.New(softphone.Needs{
		Engine: v.engine, Agents: v.desks, Numbers: db, Tags: db, Members: db, History: db, Workspaces: db,
	})
	desk.engine = v.engine
	v.desks.OnChange(func(workspaceID, memberID string) {
		v.hub.AgentChanged(workspaceID, memberID)
		if v.desks.Status(memberID).State == protocol.LiveAvailable {
			v.engine.MemberFree(workspaceID, memberID)
		}
	})
	callers := edge.NewLimiter(callerPace, callerBurst, limiterSize, time.Now)
	v.hub.Needs = signalling.Needs{
		Phone: v.phone, Engine: v.engine, Agents: v.desks, Identity: visitors{p.identity.sessions}, Lines: db,
		Peers: peers{v.rtc}, Texts: sentences(p.bundle), Board: v.board, CountryOf: p.countryOf,
		AllowCaller: func(r *http.Request) bool { return callers.Allow(p.identity.clients.Address(r)) },
		Log:         p.log,
	}
	p.identity.sessions.OnRevoked(p.sessionEnded)
	return nil
}

func (p *parley) newSIP(desk *switchboard) (*sip.Stack, error) {
	cfg := sip.Config{Loop: p.voice.loop, UDPAddr: on(p.cfg.SIPUDP), TCPAddr: on(p.cfg.SIPTCP), TLSAddr: on(p.cfg.SIPTLS), UserAgent: "Parley", Choose: desk.choose}
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

// auditRefusals keeps who tried to call where he may not, the first times in a row:
// a program that dials on and on must fill neither log nor disk.
func (p *parley) auditRefusals() func(context.Context, call.Placing, *fault.Error) {
	heard := edge.NewLimiter(refusalPace, refusalBurst, limiterSize, time.Now)
	return func(ctx context.Context, placing call.Placing, f *fault.Error) {
		if !heard.AllowKey(placing.Member.ID) {
			return
		}
		p.log.WarnContext(ctx, "call refused by the toll-fraud guard",
			obs.Member, placing.Member.ID, "to", obs.Phone(placing.To), "reason", f.Key)
		p.identity.trail.Record(ctx, placing.Number.WorkspaceID, placing.Member.ID, "call.refused", placing.Number.ID,
			"to", obs.Mask(placing.To), "reason", f.Key)
	}
}

func (p *parley) countryOf(ctx context.Context, workspaceID string) string {
	ws, err := p.kept.db.Workspace(ctx, workspaceID)
	if err != nil {
		p.log.ErrorContext(ctx, "read workspace", obs.Workspace, workspaceID, obs.Err, err)
	}
	return ws.Country
}

// sessionEnded closes the session's sockets, here at once and on every other node
// as soon as it hears of it.
func (p *parley) sessionEnded(workspaceID, sessionID string) {
	p.voice.hub.SessionEnded(sessionID)
	ctx, cancel := context.WithTimeout(context.Background(), inboundTime)
	defer cancel()
	p.changes.Changed(ctx, workspaceID, string(event.Session), sessionID)
}
