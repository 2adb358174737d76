package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/number"
	"parley/internal/domain/people"
)

// NumberPage returns a stretch of the numbers by name whose name or digits have the
// page's query in them, and the cursor of the next, "" on the last. within bounds
// the numbers; nil: all. A member's page of his own numbers is bounded by it too.
func (d *DB) NumberPage(ctx context.Context, workspaceID string, p people.Page, within []string) ([]number.Number, string, error) {
	if within != nil && len(within) == 0 {
		return []number.Number{}, "", nil
	}
	var rows []numberRow
	limit := pageSize(p.Limit)
	q := readQuery(p.Query).matching(d.r.NewSelect().Model(&rows), "numbers").
		Where("numbers.workspace_id = ?", workspaceID).OrderExpr("numbers.search, numbers.id").Limit(limit + 1)
	if within != nil {
		q = q.Where("numbers.id IN (?)", bun.List(within))
	}
	if p.After != "" {
		q = q.Where("(numbers.search, numbers.id) > (SELECT search, id FROM numbers AS cursor WHERE workspace_id = ? AND id = ?)",
			workspaceID, text(p.After))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", d.wrap(err, "list a page of numbers")
	}
	next := ""
	if len(rows) > int(limit) {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	return values[numberRow](rows), next, nil
}

// Holders lists who has any of the numbers; members who were removed are left out.
func (d *DB) Holders(ctx context.Context, workspaceID string, numberIDs []string) ([]number.Assignment, error) {
	if len(numberIDs) == 0 {
		return []number.Assignment{}, nil
	}
	return list[assignmentRow](ctx, d, "list who has numbers", "number_id, member_id",
		"workspace_id = ? AND number_id IN (?) AND "+ofActive, workspaceID, bun.List(numberIDs))
}

// VacantNumbers implements people.Directory. Whoever leaves loses his numbers, so
// that it need not ask whether a holder is still there.
func (d *DB) VacantNumbers(ctx context.Context, workspaceID string, within []string, limit int) ([]number.Number, error) {
	if within != nil && len(within) == 0 {
		return []number.Number{}, nil
	}
	var rows []numberRow
	q := d.r.NewSelect().Model(&rows).Where("numbers.workspace_id = ?", workspaceID).
		Where("NOT EXISTS (SELECT 1 FROM assignments AS a WHERE a.workspace_id = numbers.workspace_id AND a.number_id = numbers.id)").
		OrderExpr("numbers.search, numbers.id").Limit(pageSize(limit))
	if within != nil {
		q = q.Where("numbers.id IN (?)", bun.List(within))
	}
	err := q.Scan(ctx)
	return values[numberRow](rows), d.wrap(err, "list numbers that nobody has")
}

// Roster lists the active members by name, with no more than lists of choices need.
func (d *DB) Roster(ctx context.Context, workspaceID string) ([]people.Brief, error) {
	out := []people.Brief{}
	err := d.r.NewSelect().TableExpr("members").Column("id", "name", "email", "role").
		Where("workspace_id = ? AND removed_at = 0", workspaceID).OrderExpr("search, id").Scan(ctx, &out)
	return out, d.wrap(err, "list the names of members")
}
