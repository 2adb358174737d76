package auth

import (
	"context"
	"fmt"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/tag"
	"parley/internal/domain/workspace"
)

// MemberSaver is what creating a member asks of the store.
type MemberSaver interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	SaveMember(ctx context.Context, m member.Member) error
}

// TagSaver is what the first setup asks of the tag store.
type TagSaver interface {
	Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error)
	SaveTag(ctx context.Context, t tag.Tag) error
}

// SetupNeeds is what Setup works with.
type SetupNeeds struct {
	Workspaces workspace.Store
	Members    MemberSaver
	Tags       TagSaver
	Passkeys   *Passkeys
	Links      *Links
	Trail      *Trail
	Now        Clock
}

// Setup makes the first workspace and its owner.
type Setup struct {
	SetupNeeds
	one sync.Mutex // of two setups at once the second must see the first
}

// NewSetup returns the first setup of the server.
func NewSetup(n SetupNeeds) *Setup { return &Setup{SetupNeeds: n} }

// Link makes a setup link to be printed at start. It is empty once there is
// somebody who can sign in.
func (s *Setup) Link(ctx context.Context) (string, error) {
	if _, open, err := s.open(ctx); err != nil || !open {
		return "", err
	}
	link, err := s.Links.make(ctx, KindSetup, identity.Link{}, 0)
	return link.url, err
}

// Check says whether the link is good, as a not-found fault if it is not.
func (s *Setup) Check(ctx context.Context, token string) error {
	if _, err := s.Links.peek(ctx, KindSetup, token); err != nil {
		return err
	}
	_, open, err := s.open(ctx)
	if err == nil && !open {
		err = fault.New(fault.NotFound, "error.link-expired")
	}
	return err
}

// open says whether setup is still to be done: nobody is a member of anything.
// A workspace without members is what an interrupted setup left; it is reused.
func (s *Setup) open(ctx context.Context) (leftID string, open bool, err error) {
	all, err := s.Workspaces.Workspaces(ctx)
	if err != nil {
		return "", false, fmt.Errorf("list workspaces: %w", err)
	}
	for _, ws := range all {
		people, err := s.Members.Members(ctx, ws.ID)
		if err != nil {
			return "", false, fmt.Errorf("list members: %w", err)
		}
		if len(people) > 0 {
			return "", false, nil
		}
		leftID = ws.ID
	}
	return leftID, true, nil
}

// Draft is a checked setup form, with ids given.
type Draft struct {
	Workspace workspace.Workspace `json:"workspace"`
	Owner     member.Member       `json:"owner"`
}

// Prepare gives ids and defaults to what the form said.
func (s *Setup) Prepare(ctx context.Context, ws workspace.Workspace, owner member.Member) (Draft, error) {
	left, open, err := s.open(ctx)
	if err != nil {
		return Draft{}, err
	}
	if !open {
		return Draft{}, fault.New(fault.NotFound, "error.link-expired")
	}
	if ws.ID = left; ws.ID == "" {
		ws.ID = id.New()
	}
	ws.CreatedAt = s.Now().UTC()
	owner.ID, owner.WorkspaceID, owner.Role = id.New(), ws.ID, member.Owner
	return Draft{Workspace: ws, Owner: withDefaults(owner, s.Now)}, nil
}

// Complete uses the link up and creates the workspace with the system tags, its
// owner and the owner's passkey.
func (s *Setup) Complete(ctx context.Context, token string, d Draft, passkey identity.Credential) (member.Member, error) {
	s.one.Lock()
	defer s.one.Unlock()
	if err := s.Check(ctx, token); err != nil {
		return member.Member{}, err
	}
	if _, err := s.Links.take(ctx, KindSetup, token); err != nil {
		return member.Member{}, err
	}
	if err := s.Workspaces.SaveWorkspace(ctx, d.Workspace); err != nil {
		return member.Member{}, fmt.Errorf("create workspace: %w", err)
	}
	if err := s.seedTags(ctx, d.Workspace.ID); err != nil {
		return member.Member{}, err
	}
	if err := s.Members.SaveMember(ctx, d.Owner); err != nil {
		return member.Member{}, fmt.Errorf("create owner: %w", err)
	}
	s.Trail.Record(ctx, d.Workspace.ID, d.Owner.ID, ActionSetup, d.Workspace.ID)
	return d.Owner, s.Passkeys.Save(ctx, passkey)
}

func (s *Setup) seedTags(ctx context.Context, workspaceID string) error {
	have, err := s.Tags.Tags(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("list tags: %w", err)
	}
	names := make(map[string]bool, len(have))
	for _, t := range have {
		names[t.Name] = true
	}
	colours := tag.Colours()
	for i, name := range tag.SystemNames() {
		if names[name] {
			continue
		}
		t := tag.Tag{
			ID: id.New(), WorkspaceID: workspaceID, Name: name, System: true,
			Colour: colours[i%len(colours)], CreatedAt: s.Now().UTC(),
		}
		if err := s.Tags.SaveTag(ctx, t); err != nil {
			return fmt.Errorf("create tag %s: %w", name, err)
		}
	}
	return nil
}

func withDefaults(m member.Member, now Clock) member.Member {
	m.Setting, m.WrapUp, m.CreatedAt = member.Available, member.DefaultWrapUp, now().UTC()
	return m
}
