package auth

import (
	"context"
	"fmt"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
	"parley/internal/domain/workspace"
)

// MemberLister is what Setup asks of the member store.
type MemberLister interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Founder makes a workspace with its owner, all of it or nothing.
type Founder interface {
	Found(ctx context.Context, f people.Founding) error
}

// SetupNeeds is what Setup works with.
type SetupNeeds struct {
	Workspaces workspace.Store
	Members    MemberLister
	People     Founder
	Passkeys   *Passkeys
	Links      *Links
	Trail      *Trail
	Now        Clock
}

// Setup makes the first workspace and its owner, and further ones by a link that
// whoever runs the server hands out.
type Setup struct {
	SetupNeeds
	one sync.Mutex // of two first setups at once the second must see the first
}

// NewSetup returns the setup of workspaces.
func NewSetup(n SetupNeeds) *Setup { return &Setup{SetupNeeds: n} }

// further marks the link of one more workspace.
const further = "further"

// Link makes a setup link to be printed at start. It is empty once there is
// somebody who can sign in.
func (s *Setup) Link(ctx context.Context) (string, error) {
	if open, err := s.open(ctx); err != nil || !open {
		return "", err
	}
	link, err := s.Links.make(ctx, KindSetup, identity.Link{}, 0)
	return link.url, err
}

// FurtherLink makes a setup link of a week for one more workspace on this server.
func (s *Setup) FurtherLink(ctx context.Context) (string, error) {
	link, err := s.Links.make(ctx, KindSetup, identity.Link{Subject: further}, furtherLifetime)
	return link.url, err
}

// Check says whether the link is good, as a not-found fault if it is not.
func (s *Setup) Check(ctx context.Context, token string) error {
	link, err := s.Links.peek(ctx, KindSetup, token)
	if err != nil || link.Subject == further {
		return err
	}
	open, err := s.open(ctx)
	if err == nil && !open {
		err = fault.New(fault.NotFound, "error.link-expired")
	}
	return err
}

// open says whether the first setup is still to be done: nobody is a member of
// anything.
func (s *Setup) open(ctx context.Context) (bool, error) {
	all, err := s.Workspaces.Workspaces(ctx)
	if err != nil {
		return false, fmt.Errorf("list workspaces: %w", err)
	}
	for _, ws := range all {
		members, err := s.Members.Members(ctx, ws.ID)
		if err != nil {
			return false, fmt.Errorf("list members: %w", err)
		}
		if len(members) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// Draft is a checked setup form, with ids given.
type Draft struct {
	Workspace workspace.Workspace `json:"workspace"`
	Owner     member.Member       `json:"owner"`
}

// Prepare gives ids and defaults to what the form said.
func (s *Setup) Prepare(ws workspace.Workspace, owner member.Member) Draft {
	return newDraft(ws, owner, s.Now)
}

func newDraft(ws workspace.Workspace, owner member.Member, now Clock) Draft {
	ws.ID, ws.CreatedAt = id.New(), now().UTC()
	owner.ID, owner.WorkspaceID, owner.Role = id.New(), ws.ID, member.Owner
	return Draft{Workspace: ws, Owner: withDefaults(owner, now)}
}

// Complete uses the link up and creates the workspace with the system tags, its
// owner and the owner's passkey.
func (s *Setup) Complete(ctx context.Context, token string, d Draft, passkey identity.Credential) (member.Member, error) {
	s.one.Lock()
	defer s.one.Unlock()
	if err := s.Check(ctx, token); err != nil {
		return member.Member{}, err
	}
	return found(ctx, s.People, s.Passkeys, s.Trail, people.Founding{
		Workspace: d.Workspace, Owner: d.Owner, Credential: passkey, Tags: systemTags(d.Workspace),
		LinkHash: hashOf(token), LinkKind: string(KindSetup), At: s.Now().UTC(),
	})
}

// found makes a workspace and says so.
func found(ctx context.Context, store Founder, passkeys *Passkeys, trail *Trail, f people.Founding) (member.Member, error) {
	if f.Credential.MemberID != f.Owner.ID {
		return member.Member{}, fault.New(fault.Invalid, "error.passkey-expired")
	}
	if err := passkeys.unseen(ctx, f.Credential); err != nil {
		return member.Member{}, err
	}
	if err := store.Found(ctx, f); err != nil {
		return member.Member{}, fmt.Errorf("create workspace: %w", err)
	}
	trail.Record(ctx, f.Workspace.ID, f.Owner.ID, ActionSetup, f.Workspace.ID)
	passkeys.added(ctx, f.Credential)
	return f.Owner, nil
}

func systemTags(ws workspace.Workspace) []tag.Tag {
	colours := tag.Colours()
	out := make([]tag.Tag, 0, len(tag.SystemNames()))
	for i, name := range tag.SystemNames() {
		out = append(out, tag.Tag{
			ID: id.New(), WorkspaceID: ws.ID, Name: name, System: true,
			Colour: colours[i%len(colours)], CreatedAt: ws.CreatedAt,
		})
	}
	return out
}

func withDefaults(m member.Member, now Clock) member.Member {
	m.Setting, m.WrapUp, m.CreatedAt = member.Available, member.DefaultWrapUp, now().UTC()
	m.Notices.Desktop = true
	return m
}
