package store_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"parley/internal/adapters/store"
	"parley/internal/domain/call"
	"parley/migrations"
)

func texts(t *testing.T, d *store.DB, query string, args ...any) []string {
	t.Helper()
	out, err := store.Strings(t.Context(), d, query, args...)
	must(t, err)
	return out
}

func equal(t *testing.T, what string, sqlite, postgres []string) {
	t.Helper()
	if len(sqlite) == 0 || !slices.Equal(sqlite, postgres) {
		t.Errorf("%s differ:\n  sqlite %v\npostgres %v", what, sqlite, postgres)
	}
}

func TestSchemasAreEqual(t *testing.T) {
	lite, pg := open(t, sqliteURL(t)), open(t, postgres.Database(t))
	equal(t, "files", folder(t, "sqlite"), folder(t, "postgres"))
	equal(t, "columns",
		texts(t, lite, `SELECT m.name || '.' || c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
			WHERE m.type = 'table' ORDER BY 1`),
		texts(t, pg, `SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = current_schema() ORDER BY (table_name || '.' || column_name) COLLATE "C"`))
	equal(t, "indexes",
		texts(t, lite, `SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY 1`),
		texts(t, pg, `SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE '%pkey'
			ORDER BY indexname::text COLLATE "C"`))
	// Ids are compared for order: a linguistic collation would order them otherwise.
	if other := texts(t, pg, `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
		AND table_name <> 'schema_migrations'`); len(other) > 0 {
		t.Errorf("columns without collation C: %v", other)
	}
}

// TestEveryTableCarriesItsWorkspace: all but the workspaces themselves and the
// list of migrations.
func TestEveryTableCarriesItsWorkspace(t *testing.T) {
	d := open(t, sqliteURL(t))
	equal(t, "tables without a workspace",
		texts(t, d, `SELECT m.name FROM sqlite_schema AS m WHERE m.type = 'table' AND NOT EXISTS
			(SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = 'workspace_id') ORDER BY 1`),
		[]string{"schema_migrations", "workspaces"})
}

func folder(t *testing.T, engine string) []string {
	t.Helper()
	all, err := fs.ReadDir(migrations.Files, engine)
	must(t, err)
	var names []string
	for _, e := range all {
		if !regexp.MustCompile(`^\d{4}_\w+\.tx\.up\.sql$`).MatchString(e.Name()) {
			t.Errorf("migration %s/%s is not named 0001_name.tx.up.sql", engine, e.Name())
		}
		names = append(names, e.Name())
	}
	return names
}

func TestOpeningAgainKeepsWhatIsThere(t *testing.T) {
	for _, url := range []string{sqliteURL(t), postgres.Database(t)} {
		w := aWorkspace(t, open(t, url))
		loads(t, w)(open(t, url).Workspace(t.Context(), w.ID))
	}
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	for _, url := range []string{sqliteURL(t), postgres.Database(t)} {
		results := make(chan error)
		for range 4 {
			go func() {
				d, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
				if err == nil {
					err = d.Close()
				}
				results <- err
			}()
		}
		for range 4 {
			if err := <-results; err != nil {
				t.Errorf("%s: %v", url, err)
			}
		}
	}
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		next := filesPlus(t, d, "9998_bad.tx.up.sql", "CREATE TABLE half (workspace_id TEXT); SELECT nonsense;")
		if store.Migrate(t.Context(), d, next) == nil {
			t.Fatal("a migration that fails was accepted")
		}
		if _, err := store.Strings(t.Context(), d, "SELECT workspace_id FROM half"); err == nil {
			t.Error("half of a failed migration stayed")
		}
		good := filesPlus(t, d, "9999_good.tx.up.sql", "CREATE TABLE half (workspace_id TEXT DEFAULT '?');")
		must(t, store.Migrate(t.Context(), d, good))
		must(t, store.Migrate(t.Context(), d, good))
		if err := store.Migrate(t.Context(), d, migrations.Files); err == nil || !strings.Contains(err.Error(), "9999_good") {
			t.Errorf("an older program on a newer database: %v", err)
		}
	})
}

func TestAnAppliedFileMayNotChange(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		changed := filesPlus(t, d, "0001_first_call.tx.up.sql", "SELECT 1;")
		if err := store.Migrate(t.Context(), d, changed); err == nil || !strings.Contains(err.Error(), "0001_first_call") {
			t.Errorf("a changed migration: %v", err)
		}
	})
}

// filesPlus is the engine's migrations with one more, or another, file.
func filesPlus(t *testing.T, d *store.DB, name, sql string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, n := range folder(t, d.Engine()) {
		text, err := fs.ReadFile(migrations.Files, path.Join(d.Engine(), n))
		must(t, err)
		out[path.Join(d.Engine(), n)] = &fstest.MapFile{Data: text}
	}
	out[path.Join(d.Engine(), name)] = &fstest.MapFile{Data: []byte(sql)}
	return out
}

func TestOpenRefuses(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(taken, []byte("this is no database, and long enough to be seen as none"), 0o600))
	for _, url := range []string{
		taken, filepath.Join(taken, "below.db"), "postgres://nobody:s3cret@127.0.0.1:1/x", "postgres://%zz:s3cret@/",
	} {
		d, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%s was opened: %v", url, d.Close())
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the password stands in the error: %v", err)
		}
	}
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deep", "parley.db")
	d := open(t, file)
	aWorkspace(t, d)
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestPingSaysWhenClosed(t *testing.T) {
	for _, url := range []string{sqliteURL(t), postgres.Database(t)} {
		d, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		must(t, err)
		must(t, d.Ping(t.Context()))
		must(t, d.Close())
		if d.Ping(t.Context()) == nil {
			t.Errorf("%s answers though closed", d.Engine())
		}
	}
}

