package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/routing"
)

type versionRow struct {
	bun.BaseModel `bun:"table:flow_versions,alias:flow_versions"`

	WorkspaceID string `bun:",pk"`
	NumberID    string `bun:",pk"`
	Version     int    `bun:",pk"`
	Flow        jsonOf[flow.Flow]
	Note        string
	Restored    int
	PublishedAt int64
	PublishedBy string
}

func (r versionRow) value() routing.Version {
	return routing.Version{
		NumberID: r.NumberID, WorkspaceID: r.WorkspaceID, Version: r.Version, Flow: r.Flow.V, Note: r.Note,
		From: r.Restored, PublishedAt: moment(r.PublishedAt), PublishedBy: r.PublishedBy,
	}
}

// Live implements routing.Store.
func (d *DB) Live(ctx context.Context, workspaceID, numberID string) (routing.Version, error) {
	return one[versionRow](ctx, d, "load the live flow",
		"workspace_id = ? AND number_id = ? AND version = (?)", workspaceID, numberID, d.newest(d.r, workspaceID, numberID))
}

// newest asks for a number's newest version, 0 where it has none.
func (d *DB) newest(db bun.IDB, workspaceID, numberID string) *bun.SelectQuery {
	return db.NewSelect().TableExpr("flow_versions AS newest").ColumnExpr("coalesce(max(newest.version), 0)").
		Where("newest.workspace_id = ? AND newest.number_id = ?", workspaceID, numberID)
}

// LiveFlows implements routing.Store, by number.
func (d *DB) LiveFlows(ctx context.Context, workspaceID string) ([]routing.Version, error) {
	var rows []versionRow
	err := d.liveQuery(&rows, workspaceID).Scan(ctx)
	return values[versionRow](rows), d.wrap(err, "list the live flows")
}

// liveQuery looks up one version a number, however many there were: CROSS JOIN keeps
// SQLite to the order written.
func (d *DB) liveQuery(rows *[]versionRow, workspaceID string) *bun.SelectQuery {
	return d.r.NewSelect().Model(rows).ModelTableExpr("numbers AS n CROSS JOIN flow_versions").ColumnExpr("flow_versions.*").
		Where("n.workspace_id = ?", workspaceID).
		Where("flow_versions.workspace_id = n.workspace_id AND flow_versions.number_id = n.id").
		Where(`flow_versions.version = (SELECT max(v.version) FROM flow_versions AS v
			WHERE v.workspace_id = n.workspace_id AND v.number_id = n.id)`).
		OrderExpr("n.id")
}

// Versions implements routing.Store.
func (d *DB) Versions(ctx context.Context, workspaceID, numberID string, before, limit int) ([]routing.Version, error) {
	var rows []versionRow
	q := d.r.NewSelect().Model(&rows).Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).
		OrderExpr("version DESC").Limit(pageSize(limit))
	if before > 0 {
		q = q.Where("version < ?", before)
	}
	err := q.Scan(ctx)
	return values[versionRow](rows), d.wrap(err, "list a flow's versions")
}

// Version implements routing.Store.
func (d *DB) Version(ctx context.Context, workspaceID, numberID string, version int) (routing.Version, error) {
	return one[versionRow](ctx, d, "load a flow's version",
		"workspace_id = ? AND number_id = ? AND version = ?", workspaceID, numberID, version)
}

// Publish implements routing.Store. A number that is not the workspace's is a
// not-found fault.
func (d *DB) Publish(ctx context.Context, v routing.Version, draft int) error {
	return d.inTurn(ctx, v.WorkspaceID, func(ctx context.Context, tx bun.Tx) error {
		if err := d.knowsNumber(ctx, tx, v.WorkspaceID, v.NumberID); err != nil {
			return err
		}
		var newest int
		if err := d.newest(tx, v.WorkspaceID, v.NumberID).Scan(ctx, &newest); err != nil {
			return d.wrap(err, "look for the newest version")
		}
		if v.Version != newest+1 {
			return fault.New(fault.Conflict, "error.flow-published-meanwhile").
				Because(errors.New("publish a flow: it is not the next version"))
		}
		row := &versionRow{
			WorkspaceID: v.WorkspaceID, NumberID: v.NumberID, Version: v.Version, Flow: jsonOf[flow.Flow]{v.Flow},
			Note: text(v.Note), Restored: v.From, PublishedAt: millis(v.PublishedAt), PublishedBy: v.PublishedBy,
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return d.wrap(err, "publish a flow")
		}
		return d.usedDraft(ctx, tx, v, draft)
	})
}

