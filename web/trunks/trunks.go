// Package trunks is where admins connect the workspace to the phone network and
// see whether it holds. It decides nothing: rules are the trunk service's.
// Passwords go in and never come out. Any goroutine may use a Handlers.
package trunks

import (
	"context"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/trunk"
	"parley/web/page"
)

// Store reads trunks.
type Store interface {
	Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error)
	Trunk(ctx context.Context, workspaceID, id string) (trunk.Trunk, error)
}

// Service does what the forms ask for.
type Service interface {
	Create(ctx context.Context, actor member.Member, d trunk.Draft) (trunk.Trunk, error)
	Edit(ctx context.Context, actor member.Member, trunkID string, d trunk.Draft) (trunk.Trunk, error)
	Delete(ctx context.Context, actor member.Member, trunkID string) error
}

// Statuses tells what a trunk is doing right now; the zero Status where nothing is
// known of it.
type Statuses interface {
	TrunkStatus(trunkID string) trunk.Status
}

// Needs is what Handlers works with.
type Needs struct {
	Pages    *page.Pages
	Gate     *auth.Gate
	Store    Store
	Service  Service
	Statuses Statuses
	Now      func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageTrunks, f))
	}
	handle("GET /trunks", h.list)
	handle("GET /trunks/new", h.blank)
	handle("POST /trunks/new", h.create)
	handle("GET /trunks/status", h.listStatus)
	handle("GET /trunks/{id}", h.show)
	handle("GET /trunks/{id}/status", h.status)
	handle("POST /trunks/{id}", h.edit)
	handle("POST /trunks/{id}/delete", h.remove)
}
