// Package store keeps everything that outlives the program in SQLite or
// PostgreSQL. One DB implements the store interfaces the domain packages
// declare, one file per domain; rows stay in here and domain values go out.
// It decides nothing: no rights, no rules beyond uniqueness and belonging to a
// workspace. A DB may be used from any goroutine.
//
// Lists come oldest first unless their interface says otherwise. Times are kept
// to the millisecond, in UTC. What is not there, or belongs to another
// workspace, is a not-found fault.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/uptrace/bun"

	"parley/migrations"
)

// DefaultPath is the SQLite file used where nothing is configured.
const DefaultPath = "data/parley.db"

// DB is an open database with the newest schema.
type DB struct {
	w      *bun.DB // writes; on SQLite a pool of one
	r      *bun.DB // reads; on PostgreSQL the same as w
	engine engine
	log    *slog.Logger
	hot    hot
}

// Open opens the database url names and brings its schema up to date:
// "postgres://…" or "postgresql://…" is PostgreSQL, "sqlite:PATH" or a bare path
// is an SQLite file (created with its folder if need be), "" is DefaultPath.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	d, err := connect(ctx, url, log)
	if err != nil {
		return nil, err
	}
	if err := d.ready(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func connect(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	var d *DB
	var err error
	switch {
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		d, err = openPostgres(url)
	case url == "":
		d, err = openSQLite(ctx, DefaultPath)
	default:
		d, err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	}
	if err != nil {
		return nil, err
	}
	d.log = log
	return d, nil
}

func (d *DB) ready(ctx context.Context) error {
	if err := d.migrate(ctx, migrations.Files); err != nil {
		return err
	}
	if err := d.tx(ctx, d.fillSearch); err != nil {
		return err
	}
	return d.prepare(ctx)
}

// Engine returns "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine.name }

// Ping says whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.r.PingContext(ctx); err != nil {
		return fmt.Errorf("ping the database: %w", err)
	}
	return nil
}

// Close closes the database once the queries under way are done.
func (d *DB) Close() error {
	var err error
	if d.r != d.w {
		err = d.r.Close()
	}
	if err = errors.Join(err, d.w.Close()); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// inTurn runs fn in a write transaction that is alone with the people of a
// workspace: of two at once the second sees what the first did. One that is not
// there is a not-found fault. Whatever counts members or judges by who has what
// goes this way.
func (d *DB) inTurn(ctx context.Context, workspaceID string, fn func(ctx context.Context, tx bun.Tx) error) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var id string
		q := tx.NewSelect().Model((*workspaceRow)(nil)).Column("id").Where("id = ?", workspaceID)
		if d.engine.inTurn != "" {
			q = q.For(d.engine.inTurn)
		}
		if err := q.Scan(ctx, &id); err != nil {
			return d.wrap(err, "wait for the workspace's turn")
		}
		return fn(ctx, tx)
	})
}

// tx runs fn in a write transaction.
func (d *DB) tx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return d.w.RunInTx(ctx, &sql.TxOptions{}, fn)
}
