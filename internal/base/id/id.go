// Package id makes identifiers: UUIDv7, so that they sort by time of creation.
package id

import "github.com/google/uuid"

// New returns a fresh identifier of 36 characters.
func New() string { return uuid.Must(uuid.NewV7()).String() }
