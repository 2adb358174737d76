package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

type memberRow struct {
	bun.BaseModel `bun:"table:members,alias:members"`

	ID            string `bun:",pk"`
	WorkspaceID   string
	Name          string
	Email         string
	Role          string
	Language      string
	Setting       string
	WrapUpMS      int64 `bun:"wrap_up_ms"`
	DefaultNumber string
	CreatedAt     int64
	RemovedAt     int64
}

func (r memberRow) value() member.Member {
	return member.Member{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Email: r.Email,
		Role: member.Role(r.Role), Language: r.Language, Setting: member.Setting(r.Setting),
		WrapUp:        time.Duration(r.WrapUpMS) * time.Millisecond,
		DefaultNumber: r.DefaultNumber,
		CreatedAt:     moment(r.CreatedAt), RemovedAt: moment(r.RemovedAt),
	}
}

// Members implements member.Store.
func (d *DB) Members(ctx context.Context, workspaceID string) ([]member.Member, error) {
	return list[memberRow](ctx, d, "list members", "id", "workspace_id = ? AND removed_at = 0", workspaceID)
}

// Member implements member.Store.
func (d *DB) Member(ctx context.Context, workspaceID, id string) (member.Member, error) {
	return one[memberRow](ctx, d, "load member", "workspace_id = ? AND id = ?", workspaceID, id)
}

// MemberByEmail implements member.Store. It finds no removed members: their
// address is free to join again.
func (d *DB) MemberByEmail(ctx context.Context, email string) (member.Member, error) {
	return one[memberRow](ctx, d, "load member by e-mail", "email = ? AND removed_at = 0", address(email))
}

// SaveMember implements member.Store.
func (d *DB) SaveMember(ctx context.Context, m member.Member) error {
	return d.save(ctx, d.w, &memberRow{
		ID: m.ID, WorkspaceID: m.WorkspaceID, Name: text(m.Name), Email: address(m.Email),
		Role: string(m.Role), Language: m.Language, Setting: string(m.Setting),
		WrapUpMS:      m.WrapUp.Milliseconds(),
		DefaultNumber: m.DefaultNumber,
		CreatedAt:     millis(m.CreatedAt), RemovedAt: millis(m.RemovedAt),
	}, "save member", "id", sameWorkspace)
}

// SaveProfile changes what a member sets of himself and nothing else, so that it
// undoes nothing an admin changes at the same moment. Who was removed is not found.
func (d *DB) SaveProfile(ctx context.Context, m member.Member) error {
	res, err := d.w.NewUpdate().Model((*memberRow)(nil)).
		Set("name = ?", text(m.Name)).Set("language = ?", m.Language).Set("wrap_up_ms = ?", m.WrapUp.Milliseconds()).
		Where("workspace_id = ? AND id = ? AND removed_at = 0", m.WorkspaceID, m.ID).Exec(ctx)
	if err != nil {
		return d.wrap(err, "save profile")
	}
	return d.touched(res, "save profile")
}

// SetSetting implements agent.Settings. It changes the availability alone, so that it undoes
// nothing an admin changes at the same moment.
func (d *DB) SetSetting(ctx context.Context, workspaceID, memberID string, s member.Setting) error {
	res, err := d.w.NewUpdate().Model((*memberRow)(nil)).Set("setting = ?", string(s)).
		Where("workspace_id = ? AND id = ?", workspaceID, memberID).Exec(ctx)
	if err != nil {
		return d.wrap(err, "set availability")
	}
	return d.touched(res, "set availability")
}

// address gives an e-mail address as stored.
func address(email string) string { return strings.ToLower(text(email)) }

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations,alias:invitations"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Email       string
	Name        string
	Role        string
	NumberIDs   jsonOf[[]string] `bun:"number_ids"`
	TokenHash   string
	InvitedBy   string
	CreatedAt   int64
	ExpiresAt   int64
	AcceptedAt  int64
}

func (r invitationRow) value() member.Invitation {
	return member.Invitation{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Email: r.Email, Name: r.Name,
		Role: member.Role(r.Role), NumberIDs: r.NumberIDs.V,
		TokenHash: r.TokenHash, InvitedBy: r.InvitedBy,
		CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt), AcceptedAt: moment(r.AcceptedAt),
	}
}

// Invitations implements member.InvitationStore. Accepted ones are in the list.
func (d *DB) Invitations(ctx context.Context, workspaceID string) ([]member.Invitation, error) {
	return list[invitationRow](ctx, d, "list invitations", "id", "workspace_id = ?", workspaceID)
}

// Invitation implements member.InvitationStore.
func (d *DB) Invitation(ctx context.Context, workspaceID, id string) (member.Invitation, error) {
	return one[invitationRow](ctx, d, "load invitation", "workspace_id = ? AND id = ?", workspaceID, id)
}

// InvitationByToken implements member.InvitationStore.
func (d *DB) InvitationByToken(ctx context.Context, tokenHash string) (member.Invitation, error) {
	return one[invitationRow](ctx, d, "load invitation", "token_hash = ?", tokenHash)
}

// SaveInvitation implements member.InvitationStore. An accepted invitation never
// changes again: saving it is the conflict fault error.invitation-used, so that
// of two who accept at once one does.
func (d *DB) SaveInvitation(ctx context.Context, inv member.Invitation) error {
	row := &invitationRow{
		ID: inv.ID, WorkspaceID: inv.WorkspaceID, Email: address(inv.Email), Name: text(inv.Name),
		Role: string(inv.Role), NumberIDs: jsonOf[[]string]{inv.NumberIDs},
		TokenHash: inv.TokenHash, InvitedBy: inv.InvitedBy,
		CreatedAt: millis(inv.CreatedAt), ExpiresAt: millis(inv.ExpiresAt), AcceptedAt: millis(inv.AcceptedAt),
	}
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
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
	})
}

// DeleteInvitation implements member.InvitationStore.
func (d *DB) DeleteInvitation(ctx context.Context, workspaceID, id string) error {
	return remove[invitationRow](ctx, d, d.w, "delete invitation", workspaceID, id)
}
