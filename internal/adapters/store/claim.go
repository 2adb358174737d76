package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/claim"
)

type claimRow struct {
	bun.BaseModel `bun:"table:claims,alias:claims"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Domain      string
	Method      string
	Address     string
	Record      string
	ClaimedBy   string
	CreatedAt   int64
	VerifiedAt  int64
	DisabledAt  int64
}

func (r claimRow) value() claim.Claim {
	return claim.Claim{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Domain: r.Domain, Method: claim.Method(r.Method),
		Address: r.Address, Record: r.Record, ClaimedBy: r.ClaimedBy,
		CreatedAt: moment(r.CreatedAt), VerifiedAt: moment(r.VerifiedAt), DisabledAt: moment(r.DisabledAt),
	}
}

// Claims implements claim.Store.
func (d *DB) Claims(ctx context.Context, workspaceID string) ([]claim.Claim, error) {
	return list[claimRow](ctx, d, "list domains", "id", "workspace_id = ?", workspaceID)
}

// Claim implements claim.Store.
func (d *DB) Claim(ctx context.Context, workspaceID, id string) (claim.Claim, error) {
	return one[claimRow](ctx, d, "load domain", "workspace_id = ? AND id = ?", workspaceID, id)
}

// OpenClaim implements claim.Store.
func (d *DB) OpenClaim(ctx context.Context, domain string) (claim.Claim, error) {
	return one[claimRow](ctx, d, "look for whose domain it is", "domain = ? AND verified_at <> 0 AND disabled_at = 0", text(domain))
}

// SaveClaim implements claim.Store.
func (d *DB) SaveClaim(ctx context.Context, c claim.Claim) error {
	return d.save(ctx, d.w, &claimRow{
		ID: c.ID, WorkspaceID: c.WorkspaceID, Domain: text(c.Domain), Method: string(c.Method),
		Address: text(c.Address), Record: text(c.Record), ClaimedBy: c.ClaimedBy,
		CreatedAt: millis(c.CreatedAt), VerifiedAt: millis(c.VerifiedAt), DisabledAt: millis(c.DisabledAt),
	}, "save domain", "id", sameWorkspace)
}

// DeleteClaim implements claim.Store.
func (d *DB) DeleteClaim(ctx context.Context, workspaceID, id string) error {
	return remove[claimRow](ctx, d, d.w, "delete domain", workspaceID, id)
}
