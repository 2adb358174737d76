package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/domain/identity"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:sessions"`

	Token       string `bun:",pk"`
	MemberID    string
	WorkspaceID string
	Data        []byte
	ExpiresAt   int64
	CreatedAt   int64
	LastSeenAt  int64
	UserAgent   string
	Address     string
	Revoked     bool
}

func (r sessionRow) value() identity.Session {
	return identity.Session{
		Token: r.Token, MemberID: r.MemberID, WorkspaceID: r.WorkspaceID, Data: r.Data,
		ExpiresAt: moment(r.ExpiresAt), CreatedAt: moment(r.CreatedAt), LastSeenAt: moment(r.LastSeenAt),
		UserAgent: r.UserAgent, Address: r.Address,
	}
}

// Session implements identity.SessionStore.
func (d *DB) Session(ctx context.Context, tokenHash string) (identity.Session, error) {
	return one[sessionRow](ctx, d, "load session", "token = ? AND NOT revoked", tokenHash)
}

// SaveSession implements identity.SessionStore.
func (d *DB) SaveSession(ctx context.Context, s identity.Session) error {
	return d.save(ctx, d.w, &sessionRow{
		Token: s.Token, MemberID: s.MemberID, WorkspaceID: s.WorkspaceID, Data: bytes(s.Data),
		ExpiresAt: millis(s.ExpiresAt), CreatedAt: millis(s.CreatedAt), LastSeenAt: millis(s.LastSeenAt),
		UserAgent: text(s.UserAgent), Address: text(s.Address),
	}, "save session", "token", "NOT ?TableAlias.revoked")
}

// DeleteSession implements identity.SessionStore. The row stays, emptied, until
// it expires: see identity.SessionStore on revocation.
func (d *DB) DeleteSession(ctx context.Context, tokenHash string) error {
	_, err := d.w.NewUpdate().Model((*sessionRow)(nil)).
		Set("revoked = TRUE").Set("data = ?", []byte{}).Set("user_agent = ''").Set("address = ''").
		Where("token = ?", tokenHash).Exec(ctx)
	return d.wrap(err, "delete session")
}

// SessionsOf implements identity.SessionStore.
func (d *DB) SessionsOf(ctx context.Context, memberID string) ([]identity.Session, error) {
	return list[sessionRow](ctx, d, "list sessions", "last_seen_at DESC, token", "member_id = ? AND NOT revoked", memberID)
}

// DeleteExpiredSessions implements identity.SessionStore.
func (d *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	_, err := d.w.NewDelete().Model((*sessionRow)(nil)).Where("expires_at <= ?", millis(now)).Exec(ctx)
	return d.wrap(err, "delete expired sessions")
}
