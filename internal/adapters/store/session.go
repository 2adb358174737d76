package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/domain/identity"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:sessions"`

	ID          string `bun:",pk"`
	Token       string
	Previous    string
	MemberID    string
	WorkspaceID string
	Data        []byte
	ExpiresAt   int64
	CreatedAt   int64
	LastSeenAt  int64
	RotatedAt   int64
	ConfirmedAt int64
	UserAgent   string
	Address     string
	Revoked     bool
}

func (r sessionRow) value() identity.Session {
	return identity.Session{
		ID: r.ID, Token: r.Token, Previous: r.Previous, MemberID: r.MemberID, WorkspaceID: r.WorkspaceID, Data: r.Data,
		ExpiresAt: moment(r.ExpiresAt), CreatedAt: moment(r.CreatedAt), LastSeenAt: moment(r.LastSeenAt),
		RotatedAt: moment(r.RotatedAt), ConfirmedAt: moment(r.ConfirmedAt),
		UserAgent: r.UserAgent, Address: r.Address,
	}
}

// Session implements identity.SessionStore.
func (d *DB) Session(ctx context.Context, tokenHash string) (identity.Session, error) {
	if tokenHash == "" { // what was never rotated has no previous token
		return identity.Session{}, missing("load session")
	}
	return one[sessionRow](ctx, d, "load session", "(token = ? OR previous = ?) AND NOT revoked", tokenHash, tokenHash)
}

// SessionByID implements identity.SessionStore.
func (d *DB) SessionByID(ctx context.Context, id string) (identity.Session, error) {
	return one[sessionRow](ctx, d, "load session by id", "id = ? AND NOT revoked", text(id))
}

// SaveSession implements identity.SessionStore.
func (d *DB) SaveSession(ctx context.Context, s identity.Session) error {
	if s.ID == "" || s.Token == "" {
		return errors.New("save session: it has no id or no token")
	}
	row := &sessionRow{
		ID: s.ID, Token: s.Token, Previous: s.Previous, MemberID: s.MemberID, WorkspaceID: s.WorkspaceID, Data: bytes(s.Data),
		ExpiresAt: millis(s.ExpiresAt), CreatedAt: millis(s.CreatedAt), LastSeenAt: millis(s.LastSeenAt),
		RotatedAt: millis(s.RotatedAt), ConfirmedAt: millis(s.ConfirmedAt),
		UserAgent: text(s.UserAgent), Address: text(s.Address),
	}
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := d.saveBut(ctx, tx, row, "save session", "id", "NOT ?TableAlias.revoked",
			"token", "previous", "rotated_at", "confirmed_at", "created_at", "revoked")
		if err != nil || row.MemberID == "" {
			return err
		}
		_, err = tx.NewUpdate().Model((*memberRow)(nil)).Set("seen_at = ?", row.LastSeenAt).
			Where("workspace_id = ? AND id = ? AND seen_at < ?", row.WorkspaceID, row.MemberID, row.LastSeenAt).Exec(ctx)
		return d.wrap(err, "note when the member was seen")
	})
}

// RotateSession implements identity.SessionStore.
func (d *DB) RotateSession(ctx context.Context, id, of, tokenHash string, at time.Time) error {
	res, err := d.w.NewUpdate().Model((*sessionRow)(nil)).
		Set("previous = token").Set("token = ?", tokenHash).
		Set("rotated_at = ?", millis(at)).Set("confirmed_at = ?", millis(at)).
		Where("id = ? AND token = ? AND NOT revoked", id, of).Exec(ctx)
	if err != nil {
		return d.wrap(err, "rotate session")
	}
	return d.touched(res, "rotate session")
}

// DeleteSession implements identity.SessionStore. The row stays, emptied, until
// it expires: see identity.SessionStore on revocation.
func (d *DB) DeleteSession(ctx context.Context, id string) error {
	_, err := revoking(d.w).Where("id = ?", text(id)).Exec(ctx)
	return d.wrap(err, "delete session")
}

// revoking is the update that ends sessions.
func revoking(db bun.IDB) *bun.UpdateQuery {
	return db.NewUpdate().Model((*sessionRow)(nil)).
		Set("revoked = TRUE").Set("data = ?", []byte{}).Set("previous = ''").Set("user_agent = ''").Set("address = ''").
		Where("NOT revoked")
}

// SessionsOf implements identity.SessionLists.
func (d *DB) SessionsOf(ctx context.Context, memberID string) ([]identity.Session, error) {
	return list[sessionRow](ctx, d, "list sessions", "last_seen_at DESC, id", "member_id = ? AND NOT revoked", memberID)
}

// DeleteSessionsOf implements identity.SessionLists.
func (d *DB) DeleteSessionsOf(ctx context.Context, memberID, except string) ([]string, error) {
	return d.endSessions(ctx, d.w, memberID, except)
}

func (d *DB) endSessions(ctx context.Context, db bun.IDB, memberID, except string) ([]string, error) {
	ids := []string{}
	_, err := revoking(db).Where("member_id = ? AND id <> ?", memberID, except).Returning("id").Exec(ctx, &ids)
	return ids, d.wrap(err, "end a member's sessions")
}

// DeleteExpiredSessions implements identity.SessionLists.
func (d *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	_, err := d.w.NewDelete().Model((*sessionRow)(nil)).Where("expires_at <= ?", millis(now)).Exec(ctx)
	return d.wrap(err, "delete expired sessions")
}