// usedDraft removes the draft that a version was made from; one of another revision
// holds what nobody has published.
func (d *DB) usedDraft(ctx context.Context, tx bun.Tx, v routing.Version, revision int) error {
	if revision == 0 {
		return nil
	}
	res, err := tx.NewDelete().Model((*draftRow)(nil)).
		Where("workspace_id = ? AND number_id = ? AND revision = ?", v.WorkspaceID, v.NumberID, revision).Exec(ctx)
	if err != nil {
		return d.wrap(err, "remove the draft that was published")
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return d.wrap(err, "remove the draft that was published")
	}
	return fault.New(fault.Conflict, "error.draft-saved-meanwhile").Because(errors.New("publish a flow: its draft is of another revision"))
}

type draftRow struct {
	bun.BaseModel `bun:"table:flow_drafts,alias:flow_drafts"`

	WorkspaceID string `bun:",pk"`
	NumberID    string `bun:",pk"`
	Flow        jsonOf[flow.Flow]
	Base        int
	Revision    int
	SavedAt     int64
	SavedBy     string
}

func (r draftRow) value() routing.Draft {
	return routing.Draft{
		NumberID: r.NumberID, WorkspaceID: r.WorkspaceID, Flow: r.Flow.V, Base: r.Base, Revision: r.Revision,
		SavedAt: moment(r.SavedAt), SavedBy: r.SavedBy,
	}
}

// Draft implements routing.DraftStore.
func (d *DB) Draft(ctx context.Context, workspaceID, numberID string) (routing.Draft, error) {
	return one[draftRow](ctx, d, "load a flow's draft", "workspace_id = ? AND number_id = ?", workspaceID, numberID)
}

// SaveDraft implements routing.DraftStore. A number that is not the workspace's is a
// not-found fault.
func (d *DB) SaveDraft(ctx context.Context, v routing.Draft, replaced int) error {
	row := &draftRow{
		WorkspaceID: v.WorkspaceID, NumberID: v.NumberID, Flow: jsonOf[flow.Flow]{v.Flow}, Base: v.Base,
		Revision: v.Revision, SavedAt: millis(v.SavedAt), SavedBy: v.SavedBy,
	}
	var q interface {
		Exec(ctx context.Context, dest ...any) (sql.Result, error)
	}
	if replaced == 0 {
		q = d.w.NewInsert().Model(row).On("CONFLICT (workspace_id, number_id) DO NOTHING")
	} else {
		q = d.w.NewUpdate().Model(row).WherePK().Where("revision = ?", replaced)
	}
	res, err := q.Exec(ctx)
	if err != nil {
		return d.wrap(err, "save a flow's draft")
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return d.wrap(err, "save a flow's draft")
	}
	if _, err := d.Number(ctx, v.WorkspaceID, v.NumberID); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "error.draft-saved-meanwhile").Because(errors.New("save a flow's draft: another revision is stored"))
}

// DropDraft implements routing.DraftStore. None is no error.
func (d *DB) DropDraft(ctx context.Context, workspaceID, numberID string) error {
	return d.dropDraft(ctx, d.w, workspaceID, numberID)
}

func (d *DB) dropDraft(ctx context.Context, db bun.IDB, workspaceID, numberID string) error {
	_, err := db.NewDelete().Model((*draftRow)(nil)).Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).Exec(ctx)
	return d.wrap(err, "drop a flow's draft")
}
