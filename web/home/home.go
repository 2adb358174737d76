// Package home is the first page after signing in: what to do next, and what
// needs attention. Admins are led to a working phone in four steps; others see
// their numbers and whether calls reach them. It never loads the whole company.
// Any goroutine may use a Handlers.
package home

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/call"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/routing"
	"parley/internal/domain/trunk"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Store reads what the page speaks of.
type Store interface {
	HeldBy(ctx context.Context, workspaceID string, memberIDs []string) ([]people.Held, error)
	FindNumbers(ctx context.Context, workspaceID, query string, within []string, limit int) ([]number.Number, error)
	// VacantNumbers returns at most limit numbers that nobody has.
	VacantNumbers(ctx context.Context, workspaceID string, within []string, limit int) ([]number.Number, error)
	Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error)
}

// Log looks for a call.
type Log interface {
	Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error)
}

// People tells who is on the way in.
type People interface {
	Seats(ctx context.Context, workspaceID string) (people.Seats, error)
	Open(ctx context.Context, workspaceID string) ([]people.Pending, error)
	// Offered lists the numbers a new member may still choose his own from.
	Offered(ctx context.Context, actor member.Member) ([]number.Number, error)
}

// Flows tells what callers live through.
type Flows interface {
	// Warnings lists the live flows that cannot work as they were meant any more, of
	// the numbers the actor runs.
	Warnings(ctx context.Context, actor member.Member) ([]routing.Warning, error)
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
	Log      Log
	People   People
	Flows    Flows
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

// How much is read where only some is shown.
const (
	maxSample = 20 // numbers, to find one with a web page
	maxVacant = 20 // numbers nobody has
	maxNamed  = 3  // of one kind of trouble; more are told as one
)

// state is a workspace as the page looks at it.
type state struct {
	admin   bool
	me      member.Member
	now     time.Time
	held    []people.Held // by the reader
	offered bool          // he may still choose a number of his own
	numbers []number.Number
	vacant  []number.Number // that ring nobody, though they are meant to
	gaps    []routing.Warning
	trunks  []trunk.Trunk
	health  map[string]trunk.Health // by trunk id
	seats   people.Seats
	failed  int  // invitation mails that no server took
	expired int  // invitations nobody accepted in time
	called  bool // there has been a call
}

func (h *Handlers) load(ctx context.Context, who auth.Who) (state, error) {
	s := state{admin: who.Can(member.ManageNumbers), me: who.Member, now: h.needs.Now(), health: map[string]trunk.Health{}}
	var err error
	if s.held, err = h.needs.Store.HeldBy(ctx, who.Workspace.ID, []string{who.Member.ID}); err != nil {
		return s, fmt.Errorf("list the member's numbers: %w", err)
	}
	if !slices.ContainsFunc(s.held, func(n people.Held) bool { return n.Level == number.Exclusive }) {
		offered, err := h.needs.People.Offered(ctx, who.Member)
		if err != nil {
			return s, fmt.Errorf("look for numbers offered: %w", err)
		}
		s.offered = len(offered) > 0
	}
	if !s.admin {
		return s, nil
	}
	if err := h.lines(ctx, who.Workspace.ID, &s); err != nil {
		return s, err
	}
	return s, h.coming(ctx, who.Workspace.ID, &s)
}

// lines reads what calls come and go by.
func (h *Handlers) lines(ctx context.Context, ws string, s *state) error {
	var err error
	if s.numbers, err = h.needs.Store.FindNumbers(ctx, ws, "", nil, maxSample); err != nil {
		return fmt.Errorf("look at the numbers: %w", err)
	}
	if s.vacant, err = h.needs.Store.VacantNumbers(ctx, ws, nil, maxVacant); err != nil {
		return fmt.Errorf("look for numbers nobody has: %w", err)
	}
	s.vacant = slices.DeleteFunc(s.vacant, func(n number.Number) bool { return n.IsIVR() || n.Inactive })
	if s.gaps, err = h.needs.Flows.Warnings(ctx, s.me); err != nil {
		return fmt.Errorf("look for flows that need somebody: %w", err)
	}
	if s.trunks, err = h.needs.Store.Trunks(ctx, ws); err != nil {
		return fmt.Errorf("list trunks: %w", err)
	}
	for _, t := range s.trunks {
		s.health[t.ID] = h.needs.Statuses.TrunkStatus(t.ID).Health(t, s.now)
	}
	first, err := h.needs.Log.Records(ctx, ws, call.Filter{Limit: 1})
	if err != nil {
		return fmt.Errorf("look for a call: %w", err)
	}
	s.called = len(first) > 0
	return nil
}

// coming reads how invitations fare.
func (h *Handlers) coming(ctx context.Context, ws string, s *state) error {
	var err error
	if s.seats, err = h.needs.People.Seats(ctx, ws); err != nil {
		return fmt.Errorf("count seats: %w", err)
	}
	open, err := h.needs.People.Open(ctx, ws)
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	for _, p := range open {
		switch {
		case p.Expired:
			s.expired++
		case p.Letter.State == letter.Failed:
			s.failed++
		}
	}
	return nil
}
