//go:build !pgx

package store

import "errors"

func openPostgres(string) (*DB, error) {
	return nil, errors.New("this build has no PostgreSQL: build with -tags pgx")
}
