package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/todo"
)

type todoRow struct {
	bun.BaseModel `bun:"table:todo_items,alias:todo_items"`

	ID          string `bun:",pk"`
	WorkspaceID string
	NumberID    string
	CallID      string
	Kind        string
	E164        string `bun:"e164"`
	Name        string
	Calls       int
	At          int64
	LatestAt    int64
	AssigneeID  string
	AssignedAt  int64
	Outcome     string
	DoneAt      int64
	DoneBy      string
	QueueID     string
	LinedAt     int64
	PromisedAt  int64
	Attempts    int
	NextAt      int64
	Trying      string
	CalledAt    int64
}

func (r todoRow) value() todo.Item {
	return todo.Item{
		ID: r.ID, WorkspaceID: r.WorkspaceID, NumberID: r.NumberID, CallID: r.CallID, Kind: todo.Kind(r.Kind),
		E164: r.E164, Name: r.Name, Calls: r.Calls, At: moment(r.At), LatestAt: moment(r.LatestAt),
		AssigneeID: r.AssigneeID, AssignedAt: moment(r.AssignedAt),
		Outcome: todo.Outcome(r.Outcome), DoneAt: moment(r.DoneAt), DoneBy: r.DoneBy,
		Return: todo.Return{
			QueueID: r.QueueID, LinedAt: moment(r.LinedAt), PromisedAt: moment(r.PromisedAt),
			Attempts: r.Attempts, NextAt: moment(r.NextAt), Trying: r.Trying, CalledAt: moment(r.CalledAt),
		},
	}
}

func rowOfItem(i todo.Item) *todoRow {
	return &todoRow{
		ID: i.ID, WorkspaceID: i.WorkspaceID, NumberID: i.NumberID, CallID: i.CallID, Kind: string(i.Kind),
		E164: text(i.E164), Name: text(i.Name), Calls: i.Calls, At: millis(i.At), LatestAt: millis(i.LatestAt),
		AssigneeID: i.AssigneeID, AssignedAt: millis(i.AssignedAt),
		Outcome: string(i.Outcome), DoneAt: millis(i.DoneAt), DoneBy: i.DoneBy,
		QueueID: i.Return.QueueID, LinedAt: millis(i.Return.LinedAt), PromisedAt: millis(i.Return.PromisedAt),
		Attempts: i.Return.Attempts, NextAt: millis(i.Return.NextAt), Trying: i.Return.Trying, CalledAt: millis(i.Return.CalledAt),
	}
}

// Items implements todo.Store, the latest first. Without numbers and assignee a
// filter that bounds the numbers finds nothing.
func (d *DB) Items(ctx context.Context, workspaceID string, f todo.Filter) ([]todo.Item, error) {
	if f.NumberIDs != nil && len(f.NumberIDs) == 0 && f.AssigneeID == "" {
		return []todo.Item{}, nil
	}
	var rows []todoRow
	err := d.todoQuery(&rows, workspaceID, f).Scan(ctx)
	return values[todoRow](rows), d.wrap(err, "list what is to be done")
}

func (d *DB) todoQuery(rows *[]todoRow, workspaceID string, f todo.Filter) *bun.SelectQuery {
	q := d.r.NewSelect().Model(rows).Where("workspace_id = ?", workspaceID).
		OrderExpr("latest_at DESC, id DESC").Limit(pageSize(f.Limit))
	if f.Done {
		q = q.Where("outcome <> ''")
	} else {
		q = q.Where("outcome = ''")
	}
	switch {
	case f.NumberIDs == nil:
	case len(f.NumberIDs) == 0:
		q = q.Where("assignee_id = ?", f.AssigneeID)
	case f.AssigneeID == "":
		q = q.Where("number_id IN (?)", bun.List(f.NumberIDs))
	default:
		q = q.Where("(number_id IN (?) OR assignee_id = ?)", bun.List(f.NumberIDs), f.AssigneeID)
	}
	if !f.Before.IsZero() {
		q = q.Where("(latest_at, id) < (?, ?)", millis(f.Before), text(f.BeforeID))
	}
	return q
}

// Item implements todo.Store.
func (d *DB) Item(ctx context.Context, workspaceID, id string) (todo.Item, error) {
	return one[todoRow](ctx, d, "load what is to be done", "workspace_id = ? AND id = ?", workspaceID, id)
}

// OpenItem implements todo.Store. Callers without a number are not told apart: none
// has an item that another call could join.
func (d *DB) OpenItem(ctx context.Context, workspaceID, numberID, e164 string) (todo.Item, error) {
	return one[todoRow](ctx, d, "load what is to be done for a caller",
		"workspace_id = ? AND number_id = ? AND e164 = ? AND e164 <> '' AND outcome = ''", workspaceID, numberID, text(e164))
}

// PendingItems implements callback.Items.
func (d *DB) PendingItems(ctx context.Context) ([]todo.Item, error) {
	var rows []todoRow
	err := d.pendingQuery(&rows).Scan(ctx)
	return values[todoRow](rows), d.wrap(err, "list the callbacks that are due")
}

func (d *DB) pendingQuery(rows *[]todoRow) *bun.SelectQuery {
	return d.r.NewSelect().Model(rows).Where("outcome = '' AND next_at > 0").OrderExpr("lined_at, id")
}

// EditItem implements todo.Store. Workspace and id stay.
func (d *DB) EditItem(ctx context.Context, workspaceID, id string, change func(*todo.Item) error) (todo.Item, error) {
	var item todo.Item
	err := d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row todoRow
		q := tx.NewSelect().Model(&row).Where("workspace_id = ? AND id = ?", workspaceID, id)
		if d.engine.forUpdate != "" {
			q = q.For(d.engine.forUpdate)
		}
		if err := q.Scan(ctx); err != nil {
			return d.wrap(err, "load what is to be done, to edit it")
		}
		item = row.value()
		if err := change(&item); err != nil {
			return err
		}
		item.ID, item.WorkspaceID = row.ID, row.WorkspaceID
		_, err := tx.NewUpdate().Model(rowOfItem(item)).WherePK().Exec(ctx)
		return d.wrap(err, "edit what is to be done")
	})
	return item, err
}

// SaveItem implements todo.Store. A second open item of a caller on a number is a
// Conflict fault: two of his calls ended at once.
func (d *DB) SaveItem(ctx context.Context, i todo.Item) error {
	return d.save(ctx, d.w, rowOfItem(i), "save what is to be done", "id", sameWorkspace)
}
