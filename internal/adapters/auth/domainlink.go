package auth

import (
	"context"
	"time"

	"parley/internal/domain/identity"
)

// KindDomain proves an address on a domain that a workspace claims.
const KindDomain Kind = "domain"

const domainLinkLifetime = 24 * time.Hour

// MakeDomain makes a link for the proof of a workspace at an address.
func (l *Links) MakeDomain(ctx context.Context, workspaceID, address string) (url, tokenHash string, err error) {
	made, err := l.make(ctx, KindDomain, identity.Link{WorkspaceID: workspaceID, Email: address}, domainLinkLifetime)
	return made.url, made.hash, err
}

// PeekDomain looks at such a link without using it up.
func (l *Links) PeekDomain(ctx context.Context, token string) (workspaceID, tokenHash string, err error) {
	link, err := l.peek(ctx, KindDomain, token)
	return link.WorkspaceID, link.TokenHash, err
}

// TakeDomain uses such a link up.
func (l *Links) TakeDomain(ctx context.Context, token string) (workspaceID, tokenHash string, err error) {
	link, err := l.take(ctx, KindDomain, token)
	return link.WorkspaceID, link.TokenHash, err
}
