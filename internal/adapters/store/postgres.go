package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// postgresConns bounds the pool.
const postgresConns = 20

// schemaLock is the key of the advisory lock around migrations.
const schemaLock = 0x7061726c6579

func openPostgres(dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err) // pgx leaves the password out
	}
	// bun writes the arguments into the statement: a cache of prepared statements
	// would hold each only once.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db := bun.NewDB(pool, pgdialect.New())
	return &DB{
		w: db, r: db,
		engine: engine{
			name:        "postgres",
			placeholder: func(n int) string { return fmt.Sprintf("$%d", n) },
			lockSchema:  fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", schemaLock),
			forUpdate:   "UPDATE",
			inTurn:      "NO KEY UPDATE",
			skipLocked:  "UPDATE SKIP LOCKED",
			violation:   postgresViolation,
		},
	}, nil
}

func postgresViolation(err error) (violated, string) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return nothing, ""
	}
	switch e.Code {
	case "23505": // unique_violation
		return uniqueness, e.ConstraintName
	case "23503": // foreign_key_violation
		return reference, ""
	}
	return nothing, ""
}
