package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/number"
)

type numberRow struct {
	bun.BaseModel `bun:"table:numbers,alias:numbers"`

	ID            string `bun:",pk"`
	WorkspaceID   string
	E164          string `bun:"e164"`
	Name          string
	Country       string
	TrunkID       string
	WebCall       bool
	AutoInbound   bool
	AgentInbound  bool
	AutoOutbound  bool
	AgentOutbound bool
	MandatoryTag  bool
	HoldMusic     string
	Language      string
	OwnerID       string
	Type          string
	CallerName    string
	InboxName     string
	Inactive      bool
	CreatedAt     int64
	Search        string
}

func (r numberRow) value() number.Number {
	return number.Number{
		ID: r.ID, WorkspaceID: r.WorkspaceID, E164: r.E164, Name: r.Name, Country: r.Country,
		TrunkID: r.TrunkID, WebCall: r.WebCall,
		Recording: number.Recording{
			AutoInbound: r.AutoInbound, AgentInbound: r.AgentInbound,
			AutoOutbound: r.AutoOutbound, AgentOutbound: r.AgentOutbound,
		},
		MandatoryTag: r.MandatoryTag, HoldMusic: r.HoldMusic, Language: r.Language, OwnerID: r.OwnerID,
		Type: number.Type(r.Type), CallerName: r.CallerName, InboxName: r.InboxName, Inactive: r.Inactive,
		CreatedAt: moment(r.CreatedAt),
	}
}

// Numbers implements number.Store.
func (d *DB) Numbers(ctx context.Context, workspaceID string) ([]number.Number, error) {
	return list[numberRow](ctx, d, "list numbers", "id", "workspace_id = ?", workspaceID)
}

// NumbersByID implements softphone.Numbers.
func (d *DB) NumbersByID(ctx context.Context, workspaceID string, ids []string) ([]number.Number, error) {
	if len(ids) == 0 {
		return []number.Number{}, nil
	}
	return list[numberRow](ctx, d, "list some numbers", "id", "workspace_id = ? AND id IN (?)", workspaceID, bun.List(ids))
}

// Number implements number.Store.
func (d *DB) Number(ctx context.Context, workspaceID, id string) (number.Number, error) {
	return one[numberRow](ctx, d, "load number", "workspace_id = ? AND id = ?", workspaceID, id)
}

// NumberByE164 implements number.Store.
func (d *DB) NumberByE164(ctx context.Context, e164 string) (number.Number, error) {
	return one[numberRow](ctx, d, "load number by E.164", "e164 = ?", text(e164))
}

// SaveNumber implements number.Store. An owner who is no active member of the
// workspace is a not-found fault.
func (d *DB) SaveNumber(ctx context.Context, n number.Number) error {
	return d.inTurn(ctx, n.WorkspaceID, func(ctx context.Context, tx bun.Tx) error { return d.saveNumber(ctx, tx, n) })
}

func (d *DB) saveNumber(ctx context.Context, tx bun.Tx, n number.Number) error {
	row := &numberRow{
		ID: n.ID, WorkspaceID: n.WorkspaceID, E164: text(n.E164), Name: text(n.Name), Country: n.Country,
		TrunkID: n.TrunkID, WebCall: n.WebCall,
		AutoInbound: n.Recording.AutoInbound, AgentInbound: n.Recording.AgentInbound,
		AutoOutbound: n.Recording.AutoOutbound, AgentOutbound: n.Recording.AgentOutbound,
		MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language,
		OwnerID: n.OwnerID, CreatedAt: millis(n.CreatedAt),
		Type: string(n.Type), CallerName: text(n.CallerName), InboxName: text(n.InboxName), Inactive: n.Inactive,
	}
	row.Search = searchOfNumber(row)
	if n.OwnerID != "" {
		if _, err := d.active(ctx, tx, n.WorkspaceID, n.OwnerID); err != nil {
			return err
		}
	}
	return d.save(ctx, tx, row, "save number", "id", sameWorkspace)
}

// EditNumber implements number.Editor. An owner who is no active member of the
// workspace is a not-found fault.
func (d *DB) EditNumber(ctx context.Context, workspaceID, id string, change func(*number.Number) error) (number.Number, error) {
	var n number.Number
	err := d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		var row numberRow
		if err := tx.NewSelect().Model(&row).Where("workspace_id = ? AND id = ?", workspaceID, id).Scan(ctx); err != nil {
			return d.wrap(err, "load a number to edit")
		}
		n = row.value()
		if err := change(&n); err != nil {
			return err
		}
		n.ID, n.WorkspaceID = row.ID, row.WorkspaceID
		return d.saveNumber(ctx, tx, n)
	})
	return n, err
}

// DeleteNumber implements number.Store. Who had it goes with it, and so does what
// members set about it: calling out with it, sending calls to it.
func (d *DB) DeleteNumber(ctx context.Context, workspaceID, id string) error {
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		if err := remove[numberRow](ctx, d, tx, "delete number", workspaceID, id); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*memberRow)(nil)).Set("default_number = ''").
			Where("workspace_id = ? AND default_number = ?", workspaceID, id).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear default numbers")
		}
		return d.forgetDiversion(ctx, tx, workspaceID, id)
	})
}

// forgetDiversion has calls outside the hours of members go to voicemail where
// they went to a colleague or line that is gone.
func (d *DB) forgetDiversion(ctx context.Context, tx bun.Tx, workspaceID, gone string) error {
	_, err := tx.NewUpdate().Model((*memberRow)(nil)).Set("closed = '{}'").
		Where("workspace_id = ? AND closed LIKE ? ESCAPE '!'", workspaceID, containing(`"`+gone+`"`)).Exec(ctx)
	return d.wrap(err, "forget where calls outside the hours went")
}
