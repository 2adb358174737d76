package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"parley/internal/domain/call"
)

// Page sizes of everything that is read in pages.
const (
	defaultPage = 50
	maxPage     = 200
)

func pageSize(limit int) int64 {
	if limit <= 0 {
		return defaultPage
	}
	return int64(min(limit, maxPage))
}

const (
	// fewArms is how many numbers and members are searched one by one at once.
	fewArms = 16
	// window is how many calls of the workspace are looked through first where
	// there are more: mostly a page is full by then.
	window = 10_000
	// maxArms bounds what is searched one by one at all.
	maxArms = 300
)

// arm is one ordered walk along an index: at most a page of call ids.
type arm struct {
	from  string // table and joins, calls among them
	where string
	args  []any
}

// Records implements call.Log. "Any of these numbers or members" would make an
// engine sort all that fits; so each number and member is walked on its own index,
// newest first, and the pages are merged. Where they are many, the last calls of
// the workspace are looked through first.
func (d *DB) Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error) {
	var rows []callRow
	if f.TagID == "" && f.NumberID == "" && f.MemberID == "" && len(f.NumberIDs)+len(f.MemberIDs) > fewArms {
		far, err := d.horizon(ctx, workspaceID, f.Before)
		if err != nil {
			return nil, err
		}
		err = d.recentQuery(&rows, workspaceID, f, far).Scan(ctx)
		if err != nil || far == "" || len(rows) == int(pageSize(f.Limit)) {
			return values[callRow](rows), d.wrap(err, "list calls among the last")
		}
		rows = nil
	}
	err := d.historyQuery(&rows, workspaceID, f).Scan(ctx)
	return values[callRow](rows), d.wrap(err, "list calls")
}

// horizon is the id of the last call in the window before an id, "" where the
// whole history is within.
func (d *DB) horizon(ctx context.Context, workspaceID, before string) (string, error) {
	var ids []string
	q := d.r.NewSelect().Model((*callRow)(nil)).Column("id").Where("workspace_id = ?", workspaceID).
		OrderExpr("id DESC").Limit(1).Offset(window - 1)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return "", d.wrap(err, "look how far the window reaches")
	}
	return ids[0], nil
}

// recentQuery walks the workspace's calls back to far.
func (d *DB) recentQuery(rows *[]callRow, workspaceID string, f call.Filter, far string) *bun.SelectQuery {
	a := arm{from: "calls AS c", where: "c.workspace_id = ? AND c.id >= ?", args: []any{workspaceID, far}}
	limit := pageSize(f.Limit)
	text, args := a.narrowed(f).sql(f, limit)
	return d.r.NewSelect().Model(rows).Where("id IN ("+text+")", args...).OrderExpr("id DESC")
}

func (d *DB) historyQuery(rows *[]callRow, workspaceID string, f call.Filter) *bun.SelectQuery {
	limit := pageSize(f.Limit)
	var sql strings.Builder
	var args []any
	for i, a := range arms(workspaceID, f) {
		if i > 0 {
			sql.WriteString(" UNION ")
		}
		text, more := a.sql(f, limit)
		sql.WriteString("SELECT id FROM (" + text + ") AS page")
		args = append(args, more...)
	}
	return d.r.NewSelect().Model(rows).
		Where("id IN (SELECT id FROM ("+sql.String()+") AS pages ORDER BY id DESC LIMIT ?)", append(args, limit)...).
		OrderExpr("id DESC")
}

// arms chooses the indexes to walk.
func arms(workspaceID string, f call.Filter) []arm {
	scope := len(f.NumberIDs) + len(f.MemberIDs)
	switch {
	case f.TagID != "":
		a := arm{from: "call_tags AS t JOIN calls AS c ON c.id = t.call_id",
			where: "t.workspace_id = ? AND t.tag_id = ?", args: []any{workspaceID, f.TagID}}
		return []arm{a.narrowed(f)}
	case f.NumberID != "" || f.MemberID != "" || scope == 0 || scope > maxArms:
		a := arm{from: "calls AS c", where: "c.workspace_id = ?", args: []any{workspaceID}}
		return []arm{a.narrowed(f)}
	}
	var out []arm
	for _, n := range f.NumberIDs {
		out = append(out, arm{from: "calls AS c", where: "c.workspace_id = ? AND c.number_id = ?", args: []any{workspaceID, n}})
	}
	for _, m := range f.MemberIDs {
		out = append(out, arm{from: "calls AS c", where: "c.workspace_id = ? AND c.member_id = ?", args: []any{workspaceID, m}})
	}
	return out
}

// narrowed returns a with the filter's numbers and members as plain conditions.
func (a arm) narrowed(f call.Filter) arm {
	var any []string
	if len(f.NumberIDs) > 0 {
		any = append(any, "c.number_id IN (?)")
		a.args = append(a.args, bun.List(f.NumberIDs))
	}
	if len(f.MemberIDs) > 0 {
		any = append(any, "c.member_id IN (?)")
		a.args = append(a.args, bun.List(f.MemberIDs))
	}
	if len(any) > 0 {
		a.where += " AND (" + strings.Join(any, " OR ") + ")"
	}
	for _, alone := range []struct{ column, id string }{{"c.number_id", f.NumberID}, {"c.member_id", f.MemberID}} {
		if alone.id != "" {
			a.where += " AND " + alone.column + " = ?"
			a.args = append(a.args, alone.id)
		}
	}
	return a
}

// sql gives the statement of one walk.
func (a arm) sql(f call.Filter, limit int64) (string, []any) {
	id := "c.id"
	if f.TagID != "" {
		id = "t.call_id" // the column the index is ordered by
	}
	where, args := a.where, append([]any{}, a.args...)
	if f.Direction != "" {
		where += " AND c.direction = ?"
		args = append(args, string(f.Direction))
	}
	if f.Missed {
		where += " AND c.missed"
	}
	if f.Voicemail {
		where += " AND c.voicemail_id <> ''"
	}
	if f.Before != "" {
		where += " AND " + id + " < ?"
		args = append(args, f.Before)
	}
	return "SELECT " + id + " AS id FROM " + a.from + " WHERE " + where + " ORDER BY " + id + " DESC LIMIT ?", append(args, limit)
}
