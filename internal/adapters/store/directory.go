package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
)

// FindMembers implements people.Directory. The cursor is the id of the last member
// of a page; the next begins after where he stands now.
func (d *DB) FindMembers(ctx context.Context, workspaceID string, p people.Page) ([]member.Member, string, error) {
	var rows []memberRow
	limit := pageSize(p.Limit)
	if err := d.memberQuery(&rows, workspaceID, p).Limit(limit + 1).Scan(ctx); err != nil {
		return nil, "", d.wrap(err, "find members")
	}
	next := ""
	if len(rows) > int(limit) {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	return values[memberRow](rows), next, nil
}

func (d *DB) memberQuery(rows *[]memberRow, workspaceID string, p people.Page) *bun.SelectQuery {
	q := d.r.NewSelect().Model(rows).Where("members.workspace_id = ? AND members.removed_at = 0", workspaceID).
		OrderExpr("members.search, members.id")
	if p.After != "" {
		q = q.Where("(members.search, members.id) > (SELECT search, id FROM members AS cursor WHERE workspace_id = ? AND id = ?)",
			workspaceID, text(p.After))
	}
	w := readQuery(p.Query)
	if p.Known == nil || len(w.words) == 0 {
		return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery { return w.reaching(q, workspaceID) })
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q = w.named(q)
		if len(p.Known) == 0 {
			return q
		}
		return q.WhereGroup(" OR ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("members.id IN (?)", bun.List(p.Known)).
				WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery { return w.reaching(q, workspaceID) })
		})
	})
}

// reaching narrows q to members found by anything, a number they have as well.
func (w wanted) reaching(q *bun.SelectQuery, workspaceID string) *bun.SelectQuery {
	q = w.matching(q, "members")
	if w.digits != "" {
		q = q.WhereOr(`members.id IN (SELECT a.member_id FROM assignments AS a
			JOIN numbers AS n ON n.workspace_id = a.workspace_id AND n.id = a.number_id
			WHERE a.workspace_id = ? AND n.search LIKE ? ESCAPE '!')`, workspaceID, containing(w.digits))
	}
	return q
}

// named narrows q to members found by name or extension: the first and the last of
// the three lines of their text.
func (w wanted) named(q *bun.SelectQuery) *bun.SelectQuery {
	for _, word := range w.words {
		part := containing(word)
		q = q.Where("(members.search LIKE ? ESCAPE '!' OR members.search LIKE ? ESCAPE '!')", part+"\n%\n%\n", "%\n%\n"+part+"\n")
	}
	return q
}

// FindNumbers implements people.Directory.
func (d *DB) FindNumbers(ctx context.Context, workspaceID, query string, within []string, limit int) ([]number.Number, error) {
	found, _, err := d.NumberPage(ctx, workspaceID, people.Page{Query: query, Limit: limit}, within)
	return found, err
}

// heldRow is a number of a member's with its name.
type heldRow struct {
	NumberID string
	MemberID string
	Name     string
	E164     string `bun:"e164"`
	Level    string
}

// heldSQL has the ids as a table to join: for a list of them SQLite reads all the
// assignments there are. CROSS JOIN keeps it to the order written. Both engines call
// the column of VALUES column1.
const heldSQL = `SELECT a.number_id, a.member_id, n.name, n.e164, a.level
	FROM (VALUES %s) AS wanted CROSS JOIN assignments AS a CROSS JOIN numbers AS n
	WHERE a.workspace_id = ? AND a.member_id = wanted.column1 AND n.workspace_id = a.workspace_id AND n.id = a.number_id
	ORDER BY a.member_id, n.search, n.id`

func (d *DB) heldQuery(workspaceID string, memberIDs []string) *bun.RawQuery {
	holes := strings.TrimSuffix(strings.Repeat("(?), ", len(memberIDs)), ", ")
	args := make([]any, 0, len(memberIDs)+1)
	for _, id := range memberIDs {
		args = append(args, id)
	}
	return d.r.NewRaw(fmt.Sprintf(heldSQL, holes), append(args, workspaceID)...)
}

// HeldBy implements people.Directory. It lists each member's by name.
func (d *DB) HeldBy(ctx context.Context, workspaceID string, memberIDs []string) ([]people.Held, error) {
	if len(memberIDs) == 0 {
		return []people.Held{}, nil
	}
	var rows []heldRow
	err := d.heldQuery(workspaceID, distinct(slices.Clone(memberIDs))).Scan(ctx, &rows)
	out := make([]people.Held, len(rows))
	for i, r := range rows {
		out[i] = people.Held{NumberID: r.NumberID, MemberID: r.MemberID, Name: r.Name, E164: r.E164, Level: number.Level(r.Level)}
	}
	return out, d.wrap(err, "list the numbers of members")
}
