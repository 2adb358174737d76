package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/message"
)

type messageRow struct {
	bun.BaseModel `bun:"table:messages,alias:messages"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Name        string
	NameKey     string
	Kind        string
	Text        string
	Language    string
	Voice       string
	DurationMS  int64 `bun:"duration_ms"`
	BlobKey     string
	CreatedAt   int64
	CreatedBy   string
	Hidden      bool
}

func (r messageRow) value() message.Message {
	return message.Message{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Kind: message.Kind(r.Kind), Text: r.Text,
		Language: r.Language, Voice: r.Voice, DurationMS: r.DurationMS, BlobKey: r.BlobKey,
		CreatedAt: moment(r.CreatedAt), CreatedBy: r.CreatedBy, Hidden: r.Hidden,
	}
}

// Messages implements message.Store.
func (d *DB) Messages(ctx context.Context, workspaceID string) ([]message.Message, error) {
	return list[messageRow](ctx, d, "list messages", "name_key, id", "workspace_id = ? AND NOT hidden", workspaceID)
}

// MessagesByID implements message.Store.
func (d *DB) MessagesByID(ctx context.Context, workspaceID string, ids []string) ([]message.Message, error) {
	if len(ids) == 0 {
		return []message.Message{}, nil
	}
	return list[messageRow](ctx, d, "list some messages", "id", "workspace_id = ? AND id IN (?)", workspaceID, bun.List(ids))
}

// Message implements message.Store.
func (d *DB) Message(ctx context.Context, workspaceID, id string) (message.Message, error) {
	return one[messageRow](ctx, d, "load message", "workspace_id = ? AND id = ?", workspaceID, id)
}

// SaveMessage implements message.Store.
func (d *DB) SaveMessage(ctx context.Context, m message.Message) error {
	name := text(m.Name)
	return d.save(ctx, d.w, &messageRow{
		ID: m.ID, WorkspaceID: m.WorkspaceID, Name: name, NameKey: nameKey(name), Kind: string(m.Kind), Text: text(m.Text),
		Language: m.Language, Voice: text(m.Voice), DurationMS: m.DurationMS, BlobKey: m.BlobKey,
		CreatedAt: millis(m.CreatedAt), CreatedBy: m.CreatedBy, Hidden: m.Hidden,
	}, "save message", "id", sameWorkspace)
}

// HideMessage implements message.Store.
func (d *DB) HideMessage(ctx context.Context, workspaceID, id string) error {
	res, err := d.w.NewUpdate().Model((*messageRow)(nil)).Set("hidden = TRUE").
		Where("workspace_id = ? AND id = ?", workspaceID, id).Exec(ctx)
	if err != nil {
		return d.wrap(err, "hide message")
	}
	return d.touched(res, "hide message")
}
