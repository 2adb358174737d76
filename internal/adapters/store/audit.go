package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/audit"
)

type auditRow struct {
	bun.BaseModel `bun:"table:audit,alias:audit"`

	ID          string `bun:",pk"`
	WorkspaceID string
	At          int64
	MemberID    string
	Action      string
	Subject     string
	Detail      jsonOf[map[string]string]
	Seq         int64
	Hash        string
}

func (r auditRow) value() audit.Entry {
	return audit.Entry{
		ID: r.ID, WorkspaceID: r.WorkspaceID, At: moment(r.At), MemberID: r.MemberID,
		Action: r.Action, Subject: r.Subject, Detail: r.Detail.V, Seq: r.Seq, Hash: r.Hash,
	}
}

// auditHeadRow is the last place given in a workspace's chain.
type auditHeadRow struct {
	bun.BaseModel `bun:"table:audit_heads,alias:audit_heads"`

	WorkspaceID string `bun:",pk"`
	Seq         int64
	Hash        string
}

// AppendAudit implements audit.Store.
func (d *DB) AppendAudit(ctx context.Context, e audit.Entry) error {
	detail, err := asStored(e.Detail)
	if err != nil {
		return err
	}
	row := auditRow{
		ID: e.ID, WorkspaceID: e.WorkspaceID, At: millis(e.At), MemberID: text(e.MemberID),
		Action: text(e.Action), Subject: text(e.Subject), Detail: detail,
	}
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		head, err := d.lockHead(ctx, tx, e.WorkspaceID)
		if err != nil {
			return err
		}
		row.Seq = head.Seq + 1
		row.Hash = audit.Chain(head.Hash, row.value())
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return d.wrap(err, "append to the audit log")
		}
		head.Seq, head.Hash = row.Seq, row.Hash
		_, err = tx.NewUpdate().Model(&head).Column("seq", "hash").WherePK().Exec(ctx)
		return d.wrap(err, "move the head of the audit log")
	})
}

// asStored gives details as they will be read back, which is what is hashed.
func asStored(detail map[string]string) (jsonOf[map[string]string], error) {
	var out jsonOf[map[string]string]
	written, err := jsonOf[map[string]string]{detail}.Value()
	if err != nil {
		return out, err
	}
	return out, out.Scan(written)
}

// lockHead returns the head of a workspace's chain, made if need be; others who
// append wait for this transaction.
func (d *DB) lockHead(ctx context.Context, tx bun.Tx, workspaceID string) (auditHeadRow, error) {
	head := auditHeadRow{WorkspaceID: workspaceID}
	if _, err := tx.NewInsert().Model(&head).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return head, d.wrap(err, "make the head of the audit log")
	}
	q := tx.NewSelect().Model(&head).WherePK()
	if d.engine.forUpdate != "" {
		q = q.For(d.engine.forUpdate)
	}
	return head, d.wrap(q.Scan(ctx), "read the head of the audit log")
}

// AuditEntries implements audit.Store.
func (d *DB) AuditEntries(ctx context.Context, workspaceID, before string, limit int) ([]audit.Entry, error) {
	var rows []auditRow
	q := d.r.NewSelect().Model(&rows).Where("workspace_id = ?", workspaceID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	err := q.OrderExpr("id DESC").Limit(pageSize(limit)).Scan(ctx)
	return values[auditRow](rows), d.wrap(err, "list audit entries")
}

// AuditActions implements audit.Store.
func (d *DB) AuditActions(ctx context.Context, workspaceID string, actions []string, limit int) ([]audit.Entry, error) {
	if len(actions) == 0 {
		return []audit.Entry{}, nil
	}
	var rows []auditRow
	err := d.r.NewSelect().Model(&rows).Where("workspace_id = ? AND action IN (?)", workspaceID, bun.List(actions)).
		OrderExpr("id DESC").Limit(pageSize(limit)).Scan(ctx)
	return values[auditRow](rows), d.wrap(err, "list audit entries of some actions")
}

// maxChain bounds how many entries are verified at a time.
const maxChain = 1000

// AuditChain implements audit.ChainStore.
func (d *DB) AuditChain(ctx context.Context, workspaceID string, after int64, limit int) ([]audit.Entry, error) {
	var rows []auditRow
	err := d.r.NewSelect().Model(&rows).Where("workspace_id = ? AND seq > 0 AND seq > ?", workspaceID, after).
		OrderExpr("seq").Limit(int64(min(max(limit, 1), maxChain))).Scan(ctx)
	return values[auditRow](rows), d.wrap(err, "read the audit chain")
}

// AuditHead implements audit.ChainStore.
func (d *DB) AuditHead(ctx context.Context, workspaceID string) (seq int64, hash string, err error) {
	var rows []auditHeadRow
	err = d.r.NewSelect().Model(&rows).Where("workspace_id = ?", workspaceID).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return 0, "", d.wrap(err, "read the head of the audit chain")
	}
	return rows[0].Seq, rows[0].Hash, nil
}
