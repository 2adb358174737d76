package office

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
)

// Flows is the way of calls as the store has it at every moment, without blacklist.
type Flows struct{ *routing.Service }

// NewFlows returns the flows of calls over db, for members at desks.
func NewFlows(db *store.DB, desks *agent.Registry, board *queue.Board) Flows {
	return Flows{routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db,
		Memberships: db, Workspaces: db, Messages: db, States: desks, Board: board,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})}
}

// Facts reads everything anew: tests change the store under it.
func (f Flows) Facts(ctx context.Context, workspaceID, numberID string) (flow.Facts, map[string]member.Member, error) {
	f.Changed(workspaceID)
	return f.Service.Facts(ctx, workspaceID, numberID)
}

// Blocks lets every caller in.
func (Flows) Blocks(context.Context, string, string) (bool, error) { return false, nil }
