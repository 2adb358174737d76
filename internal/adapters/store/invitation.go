package store

import (
	"context"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations,alias:invitations"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Email       string
	Name        string
	Role        string
	Language    string
	NumberIDs   jsonOf[[]string] `bun:"number_ids"`
	PickNumber  bool
	TeamIDs     jsonOf[[]string] `bun:"team_ids"`
	LetterID    string
	TokenHash   string
	InvitedBy   string
	CreatedAt   int64
	ExpiresAt   int64
	AcceptedAt  int64
}

func (r invitationRow) value() member.Invitation {
	return member.Invitation{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Email: r.Email, Name: r.Name,
		Role: member.Role(r.Role), Language: r.Language,
		NumberIDs: r.NumberIDs.V, PickNumber: r.PickNumber, TeamIDs: r.TeamIDs.V, LetterID: r.LetterID,
		TokenHash: r.TokenHash, InvitedBy: r.InvitedBy,
		CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt), AcceptedAt: moment(r.AcceptedAt),
	}
}

// Invitations implements member.InvitationStore. Accepted ones are in the list.
func (d *DB) Invitations(ctx context.Context, workspaceID string) ([]member.Invitation, error) {
	return list[invitationRow](ctx, d, "list invitations", "id", "workspace_id = ?", workspaceID)
}

// WaitingInvitations implements people.Offers.
func (d *DB) WaitingInvitations(ctx context.Context, workspaceID string) ([]member.Invitation, error) {
	return list[invitationRow](ctx, d, "list waiting invitations", "id", "workspace_id = ? AND accepted_at = 0", workspaceID)
}

// LastAccepted implements people.Offers.
func (d *DB) LastAccepted(ctx context.Context, workspaceID, email string) (member.Invitation, error) {
	found, err := list[invitationRow](ctx, d, "find the invitation of an address", "accepted_at DESC, id DESC LIMIT 1",
		"workspace_id = ? AND email = ? AND accepted_at <> 0", workspaceID, address(email))
	if err == nil && len(found) == 0 {
		err = missing("find the invitation of an address")
	}
	if err != nil {
		return member.Invitation{}, err
	}
	return found[0], nil
}

// Invitation implements member.InvitationStore.
func (d *DB) Invitation(ctx context.Context, workspaceID, id string) (member.Invitation, error) {
	return one[invitationRow](ctx, d, "load invitation", "workspace_id = ? AND id = ?", workspaceID, id)
}

// InvitationByToken implements member.InvitationStore.
func (d *DB) InvitationByToken(ctx context.Context, tokenHash string) (member.Invitation, error) {
	return one[invitationRow](ctx, d, "load invitation", "token_hash = ?", tokenHash)
}

func rowOfInvitation(inv member.Invitation) *invitationRow {
	return &invitationRow{
		ID: inv.ID, WorkspaceID: inv.WorkspaceID, Email: address(inv.Email), Name: text(inv.Name),
		Role: string(inv.Role), Language: inv.Language,
		NumberIDs: jsonOf[[]string]{inv.NumberIDs}, PickNumber: inv.PickNumber, TeamIDs: jsonOf[[]string]{inv.TeamIDs},
		LetterID: inv.LetterID, TokenHash: inv.TokenHash, InvitedBy: inv.InvitedBy,
		CreatedAt: millis(inv.CreatedAt), ExpiresAt: millis(inv.ExpiresAt), AcceptedAt: millis(inv.AcceptedAt),
	}
}

// SaveInvitation implements member.InvitationStore. An accepted invitation never
// changes again: saving it is the conflict fault error.invitation-used, so that
// of two who accept at once one does.
func (d *DB) SaveInvitation(ctx context.Context, inv member.Invitation) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.saveInvitation(ctx, tx, rowOfInvitation(inv))
	})
}

func (d *DB) saveInvitation(ctx context.Context, tx bun.Tx, row *invitationRow) error {
	err := d.save(ctx, tx, row, "save invitation", "id", sameWorkspace+" AND ?TableAlias.accepted_at = 0")
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	used, countErr := tx.NewSelect().Model(row).WherePK().
		Where("workspace_id = ?", row.WorkspaceID).Where("accepted_at <> 0").Exists(ctx)
	if countErr != nil {
		return d.wrap(countErr, "look whether the invitation was used")
	}
	if used {
		return fault.New(fault.Conflict, "error.invitation-used").Because(err)
	}
	return err
}

// DeleteInvitation implements member.InvitationStore.
func (d *DB) DeleteInvitation(ctx context.Context, workspaceID, id string) error {
	return remove[invitationRow](ctx, d, d.w, "delete invitation", workspaceID, id)
}

// Offer implements people.Offers.
func (d *DB) Offer(ctx context.Context, inv member.Invitation, seats int, now time.Time) error {
	row := rowOfInvitation(inv)
	return d.inTurn(ctx, inv.WorkspaceID, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*invitationRow)(nil)).
			Where("workspace_id = ? AND email = ? AND accepted_at = 0 AND id <> ?", row.WorkspaceID, row.Email, row.ID).Exec(ctx)
		if err != nil {
			return d.wrap(err, "replace invitations to the same address")
		}
		if err := d.saveInvitation(ctx, tx, row); err != nil {
			return err
		}
		members, invited, err := d.countMembers(ctx, tx, row.WorkspaceID, now)
		if err != nil {
			return err
		}
		if members+invited > seats {
			return noSeat(seats)
		}
		return nil
	})
}

// noSeat is the fault of one member too many.
func noSeat(seats int) error {
	return fault.New(fault.Conflict, "error.seats-taken").With("limit", strconv.Itoa(seats))
}

// SetLetter implements people.Offers.
func (d *DB) SetLetter(ctx context.Context, workspaceID, invitationID, letterID string) error {
	_, err := d.w.NewUpdate().Model((*invitationRow)(nil)).Set("letter_id = ?", letterID).
		Where("workspace_id = ? AND id = ? AND accepted_at = 0", workspaceID, invitationID).Exec(ctx)
	return d.wrap(err, "note the invitation's letter")
}

// CloseChoice implements people.Offers.
func (d *DB) CloseChoice(ctx context.Context, workspaceID, invitationID string) error {
	_, err := d.w.NewUpdate().Model((*invitationRow)(nil)).Set("pick_number = ?", false).
		Where("workspace_id = ? AND id = ?", workspaceID, invitationID).Exec(ctx)
	return d.wrap(err, "close the choice of a number")
}

// CountMembers implements people.Store.
func (d *DB) CountMembers(ctx context.Context, workspaceID string, now time.Time) (members, invited int, err error) {
	return d.countMembers(ctx, d.r, workspaceID, now)
}

func (d *DB) countMembers(ctx context.Context, db bun.IDB, workspaceID string, now time.Time) (members, invited int, err error) {
	in, err := db.NewSelect().Model((*memberRow)(nil)).Where("workspace_id = ? AND removed_at = 0", workspaceID).Count(ctx)
	if err != nil {
		return 0, 0, d.wrap(err, "count members")
	}
	open, err := db.NewSelect().Model((*invitationRow)(nil)).
		Where("workspace_id = ? AND accepted_at = 0 AND expires_at > ?", workspaceID, millis(now)).Count(ctx)
	return int(in), int(open), d.wrap(err, "count open invitations")
}
