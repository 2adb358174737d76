package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/tag"
)

type tagRow struct {
	bun.BaseModel `bun:"table:tags,alias:tags"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Name        string
	NameKey     string // the name as it is compared
	Colour      string
	System      bool
	CreatedAt   int64
}

func (r tagRow) value() tag.Tag {
	return tag.Tag{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Colour: r.Colour, System: r.System,
		CreatedAt: moment(r.CreatedAt),
	}
}

// Tags implements tag.Store.
func (d *DB) Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error) {
	return list[tagRow](ctx, d, "list tags", "id", "workspace_id = ?", workspaceID)
}

// Tag implements tag.Store.
func (d *DB) Tag(ctx context.Context, workspaceID, id string) (tag.Tag, error) {
	return one[tagRow](ctx, d, "load tag", "workspace_id = ? AND id = ?", workspaceID, id)
}

// SaveTag implements tag.Store.
func (d *DB) SaveTag(ctx context.Context, t tag.Tag) error {
	return d.save(ctx, d.w, rowOfTag(t), "save tag", "id", sameWorkspace)
}

func rowOfTag(t tag.Tag) *tagRow {
	name := text(t.Name)
	return &tagRow{
		ID: t.ID, WorkspaceID: t.WorkspaceID, Name: name, NameKey: nameKey(name),
		Colour: t.Colour, System: t.System, CreatedAt: millis(t.CreatedAt),
	}
}

// DeleteTag implements tag.Store. Calls keep it in their history.
func (d *DB) DeleteTag(ctx context.Context, workspaceID, id string) error {
	return remove[tagRow](ctx, d, d.w, "delete tag", workspaceID, id)
}
