package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// hot holds the statements of Append, which every transition of every call waits
// for: parsing them anew was 40 % of its time. bun writes arguments into the
// text, so these go past it.
type hot struct {
	saveCall  *inserter
	addEntry  *inserter
	clearTags *sql.Stmt
}

// inserter is a prepared insert of one row type.
type inserter struct {
	stmt   *sql.Stmt
	fields []*schema.Field
}

func (d *DB) prepare(ctx context.Context) error {
	var errs [3]error
	d.hot.saveCall, errs[0] = d.prepareInsert(ctx, reflect.TypeFor[callRow](), func(t *schema.Table) string {
		sets := make([]string, len(t.DataFields))
		for i, f := range t.DataFields {
			sets[i] = f.Name + " = EXCLUDED." + f.Name
		}
		return "ON CONFLICT (id) DO UPDATE SET " + strings.Join(sets, ", ") +
			" WHERE calls.workspace_id = EXCLUDED.workspace_id AND calls.entries <= EXCLUDED.entries"
	})
	d.hot.addEntry, errs[1] = d.prepareInsert(ctx, reflect.TypeFor[entryRow](), func(*schema.Table) string {
		return "ON CONFLICT (call_id, seq) DO NOTHING"
	})
	d.hot.clearTags, errs[2] = d.w.DB.PrepareContext(ctx, "DELETE FROM call_tags WHERE call_id = "+d.engine.placeholder(1))
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("prepare statements: %w", err)
	}
	return nil
}

// prepareInsert writes the insert from the row's fields; conflict gives its end.
func (d *DB) prepareInsert(ctx context.Context, row reflect.Type, conflict func(*schema.Table) string) (*inserter, error) {
	t := d.w.Table(row)
	columns, holes := make([]string, len(t.Fields)), make([]string, len(t.Fields))
	for i, f := range t.Fields {
		columns[i], holes[i] = f.Name, d.engine.placeholder(i+1)
	}
	stmt, err := d.w.DB.PrepareContext(ctx, "INSERT INTO "+t.Name+" ("+strings.Join(columns, ", ")+
		") VALUES ("+strings.Join(holes, ", ")+") "+conflict(t))
	if err != nil {
		return nil, fmt.Errorf("insert into %s: %w", t.Name, err)
	}
	return &inserter{stmt: stmt, fields: t.Fields}, nil
}

// exec inserts the row, a pointer to the type the statement was prepared for.
func (s *inserter) exec(ctx context.Context, tx bun.Tx, row any) (sql.Result, error) {
	v := reflect.ValueOf(row).Elem()
	args := make([]any, len(s.fields))
	for i, f := range s.fields {
		args[i] = f.Value(v).Interface()
	}
	return tx.Tx.StmtContext(ctx, s.stmt).ExecContext(ctx, args...)
}
