package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/workspace"
)

type workspaceRow struct {
	bun.BaseModel `bun:"table:workspaces,alias:workspaces"`

	ID                    string `bun:",pk"`
	Name                  string
	Language              string
	TimeZone              string
	Country               string
	AllowedCountries      jsonOf[[]string]
	MaxConcurrentOutbound int
	MaxOutboundPerHour    int
	MemberOutboundPerHour int
	SeatLimit             int
	MembersInvite         bool
	MembersSeeTeam        bool
	CreatedAt             int64
}

func (r workspaceRow) value() workspace.Workspace {
	return workspace.Workspace{
		ID: r.ID, Name: r.Name, Language: r.Language, TimeZone: r.TimeZone, Country: r.Country,
		AllowedCountries:      r.AllowedCountries.V,
		MaxConcurrentOutbound: r.MaxConcurrentOutbound,
		MaxOutboundPerHour:    r.MaxOutboundPerHour,
		MemberOutboundPerHour: r.MemberOutboundPerHour,
		SeatLimit:             r.SeatLimit,
		MembersInvite:         r.MembersInvite,
		MembersSeeTeam:        r.MembersSeeTeam,
		CreatedAt:             moment(r.CreatedAt),
	}
}

// Workspaces implements workspace.Store.
func (d *DB) Workspaces(ctx context.Context) ([]workspace.Workspace, error) {
	return list[workspaceRow](ctx, d, "list workspaces", "id", "TRUE")
}

// Workspace implements workspace.Store.
func (d *DB) Workspace(ctx context.Context, id string) (workspace.Workspace, error) {
	return one[workspaceRow](ctx, d, "load workspace", "id = ?", id)
}

// SaveWorkspace implements workspace.Store.
func (d *DB) SaveWorkspace(ctx context.Context, w workspace.Workspace) error {
	return d.save(ctx, d.w, rowOfWorkspace(w), "save workspace", "id", "TRUE")
}

func rowOfWorkspace(w workspace.Workspace) *workspaceRow {
	return &workspaceRow{
		ID: w.ID, Name: text(w.Name), Language: w.Language, TimeZone: w.TimeZone, Country: w.Country,
		AllowedCountries:      jsonOf[[]string]{w.AllowedCountries},
		MaxConcurrentOutbound: w.MaxConcurrentOutbound,
		MaxOutboundPerHour:    w.MaxOutboundPerHour,
		MemberOutboundPerHour: w.MemberOutboundPerHour,
		SeatLimit:             w.SeatLimit,
		MembersInvite:         w.MembersInvite,
		MembersSeeTeam:        w.MembersSeeTeam,
		CreatedAt:             millis(w.CreatedAt),
	}
}