func TestCancelledQueriesAreNoFaults(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := d.Workspace(ctx, "x")
		if err == nil || strings.Contains(err.Error(), "error.not-found") {
			t.Errorf("a cancelled query gave %v", err)
		}
	})
}

// TestHistoryWalksIndexes: no page may read or sort the whole history.
func TestHistoryWalksIndexes(t *testing.T) {
	d := open(t, sqliteURL(t))
	ws := aWorkspace(t, d).ID
	someHistory(t, d, ws)
	for name, f := range map[string]call.Filter{
		"calls_all":           {},
		"calls_missed":        {Missed: true},
		"calls_number":        {NumberIDs: []string{"n1", "n2"}, MemberIDs: []string{"m1"}},
		"calls_member":        {MemberIDs: []string{"m1"}, Before: "x"},
		"calls_member_missed": {MemberIDs: []string{"m1", "m2"}, Missed: true},
		"calls_member (":      {NumberIDs: []string{"n1"}, MemberIDs: []string{"m1"}, MemberID: "m1"},
		"calls_number (":      {NumberIDs: []string{"n1"}, MemberIDs: []string{"m1"}, NumberID: "n1"},
		"calls_number_missed": {NumberIDs: []string{"n1"}, Missed: true, Before: "x"},
		"PRIMARY KEY":         {TagID: "t1", Direction: "inbound"},
		"calls_voicemail":     {Voicemail: true},
		"calls_number_voice":  {Voicemail: true, NumberIDs: []string{"n1", "n2"}},
		"calls_member_voice":  {Voicemail: true, NumberIDs: []string{"n1"}, MemberIDs: []string{"m1"}},
	} {
		plan := store.HistoryPlan(t, d, ws, f)
		if !strings.Contains(plan, name) || regexp.MustCompile(`SCAN (c|calls|t)\b`).MatchString(plan) {
			t.Errorf("filter %+v does not walk %s:\n%s", f, name, plan)
		}
	}
}

// TestPeopleWalkIndexes: what every page asks for reads no whole table, and the list
// of members is read in its order.
func TestPeopleWalkIndexes(t *testing.T) {
	d := open(t, sqliteURL(t))
	ws := aWorkspace(t, d).ID
	m := aMember(t, d, ws)
	want := map[string][]string{
		"facts":   {"assignments_member", "numbers_owner", "number_supervisors_member", "team_members_member"},
		"members": {"members_search (workspace_id=? AND search>?)"},
		"digits":  {"members_search", "numbers_"},
		"held":    {"assignments_member", "numbers_id"},
	}
	for name, plan := range store.PeoplePlans(t, d, ws, m.ID) {
		for _, index := range want[name] {
			if !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s:\n%s", name, index, plan)
			}
		}
		if strings.Contains(plan, "SCAN a") || strings.Contains(plan, "USING PRIMARY KEY (workspace_id=?)") || strings.Contains(plan, "SCAN n") || strings.Contains(plan, "SCAN m") ||
			name == "members" && strings.Contains(plan, "ORDER BY") {
			t.Errorf("%s reads or sorts too much:\n%s", name, plan)
		}
	}
	f := call.Filter{MemberIDs: []string{m.ID}, NumberIDs: []string{"n"}}
	if plan := store.RecentPlan(t, d, ws, f); !strings.Contains(plan, "calls_all") || strings.Contains(plan, "SCAN c\n") {
		t.Errorf("the last calls are not walked:\n%s", plan)
	}
}

// TestRoutingWalksIndexes: what a call asks for costs the same after many versions.
func TestRoutingWalksIndexes(t *testing.T) {
	d := open(t, sqliteURL(t))
	ws := aWorkspace(t, d).ID
	n := aNumber(t, d, ws)
	for name, plan := range store.RoutingPlans(t, d, ws, n.ID) {
		want := map[string]string{
			"live": "(workspace_id=? AND number_id=? AND version=?)", "newest": "PRIMARY KEY (workspace_id=? AND number_id=?)",
			"pending": "todo_items_pending", "open": "todo_items_open (workspace_id=?)", "done": "todo_items_done (workspace_id=? AND (latest_at,id)<(",
		}[name]
		if !strings.Contains(plan, want) || strings.Contains(plan, "SCAN flow") || strings.Contains(plan, "USE TEMP") {
			t.Errorf("%s is not %s:\n%s", name, want, plan)
		}
	}
}

// TestLibcIsTheOneSQLiteNames: another libc than the one modernc.org/sqlite was
// generated for corrupts memory.
func TestLibcIsTheOneSQLiteNames(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.GoMod}} {{.Version}}",
		"modernc.org/sqlite", "modernc.org/libc").Output()
	must(t, err)
	words := strings.Fields(string(out)) // go.mod and version of sqlite, then of libc
	sqlite, err := os.ReadFile(words[0])
	must(t, err)
	if want := "modernc.org/libc " + words[3]; !regexp.MustCompile(`(?m)^\s*(require )?` + regexp.QuoteMeta(want) + `$`).Match(sqlite) {
		t.Errorf("go.mod has %s; modernc.org/sqlite %s names another", want, words[1])
	}
}
