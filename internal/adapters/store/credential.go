package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
)

type credentialRow struct {
	bun.BaseModel `bun:"table:credentials,alias:credentials"`

	ID          string `bun:",pk"`
	MemberID    string
	WorkspaceID string
	Name        string
	Data        []byte
	CreatedAt   int64
	LastUsedAt  int64
}

func (r credentialRow) value() identity.Credential {
	return identity.Credential{
		ID: r.ID, MemberID: r.MemberID, WorkspaceID: r.WorkspaceID, Name: r.Name, Data: r.Data,
		CreatedAt: moment(r.CreatedAt), LastUsedAt: moment(r.LastUsedAt),
	}
}

// Credentials implements identity.CredentialStore.
func (d *DB) Credentials(ctx context.Context, memberID string) ([]identity.Credential, error) {
	return list[credentialRow](ctx, d, "list passkeys", "created_at, id", "member_id = ?", memberID)
}

// Credential implements identity.CredentialStore.
func (d *DB) Credential(ctx context.Context, id string) (identity.Credential, error) {
	return one[credentialRow](ctx, d, "load passkey", "id = ?", text(id))
}

// SaveCredential implements identity.CredentialStore.
func (d *DB) SaveCredential(ctx context.Context, c identity.Credential) error {
	return d.save(ctx, d.w, rowOfCredential(c), "save passkey", "id",
		sameWorkspace+" AND ?TableAlias.member_id = EXCLUDED.member_id")
}

func rowOfCredential(c identity.Credential) *credentialRow {
	return &credentialRow{
		ID: text(c.ID), MemberID: c.MemberID, WorkspaceID: c.WorkspaceID, Name: text(c.Name), Data: bytes(c.Data),
		CreatedAt: millis(c.CreatedAt), LastUsedAt: millis(c.LastUsedAt),
	}
}

// UpdateCredential implements identity.CredentialStore.
func (d *DB) UpdateCredential(ctx context.Context, c identity.Credential) error {
	res, err := d.w.NewUpdate().Model(rowOfCredential(c)).Column("name", "data", "last_used_at").
		WherePK().Where("workspace_id = ? AND member_id = ?", c.WorkspaceID, c.MemberID).Exec(ctx)
	if err != nil {
		return d.wrap(err, "update passkey")
	}
	return d.touched(res, "update passkey")
}

// DeleteCredential implements identity.CredentialStore. It locks the member's
// rows before it counts them: two deletions at once must not leave none.
func (d *DB) DeleteCredential(ctx context.Context, memberID, id string) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var ids []string
		q := tx.NewSelect().Model((*credentialRow)(nil)).Column("id").Where("member_id = ?", memberID).OrderExpr("id")
		if d.engine.forUpdate != "" {
			q = q.For(d.engine.forUpdate)
		}
		if err := q.Scan(ctx, &ids); err != nil {
			return d.wrap(err, "list the passkeys to choose from")
		}
		if len(ids) == 1 && ids[0] == id {
			return fault.New(fault.Conflict, "error.last-passkey")
		}
		res, err := tx.NewDelete().Model((*credentialRow)(nil)).Where("member_id = ? AND id = ?", memberID, text(id)).Exec(ctx)
		if err != nil {
			return d.wrap(err, "delete passkey")
		}
		return d.touched(res, "delete passkey")
	})
}

// bytes gives a blob as stored: never NULL.
func bytes(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
