package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"parley/internal/domain/number"
)

type numberRow struct {
	bun.BaseModel `bun:"table:numbers,alias:numbers"`

	ID            string `bun:",pk"`
	WorkspaceID   string
	E164          string `bun:"e164"`
	Name          string
	Country       string
	TrunkID       string
	WebCall       bool
	AutoInbound   bool
	AgentInbound  bool
	AutoOutbound  bool
	AgentOutbound bool
	MandatoryTag  bool
	HoldMusic     string
	Language      string
	CreatedAt     int64
}

func (r numberRow) value() number.Number {
	return number.Number{
		ID: r.ID, WorkspaceID: r.WorkspaceID, E164: r.E164, Name: r.Name, Country: r.Country,
		TrunkID: r.TrunkID, WebCall: r.WebCall,
		Recording: number.Recording{
			AutoInbound: r.AutoInbound, AgentInbound: r.AgentInbound,
			AutoOutbound: r.AutoOutbound, AgentOutbound: r.AgentOutbound,
		},
		MandatoryTag: r.MandatoryTag, HoldMusic: r.HoldMusic, Language: r.Language,
		CreatedAt: moment(r.CreatedAt),
	}
}

// Numbers implements number.Store.
func (d *DB) Numbers(ctx context.Context, workspaceID string) ([]number.Number, error) {
	return list[numberRow](ctx, d, "list numbers", "id", "workspace_id = ?", workspaceID)
}

// Number implements number.Store.
func (d *DB) Number(ctx context.Context, workspaceID, id string) (number.Number, error) {
	return one[numberRow](ctx, d, "load number", "workspace_id = ? AND id = ?", workspaceID, id)
}

// NumberByE164 implements number.Store.
func (d *DB) NumberByE164(ctx context.Context, e164 string) (number.Number, error) {
	return one[numberRow](ctx, d, "load number by E.164", "e164 = ?", text(e164))
}

// SaveNumber implements number.Store.
func (d *DB) SaveNumber(ctx context.Context, n number.Number) error {
	return d.save(ctx, d.w, &numberRow{
		ID: n.ID, WorkspaceID: n.WorkspaceID, E164: text(n.E164), Name: text(n.Name), Country: n.Country,
		TrunkID: n.TrunkID, WebCall: n.WebCall,
		AutoInbound: n.Recording.AutoInbound, AgentInbound: n.Recording.AgentInbound,
		AutoOutbound: n.Recording.AutoOutbound, AgentOutbound: n.Recording.AgentOutbound,
		MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language,
		CreatedAt: millis(n.CreatedAt),
	}, "save number", "id", sameWorkspace)
}

// DeleteNumber implements number.Store. Its assignments go with it, and members
// who called out with it by default have none.
func (d *DB) DeleteNumber(ctx context.Context, workspaceID, id string) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := remove[numberRow](ctx, d, tx, "delete number", workspaceID, id); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*memberRow)(nil)).Set("default_number = ''").
			Where("workspace_id = ? AND default_number = ?", workspaceID, id).Exec(ctx)
		return d.wrap(err, "clear default numbers")
	})
}

type assignmentRow struct {
	bun.BaseModel `bun:"table:assignments,alias:assignments"`

	WorkspaceID string `bun:",pk"`
	NumberID    string `bun:",pk"`
	MemberID    string `bun:",pk"`
}

func (r assignmentRow) value() number.Assignment {
	return number.Assignment{NumberID: r.NumberID, MemberID: r.MemberID, Level: number.Shared}
}

// Assignments implements number.AssignmentStore. It leaves out members who were
// removed.
func (d *DB) Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error) {
	return list[assignmentRow](ctx, d, "list assignments", "number_id, member_id",
		`workspace_id = ? AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.workspace_id = assignments.workspace_id
		 AND m.id = assignments.member_id AND m.removed_at <> 0)`, workspaceID)
}

// AssignmentsOf implements number.AssignmentStore.
func (d *DB) AssignmentsOf(ctx context.Context, workspaceID, memberID string) ([]number.Assignment, error) {
	return list[assignmentRow](ctx, d, "list a member's assignments", "number_id",
		"workspace_id = ? AND member_id = ?", workspaceID, memberID)
}

// Assign implements number.AssignmentStore. A number or member that is not the
// workspace's is a not-found fault and nothing changes.
func (d *DB) Assign(ctx context.Context, workspaceID, numberID string, all []number.Assignment) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := tx.NewSelect().Model((*numberRow)(nil)).
			Where("workspace_id = ? AND id = ?", workspaceID, numberID).Exists(ctx)
		if err != nil {
			return d.wrap(err, "look for the number to assign")
		}
		if !known {
			return missing(fmt.Sprintf("assign number %s", numberID))
		}
		_, err = tx.NewDelete().Model((*assignmentRow)(nil)).
			Where("workspace_id = ? AND number_id = ?", workspaceID, numberID).Exec(ctx)
		if err != nil || len(all) == 0 {
			return d.wrap(err, "clear assignments")
		}
		rows := make([]assignmentRow, len(all))
		for i, a := range all {
			rows[i] = assignmentRow{WorkspaceID: workspaceID, NumberID: numberID, MemberID: a.MemberID}
		}
		_, err = tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
		return d.wrap(err, "assign members")
	})
}
