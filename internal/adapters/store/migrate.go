package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/uptrace/bun"
)

// migrationRow is a migration that was applied.
type migrationRow struct {
	bun.BaseModel `bun:"table:schema_migrations"`

	Name      string `bun:",pk"`
	SHA256    string `bun:"sha256"`
	AppliedAt int64
}

const migrationTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
	name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)`

// migrate applies the files of the engine's folder that were not applied yet, in
// the order of their names. Everything happens in one locked transaction: a
// second node waits, and a crash or a mistake leaves the old schema untouched.
// (bun's own migrator marks and runs in different transactions, and its lock row
// survives a crash.)
func (d *DB) migrate(ctx context.Context, files fs.FS) error {
	err := d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d.engine.lockSchema != "" {
			if _, err := tx.ExecContext(ctx, d.engine.lockSchema); err != nil {
				return fmt.Errorf("wait for the schema lock: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, migrationTable); err != nil {
			return fmt.Errorf("make the table of migrations: %w", err)
		}
		var applied []migrationRow
		if err := tx.NewSelect().Model(&applied).Order("name").Scan(ctx); err != nil {
			return fmt.Errorf("read the applied migrations: %w", err)
		}
		return d.applyRest(ctx, tx, files, applied)
	})
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// applyRest checks that the files begin with those applied and runs the others.
func (d *DB) applyRest(ctx context.Context, tx bun.Tx, files fs.FS, applied []migrationRow) error {
	names, err := fs.Glob(files, d.engine.name+"/*.tx.up.sql")
	if err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	if len(applied) > len(names) {
		return fmt.Errorf("the database has migration %s, which this program does not know: it is older than the database",
			applied[len(names)].Name)
	}
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read migration %s: %w", name, err)
		}
		sum := sha256.Sum256(text)
		row := migrationRow{Name: path.Base(name), SHA256: hex.EncodeToString(sum[:]), AppliedAt: time.Now().UnixMilli()}
		if i < len(applied) {
			if applied[i].Name != row.Name || applied[i].SHA256 != row.SHA256 {
				return fmt.Errorf("migration %s is not the one applied to the database (%s)", row.Name, applied[i].Name)
			}
			continue
		}
		// The driver gets the text as it is: a question mark in it is no argument.
		if _, err := tx.Tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("apply migration %s: %w", row.Name, err)
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("note migration %s: %w", row.Name, err)
		}
		d.log.InfoContext(ctx, "schema migrated", "migration", row.Name)
	}
	return nil
}
