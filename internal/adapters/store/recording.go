package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/recording"
)

type recordingRow struct {
	bun.BaseModel `bun:"table:recordings,alias:recordings"`

	ID          string `bun:",pk"`
	WorkspaceID string
	CallID      string
	Kind        string
	State       string
	BlobKey     string
	Channels    jsonOf[[]string]
	StartedAt   int64
	DurationMS  int64 `bun:"duration_ms"`
	Bytes       int64
	SHA256      string `bun:"sha256"`
	Markers     jsonOf[[]recording.Marker]
	DeletedBy   string
	DeletedAt   int64
}

func (r recordingRow) value() recording.Recording {
	return recording.Recording{
		ID: r.ID, WorkspaceID: r.WorkspaceID, CallID: r.CallID, Kind: recording.Kind(r.Kind), State: recording.State(r.State),
		BlobKey: r.BlobKey, Channels: r.Channels.V, StartedAt: moment(r.StartedAt),
		DurationMS: r.DurationMS, Bytes: r.Bytes, SHA256: r.SHA256, Markers: r.Markers.V,
		DeletedBy: r.DeletedBy, DeletedAt: moment(r.DeletedAt),
	}
}

// Recording implements recording.Store. Deleted ones are found: their page says
// who deleted them.
func (d *DB) Recording(ctx context.Context, workspaceID, id string) (recording.Recording, error) {
	return one[recordingRow](ctx, d, "load recording", "workspace_id = ? AND id = ?", workspaceID, id)
}

// RecordingsOfCall implements recording.Store.
func (d *DB) RecordingsOfCall(ctx context.Context, workspaceID, callID string) ([]recording.Recording, error) {
	return list[recordingRow](ctx, d, "list a call's recordings", "id", "workspace_id = ? AND call_id = ?", workspaceID, callID)
}

// UnfinishedRecordings implements recording.Store.
func (d *DB) UnfinishedRecordings(ctx context.Context) ([]recording.Recording, error) {
	return list[recordingRow](ctx, d, "list unfinished recordings", "id", "state = 'writing'")
}

// SaveRecording implements recording.Store.
func (d *DB) SaveRecording(ctx context.Context, r recording.Recording) error {
	return d.save(ctx, d.w, &recordingRow{
		ID: r.ID, WorkspaceID: r.WorkspaceID, CallID: r.CallID, Kind: string(r.Kind), State: string(r.State),
		BlobKey: r.BlobKey, Channels: jsonOf[[]string]{r.Channels}, StartedAt: millis(r.StartedAt),
		DurationMS: r.DurationMS, Bytes: r.Bytes, SHA256: r.SHA256,
		Markers:   jsonOf[[]recording.Marker]{r.Markers},
		DeletedBy: r.DeletedBy, DeletedAt: millis(r.DeletedAt),
	}, "save recording", "id", sameWorkspace)
}
