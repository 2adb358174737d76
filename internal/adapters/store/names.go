package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/people"
)

// MemberNames implements people.Names, by name.
func (d *DB) MemberNames(ctx context.Context, workspaceID string, within []string) ([]people.Name, error) {
	return d.names(ctx, "members", "removed_at = 0", workspaceID, within)
}

// NumberNames implements people.Names, by name.
func (d *DB) NumberNames(ctx context.Context, workspaceID string, within []string) ([]people.Name, error) {
	return d.names(ctx, "numbers", "TRUE", workspaceID, within)
}

// names reads two columns only: a company has a thousand of each, and every page of
// the history offers them.
func (d *DB) names(ctx context.Context, table, present, workspaceID string, within []string) ([]people.Name, error) {
	out := []people.Name{}
	if within != nil && len(within) == 0 {
		return out, nil
	}
	q := d.r.NewSelect().Table(table).Column("id", "name").Where("workspace_id = ?", workspaceID).OrderExpr("search, id")
	if within == nil {
		q = q.Where(present)
	} else {
		q = q.Where("id IN (?)", bun.List(within))
	}
	rows, err := q.Rows(ctx)
	if err != nil {
		return nil, d.wrap(err, "list names of "+table)
	}
	defer rows.Close()
	for rows.Next() {
		var n people.Name
		if err := rows.Scan(&n.ID, &n.Name); err != nil {
			return nil, d.wrap(err, "read a name of "+table)
		}
		out = append(out, n)
	}
	return out, d.wrap(rows.Err(), "list names of "+table)
}
