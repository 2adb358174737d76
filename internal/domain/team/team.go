// Package team owns the teams of a workspace: who is in each and who leads it. A
// team decides nothing by itself: what leading one allows is in package access.
package team

import (
	"context"
	"time"
)

// Team is a group of members.
type Team struct {
	ID          string
	WorkspaceID string
	Name        string // unique in the workspace, whatever its case
	CreatedAt   time.Time
}

// Membership puts a member into a team. Lead says that he leads it: he sees the
// team's calls if he is a supervisor.
type Membership struct {
	TeamID   string
	MemberID string
	Lead     bool
}

// Store keeps teams and who is in them.
type Store interface {
	// Teams lists them by name.
	Teams(ctx context.Context, workspaceID string) ([]Team, error)
	Team(ctx context.Context, workspaceID, id string) (Team, error)
	// SaveTeam creates or replaces by ID; a taken name is the conflict fault
	// error.team-taken.
	SaveTeam(ctx context.Context, t Team) error
	DeleteTeam(ctx context.Context, workspaceID, id string) error
}

// MembershipStore keeps who is in which team.
type MembershipStore interface {
	// Memberships lists all of a workspace, those of removed members left out.
	Memberships(ctx context.Context, workspaceID string) ([]Membership, error)
	// SetTeam replaces who is in a team.
	SetTeam(ctx context.Context, workspaceID, teamID string, all []Membership) error
	// SetTeamsOf replaces the teams a member is in.
	SetTeamsOf(ctx context.Context, workspaceID, memberID string, all []Membership) error
}
