// Package review is the access review: who has power over the workspace, who has
// not been seen for long, which numbers and invitations nobody looks after, and the
// last changes of roles. It only reads, and leads to where things are changed. Any
// goroutine may use a Handlers.
package review

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	audits "parley/web/audit"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// What the page shows, and from when on somebody counts as away.
const (
	maxRows    = 50 // of each list
	maxChanges = 20
	away       = 30 * 24 * time.Hour
	longAway   = 90 * 24 * time.Hour
	waitsLong  = 7 * 24 * time.Hour // an invitation
)

// Store reads the company.
type Store interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
	Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error)
	// VacantNumbers returns at most limit numbers that nobody has; within bounds them,
	// nil: all.
	VacantNumbers(ctx context.Context, workspaceID string, within []string, limit int) ([]number.Number, error)
}

// Log reads the last changes of some kinds.
type Log interface {
	AuditActions(ctx context.Context, workspaceID string, actions []string, limit int) ([]audit.Entry, error)
}

// Invitations lists those nobody has accepted.
type Invitations interface {
	Open(ctx context.Context, workspaceID string) ([]people.Pending, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages       *page.Pages
	Gate        *auth.Gate
	Store       Store
	Log         Log
	Invitations Invitations
	Now         func() time.Time
}

// Handlers serve the page.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET "+page.ReviewTab, h.needs.Gate.Require(member.SeeAudit, http.HandlerFunc(h.show)))
}

// changes are the actions by which somebody's power grew, shrank or ended.
func changes() []string {
	return []string{
		people.ActionRole, people.ActionRemoved, people.ActionTeams, people.ActionInvited, people.ActionRevoked,
		auth.ActionInviteAccepted, auth.ActionJoined, auth.ActionRecovered, auth.ActionSetup,
		"member.created", "number.owner", "number.supervisors", "domain.opened",
	}
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	f, err := h.facts(r.Context())
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := newView(c, f, h.needs.Now())
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("review.title"), Lead: c.T("review.lead"), Place: ui.Team, Tabs: page.TeamTabs(r, page.ReviewTab),
	})
	h.needs.Pages.Show(w, r, http.StatusOK, reviewPage(v))
}

// facts is what the page is made of.
type facts struct {
	members     []member.Member
	teams       map[string]string // names
	memberships []team.Membership
	vacant      []number.Number
	pending     []people.Pending
	changes     []audit.Entry
	names       map[string]string // of members in the changes
}

func (h *Handlers) facts(ctx context.Context) (facts, error) {
	who, _ := auth.From(ctx)
	ws := who.Workspace.ID
	f := facts{teams: map[string]string{}}
	var all []team.Team
	for _, read := range []func() error{
		func() (err error) { f.members, err = h.needs.Store.Members(ctx, ws); return err },
		func() (err error) { all, err = h.needs.Store.Teams(ctx, ws); return err },
		func() (err error) { f.memberships, err = h.needs.Store.Memberships(ctx, ws); return err },
		func() (err error) { f.vacant, err = h.needs.Store.VacantNumbers(ctx, ws, nil, maxRows+1); return err },
		func() (err error) { f.pending, err = h.needs.Invitations.Open(ctx, ws); return err },
		func() (err error) {
			f.changes, err = h.needs.Log.AuditActions(ctx, ws, changes(), maxChanges)
			return err
		},
	} {
		if err := read(); err != nil {
			return f, fmt.Errorf("read for the access review: %w", err)
		}
	}
	for _, t := range all {
		f.teams[t.ID] = t.Name
	}
	var err error
	f.names, err = audits.Names(ctx, h.needs.Store, locale.From(ctx), ws, f.changes)
	return f, err
}
