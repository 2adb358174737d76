package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/domain/agent"
)

type obligationRow struct {
	bun.BaseModel `bun:"table:obligations,alias:obligations"`

	MemberID    string `bun:",pk"`
	CallID      string `bun:",pk"`
	Kind        string `bun:",pk"`
	WorkspaceID string
	Since       int64
	LengthMS    int64 `bun:"length_ms"`
	Until       int64
}

func (r obligationRow) value() agent.Obligation {
	return agent.Obligation{
		WorkspaceID: r.WorkspaceID, MemberID: r.MemberID, CallID: r.CallID,
		Kind: agent.ObligationKind(r.Kind), Since: moment(r.Since),
		Length: time.Duration(r.LengthMS) * time.Millisecond, Until: moment(r.Until),
	}
}

// Obligations implements agent.Store.
func (d *DB) Obligations(ctx context.Context) ([]agent.Obligation, error) {
	return list[obligationRow](ctx, d, "list obligations", "since, call_id, member_id, kind", "TRUE")
}

// SaveObligation implements agent.Store.
func (d *DB) SaveObligation(ctx context.Context, o agent.Obligation) error {
	return d.save(ctx, d.w, &obligationRow{
		MemberID: o.MemberID, CallID: o.CallID, Kind: string(o.Kind), WorkspaceID: o.WorkspaceID,
		Since: millis(o.Since), LengthMS: o.Length.Milliseconds(), Until: millis(o.Until),
	}, "save obligation", "member_id, call_id, kind", sameWorkspace)
}

// MeetObligation implements agent.Store. One that was met already is no error.
func (d *DB) MeetObligation(ctx context.Context, memberID, callID string, kind agent.ObligationKind) error {
	_, err := d.w.NewDelete().Model((*obligationRow)(nil)).
		Where("member_id = ? AND call_id = ? AND kind = ?", memberID, callID, string(kind)).Exec(ctx)
	return d.wrap(err, "meet obligation")
}
