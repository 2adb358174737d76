// Package migrations holds the database schema as plain SQL, one folder per
// engine with the same numbers and names. Files are only ever added: the store
// refuses to start on a database whose applied files differ from these.
package migrations

import "embed"

// Files holds the folders sqlite and postgres.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
