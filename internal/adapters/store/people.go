package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
)

// active loads a member of the workspace who was not removed.
func (d *DB) active(ctx context.Context, tx bun.Tx, workspaceID, memberID string) (memberRow, error) {
	var row memberRow
	err := tx.NewSelect().Model(&row).Where("workspace_id = ? AND id = ? AND removed_at = 0", workspaceID, memberID).Scan(ctx)
	return row, d.wrap(err, "load a member to change")
}

// Found implements people.Store.
func (d *DB) Found(ctx context.Context, f people.Founding) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := d.takeLink(ctx, tx, f.LinkHash, f.LinkKind, f.At); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(rowOfWorkspace(f.Workspace)).Exec(ctx); err != nil {
			return d.wrap(err, "found a workspace")
		}
		if err := d.enter(ctx, tx, rowOfMember(f.Owner), rowOfCredential(f.Credential)); err != nil {
			return err
		}
		return insert(ctx, d, tx, "make the tags", rowsOfTags(f.Tags))
	})
}

func rowsOfTags(tags []tag.Tag) []tagRow {
	rows := make([]tagRow, len(tags))
	for i, t := range tags {
		rows[i] = *rowOfTag(t)
	}
	return rows
}

// enter makes a member with his passkey.
func (d *DB) enter(ctx context.Context, tx bun.Tx, m *memberRow, c *credentialRow) error {
	if _, err := tx.NewInsert().Model(m).Exec(ctx); err != nil {
		return d.wrap(err, "make a member")
	}
	_, err := tx.NewInsert().Model(c).Exec(ctx)
	return d.wrap(err, "save a new member's passkey")
}

// Join implements people.Store. Who was invited has a seat among those counted
// already; somebody else needs one that nobody is invited to.
func (d *DB) Join(ctx context.Context, j people.Joining) error {
	return d.inTurn(ctx, j.Member.WorkspaceID, func(ctx context.Context, tx bun.Tx) error {
		if _, err := d.takeLink(ctx, tx, j.LinkHash, j.LinkKind, j.At); err != nil {
			return err
		}
		if err := d.acceptInvitation(ctx, tx, j); err != nil {
			return err
		}
		if err := d.enter(ctx, tx, rowOfMember(j.Member), rowOfCredential(j.Credential)); err != nil {
			return err
		}
		members, invited, err := d.countMembers(ctx, tx, j.Member.WorkspaceID, j.At)
		if err != nil {
			return err
		}
		if j.InvitationID != "" {
			invited = 0
		}
		if members+invited > j.Seats {
			return noSeat(j.Seats)
		}
		if err := d.joinTeams(ctx, tx, j); err != nil {
			return err
		}
		return d.joinNumbers(ctx, tx, j)
	})
}

// acceptInvitation uses up the invitation whose link this is. A link from before
// it was sent again is void.
func (d *DB) acceptInvitation(ctx context.Context, tx bun.Tx, j people.Joining) error {
	if j.InvitationID == "" {
		return nil
	}
	var row invitationRow
	err := tx.NewSelect().Model(&row).
		Where("workspace_id = ? AND id = ? AND token_hash = ?", j.Member.WorkspaceID, j.InvitationID, j.LinkHash).Scan(ctx)
	switch err := d.wrap(err, "load the invitation to accept"); {
	case fault.KindOf(err) == fault.NotFound:
		return expired().Because(err)
	case err != nil:
		return err
	case row.AcceptedAt != 0:
		return fault.New(fault.Conflict, "error.invitation-used")
	}
	row.AcceptedAt = millis(j.At)
	_, err = tx.NewUpdate().Model(&row).Column("accepted_at").WherePK().Exec(ctx)
	return d.wrap(err, "accept the invitation")
}

// joinTeams puts the new member into the teams that are still there.
func (d *DB) joinTeams(ctx context.Context, tx bun.Tx, j people.Joining) error {
	var known []string
	err := tx.NewSelect().Model((*teamRow)(nil)).Column("id").Where("workspace_id = ?", j.Member.WorkspaceID).Scan(ctx, &known)
	if err != nil {
		return d.wrap(err, "list the teams to join")
	}
	var rows []membershipRow
	for _, t := range j.Teams {
		if slices.Contains(known, t.TeamID) {
			rows = append(rows, membershipRow{WorkspaceID: j.Member.WorkspaceID, TeamID: t.TeamID, MemberID: j.Member.ID, Lead: t.Lead})
		}
	}
	return insert(ctx, d, tx, "join teams", rows)
}

// joinNumbers gives the new member his numbers. One that somebody has for himself
// by now is no longer there to share.
func (d *DB) joinNumbers(ctx context.Context, tx bun.Tx, j people.Joining) error {
	ws := j.Member.WorkspaceID
	var rows []assignmentRow
	for _, a := range j.Numbers {
		switch err := d.knowsNumber(ctx, tx, ws, a.NumberID); {
		case err == nil:
			rows = append(rows, rowOfAssignment(ws, a.NumberID, j.Member.ID, a.Level))
		case fault.KindOf(err) != fault.NotFound:
			return err
		}
	}
	held, err := d.levels(ctx, tx, ws, rows)
	if err != nil {
		return err
	}
	given := rows[:0]
	for _, r := range rows {
		switch {
		case fits(held[r.NumberID], number.Level(r.Level)):
			given = append(given, r)
		case r.Level == string(number.Exclusive):
			return fault.New(fault.Conflict, "error.number-taken-meanwhile")
		}
	}
	return insert(ctx, d, tx, "give a new member numbers", given)
}

// SetRole implements people.Store.
func (d *DB) SetRole(ctx context.Context, workspaceID, memberID string, from, to member.Role) error {
	return d.inTurn(ctx, workspaceID, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.active(ctx, tx, workspaceID, memberID)
		if err != nil {
			return err
		}
		if row.Role != string(from) {
			return fault.New(fault.Conflict, "error.conflict")
		}
		if to != member.Owner {
			if err := d.notLastOwner(ctx, tx, row); err != nil {
				return err
			}
		}
		row.Role = string(to)
		_, err = tx.NewUpdate().Model(&row).Column("role").WherePK().Exec(ctx)
		return d.wrap(err, "set role")
	})
}

// notLastOwner is a conflict fault for the one owner there is.
func (d *DB) notLastOwner(ctx context.Context, tx bun.Tx, m memberRow) error {
	if m.Role != string(member.Owner) {
		return nil
	}
	owners, err := tx.NewSelect().Model((*memberRow)(nil)).
		Where("workspace_id = ? AND role = ? AND removed_at = 0", m.WorkspaceID, string(member.Owner)).Count(ctx)
	if err == nil && owners < 2 {
		return fault.New(fault.Conflict, "error.last-owner")
	}
	return d.wrap(err, "count owners")
}
