package claim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

// recordPrefix begins the TXT value that proves a domain.
const recordPrefix = "parley-verification="

func newRecord() string { return recordPrefix + strings.ToLower(rand.Text()) }

// mail makes the claim's link and sends it. The claim is stored first: a letter
// whose claim is not there would be a dead end, a claim without its letter can
// ask for another.
func (s *Service) mail(ctx context.Context, actor member.Member, c Claim, action string) error {
	if !s.needs.AllowMail(c.WorkspaceID) {
		return fault.New(fault.TooMany, "error.too-many")
	}
	ws, err := s.needs.Workspaces.Workspace(ctx, c.WorkspaceID)
	if err != nil {
		return fmt.Errorf("read the workspace of a domain: %w", err)
	}
	link, hash, err := s.needs.Links.MakeDomain(ctx, c.WorkspaceID, c.Address)
	if err != nil {
		return fmt.Errorf("make the link for a domain: %w", err)
	}
	c.Record = hash
	if err := s.needs.Claims.SaveClaim(ctx, c); err != nil {
		return fmt.Errorf("save domain: %w", err)
	}
	s.done(ctx, actor, c, action)
	_, err = s.needs.Post.Send(ctx, letter.Letter{
		Kind: letter.DomainProof, WorkspaceID: c.WorkspaceID, To: c.Address, Language: actor.Language,
		Args: map[string]string{"company": ws.Name, "domain": Shown(c.Domain), "link": link},
	})
	if err != nil {
		return fmt.Errorf("send the proof of a domain: %w", err)
	}
	return nil
}

// proved finds the claim of the actor's workspace that a link stands for. A link
// from before the last letter stands for none.
func (s *Service) proved(ctx context.Context, actor member.Member, workspaceID, hash string) (Claim, error) {
	gone := fault.New(fault.NotFound, "error.link-expired")
	if workspaceID != actor.WorkspaceID {
		return Claim{}, gone
	}
	all, err := s.needs.Claims.Claims(ctx, workspaceID)
	if err != nil {
		return Claim{}, fmt.Errorf("find the domain of a link: %w", err)
	}
	i := slices.IndexFunc(all, func(c Claim) bool { return c.Method == ByMail && c.Record == hash && !c.Open() })
	if i < 0 {
		return Claim{}, gone
	}
	return all[i], nil
}

// open stores that the claim is proved now.
func (s *Service) open(ctx context.Context, actor member.Member, c Claim) (Claim, error) {
	c.VerifiedAt, c.DisabledAt = s.needs.Now().UTC(), time.Time{}
	if err := s.needs.Claims.SaveClaim(ctx, c); err != nil {
		return Claim{}, fmt.Errorf("open domain: %w", err)
	}
	s.done(ctx, actor, c, "domain.opened")
	return c, nil
}

// lookUp asks the DNS for the claim's record.
func (s *Service) lookUp(ctx context.Context, c Claim) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	missing := fault.New(fault.Invalid, "error.domain-record-missing").With("domain", Shown(c.Domain))
	values, err := s.needs.Resolver.LookupTXT(ctx, c.Domain+".") // rooted: no search list
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return missing.Because(err)
	case err != nil:
		return fault.New(fault.Unavailable, "error.domain-lookup").With("domain", Shown(c.Domain)).Because(err)
	case !slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) == c.Record }):
		return missing
	}
	return nil
}
