package callback

import (
	"context"
	"log/slog"

	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/todo"
	"parley/internal/domain/workspace"
)

// Items keeps what is to be done. The store is it.
type Items interface {
	// PendingItems returns the open items of all workspaces whose Return is pending, in
	// the order in which their callers came.
	PendingItems(ctx context.Context) ([]todo.Item, error)
	// EditItem is that of todo.Store.
	EditItem(ctx context.Context, workspaceID, id string, change func(*todo.Item) error) (todo.Item, error)
}

// Calls makes the calls. call.Engine is it.
type Calls interface {
	Return(ctx context.Context, r call.Returning) (string, error)
	Settle(workspaceID, callID string)
	View(workspaceID, callID string) (call.View, bool)
}

// History reads calls that are over.
type History interface {
	Record(ctx context.Context, workspaceID, callID string) (call.Record, error)
}

// Numbers finds numbers.
type Numbers interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
}

// Workspaces finds a workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Blocklist knows whom the company does not want to talk to.
type Blocklist interface {
	Blocks(ctx context.Context, workspaceID, e164 string) (bool, error)
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Needs is what a Runner works with.
type Needs struct {
	Items      Items
	History    History
	Numbers    Numbers
	Workspaces Workspaces
	Blocked    Blocklist
	Changes    Changes
	Log        *slog.Logger
}
