package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"parley/internal/domain/letter"
)

type letterRow struct {
	bun.BaseModel `bun:"table:letters,alias:letters"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Kind        string
	Recipient   string
	Subject     string
	Plain       string
	HTML        string `bun:"html"`
	State       string
	Attempts    int
	Problem     string
	NextAt      int64
	CreatedAt   int64
	DoneAt      int64
}

func (r letterRow) value() letter.Posted {
	return letter.Posted{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Kind: letter.Kind(r.Kind), To: r.Recipient,
		Subject: r.Subject, Text: r.Plain, HTML: r.HTML,
		State: letter.State(r.State), Attempts: r.Attempts, Problem: r.Problem,
		NextAt: moment(r.NextAt), CreatedAt: moment(r.CreatedAt), DoneAt: moment(r.DoneAt),
	}
}

// SaveLetter implements letter.Store.
func (d *DB) SaveLetter(ctx context.Context, p letter.Posted) error {
	return d.save(ctx, d.w, &letterRow{
		ID: p.ID, WorkspaceID: p.WorkspaceID, Kind: string(p.Kind), Recipient: text(p.To),
		Subject: text(p.Subject), Plain: text(p.Text), HTML: text(p.HTML),
		State: string(p.State), Attempts: p.Attempts, Problem: text(p.Problem),
		NextAt: millis(p.NextAt), CreatedAt: millis(p.CreatedAt), DoneAt: millis(p.DoneAt),
	}, "save letter", "id", sameWorkspace)
}

// ClaimLetters implements letter.Store. It returns those due longest first.
func (d *DB) ClaimLetters(ctx context.Context, now, until time.Time, limit int) ([]letter.Posted, error) {
	due := d.w.NewSelect().Model((*letterRow)(nil)).Column("id").
		Where("state = ? AND next_at <= ?", string(letter.Waiting), millis(now)).
		OrderExpr("next_at, id").Limit(pageSize(limit))
	if d.engine.skipLocked != "" {
		due = due.For(d.engine.skipLocked)
	}
	var rows []letterRow
	_, err := d.w.NewUpdate().Model(&rows).Set("next_at = ?", millis(until)).Where("id IN (?)", due).Returning("*").Exec(ctx)
	slices.SortFunc(rows, func(a, b letterRow) int { return strings.Compare(a.ID, b.ID) })
	return values[letterRow](rows), d.wrap(err, "claim letters")
}

// SettleLetter implements letter.Store. One that is not waiting any more is a
// not-found fault.
func (d *DB) SettleLetter(ctx context.Context, p letter.Posted) error {
	q := d.w.NewUpdate().Model((*letterRow)(nil)).
		Set("state = ?", string(p.State)).Set("attempts = ?", p.Attempts).Set("problem = ?", text(p.Problem)).
		Set("next_at = ?", millis(p.NextAt)).Set("done_at = ?", millis(p.DoneAt)).
		Where("workspace_id = ? AND id = ? AND state = ?", p.WorkspaceID, p.ID, string(letter.Waiting))
	if p.State != letter.Waiting {
		q = q.Set("plain = ''").Set("html = ''")
	}
	res, err := q.Exec(ctx)
	if err != nil {
		return d.wrap(err, "settle letter")
	}
	return d.touched(res, "settle letter")
}

// Letters implements letter.Store.
func (d *DB) Letters(ctx context.Context, workspaceID string, ids []string) ([]letter.Posted, error) {
	if len(ids) == 0 {
		return []letter.Posted{}, nil
	}
	var rows []letterRow
	err := d.r.NewSelect().Model(&rows).ExcludeColumn("plain", "html").
		Where("workspace_id = ? AND id IN (?)", workspaceID, bun.List(ids)).OrderExpr("id").Scan(ctx)
	return values[letterRow](rows), d.wrap(err, "list letters")
}

// DeleteLetters implements letter.Store.
func (d *DB) DeleteLetters(ctx context.Context, before time.Time) error {
	_, err := d.w.NewDelete().Model((*letterRow)(nil)).
		Where("state <> ? AND done_at < ?", string(letter.Waiting), millis(before)).Exec(ctx)
	return d.wrap(err, "delete old letters")
}
