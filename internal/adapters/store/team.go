package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"parley/internal/domain/team"
)

type teamRow struct {
	bun.BaseModel `bun:"table:teams,alias:teams"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Name        string
	NameKey     string
	CreatedAt   int64
}

func (r teamRow) value() team.Team {
	return team.Team{ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, CreatedAt: moment(r.CreatedAt)}
}

// nameKey is a name as it is compared where it may be given once. It is made here
// and not by the database: SQLite folds the case of ASCII alone.
func nameKey(name string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(name))) }

// Teams implements team.Store.
func (d *DB) Teams(ctx context.Context, workspaceID string) ([]team.Team, error) {
	return list[teamRow](ctx, d, "list teams", "name_key, id", "workspace_id = ?", workspaceID)
}

// Team implements team.Store.
func (d *DB) Team(ctx context.Context, workspaceID, id string) (team.Team, error) {
	return one[teamRow](ctx, d, "load team", "workspace_id = ? AND id = ?", workspaceID, id)
}

// SaveTeam implements team.Store.
func (d *DB) SaveTeam(ctx context.Context, t team.Team) error {
	name := text(t.Name)
	return d.save(ctx, d.w, &teamRow{
		ID: t.ID, WorkspaceID: t.WorkspaceID, Name: name, NameKey: nameKey(name), CreatedAt: millis(t.CreatedAt),
	}, "save team", "id", sameWorkspace)
}

// DeleteTeam implements team.Store.
func (d *DB) DeleteTeam(ctx context.Context, workspaceID, id string) error {
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		return remove[teamRow](ctx, d, tx, "delete team", workspaceID, id)
	})
}

type membershipRow struct {
	bun.BaseModel `bun:"table:team_members,alias:team_members"`

	WorkspaceID string `bun:",pk"`
	TeamID      string `bun:",pk"`
	MemberID    string `bun:",pk"`
	Lead        bool
}

func (r membershipRow) value() team.Membership {
	return team.Membership{TeamID: r.TeamID, MemberID: r.MemberID, Lead: r.Lead}
}

// Memberships implements team.MembershipStore.
func (d *DB) Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error) {
	return list[membershipRow](ctx, d, "list who is in which team", "team_id, member_id",
		"workspace_id = ? AND "+ofActive, workspaceID)
}

// SetTeam implements team.MembershipStore. A team or member that is not the
// workspace's is a not-found fault and nothing changes.
func (d *DB) SetTeam(ctx context.Context, workspaceID, teamID string, all []team.Membership) error {
	rows := make([]membershipRow, len(all))
	for i, m := range all {
		rows[i] = membershipRow{WorkspaceID: workspaceID, TeamID: teamID, MemberID: m.MemberID, Lead: m.Lead}
	}
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		known, err := tx.NewSelect().Model((*teamRow)(nil)).Where("workspace_id = ? AND id = ?", workspaceID, teamID).Exists(ctx)
		if err != nil {
			return d.wrap(err, "look for the team")
		}
		if !known {
			return missing("look for the team")
		}
		_, err = tx.NewDelete().Model((*membershipRow)(nil)).Where("workspace_id = ? AND team_id = ?", workspaceID, teamID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear the team")
		}
		return insert(ctx, d, tx, "set the team", rows)
	})
}

// SetTeamsOf implements team.MembershipStore. A team or member that is not the
// workspace's is a not-found fault and nothing changes.
func (d *DB) SetTeamsOf(ctx context.Context, workspaceID, memberID string, all []team.Membership) error {
	rows := make([]membershipRow, len(all))
	for i, m := range all {
		rows[i] = membershipRow{WorkspaceID: workspaceID, TeamID: m.TeamID, MemberID: memberID, Lead: m.Lead}
	}
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		if _, err := d.active(ctx, tx, workspaceID, memberID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*membershipRow)(nil)).
			Where("workspace_id = ? AND member_id = ?", workspaceID, memberID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear a member's teams")
		}
		return insert(ctx, d, tx, "set a member's teams", rows)
	})
}
