package store

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
)

// Leave implements people.Store. An heir who is no active member is a not-found
// fault.
func (d *DB) Leave(ctx context.Context, l people.Leaving) ([]string, error) {
	if l.At.IsZero() { // it would be stored as never
		return nil, errors.New("remove a member: no time is given")
	}
	var sessions []string
	err := d.inTurn(ctx, l.WorkspaceID, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.active(ctx, tx, l.WorkspaceID, l.MemberID)
		if err != nil {
			return err
		}
		if row.Role != string(l.Role) {
			return fault.New(fault.Conflict, "error.conflict")
		}
		if err := d.notLastOwner(ctx, tx, row); err != nil {
			return err
		}
		if err := d.bequeath(ctx, tx, l); err != nil {
			return err
		}
		if err := d.forgetAccess(ctx, tx, l); err != nil {
			return err
		}
		if sessions, err = d.endSessions(ctx, tx, l.MemberID, ""); err != nil {
			return err
		}
		if err := d.forgetDiversion(ctx, tx, l.WorkspaceID, l.MemberID); err != nil {
			return err
		}
		if err := d.unassign(ctx, tx, l); err != nil {
			return err
		}
		return d.depart(ctx, tx, row, millis(l.At))
	})
	return sessions, err
}

// bequeath hands over the numbers the leaving member has or owns.
func (d *DB) bequeath(ctx context.Context, tx bun.Tx, l people.Leaving) error {
	for _, heir := range l.Numbers {
		if heir == l.MemberID {
			return missing("hand numbers to who leaves")
		}
		if _, err := d.active(ctx, tx, l.WorkspaceID, heir); err != nil {
			return err
		}
	}
	var held []assignmentRow
	err := tx.NewSelect().Model(&held).Where("workspace_id = ? AND member_id = ?", l.WorkspaceID, l.MemberID).Scan(ctx)
	if err != nil {
		return d.wrap(err, "list the numbers of who leaves")
	}
	for _, a := range held {
		if heir := l.Numbers[a.NumberID]; heir != "" {
			if err := d.inherit(ctx, tx, a, heir); err != nil {
				return err
			}
		}
	}
	var owned []string
	err = tx.NewSelect().Model((*numberRow)(nil)).Column("id").
		Where("workspace_id = ? AND owner_id = ?", l.WorkspaceID, l.MemberID).Scan(ctx, &owned)
	if err != nil {
		return d.wrap(err, "list the numbers owned by who leaves")
	}
	for _, id := range owned {
		_, err := tx.NewUpdate().Model((*numberRow)(nil)).Set("owner_id = ?", l.Numbers[id]).
			Where("workspace_id = ? AND id = ?", l.WorkspaceID, id).Exec(ctx)
		if err != nil {
			return d.wrap(err, "hand over a number")
		}
	}
	return nil
}

// inherit gives the heir the number at the level of a, or at his own where that
// goes further.
func (d *DB) inherit(ctx context.Context, tx bun.Tx, a assignmentRow, heir string) error {
	had := assignmentRow{WorkspaceID: a.WorkspaceID, NumberID: a.NumberID, MemberID: heir}
	switch err := d.wrap(tx.NewSelect().Model(&had).WherePK().Scan(ctx), "look whether the heir has the number"); {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return err
	case width(had.Level) >= width(a.Level):
		return nil
	}
	a.MemberID = heir
	_, err := tx.NewInsert().Model(&a).On("CONFLICT (workspace_id, number_id, member_id) DO UPDATE").
		Set("level = EXCLUDED.level").Exec(ctx)
	return d.wrap(err, "hand over a number")
}

// width orders levels by how much they allow.
func width(l string) int {
	return slices.Index([]number.Level{number.ReadOnly, number.OutboundOnly, number.Shared, number.Exclusive}, number.Level(l))
}

// forgetAccess deletes all by which the member got in or reached something, and what
// he owed.
func (d *DB) forgetAccess(ctx context.Context, tx bun.Tx, l people.Leaving) error {
	for _, model := range []any{
		(*assignmentRow)(nil), (*supervisorRow)(nil), (*membershipRow)(nil), (*credentialRow)(nil), (*linkRow)(nil),
		(*obligationRow)(nil),
	} {
		_, err := tx.NewDelete().Model(model).Where("workspace_id = ? AND member_id = ?", l.WorkspaceID, l.MemberID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "forget what a member had")
		}
	}
	return nil
}

// unassign gives back what the member had taken upon himself to do.
func (d *DB) unassign(ctx context.Context, tx bun.Tx, l people.Leaving) error {
	_, err := tx.NewUpdate().Model((*todoRow)(nil)).Set("assignee_id = ''").Set("assigned_at = 0").
		Where("workspace_id = ? AND assignee_id = ? AND outcome = '' AND assignee_id <> ''", l.WorkspaceID, l.MemberID).Exec(ctx)
	return d.wrap(err, "give back what a member was to do")
}

// depart marks the member removed. Name and history stay, what he set goes.
func (d *DB) depart(ctx context.Context, tx bun.Tx, row memberRow, at int64) error {
	row.RemovedAt, row.Setting = at, string(member.DoNotDisturb)
	row.Extension, row.DefaultNumber, row.DialCountry, row.RingTone = "", "", "", ""
	row.Hours, row.Closed, row.Notices = jsonOf[hours.Hours]{}, jsonOf[member.Closed]{}, jsonOf[member.Notices]{}
	row.Search = searchOf(row.Name, row.Email, "")
	_, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
	return d.wrap(err, "remove a member")
}
