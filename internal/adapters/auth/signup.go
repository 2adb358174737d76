package auth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
)

// Claims finds the workspace that lets the people of a domain in.
type Claims interface {
	// OpenClaim is a not-found fault where no workspace does.
	OpenClaim(ctx context.Context, domain string) (claim.Claim, error)
}

// JoinFounder makes members and workspaces.
type JoinFounder interface {
	Joiner
	Founder
	// WasMember says whether somebody of that address left the workspace or was
	// removed from it.
	WasMember(ctx context.Context, workspaceID, email string) (bool, error)
}

// SignUpNeeds is what SignUps works with.
type SignUpNeeds struct {
	Claims     Claims
	Members    Members
	Workspaces Workspaces
	People     JoinFounder
	Passkeys   *Passkeys
	Links      *Links
	Letters    *Letters
	Trail      *Trail
	Changes    Changes
	Open       bool // anybody may found a workspace
	Now        Clock
	Log        *slog.Logger
}

// SignUps lets in people nobody invited: who reads the mail of an address on a
// claimed domain joins that workspace as a member, and where the server is open
// anybody founds a workspace of their own.
type SignUps struct {
	SignUpNeeds
	asking chan struct{}
	done   sync.WaitGroup
}

// NewSignUps returns SignUps.
func NewSignUps(n SignUpNeeds) *SignUps {
	return &SignUps{SignUpNeeds: n, asking: make(chan struct{}, maxAsking)}
}

// Ready says whether letters can be sent; without, nobody signs up.
func (s *SignUps) Ready() bool { return s.Letters.Ready() }

// MayFound says whether the server lets anybody found a workspace.
func (s *SignUps) MayFound() bool { return s.Open }

// Begin has a link sent to the address where it is good for anything. It returns at
// once and says nothing, so that strangers learn neither who is a member nor whose
// domain is claimed.
//
// language is what the page was read in, for who has no account yet.
func (s *SignUps) Begin(ctx context.Context, email, language string) {
	if !s.Ready() {
		return
	}
	select {
	case s.asking <- struct{}{}:
	default:
		s.Log.WarnContext(ctx, "too many sign up at once; one is left out")
		return
	}
	ctx = context.WithoutCancel(ctx)
	s.done.Go(func() {
		defer func() { <-s.asking }()
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		address, ok := people.Address(claim.Mailbox(strings.ToLower(strings.TrimSpace(email))))
		if !ok { // nor could it be invited
			return
		}
		if err := s.mail(ctx, address, language); err != nil {
			s.Log.ErrorContext(ctx, "sign-up link not sent", obs.Err, err)
		}
	})
}

// Wait returns once everything that was begun is done.
func (s *SignUps) Wait() { s.done.Wait() }

func (s *SignUps) mail(ctx context.Context, email, language string) error {
	m, err := s.Members.MemberByEmail(ctx, email)
	switch {
	case err == nil:
		return s.mailKnown(ctx, m)
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("look for the address: %w", err)
	}
	_, _, claimed, err := s.Choices(ctx, email)
	if err != nil {
		return err
	}
	if !claimed && !s.Open || !s.Letters.mayWrite(letter.SignUp, email) {
		return nil
	}
	link, err := s.Links.make(ctx, KindSignUp, identity.Link{Email: email}, signUpLifetime)
	if err != nil {
		return err
	}
	s.Letters.send(ctx, letter.Letter{
		Kind: letter.SignUp, To: email, Language: language, Args: map[string]string{"link": link.url},
	})
	return nil
}

// mailKnown tells who has an account already to sign in.
func (s *SignUps) mailKnown(ctx context.Context, m member.Member) error {
	if m.Active() && s.Letters.mayWrite(letter.SignUp, m.Email) {
		s.Letters.send(ctx, letter.Letter{
			Kind: letter.SignUpKnown, WorkspaceID: m.WorkspaceID, To: m.Email, Language: m.Language,
			Args: map[string]string{"link": s.Links.public.JoinPath("login").String()},
		})
	}
	return nil
}

// Peek returns the address that a link proves, without using it up.
func (s *SignUps) Peek(ctx context.Context, token string) (string, error) {
	link, err := s.Links.peek(ctx, KindSignUp, token)
	return link.Email, err
}

