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
}

func (r auditRow) value() audit.Entry {
	return audit.Entry{
		ID: r.ID, WorkspaceID: r.WorkspaceID, At: moment(r.At), MemberID: r.MemberID,
		Action: r.Action, Subject: r.Subject, Detail: r.Detail.V,
	}
}

// AppendAudit implements audit.Store.
func (d *DB) AppendAudit(ctx context.Context, e audit.Entry) error {
	row := &auditRow{
		ID: e.ID, WorkspaceID: e.WorkspaceID, At: millis(e.At), MemberID: e.MemberID,
		Action: e.Action, Subject: text(e.Subject), Detail: jsonOf[map[string]string]{e.Detail},
	}
	_, err := d.w.NewInsert().Model(row).Exec(ctx)
	return d.wrap(err, "append to the audit log")
}

// AuditEntries implements audit.Store.
func (d *DB) AuditEntries(ctx context.Context, workspaceID, before string, limit int) ([]audit.Entry, error) {
	var rows []auditRow
	q := d.r.NewSelect().Model(&rows).Where("workspace_id = ?", workspaceID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	err := q.OrderExpr("id DESC").Limit(int64(pageSize(limit))).Scan(ctx)
	return values[auditRow](rows), d.wrap(err, "list audit entries")
}
