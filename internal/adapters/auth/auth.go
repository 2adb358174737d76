// Package auth owns how somebody becomes a member to the server: passkeys,
// sessions, one-time links, and the ways a member comes into being (founding a
// workspace, an invitation, a claimed e-mail domain) or back in. It must not render
// pages and holds no state of its own but the revocation hooks and how often it was
// asked for mail: everything else is in the stores, so any node can finish what
// another began. All of it is safe for any number of goroutines.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/url"
	"time"

	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// Config is where browsers reach Parley and how long they stay signed in.
type Config struct {
	// PublicURL is the one origin passkeys are bound to: its host is the relying
	// party id, so it must be a name and not an address.
	PublicURL *url.URL
	Idle      time.Duration // a session unused this long ends; 0 is a week
	Lifetime  time.Duration // a session this old ends; 0 is 30 days
}

const (
	defaultIdle     = 7 * 24 * time.Hour
	defaultLifetime = 30 * 24 * time.Hour
)

// Clock tells the time; time.Now outside tests.
type Clock func() time.Time

// Members is what identity asks of the member store.
type Members interface {
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
	MemberByEmail(ctx context.Context, email string) (member.Member, error)
}

// Workspaces is what identity asks of the workspace store.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// AuditLog takes entries of what matters for security.
type AuditLog interface {
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Changes is told of what was stored, so that live parts follow. Kinds are
// "member" and "number".
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Trail writes audit entries and logs the ones it could not write: an entry
// that is lost must not undo an action that was done.
type Trail struct {
	store AuditLog
	now   Clock
	log   *slog.Logger
}

// NewTrail returns a Trail writing to store.
func NewTrail(store AuditLog, now Clock, log *slog.Logger) *Trail {
	return &Trail{store: store, now: now, log: log}
}

// Record appends an entry about subject. by is the acting member, "" for the
// server or somebody who is not a member yet; detail is pairs of name and value.
// The action was done: that whoever asked for it has gone meanwhile hides nothing.
func (t *Trail) Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	e := audit.Entry{
		ID: id.New(), WorkspaceID: workspaceID, At: t.now().UTC(),
		MemberID: by, Action: action, Subject: subject, Detail: make(map[string]string, len(detail)/2),
	}
	for i := 0; i+1 < len(detail); i += 2 {
		e.Detail[detail[i]] = detail[i+1]
	}
	if err := t.store.AppendAudit(ctx, e); err != nil {
		t.log.Error("audit entry lost", "action", action, obs.Workspace, workspaceID, obs.Err, err)
	}
}

// The audited actions of this package.
const (
	ActionSetup          = "workspace.created"
	ActionSignedIn       = "session.started"
	ActionSignedOut      = "session.ended"
	ActionSessionRevoked = "session.revoked"
	ActionConfirmed      = "session.confirmed"
	ActionPasskeyAdded   = "passkey.added"
	ActionPasskeyRemoved = "passkey.removed"
	ActionPasskeyCloned  = "passkey.cloned"
	ActionSignInLink     = "signin-link.made"
	ActionInviteAccepted = "invitation.accepted"
	ActionInviteAsked    = "invitation.asked"
	ActionRecoveryAsked  = "recovery.asked"
	ActionRecovered      = "recovery.done"
	ActionJoined         = "member.joined"
)

// Bounds.
const (
	tokenBytes            = 32
	tokenChars            = 43 // of 32 bytes in unpadded base64
	maxPasskeys           = 20
	ceremonyLifetime      = 10 * time.Minute
	touchEvery            = time.Minute
	graceOfPrevious       = 30 * time.Second // how long a replaced session token still opens
	confirmedFor          = 5 * time.Minute  // how long a passkey shown counts for what asks for one
	signInLinkLifetime    = 15 * time.Minute
	recoveryLifetime      = 15 * time.Minute
	furtherLifetime       = 7 * 24 * time.Hour
	signUpLifetime        = 24 * time.Hour
	lettersPerHour        = 3 // of one kind to one address that anybody may have typed
	maxLetterKeys         = 10_000
	recordTime            = 10 * time.Second // of one audit entry
	maxUserAgent          = 256
	maxCredentialResponse = 64 << 10 // bytes
)

// newToken returns 256 random bits for a URL.
func newToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashOf is what is stored of a token. Tokens are random, so one round of a
// plain hash is enough.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
