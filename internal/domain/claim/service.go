package claim

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

const (
	maxClaims     = 50 // of a workspace
	lookupTimeout = 5 * time.Second
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Links makes the one-time links that prove an address: who has one reads the
// mail there. A link that is used, expired or unknown is error.link-expired.
type Links interface {
	// MakeDomain makes a link for a workspace's proof at an address, good for a day.
	MakeDomain(ctx context.Context, workspaceID, address string) (url, tokenHash string, err error)
	// PeekDomain looks at a link without using it up.
	PeekDomain(ctx context.Context, token string) (workspaceID, tokenHash string, err error)
	// TakeDomain uses a link up.
	TakeDomain(ctx context.Context, token string) (workspaceID, tokenHash string, err error)
}

// Workspaces reads the name a letter speaks of.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it. A lost entry does not undo what was done, so it cannot fail.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Needs is what a Service works with.
type Needs struct {
	Claims     Store
	Workspaces Workspaces
	Links      Links
	Post       letter.Post
	Resolver   Resolver
	// AllowMail bounds the letters a workspace has sent to addresses it names.
	AllowMail func(workspaceID string) bool
	Audit     Auditor
	Changes   Changes
	Now       func() time.Time
	Log       *slog.Logger
}

// Service is what admins do with the domains of their workspace. Every method
// checks the actor's right and stays within the actor's workspace. It holds no
// state of its own: any goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Draft is what an admin says when claiming a domain.
type Draft struct {
	Domain  string
	Method  Method
	Address string // ByMail: where the proof goes; on the domain
}

// List returns the workspace's claims, oldest first.
func (s *Service) List(ctx context.Context, actor member.Member) ([]Claim, error) {
	if err := allowed(actor); err != nil {
		return nil, err
	}
	all, err := s.needs.Claims.Claims(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list domains: %w", err)
	}
	return all, nil
}

// MailReady says whether a proof by mail can be asked for: a link that was handed
// over would prove nothing.
func (s *Service) MailReady() bool { return s.needs.Post.Ready() }

// Claim claims a domain, without effect until it is proved. By mail the proof is
// on its way when Claim returns; by DNS the claim's Record is to be published.
// Faults: Invalid with the field, Conflict error.domain-claimed, TooMany, Forbidden.
func (s *Service) Claim(ctx context.Context, actor member.Member, d Draft) (Claim, error) {
	if err := allowed(actor); err != nil {
		return Claim{}, err
	}
	c, err := s.draft(actor, d)
	if err != nil {
		return Claim{}, err
	}
	all, err := s.needs.Claims.Claims(ctx, actor.WorkspaceID)
	if err != nil {
		return Claim{}, fmt.Errorf("claim domain: %w", err)
	}
	if slices.ContainsFunc(all, func(o Claim) bool { return o.Domain == c.Domain }) {
		return Claim{}, &fault.Error{Kind: fault.Conflict, Key: "error.domain-claimed", Field: "domain"}
	}
	if len(all) >= maxClaims {
		return Claim{}, fault.New(fault.TooMany, "error.domain-many")
	}
	if c.Method == ByMail {
		return c, s.mail(ctx, actor, c, "domain.claimed")
	}
	c.Record = newRecord()
	if err := s.needs.Claims.SaveClaim(ctx, c); err != nil {
		return Claim{}, fmt.Errorf("claim domain: %w", err)
	}
	s.done(ctx, actor, c, "domain.claimed")
	return c, nil
}

func (s *Service) draft(actor member.Member, d Draft) (Claim, error) {
	domain, err := Normal(d.Domain)
	if err != nil {
		return Claim{}, err
	}
	c := Claim{
		ID: id.New(), WorkspaceID: actor.WorkspaceID, Domain: domain, Method: d.Method,
		ClaimedBy: actor.ID, CreatedAt: s.needs.Now().UTC(),
	}
	switch d.Method {
	case ByDNS:
	case ByMail:
		if !s.MailReady() {
			return Claim{}, fault.OnField("method", "error.domain-mail-unready")
		}
		c.Address, err = on(domain, d.Address)
	default:
		err = fault.OnField("method", "error.domain-method")
	}
	return c, err
}

// Prove asks for the proof of a claim that is not open, for the first time or
// after it was disabled. By DNS it looks at once and opens the claim; by mail it
// sends another letter, which makes the links before it void.
// Faults: Invalid error.domain-record-missing, Unavailable error.domain-lookup,
// Conflict error.domain-taken or error.domain-open, Forbidden, NotFound.
func (s *Service) Prove(ctx context.Context, actor member.Member, claimID string) (Claim, error) {
	c, err := s.find(ctx, actor, claimID)
	if err != nil {
		return Claim{}, err
	}
	if c.Open() {
		return Claim{}, fault.New(fault.Conflict, "error.domain-open")
	}
	if c.Method == ByMail {
		if !s.MailReady() {
			return Claim{}, fault.New(fault.Invalid, "error.domain-mail-unready")
		}
		return c, s.mail(ctx, actor, c, "domain.mailed")
	}
	if err := s.lookUp(ctx, c); err != nil {
		return Claim{}, err
	}
	return s.open(ctx, actor, c)
}

// Waiting returns the claim that a link from a mail proves, without using the
// link up. A link of another workspace's is error.link-expired like one that is
// none.
func (s *Service) Waiting(ctx context.Context, actor member.Member, token string) (Claim, error) {
	if err := allowed(actor); err != nil {
		return Claim{}, err
	}
	workspaceID, hash, err := s.needs.Links.PeekDomain(ctx, token)
	if err != nil {
		return Claim{}, fmt.Errorf("look at the proof of a domain: %w", err)
	}
	return s.proved(ctx, actor, workspaceID, hash)
}

// Confirm opens the claim that a link from a mail proves. The actor is an admin of
// the workspace and has the link, so he reads mail on the domain or was given it
// by who does: a stranger's claim is not opened by a careless click alone.
func (s *Service) Confirm(ctx context.Context, actor member.Member, token string) (Claim, error) {
	if _, err := s.Waiting(ctx, actor, token); err != nil { // who may not use it does not use it up
		return Claim{}, err
	}
	workspaceID, hash, err := s.needs.Links.TakeDomain(ctx, token)
	if err != nil {
		return Claim{}, fmt.Errorf("use the proof of a domain: %w", err)
	}
	c, err := s.proved(ctx, actor, workspaceID, hash)
	if err != nil {
		return Claim{}, err
	}
	return s.open(ctx, actor, c)
}

// Disable stops an open claim from letting people in. Those who joined stay.
func (s *Service) Disable(ctx context.Context, actor member.Member, claimID string) error {
	c, err := s.find(ctx, actor, claimID)
	if err != nil {
		return err
	}
	if !c.Open() {
		return fault.New(fault.Conflict, "error.domain-not-open")
	}
	c.DisabledAt = s.needs.Now().UTC()
	if err := s.needs.Claims.SaveClaim(ctx, c); err != nil {
		return fmt.Errorf("disable domain: %w", err)
	}
	s.done(ctx, actor, c, "domain.disabled")
	return nil
}

// Release gives a claim up, so that another workspace can open one.
func (s *Service) Release(ctx context.Context, actor member.Member, claimID string) error {
	c, err := s.find(ctx, actor, claimID)
	if err != nil {
		return err
	}
	if err := s.needs.Claims.DeleteClaim(ctx, actor.WorkspaceID, c.ID); err != nil {
		return fmt.Errorf("release domain: %w", err)
	}
	s.done(ctx, actor, c, "domain.released")
	return nil
}

func (s *Service) find(ctx context.Context, actor member.Member, claimID string) (Claim, error) {
	if err := allowed(actor); err != nil {
		return Claim{}, err
	}
	c, err := s.needs.Claims.Claim(ctx, actor.WorkspaceID, claimID)
	if err != nil {
		return Claim{}, fmt.Errorf("find domain: %w", err)
	}
	return c, nil
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, c Claim, action string) {
	s.needs.Changes.Changed(ctx, c.WorkspaceID, "domain", c.ID)
	s.needs.Audit.Record(ctx, c.WorkspaceID, actor.ID, action, c.ID, "domain", Shown(c.Domain), "method", string(c.Method))
	s.needs.Log.InfoContext(ctx, "domain claim changed", "action", action, "domain", c.Domain,
		obs.Workspace, c.WorkspaceID, obs.Member, actor.ID)
}

func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageWorkspace) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}
