package auth

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
)

// Kind is what a one-time link is for; it is also the first part of its path.
type Kind string

// The kinds of one-time link.
const (
	KindSetup  Kind = "setup"
	KindSignIn Kind = "signin"
	KindInvite Kind = "invite"
	// KindRecovery comes by mail to who lost their passkeys, KindSignUp to who wants in.
	KindRecovery Kind = "recover"
	KindSignUp   Kind = "join"
	// kindAsked is never handed out: it notes that a new invitation was asked for.
	kindAsked Kind = "asked"
)

// Links makes one-time links and takes them back. The token stands in the link
// alone; the store has its hash.
type Links struct {
	store   identity.LinkStore
	members Members
	trail   *Trail
	public  *url.URL
	now     Clock
}

// NewLinks returns links below the public URL.
func NewLinks(cfg Config, store identity.LinkStore, members Members, trail *Trail, now Clock) *Links {
	return &Links{store: store, members: members, trail: trail, public: cfg.PublicURL, now: now}
}

// SignIn makes a link of 15 minutes by which the member of that address adds a
// passkey and is signed in. It is the way back after a lost one.
func (l *Links) SignIn(ctx context.Context, email string) (string, error) {
	m, err := l.members.MemberByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil {
		return "", fmt.Errorf("find the member of the address: %w", err)
	}
	if !m.Active() {
		return "", fault.New(fault.NotFound, "error.not-found")
	}
	link, err := l.make(ctx, KindSignIn, identity.Link{MemberID: m.ID, WorkspaceID: m.WorkspaceID, Email: m.Email}, signInLinkLifetime)
	if err != nil {
		return "", err
	}
	l.trail.Record(ctx, m.WorkspaceID, "", ActionSignInLink, m.ID)
	return link.url, nil
}

// Invite makes the link of an invitation. The URL cannot be shown again; the hash
// is what the invitation keeps of it.
func (l *Links) Invite(ctx context.Context, workspaceID, email string, lifetime time.Duration) (url, tokenHash string, err error) {
	link, err := l.make(ctx, KindInvite, identity.Link{WorkspaceID: workspaceID, Email: email}, lifetime)
	return link.url, link.hash, err
}

// PeekSignIn returns whose link it is without using it up.
func (l *Links) PeekSignIn(ctx context.Context, token string) (member.Member, error) {
	link, err := l.peek(ctx, KindSignIn, token)
	if err != nil {
		return member.Member{}, err
	}
	return l.holder(ctx, link)
}

// TakeSignIn uses the link up and returns whose it was.
func (l *Links) TakeSignIn(ctx context.Context, token string) (member.Member, error) {
	link, err := l.take(ctx, KindSignIn, token)
	if err != nil {
		return member.Member{}, err
	}
	return l.holder(ctx, link)
}

func (l *Links) holder(ctx context.Context, link identity.Link) (member.Member, error) {
	m, err := l.members.Member(ctx, link.WorkspaceID, link.MemberID)
	if err != nil {
		return m, fmt.Errorf("find the member of the link: %w", err)
	}
	if !m.Active() {
		return m, fault.New(fault.NotFound, "error.link-expired")
	}
	return m, nil
}

type madeLink struct{ url, hash string }

// make stores a new link. A lifetime of 0 means until it is used.
func (l *Links) make(ctx context.Context, kind Kind, row identity.Link, lifetime time.Duration) (madeLink, error) {
	token := newToken()
	row.TokenHash, row.Kind, row.CreatedAt = hashOf(token), string(kind), l.now().UTC()
	if lifetime > 0 {
		row.ExpiresAt = row.CreatedAt.Add(lifetime)
	}
	if err := l.store.SaveLink(ctx, row); err != nil {
		return madeLink{}, fmt.Errorf("save %s link: %w", kind, err)
	}
	return madeLink{url: l.public.JoinPath(string(kind), token).String(), hash: row.TokenHash}, nil
}

func (l *Links) peek(ctx context.Context, kind Kind, token string) (identity.Link, error) {
	if len(token) != tokenChars {
		return identity.Link{}, fault.New(fault.NotFound, "error.link-expired")
	}
	link, err := l.store.PeekLink(ctx, hashOf(token), string(kind), l.now())
	if err != nil {
		return link, fmt.Errorf("look at %s link: %w", kind, err)
	}
	return link, nil
}

func (l *Links) take(ctx context.Context, kind Kind, token string) (identity.Link, error) {
	if len(token) != tokenChars {
		return identity.Link{}, fault.New(fault.NotFound, "error.link-expired")
	}
	link, err := l.store.TakeLink(ctx, hashOf(token), string(kind), l.now())
	if err != nil {
		return link, fmt.Errorf("use %s link: %w", kind, err)
	}
	return link, nil
}
