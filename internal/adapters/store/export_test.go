package store

import (
	"context"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/people"
	"parley/internal/domain/todo"
)

// Migrate lets tests bring files of their own.
func Migrate(ctx context.Context, d *DB, files fs.FS) error { return d.migrate(ctx, files) }

// Connect opens a database without touching its schema.
func Connect(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	return connect(ctx, url, log)
}

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

// Plan is SQLite's plan for a query.
func Plan(t testing.TB, d *DB, query string) string {
	t.Helper()
	var plan []string
	var rows []struct {
		ID, Parent, Notused int
		Detail              string
	}
	if err := d.r.NewRaw("EXPLAIN QUERY PLAN "+query).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		plan = append(plan, r.Detail)
	}
	return strings.Join(plan, "\n")
}

// HistoryPlan is SQLite's plan for a page of history.
func HistoryPlan(t testing.TB, d *DB, workspaceID string, f call.Filter) string {
	t.Helper()
	return Plan(t, d, d.historyQuery(new([]callRow), workspaceID, f).String())
}

// RecentPlan is SQLite's plan for a page among the last calls.
func RecentPlan(t testing.TB, d *DB, workspaceID string, f call.Filter) string {
	t.Helper()
	return Plan(t, d, d.recentQuery(new([]callRow), workspaceID, f, "0").String())
}

// PeoplePlans are SQLite's plans for what every page about people asks.
func PeoplePlans(t testing.TB, d *DB, workspaceID, memberID string) map[string]string {
	t.Helper()
	return map[string]string{
		"facts":   Plan(t, d, d.factsQuery(workspaceID, memberID).String()),
		"members": Plan(t, d, d.memberQuery(new([]memberRow), workspaceID, people.Page{After: memberID, Query: "x 1"}).Limit(51).String()),
		"digits":  Plan(t, d, d.memberQuery(new([]memberRow), workspaceID, people.Page{Query: "06 12"}).Limit(51).String()),
		"held":    Plan(t, d, d.heldQuery(workspaceID, []string{memberID, workspaceID}).String()),
	}
}

// RoutingPlans are SQLite's plans for what calls and the pages about them ask.
func RoutingPlans(t testing.TB, d *DB, workspaceID, numberID string) map[string]string {
	t.Helper()
	item := func(f todo.Filter) string { return Plan(t, d, d.todoQuery(new([]todoRow), workspaceID, f).String()) }
	return map[string]string{
		"live":    Plan(t, d, d.liveQuery(new([]versionRow), workspaceID).String()),
		"newest":  Plan(t, d, d.newest(d.r, workspaceID, numberID).String()),
		"pending": Plan(t, d, d.pendingQuery(new([]todoRow)).String()),
		"open":    item(todo.Filter{NumberIDs: []string{numberID}, AssigneeID: "m"}),
		"done":    item(todo.Filter{Done: true, Before: time.UnixMilli(9), BeforeID: "x"}),
	}
}
