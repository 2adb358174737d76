package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// row is a stored row that gives its domain value.
type row[T any] interface{ value() T }

// one loads the row that fits, or the not-found fault.
func one[R row[T], T any](ctx context.Context, d *DB, what, where string, args ...any) (T, error) {
	var r R
	err := d.r.NewSelect().Model(&r).Where(where, args...).Limit(1).Scan(ctx)
	if err != nil {
		var none T
		return none, d.wrap(err, what)
	}
	return r.value(), nil
}

// list loads the rows that fit, in the order given.
func list[R row[T], T any](ctx context.Context, d *DB, what, order, where string, args ...any) ([]T, error) {
	var rows []R
	err := d.r.NewSelect().Model(&rows).Where(where, args...).OrderExpr(order).Scan(ctx)
	return values(rows), d.wrap(err, what)
}

func values[R row[T], T any](rows []R) []T {
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = rows[i].value()
	}
	return out
}

// save inserts the row or replaces the one with the same key, as long as keep
// (a condition on the old row and EXCLUDED, the new one) holds: if it does not,
// nothing is written and the fault is not-found.
func (d *DB) save(ctx context.Context, db bun.IDB, model any, what, key, keep string) error {
	return d.saveBut(ctx, db, model, what, key, keep)
}

// saveBut is save where a replaced row keeps its old value in some columns.
func (d *DB) saveBut(ctx context.Context, db bun.IDB, model any, what, key, keep string, kept ...string) error {
	q := db.NewInsert().Model(model).On("CONFLICT (" + key + ") DO UPDATE").Where(keep)
	if len(kept) > 0 {
		for _, f := range d.w.Table(reflect.TypeOf(model).Elem()).DataFields {
			if !slices.Contains(kept, f.Name) {
				q = q.Set("? = EXCLUDED.?", f.SQLName, f.SQLName)
			}
		}
	}
	res, err := q.Exec(ctx)
	if err != nil {
		return d.wrap(err, what)
	}
	return d.touched(res, what)
}

// sameWorkspace is the condition under which a row may be replaced.
const sameWorkspace = "?TableAlias.workspace_id = EXCLUDED.workspace_id"

// touched is the not-found fault where a statement changed no row.
func (d *DB) touched(res interface{ RowsAffected() (int64, error) }, what string) error {
	n, err := res.RowsAffected()
	if err != nil {
		return d.wrap(err, what)
	}
	if n == 0 {
		return missing(what)
	}
	return nil
}

// millis gives a time as stored: 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment gives a stored time.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// text takes out the NUL characters neither engine can store.
func text(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// jsonOf is a value stored as JSON text.
type jsonOf[T any] struct{ V T }

// Value gives the JSON.
func (j jsonOf[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("write JSON column: %w", err)
	}
	return string(b), nil
}

// Scan reads the JSON.
func (j *jsonOf[T]) Scan(src any) error {
	var b []byte
	switch s := src.(type) {
	case string:
		b = []byte(s)
	case []byte:
		b = s
	default:
		return fmt.Errorf("read JSON column: unexpected %T", src)
	}
	if err := json.Unmarshal(b, &j.V); err != nil {
		return fmt.Errorf("read JSON column: %w", err)
	}
	return nil
}

// remove deletes a workspace's row by id, or gives the not-found fault.
func remove[R any](ctx context.Context, d *DB, db bun.IDB, what, workspaceID, id string) error {
	res, err := db.NewDelete().Model((*R)(nil)).Where("workspace_id = ? AND id = ?", workspaceID, id).Exec(ctx)
	if err != nil {
		return d.wrap(err, what)
	}
	return d.touched(res, what)
}

// distinct sorts and drops what is there twice.
func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