// Choices returns the workspace that lets the address in, false where none does. Who
// was removed from it may read his mail yet; he comes back by an invitation alone.
func (s *SignUps) Choices(ctx context.Context, email string) (claim.Claim, workspace.Workspace, bool, error) {
	c, err := s.Claims.OpenClaim(ctx, claim.DomainOf(email))
	if err != nil || !c.Open() {
		return c, workspace.Workspace{}, false, unless(fault.NotFound, err)
	}
	for _, address := range []string{email, withoutTag(email)} {
		was, err := s.People.WasMember(ctx, c.WorkspaceID, address)
		if err != nil || was {
			return c, workspace.Workspace{}, false, err
		}
	}
	ws, err := s.Workspaces.Workspace(ctx, c.WorkspaceID)
	if err != nil {
		return c, ws, false, fmt.Errorf("load workspace of a domain: %w", err)
	}
	return c, ws, true, nil
}

// withoutTag is the address whose mailbox "ann+tag@a.com" is another name of.
func withoutTag(email string) string {
	at := strings.LastIndex(email, "@")
	local, _, tagged := strings.Cut(email[:max(at, 0)], "+")
	if !tagged {
		return email
	}
	return local + email[at:]
}

// Prepare returns the member that the link's address will be in the workspace that
// claims its domain.
func (s *SignUps) Prepare(ctx context.Context, token, name, language string) (member.Member, error) {
	email, err := s.Peek(ctx, token)
	if err != nil {
		return member.Member{}, err
	}
	_, ws, ok, err := s.Choices(ctx, email)
	if err == nil && !ok {
		err = fault.New(fault.Forbidden, "error.invitation-needed")
	}
	if err == nil {
		err = freeAddress(ctx, s.Members, email)
	}
	if err != nil {
		return member.Member{}, err
	}
	return withDefaults(member.Member{
		ID: id.New(), WorkspaceID: ws.ID, Name: name, Email: email, Role: member.User, Language: language,
	}, s.Now), nil
}

// Accept uses the link up and makes the member. The claim is looked at again: it may
// have been closed since the page was opened.
func (s *SignUps) Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error) {
	email, err := s.Peek(ctx, token)
	if err != nil {
		return m, err
	}
	c, ws, ok, err := s.Choices(ctx, email)
	if err != nil {
		return m, err
	}
	if !ok {
		return m, fault.New(fault.Forbidden, "error.invitation-needed")
	}
	if m.WorkspaceID != ws.ID || m.Email != email || m.Role != member.User || passkey.MemberID != m.ID {
		return m, fault.New(fault.Invalid, "error.passkey-expired")
	}
	err = join(ctx, s.People, s.Passkeys, s.Changes, people.Joining{
		Member: m, Credential: passkey, LinkHash: hashOf(token), LinkKind: string(KindSignUp),
		Seats: ws.Seats(), At: s.Now().UTC(),
	})
	if err != nil {
		return m, err
	}
	s.Trail.Record(ctx, m.WorkspaceID, m.ID, ActionJoined, m.ID, "domain", c.Domain)
	return m, nil
}

// PrepareFounding gives ids and defaults to a new workspace; its owner has the
// link's address. Faults: Forbidden error.invitation-needed where the server does
// not let anybody found one.
func (s *SignUps) PrepareFounding(ctx context.Context, token string, ws workspace.Workspace, owner member.Member) (Draft, error) {
	if !s.Open {
		return Draft{}, fault.New(fault.Forbidden, "error.invitation-needed")
	}
	email, err := s.Peek(ctx, token)
	if err == nil {
		err = freeAddress(ctx, s.Members, email)
	}
	if err != nil {
		return Draft{}, err
	}
	owner.Email = email
	return newDraft(ws, owner, s.Now), nil
}

// Found uses the link up and makes the workspace and its owner.
func (s *SignUps) Found(ctx context.Context, token string, d Draft, passkey identity.Credential) (member.Member, error) {
	if !s.Open {
		return member.Member{}, fault.New(fault.Forbidden, "error.invitation-needed")
	}
	email, err := s.Peek(ctx, token)
	if err != nil {
		return member.Member{}, err
	}
	if d.Owner.Email != email || d.Owner.Role != member.Owner || d.Owner.WorkspaceID != d.Workspace.ID {
		return member.Member{}, fault.New(fault.Invalid, "error.passkey-expired")
	}
	return found(ctx, s.People, s.Passkeys, s.Trail, people.Founding{
		Workspace: d.Workspace, Owner: d.Owner, Credential: passkey, Tags: systemTags(d.Workspace),
		LinkHash: hashOf(token), LinkKind: string(KindSignUp), At: s.Now().UTC(),
	})
}
