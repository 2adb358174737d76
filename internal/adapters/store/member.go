package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/domain/hours"
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
	Extension     string
	Hours         jsonOf[hours.Hours]
	Closed        jsonOf[member.Closed]
	DefaultNumber string
	DialCountry   string
	RingTone      string
	Notices       jsonOf[member.Notices]
	CreatedAt     int64
	SeenAt        int64
	RemovedAt     int64
	Search        string
}

func (r memberRow) value() member.Member {
	return member.Member{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Email: r.Email,
		Role: member.Role(r.Role), Language: r.Language, Setting: member.Setting(r.Setting),
		WrapUp: time.Duration(r.WrapUpMS) * time.Millisecond, Extension: r.Extension,
		Hours: r.Hours.V, Closed: r.Closed.V,
		DefaultNumber: r.DefaultNumber, DialCountry: r.DialCountry, RingTone: r.RingTone, Notices: r.Notices.V,
		CreatedAt: moment(r.CreatedAt), SeenAt: moment(r.SeenAt), RemovedAt: moment(r.RemovedAt),
	}
}

func rowOfMember(m member.Member) *memberRow {
	r := &memberRow{
		ID: m.ID, WorkspaceID: m.WorkspaceID, Name: text(m.Name), Email: address(m.Email),
		Role: string(m.Role), Language: m.Language, Setting: string(m.Setting),
		WrapUpMS: m.WrapUp.Milliseconds(), Extension: text(m.Extension),
		Hours: jsonOf[hours.Hours]{m.Hours}, Closed: jsonOf[member.Closed]{m.Closed},
		DefaultNumber: m.DefaultNumber, DialCountry: m.DialCountry, RingTone: m.RingTone,
		Notices:   jsonOf[member.Notices]{m.Notices},
		CreatedAt: millis(m.CreatedAt), RemovedAt: millis(m.RemovedAt),
	}
	r.Search = searchOf(r.Name, r.Email, r.Extension)
	return r
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

// WasMember says whether a removed member of the workspace had that address.
func (d *DB) WasMember(ctx context.Context, workspaceID, email string) (bool, error) {
	was, err := d.r.NewSelect().Model((*memberRow)(nil)).
		Where("workspace_id = ? AND email = ? AND removed_at <> 0", workspaceID, address(email)).Exists(ctx)
	return was, d.wrap(err, "look for a former member")
}

// SaveMember implements member.Store.
func (d *DB) SaveMember(ctx context.Context, m member.Member) error {
	return d.saveBut(ctx, d.w, rowOfMember(m), "save member", "id", sameWorkspace+" AND ?TableAlias.removed_at = 0",
		"role", "setting", "created_at", "seen_at")
}

// EditMember implements people.Edits. change must not use the store.
func (d *DB) EditMember(ctx context.Context, workspaceID, memberID string, change func(*member.Member) error) error {
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var stored memberRow
		q := tx.NewSelect().Model(&stored).Where("workspace_id = ? AND id = ? AND removed_at = 0", workspaceID, memberID)
		if d.engine.inTurn != "" {
			q = q.For(d.engine.inTurn)
		}
		if err := q.Scan(ctx); err != nil {
			return d.wrap(err, "load a member to edit")
		}
		m := stored.value()
		if err := change(&m); err != nil {
			return err
		}
		m.Email = stored.Email
		_, err := tx.NewUpdate().Model(rowOfMember(m)).
			ExcludeColumn("id", "workspace_id", "email", "role", "setting", "created_at", "seen_at", "removed_at").
			Where("workspace_id = ? AND id = ?", workspaceID, memberID).Exec(ctx)
		return d.wrap(err, "edit member")
	})
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
