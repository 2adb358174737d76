// Package workspace owns the company: its name, language, time zone and limits.
// Every other stored thing belongs to exactly one workspace and carries its id.
package workspace

import (
	"context"
	"time"
)

// Workspace is one company on this server.
type Workspace struct {
	ID       string
	Name     string
	Language string // "fr" or "en": default for pages and prompts
	TimeZone string // IANA name
	Country  string // ISO 3166-1 alpha-2: how bare numbers are read
	// AllowedCountries lists where calls may be placed to besides the countries
	// of the workspace's numbers (toll-fraud guard).
	AllowedCountries []string
	// MaxConcurrentOutbound and MaxOutboundPerHour bound the whole workspace,
	// MemberOutboundPerHour one member. 0 takes the default.
	MaxConcurrentOutbound int
	MaxOutboundPerHour    int
	MemberOutboundPerHour int
	// SeatLimit bounds the members, those invited included. 0 takes DefaultSeats.
	SeatLimit int
	// MembersInvite lets members invite others as members.
	MembersInvite bool
	// MembersSeeTeam lets members see the calls of their teams.
	MembersSeeTeam bool
	CreatedAt      time.Time
}

// DefaultSeats is the seat limit where none is set.
const DefaultSeats = 999

// Seats is how many members there may be.
func (w Workspace) Seats() int {
	if w.SeatLimit == 0 {
		return DefaultSeats
	}
	return w.SeatLimit
}

// Location returns the workspace's time zone, UTC where the name is unknown.
func (w Workspace) Location() *time.Location {
	loc, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Store keeps workspaces.
type Store interface {
	// Workspaces lists all workspaces, oldest first.
	Workspaces(ctx context.Context) ([]Workspace, error)
	// Workspace returns one, or a not-found fault.
	Workspace(ctx context.Context, id string) (Workspace, error)
	// SaveWorkspace creates or replaces by ID.
	SaveWorkspace(ctx context.Context, w Workspace) error
}
