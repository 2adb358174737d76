package store

import (
	"database/sql"
	"errors"
	"fmt"

	"parley/internal/base/fault"
)

// wrap turns a driver's error into what the domain knows. what says what was
// attempted, for the log.
func (d *DB) wrap(err error, what string) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return missing(what)
	}
	kind, index := d.engine.violation(err)
	err = fmt.Errorf("%s: %w", what, err)
	switch kind {
	case uniqueness:
		return fault.New(fault.Conflict, conflictKey(index)).Because(err)
	case reference:
		return fault.New(fault.NotFound, "error.not-found").Because(err)
	}
	return err
}

// missing is the fault of a row that is not there.
func missing(what string) error {
	return fault.New(fault.NotFound, "error.not-found").Because(errors.New(what))
}

// conflictKey names the sentence for a broken unique index.
func conflictKey(index string) string {
	switch index {
	case "members_email":
		return "error.email-taken"
	case "members_extension":
		return "error.extension-taken"
	case "teams_name_key":
		return "error.team-taken"
	case "claims_domain":
		return "error.domain-taken"
	case "numbers_e164":
		return "error.number-taken"
	case "blocked_pattern":
		return "error.blocked-already"
	case "tags_name_key":
		return "error.tag-taken"
	}
	return "error.conflict"
}
