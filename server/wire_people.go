package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/mail"
	"parley/internal/adapters/store"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter/missed"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/web/confirm"
	"parley/web/letters"
)

// post is how letters leave.
type post struct {
	outbox  *mail.Outbox
	letters *auth.Letters
	missed  *missed.Watch
}

// identity is how people become members.
type identity struct {
	sessions    *auth.Sessions
	links       *auth.Links
	setup       *auth.Setup
	passkeys    *auth.Passkeys
	invitations *auth.Invitations
	recovery    *auth.Recovery
	signUps     *auth.SignUps
	trail       *auth.Trail
	clients     *edge.Clients
	confirm     *confirm.Handlers
}

// services are what people do with their colleagues, numbers, tags, trunks, their
// workspace and recordings.
type services struct {
	people     *people.Service
	teams      *team.Service
	claims     *claim.Service
	numbers    *number.Service
	tags       *tag.Service
	trunks     *trunk.Service
	workspaces *workspace.Service
	recordings *recording.Service
}

// wireMail opens the outbox. Without a mail server letters cannot be sent, and
// pages show links to hand over instead.
func (p *parley) wireMail() error {
	var sender mail.Sender
	if p.cfg.SMTPURL != "" {
		s, err := mail.ParseConfig(p.cfg.mail())
		if err != nil {
			return fmt.Errorf("settings smtp-url and mail-from: %w", err)
		}
		sender = mail.NewSMTP(s)
	}
	p.mail.outbox = mail.NewOutbox(p.kept.db, letters.New(p.bundle, p.public), sender, time.Now, p.log)
	db := p.kept.db
	p.mail.letters = auth.NewLetters(p.mail.outbox, db, time.Now, p.log)
	p.mail.missed = missed.New(missed.Needs{
		Assignments: db, Members: db, Workspaces: db, Post: p.mail.outbox,
		CallPage: func(callID string) string { return p.public.JoinPath("calls", callID).String() }, Now: time.Now, Log: p.log,
	})
	return nil
}

func (p *parley) wireIdentity() error {
	cfg, db := auth.Config{PublicURL: p.public}, p.kept.db
	proxies, err := p.cfg.proxies()
	if err != nil {
		return err
	}
	id := &p.identity
	id.clients = edge.NewClients(proxies)
	id.trail = auth.NewTrail(db, time.Now, p.log)
	id.sessions = auth.NewSessions(cfg, db, db, db, id.clients, id.trail, time.Now, p.log)
	if id.passkeys, err = auth.NewPasskeys(cfg, db, id.sessions, db, id.trail, time.Now, p.log); err != nil {
		return fmt.Errorf("prepare passkeys: %w", err)
	}
	id.links = auth.NewLinks(cfg, db, db, id.trail, time.Now)
	p.wireEntrances(db)
	id.confirm = confirm.New(p.pages, id.passkeys, id.sessions)
	p.gate = auth.NewGate(p.pages.Fail).Asking(http.HandlerFunc(id.confirm.Ask), time.Now)
	return nil
}

// wireEntrances makes the ways by which somebody becomes a member, or one again.
func (p *parley) wireEntrances(db *store.DB) {
	id := &p.identity
	id.setup = auth.NewSetup(auth.SetupNeeds{
		Workspaces: db, Members: db, People: db, Passkeys: id.passkeys, Links: id.links, Trail: id.trail, Now: time.Now,
	})
	id.invitations = auth.NewInvitations(auth.InvitationNeeds{
		Store: db, Members: db, Workspaces: db, People: db, Passkeys: id.passkeys, Links: id.links,
		Letters: p.mail.letters, Trail: id.trail, Changes: p.changes, Now: time.Now,
	})
	id.recovery = auth.NewRecovery(auth.RecoveryNeeds{
		Members: db, Workspaces: db, Passkeys: id.passkeys, Links: id.links,
		Letters: p.mail.letters, Trail: id.trail, Now: time.Now, Log: p.log,
	})
	id.signUps = auth.NewSignUps(auth.SignUpNeeds{
		Claims: db, Members: db, Workspaces: db, People: db, Passkeys: id.passkeys, Links: id.links,
		Letters: p.mail.letters, Trail: id.trail, Changes: p.changes, Open: p.cfg.SignUp, Now: time.Now, Log: p.log,
	})
}

// wireServices comes after the voice: numbers choose from its music, and who is
// removed is taken off his call.
func (p *parley) wireServices() error {
	db, id, v := p.kept.db, &p.identity, &p.voice
	p.services = newServices(db, id.trail, p.changes, v.library.MusicIDs())
	s := &p.services
	s.recordings = recording.NewService(recording.Needs{Recordings: db, Files: p.kept.blobs, Audit: id.trail, Now: time.Now})
	invited := edge.NewLimiter(invitePace, inviteBurst, limiterSize, time.Now)
	s.people = people.NewService(people.Needs{
		Store: db, Offers: db, Edits: db, Members: db, Invitations: db, Teams: db, Memberships: db,
		Numbers: db, Assignments: db, Directory: db, Workspaces: db, Access: db,
		Links: id.links, Post: p.mail.outbox, Letters: db, AllowMail: invited.AllowKey, Calls: v.phone, Agents: v.desks, Sessions: id.sessions,
		Audit: id.trail, Changes: p.changes, Now: time.Now, Log: p.log,
	})
	proofs := edge.NewLimiter(proofPace, proofBurst, limiterSize, time.Now)
	s.claims = claim.NewService(claim.Needs{
		Claims: db, Workspaces: db, Links: id.links, Post: p.mail.outbox, Resolver: net.DefaultResolver,
		AllowMail: proofs.AllowKey, Audit: id.trail, Changes: p.changes, Now: time.Now, Log: p.log,
	})
	return nil
}

// newServices are those that admin commands use beside a running server, too.
func newServices(db *store.DB, trail *auth.Trail, ch changes, music []string) services {
	var s services
	s.numbers = number.NewService(number.Needs{
		Numbers: db, Edits: db, Assignments: db, Supervisors: db, Members: db, Trunks: db,
		Audit: trail, Changes: ch, Music: music, Now: time.Now,
	})
	s.teams = team.NewService(team.Needs{Teams: db, Memberships: db, Members: db, Audit: trail, Changes: ch, Now: time.Now})
	s.tags = tag.NewService(tag.Needs{Tags: db, Audit: trail, Changes: ch, Now: time.Now})
	s.trunks = trunk.NewService(trunk.Needs{Trunks: db, Users: s.numbers, Audit: trail, Changes: ch, Now: time.Now})
	s.workspaces = workspace.NewService(workspace.Needs{Workspaces: db, Audit: trail, Changes: ch})
	return s
}
