package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// engine is all that differs between SQLite and PostgreSQL besides the SQL of
// the migrations, which lies in the folder of the engine's name.
type engine struct {
	name string
	// lockSchema is run first in the migrating transaction, "" where beginning
	// it locks already.
	lockSchema string
	// forUpdate ends a select whose rows the transaction is going to judge by.
	forUpdate string
	// inTurn ends a select of a workspace's row by which transactions about its
	// people follow each other; writers of other things pass by.
	inTurn string
	// skipLocked ends a select that leaves out rows somebody else is taking.
	skipLocked string
	// placeholder is the n-th argument of a prepared statement, from 1.
	placeholder func(n int) string
	// violation reads a driver's error: which kind of constraint was broken, and
	// for a unique one its index as "table_column".
	violation func(error) (violated, string)
}

// violated is the kind of constraint a statement broke.
type violated int

const (
	nothing violated = iota
	uniqueness
	reference
)

// The size of the reading pool, and the wait for another process's lock.
const (
	sqliteReaders  = 8
	sqliteBusyWait = 10 * time.Second
	sqlitePause    = 10 * time.Millisecond
)

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	w, err := sql.Open("sqlite", sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	w.SetMaxOpenConns(1)
	if err := enterWAL(ctx, w); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	r, err := sql.Open("sqlite", sqliteDSN(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	r.SetMaxOpenConns(sqliteReaders)
	r.SetMaxIdleConns(sqliteReaders)
	return &DB{
		w: bun.NewDB(w, sqlitedialect.New()),
		r: bun.NewDB(r, sqlitedialect.New()),
		engine: engine{
			name:        "sqlite",
			placeholder: func(int) string { return "?" },
			violation:   sqliteViolation,
		},
	}, nil
}

// makeFile creates the database file readable to its owner alone; SQLite gives
// its journal the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the database's folder: %w", err)
	}
	// Only a file that is new is closed again: closing one that a connection of this
	// process is working on would take that connection's locks away (POSIX).
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return f.Close()
}

// enterWAL has a new database keep a write-ahead log. Of several processes that
// start together SQLite turns all but one away at once, whatever the busy timeout
// says: each holds the lock that the others wait for (sqlite.org/wal.html, 8). Once
// it is done the others find it done, so they ask again until then.
func enterWAL(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, sqliteBusyWait)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		var e *sqlite.Error
		if err == nil || !errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(sqlitePause):
		}
	}
}

// sqliteDSN puts the pragmas in the DSN, because each connection of a pool has
// its own. The driver runs busy_timeout first.
func sqliteDSN(path, more string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + fmt.Sprintf(
		"?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
			"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)&%s",
		sqliteBusyWait.Milliseconds(), more)
}

func sqliteViolation(err error) (violated, string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nothing, ""
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return uniqueness, sqliteIndex(e.Error())
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return reference, ""
	}
	return nothing, ""
}

// sqliteIndex takes the last column out of "… failed: tags.workspace_id,
// tags.name_key (2067)": "tags_name_key". Unique indexes are named that way.
func sqliteIndex(text string) string {
	words := strings.Fields(text)
	for i := len(words) - 1; i >= 0; i-- {
		if table, column, ok := strings.Cut(words[i], "."); ok {
			return table + "_" + column
		}
	}
	return ""
}
