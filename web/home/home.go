// Package home is the first page after signing in: what to do next, and what
// needs attention. Admins are led to a working phone in four steps; others see
// their numbers. Any goroutine may use a Handlers.
package home

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Store reads what the page speaks of.
type Store interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error)
	Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error)
}

// Statuses tells what a trunk is doing right now.
type Statuses interface {
	TrunkStatus(trunkID string) trunk.Status
}

// Needs is what Handlers works with.
type Needs struct {
	Pages    *page.Pages
	Gate     *auth.Gate
	Store    Store
	Statuses Statuses
	Now      func() time.Time
}

// Handlers serve the page.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET /{$}", h.needs.Gate.Require(member.UsePhone, http.HandlerFunc(h.show)))
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	s, err := h.load(r.Context(), who)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := newView(c, s)
	open := ui.Button{Text: c.T("home.to-phone"), Icon: "phone", Href: "/phone"}
	if len(v.Steps.Items) == 0 { // else the next step is what is loud
		open.Variant = ui.Primary
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("home.title", "name", who.Member.Name), Place: ui.Home, Actions: open,
	})
	h.needs.Pages.Show(w, r, http.StatusOK, homePage(v))
}

// state is a workspace as the page looks at it.
type state struct {
	admin    bool
	me       string
	numbers  []number.Number
	assigned []number.Assignment
	members  []member.Member
	trunks   []trunk.Trunk
	health   map[string]trunk.Health // by trunk id
	called   bool                    // there has been a call
}

func (h *Handlers) load(ctx context.Context, who auth.Who) (state, error) {
	s := state{admin: who.Can(member.ManageNumbers), me: who.Member.ID, health: map[string]trunk.Health{}}
	ws, store := who.Workspace.ID, h.needs.Store
	var err error
	if s.numbers, err = store.Numbers(ctx, ws); err != nil {
		return s, fmt.Errorf("list numbers: %w", err)
	}
	if s.assigned, err = store.Assignments(ctx, ws); err != nil {
		return s, fmt.Errorf("list assignments: %w", err)
	}
	if !s.admin {
		return s, nil
	}
	if s.members, err = store.Members(ctx, ws); err != nil {
		return s, fmt.Errorf("list members: %w", err)
	}
	if s.trunks, err = store.Trunks(ctx, ws); err != nil {
		return s, fmt.Errorf("list trunks: %w", err)
	}
	for _, t := range s.trunks {
		s.health[t.ID] = h.needs.Statuses.TrunkStatus(t.ID).Health(t, h.needs.Now())
	}
	first, err := store.Records(ctx, ws, call.Filter{Limit: 1})
	if err != nil {
		return s, fmt.Errorf("look for a call: %w", err)
	}
	s.called = len(first) > 0
	return s, nil
}
