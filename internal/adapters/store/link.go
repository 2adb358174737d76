package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
)

type linkRow struct {
	bun.BaseModel `bun:"table:one_time_links,alias:one_time_links"`

	TokenHash   string `bun:",pk"`
	Kind        string
	MemberID    string
	WorkspaceID string
	Email       string
	Subject     string
	CreatedAt   int64
	ExpiresAt   int64
	UsedAt      int64
}

func (r linkRow) value() identity.Link {
	return identity.Link{
		TokenHash: r.TokenHash, Kind: r.Kind, MemberID: r.MemberID, WorkspaceID: r.WorkspaceID, Email: r.Email,
		Subject:   r.Subject,
		CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt), UsedAt: moment(r.UsedAt),
	}
}

// usable is the condition on a link, with its hash, its kind and the time.
const usable = "token_hash = ? AND kind = ? AND used_at = 0 AND (expires_at = 0 OR expires_at > ?)"

// SaveLink implements identity.LinkStore.
func (d *DB) SaveLink(ctx context.Context, l identity.Link) error {
	row := &linkRow{
		TokenHash: l.TokenHash, Kind: l.Kind, MemberID: l.MemberID, WorkspaceID: l.WorkspaceID, Email: address(l.Email),
		Subject: text(l.Subject), CreatedAt: millis(l.CreatedAt), ExpiresAt: millis(l.ExpiresAt), UsedAt: millis(l.UsedAt),
	}
	forgotten := millis(l.CreatedAt.Add(-identity.LinkMemory))
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*linkRow)(nil)).
			Where("used_at > 0 AND used_at <= ? OR expires_at > 0 AND expires_at <= ?", forgotten, forgotten).Exec(ctx)
		if err != nil {
			return d.wrap(err, "forget spent links")
		}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return d.wrap(err, "save link")
	})
}

// TakeLink implements identity.LinkStore.
func (d *DB) TakeLink(ctx context.Context, tokenHash, kind string, now time.Time) (identity.Link, error) {
	return d.takeLink(ctx, d.w, tokenHash, kind, now)
}

func (d *DB) takeLink(ctx context.Context, db bun.IDB, tokenHash, kind string, now time.Time) (identity.Link, error) {
	if now.IsZero() { // it would be stored as never
		return identity.Link{}, errors.New("take link: no time is given")
	}
	var rows []linkRow
	_, err := db.NewUpdate().Model(&rows).Set("used_at = ?", millis(now)).
		Where(usable, tokenHash, text(kind), millis(now)).Returning("*").Exec(ctx)
	if err != nil {
		return identity.Link{}, d.wrap(err, "take link")
	}
	if len(rows) == 0 {
		return identity.Link{}, expired()
	}
	return rows[0].value(), nil
}

func expired() *fault.Error { return fault.New(fault.NotFound, "error.link-expired") }

// PeekLink implements identity.LinkStore.
func (d *DB) PeekLink(ctx context.Context, tokenHash, kind string, now time.Time) (identity.Link, error) {
	l, err := one[linkRow](ctx, d, "look at link", usable, tokenHash, text(kind), millis(now))
	if fault.KindOf(err) == fault.NotFound {
		return identity.Link{}, expired().Because(err)
	}
	return l, err
}

// RememberedLink implements identity.LinkStore.
func (d *DB) RememberedLink(ctx context.Context, tokenHash, kind string) (identity.Link, error) {
	l, err := one[linkRow](ctx, d, "look at an old link", "token_hash = ? AND kind = ?", tokenHash, text(kind))
	if fault.KindOf(err) == fault.NotFound {
		return identity.Link{}, expired().Because(err)
	}
	return l, err
}
