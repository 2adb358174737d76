package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/access"
	"parley/internal/domain/number"
)

// What a row of factsSQL says.
const (
	factHas        = "has"
	factOwns       = "owns"
	factSupervises = "supervises"
	factLeads      = "leads"
	factWith       = "with"
)

// factsSQL asks for everything at once, each part by an index of its own: its
// arguments are the workspace and the member, once for each part. CROSS JOIN keeps
// SQLite to the order written.
const factsSQL = `
SELECT 'has' AS what, number_id AS id, level FROM assignments WHERE workspace_id = ? AND member_id = ?
UNION ALL
SELECT 'owns', id, '' FROM numbers WHERE workspace_id = ? AND owner_id = ? AND owner_id <> ''
UNION ALL
SELECT 'supervises', number_id, '' FROM number_supervisors WHERE workspace_id = ? AND member_id = ?
UNION ALL
SELECT CASE WHEN mine.lead THEN 'leads' ELSE 'with' END, other.member_id, '' FROM team_members AS mine
	CROSS JOIN team_members AS other
	WHERE mine.workspace_id = ? AND mine.member_id = ? AND other.workspace_id = mine.workspace_id AND other.team_id = mine.team_id`

type factRow struct {
	What  string
	ID    string
	Level string
}

func (d *DB) factsQuery(workspaceID, memberID string) *bun.RawQuery {
	return d.r.NewRaw(factsSQL, workspaceID, memberID, workspaceID, memberID, workspaceID, memberID, workspaceID, memberID)
}

// AccessFacts implements access.Store. It knows nothing of a member who is not
// there.
func (d *DB) AccessFacts(ctx context.Context, workspaceID, memberID string) (access.Facts, error) {
	var rows []factRow
	if err := d.factsQuery(workspaceID, memberID).Scan(ctx, &rows); err != nil {
		return access.Facts{}, d.wrap(err, "read what a member reaches")
	}
	f := access.Facts{Levels: map[string]number.Level{}}
	for _, r := range rows {
		switch r.What {
		case factHas:
			f.Levels[r.ID] = number.Level(r.Level)
		case factOwns:
			f.Owned = append(f.Owned, r.ID)
		case factSupervises:
			f.Supervised = append(f.Supervised, r.ID)
		case factLeads:
			f.Led = append(f.Led, r.ID)
			f.Teammates = append(f.Teammates, r.ID)
		case factWith:
			f.Teammates = append(f.Teammates, r.ID)
		}
	}
	f.Led, f.Teammates = distinct(f.Led), distinct(f.Teammates)
	return f, nil
}
