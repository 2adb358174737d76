package store

import (
	"context"
	"net/netip"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/trunk"
)

type trunkRow struct {
	bun.BaseModel `bun:"table:trunks,alias:trunks"`

	ID              string `bun:",pk"`
	WorkspaceID     string
	Name            string
	Host            string
	Port            int
	Transport       string
	SRTP            bool `bun:"srtp"`
	Username        string
	Password        string
	Register        bool
	AllowedNets     jsonOf[[]netip.Prefix]
	InboundUsername string
	InboundPassword string
	CreatedAt       int64
}

func (r trunkRow) value() trunk.Trunk {
	return trunk.Trunk{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Host: r.Host, Port: r.Port,
		Transport: trunk.Transport(r.Transport), SRTP: r.SRTP, Username: r.Username, Password: r.Password,
		Register: r.Register, AllowedNets: r.AllowedNets.V,
		InboundUsername: r.InboundUsername, InboundPassword: r.InboundPassword,
		CreatedAt: moment(r.CreatedAt),
	}
}

// AllTrunks implements trunk.Store.
func (d *DB) AllTrunks(ctx context.Context) ([]trunk.Trunk, error) {
	return list[trunkRow](ctx, d, "list all trunks", "id", "TRUE")
}

// Trunks implements trunk.Store.
func (d *DB) Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error) {
	return list[trunkRow](ctx, d, "list trunks", "id", "workspace_id = ?", workspaceID)
}

// Trunk implements trunk.Store.
func (d *DB) Trunk(ctx context.Context, workspaceID, id string) (trunk.Trunk, error) {
	return one[trunkRow](ctx, d, "load trunk", "workspace_id = ? AND id = ?", workspaceID, id)
}

// SaveTrunk implements trunk.Store.
func (d *DB) SaveTrunk(ctx context.Context, t trunk.Trunk) error {
	return d.save(ctx, d.w, &trunkRow{
		ID: t.ID, WorkspaceID: t.WorkspaceID, Name: text(t.Name), Host: text(t.Host), Port: t.Port,
		Transport: string(t.Transport), SRTP: t.SRTP, Username: text(t.Username), Password: text(t.Password),
		Register: t.Register, AllowedNets: jsonOf[[]netip.Prefix]{t.AllowedNets},
		InboundUsername: text(t.InboundUsername), InboundPassword: text(t.InboundPassword),
		CreatedAt: millis(t.CreatedAt),
	}, "save trunk", "id", sameWorkspace)
}

// DeleteTrunk implements trunk.Store. While a number leaves by the trunk it is
// the conflict fault error.trunk-in-use.
func (d *DB) DeleteTrunk(ctx context.Context, workspaceID, id string) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		used, err := tx.NewSelect().Model((*numberRow)(nil)).
			Where("workspace_id = ? AND trunk_id = ?", workspaceID, id).Exists(ctx)
		if err != nil {
			return d.wrap(err, "look who uses the trunk")
		}
		if used {
			return fault.New(fault.Conflict, "error.trunk-in-use")
		}
		return remove[trunkRow](ctx, d, tx, "delete trunk", workspaceID, id)
	})
}
