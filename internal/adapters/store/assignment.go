package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/number"
)

type assignmentRow struct {
	bun.BaseModel `bun:"table:assignments,alias:assignments"`

	WorkspaceID string `bun:",pk"`
	NumberID    string `bun:",pk"`
	MemberID    string `bun:",pk"`
	Level       string
}

func (r assignmentRow) value() number.Assignment {
	return number.Assignment{NumberID: r.NumberID, MemberID: r.MemberID, Level: number.Level(r.Level)}
}

func rowOfAssignment(workspaceID, numberID, memberID string, l number.Level) assignmentRow {
	if l == "" {
		l = number.Shared
	}
	return assignmentRow{WorkspaceID: workspaceID, NumberID: numberID, MemberID: memberID, Level: string(l)}
}

// ofActive leaves out rows of members who were removed.
const ofActive = `NOT EXISTS (SELECT 1 FROM members AS gone WHERE gone.workspace_id = ?TableAlias.workspace_id
	AND gone.id = ?TableAlias.member_id AND gone.removed_at <> 0)`

// Assignments implements number.AssignmentStore. It leaves out members who were
// removed.
func (d *DB) Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error) {
	return list[assignmentRow](ctx, d, "list assignments", "number_id, member_id",
		"workspace_id = ? AND "+ofActive, workspaceID)
}

// AssignmentsOf implements number.AssignmentStore.
func (d *DB) AssignmentsOf(ctx context.Context, workspaceID, memberID string) ([]number.Assignment, error) {
	return list[assignmentRow](ctx, d, "list a member's assignments", "number_id",
		"workspace_id = ? AND member_id = ?", workspaceID, memberID)
}

// Assign implements number.AssignmentStore. A number or member that is not the
// workspace's is a not-found fault and nothing changes.
func (d *DB) Assign(ctx context.Context, workspaceID, numberID string, all []number.Assignment) error {
	rows := make([]assignmentRow, len(all))
	for i, a := range all {
		rows[i] = rowOfAssignment(workspaceID, numberID, a.MemberID, a.Level)
	}
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		if err := d.knowsNumber(ctx, tx, workspaceID, numberID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*assignmentRow)(nil)).
			Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear assignments")
		}
		return insert(ctx, d, tx, "assign members", rows)
	})
}

// knowsNumber is a not-found fault unless the number is the workspace's.
func (d *DB) knowsNumber(ctx context.Context, tx bun.Tx, workspaceID, numberID string) error {
	known, err := tx.NewSelect().Model((*numberRow)(nil)).
		Where("workspace_id = ? AND id = ?", workspaceID, numberID).Exists(ctx)
	if err == nil && !known {
		return missing(fmt.Sprintf("look for number %s", numberID))
	}
	return d.wrap(err, "look for a number")
}

// insert adds rows; those that are there already are left alone.
func insert[R any](ctx context.Context, d *DB, tx bun.Tx, what string, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return d.wrap(err, what)
}

// SetNumbersOf implements people.Edits.
func (d *DB) SetNumbersOf(ctx context.Context, workspaceID, memberID string, all []number.Assignment) error {
	rows := make([]assignmentRow, len(all))
	for i, a := range all {
		rows[i] = rowOfAssignment(workspaceID, a.NumberID, memberID, a.Level)
	}
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		if _, err := d.active(ctx, tx, workspaceID, memberID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*assignmentRow)(nil)).
			Where("workspace_id = ? AND member_id = ?", workspaceID, memberID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear a member's numbers")
		}
		held, err := d.levels(ctx, tx, workspaceID, rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !fits(held[r.NumberID], number.Level(r.Level)) {
				return fault.New(fault.Conflict, "error.number-exclusive")
			}
		}
		return insert(ctx, d, tx, "give a member numbers", rows)
	})
}

// levels lists, by number, at which levels active members have the numbers of the
// rows.
func (d *DB) levels(ctx context.Context, tx bun.Tx, workspaceID string, of []assignmentRow) (map[string][]number.Level, error) {
	out := make(map[string][]number.Level, len(of))
	if len(of) == 0 {
		return out, nil
	}
	ids := make([]string, len(of))
	for i, r := range of {
		ids[i] = r.NumberID
	}
	var rows []assignmentRow
	err := tx.NewSelect().Model(&rows).Where("workspace_id = ? AND number_id IN (?)", workspaceID, bun.List(ids)).
		Where(ofActive).Scan(ctx)
	for _, r := range rows {
		out[r.NumberID] = append(out[r.NumberID], number.Level(r.Level))
	}
	return out, d.wrap(err, "look who has the numbers")
}

// fits says whether one more may have a number at a level beside the others.
func fits(others []number.Level, l number.Level) bool {
	for _, other := range others {
		if other == number.Exclusive || l == number.Exclusive {
			return false
		}
	}
	return true
}

type supervisorRow struct {
	bun.BaseModel `bun:"table:number_supervisors,alias:number_supervisors"`

	WorkspaceID string `bun:",pk"`
	NumberID    string `bun:",pk"`
	MemberID    string `bun:",pk"`
}

// Supervisors implements number.SupervisorStore.
func (d *DB) Supervisors(ctx context.Context, workspaceID, numberID string) ([]string, error) {
	ids := []string{}
	err := d.r.NewSelect().Model((*supervisorRow)(nil)).Column("member_id").
		Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).Where(ofActive).OrderExpr("member_id").Scan(ctx, &ids)
	return ids, d.wrap(err, "list supervisors")
}

// SetSupervisors implements number.SupervisorStore. A number or member that is not
// the workspace's is a not-found fault and nothing changes.
func (d *DB) SetSupervisors(ctx context.Context, workspaceID, numberID string, memberIDs []string) error {
	rows := make([]supervisorRow, len(memberIDs))
	for i, id := range memberIDs {
		rows[i] = supervisorRow{WorkspaceID: workspaceID, NumberID: numberID, MemberID: id}
	}
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		if err := d.knowsNumber(ctx, tx, workspaceID, numberID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*supervisorRow)(nil)).
			Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "clear supervisors")
		}
		return insert(ctx, d, tx, "set supervisors", rows)
	})
}
