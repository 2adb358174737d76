package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/blocklist"
)

type blockedRow struct {
	bun.BaseModel `bun:"table:blocked,alias:blocked"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Kind        string
	Pattern     string
	Note        string
	CreatedAt   int64
	CreatedBy   string
}

func (r blockedRow) value() blocklist.Entry {
	return blocklist.Entry{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Kind: blocklist.Kind(r.Kind), Pattern: r.Pattern, Note: r.Note,
		CreatedAt: moment(r.CreatedAt), CreatedBy: r.CreatedBy,
	}
}

// Blocked implements blocklist.Store.
func (d *DB) Blocked(ctx context.Context, workspaceID string) ([]blocklist.Entry, error) {
	return list[blockedRow](ctx, d, "list blocked callers", "id", "workspace_id = ?", workspaceID)
}

// SaveBlocked implements blocklist.Store.
func (d *DB) SaveBlocked(ctx context.Context, e blocklist.Entry) error {
	_, err := d.w.NewInsert().Model(&blockedRow{
		ID: e.ID, WorkspaceID: e.WorkspaceID, Kind: string(e.Kind), Pattern: text(e.Pattern), Note: text(e.Note),
		CreatedAt: millis(e.CreatedAt), CreatedBy: e.CreatedBy,
	}).Exec(ctx)
	return d.wrap(err, "block a caller")
}

// DeleteBlocked implements blocklist.Store.
func (d *DB) DeleteBlocked(ctx context.Context, workspaceID, id string) error {
	return remove[blockedRow](ctx, d, d.w, "unblock a caller", workspaceID, id)
}
