// Package identity owns how a member proves who they are: passkeys, sessions and
// one-time links, as plain values with the stores that keep them. It knows no
// WebAuthn, cookies or HTTP (adapters/auth does). Tokens are hashed before they
// come here; a token itself is never stored.
package identity

import (
	"context"
	"time"
)

// Credential is a passkey of a member.
type Credential struct {
	ID          string // base64url, without padding
	MemberID    string
	WorkspaceID string
	Name        string // as the member called it
	Data        []byte // webauthn.Credential as JSON
	CreatedAt   time.Time
	LastUsedAt  time.Time // zero if never
}

// Session is one signed-in browser, or one on its way there (MemberID empty).
type Session struct {
	ID          string // stays when the token changes; safe to show
	Token       string // hash of the cookie's token
	Previous    string // hash of the token before, good for a moment after RotatedAt
	RotatedAt   time.Time
	MemberID    string
	WorkspaceID string
	Data        []byte
	ExpiresAt   time.Time
	CreatedAt   time.Time
	LastSeenAt  time.Time
	ConfirmedAt time.Time // when the member last showed a passkey in it
	UserAgent   string
	Address     string
}

// Link is a one-time link handed to somebody.
type Link struct {
	TokenHash   string
	Kind        string // "setup", "signin", …
	MemberID    string
	WorkspaceID string
	Email       string
	Subject     string // id of what it is about, where that is no member
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero: until used
	UsedAt      time.Time // zero while unused
}

// CredentialStore keeps passkeys.
type CredentialStore interface {
	// Credentials lists a member's, oldest first.
	Credentials(ctx context.Context, memberID string) ([]Credential, error)
	Credential(ctx context.Context, id string) (Credential, error)
	// SaveCredential creates or replaces by ID; a credential never changes hands:
	// saving one that is another member's is a not-found fault.
	SaveCredential(ctx context.Context, c Credential) error
	// UpdateCredential replaces one that is there, so that what was read before it
	// was deleted does not bring it back.
	UpdateCredential(ctx context.Context, c Credential) error
	// DeleteCredential refuses a member's last one with the conflict fault
	// error.last-passkey, also when two are deleted at once.
	DeleteCredential(ctx context.Context, memberID, id string) error
}

// SessionStore keeps sessions. A deleted session stays deleted: saving it again
// is a not-found fault, so that a request under way cannot undo a revocation.
type SessionStore interface {
	// Session returns the session whose Token or Previous is the hash, expired or
	// not, or a not-found fault. Which of the two it was is the caller's business.
	Session(ctx context.Context, tokenHash string) (Session, error)
	SessionByID(ctx context.Context, id string) (Session, error)
	// SaveSession creates or replaces by ID. Of one that is there it leaves Token,
	// Previous, RotatedAt and ConfirmedAt alone, which only RotateSession changes:
	// a request under way cannot bring a replaced token back. It moves the member's
	// SeenAt forward to LastSeenAt.
	SaveSession(ctx context.Context, s Session) error
	// RotateSession replaces the token: of becomes Previous, at RotatedAt and
	// ConfirmedAt. A not-found fault where of is not the session's Token any more,
	// so that of two at once one wins.
	RotateSession(ctx context.Context, id, of, tokenHash string, at time.Time) error
	// DeleteSession deletes by ID; one that is not there is no error.
	DeleteSession(ctx context.Context, id string) error
}

// SessionLists reads and clears sessions by whose they are and how old.
type SessionLists interface {
	// SessionsOf lists a member's, last seen first, expired ones too.
	SessionsOf(ctx context.Context, memberID string) ([]Session, error)
	// DeleteSessionsOf deletes a member's but for the one with the id except ("" for
	// all) and returns the ids of those it deleted.
	DeleteSessionsOf(ctx context.Context, memberID, except string) (ids []string, err error)
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
}

// LinkMemory is how long a used or expired link is remembered, so that whoever
// opens it late can be told what it was.
const LinkMemory = 30 * 24 * time.Hour

// LinkStore keeps one-time links. An unknown, used or expired link is the
// not-found fault error.link-expired.
type LinkStore interface {
	// SaveLink creates a link and forgets those used or expired LinkMemory before
	// its creation. A hash that is there already is a conflict fault.
	SaveLink(ctx context.Context, l Link) error
	// TakeLink uses the link up: of two callers at once one gets it.
	TakeLink(ctx context.Context, tokenHash, kind string, now time.Time) (Link, error)
	// PeekLink looks without using it up.
	PeekLink(ctx context.Context, tokenHash, kind string, now time.Time) (Link, error)
	// RememberedLink returns a link also where it is used or expired.
	RememberedLink(ctx context.Context, tokenHash, kind string) (Link, error)
}
