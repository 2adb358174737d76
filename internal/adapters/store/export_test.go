package store

import (
	"context"
	"io/fs"
	"log/slog"
	"testing"

	"parley/internal/domain/call"
)

// Migrate lets tests bring files of their own.
func Migrate(ctx context.Context, d *DB, files fs.FS) error { return d.migrate(ctx, files) }

// Connect opens a database without touching its schema.
func Connect(url string, log *slog.Logger) (*DB, error) { return connect(url, log) }

// Do runs a statement, past all rules.
func Do(ctx context.Context, d *DB, sql string) error {
	_, err := d.w.DB.ExecContext(ctx, sql)
	return err
}

// Strings runs a query of one text column, past all isolation.
func Strings(ctx context.Context, d *DB, query string, args ...any) ([]string, error) {
	var out []string
	err := d.r.NewRaw(query, args...).Scan(ctx, &out)
	return out, err
}

// HistoryPlan is SQLite's plan for a page of history.
func HistoryPlan(t testing.TB, d *DB, workspaceID string, f call.Filter) []string {
	t.Helper()
	var plan []string
	var rows []struct {
		ID, Parent, Notused int
		Detail              string
	}
	query := d.historyQuery(new([]callRow), workspaceID, f).String()
	if err := d.r.NewRaw("EXPLAIN QUERY PLAN "+query).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		plan = append(plan, r.Detail)
	}
	return plan
}
