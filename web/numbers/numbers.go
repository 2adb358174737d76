// Package numbers is where phone numbers are seen, made, edited and given up, and
// where it is said who has them: by who manages numbers, and by the owner of one
// for that one. It decides nothing: rules are those of packages access and number.
// Any goroutine may use a Handlers.
package numbers

import (
	"context"
	"net/http"
	"net/url"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/trunk"
	"parley/web/page"
	"parley/web/region"
)

// Store reads numbers and who has them.
type Store interface {
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
	// NumberPage returns a stretch of the numbers by name, and the cursor of the next.
	NumberPage(ctx context.Context, workspaceID string, p people.Page, within []string) ([]number.Number, string, error)
	// Holders lists who has any of the numbers.
	Holders(ctx context.Context, workspaceID string, numberIDs []string) ([]number.Assignment, error)
	Supervisors(ctx context.Context, workspaceID, numberID string) ([]string, error)
}

// Members finds who can have a number.
type Members interface {
	Roster(ctx context.Context, workspaceID string) ([]people.Brief, error)
	FindMembers(ctx context.Context, workspaceID string, p people.Page) ([]member.Member, string, error)
}

// Trunks lists what calls can leave by.
type Trunks interface {
	Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error)
}

// Service does what the forms about a number ask for.
type Service interface {
	Create(ctx context.Context, actor member.Member, d number.Draft) (number.Number, error)
	Edit(ctx context.Context, actor member.Member, numberID string, d number.Draft) (number.Number, error)
	Delete(ctx context.Context, actor member.Member, numberID string) error
}

// Holders does what the form about who has a number asks for.
type Holders interface {
	Assign(ctx context.Context, actor member.Member, numberID string, all []number.Assignment) error
	SetOwner(ctx context.Context, actor member.Member, numberID, memberID string) error
	SetSupervisors(ctx context.Context, actor member.Member, numberID string, memberIDs []string) error
}

// Lines tells what callers live through.
type Lines interface {
	// OpenNow says of each number of the workspace whether it is open to callers.
	OpenNow(ctx context.Context, workspaceID string) (map[string]bool, error)
}

// Paths tells a number's live flow in the reader's words.
type Paths interface {
	Path(ctx context.Context, who auth.Who, numberID string) (page.Path, error)
}

// Music is the hold music library.
type Music interface {
	MusicIDs() []string
	// WAV is a whole piece, for listening.
	WAV(id string) ([]byte, bool)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Regions   *region.Lists
	Store     Store
	Members   Members
	Trunks    Trunks
	Service   Service
	Holders   Holders
	Access    access.Store
	Lines     Lines
	Paths     Paths
	Music     Music
	PublicURL *url.URL // where callers find the public pages
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	manage := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageNumbers, f))
	}
	manage("GET /numbers/new", h.blank)
	manage("POST /numbers/new", h.create)
	manage("POST /numbers/{id}/delete", h.remove)
	run := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.UsePhone, f))
	}
	run("GET /numbers", h.list)
	run("GET /hold-music/{id}", h.music)
	run("GET /numbers/{id}", h.running(h.show))
	run("POST /numbers/{id}", h.running(h.edit))
	run("GET /numbers/{id}/access", h.running(h.showAccess))
	run("POST /numbers/{id}/access", h.running(h.saveAccess))
}

// facts are what the reader reaches; who manages all numbers needs no reading.
func (h *Handlers) facts(ctx context.Context, who auth.Who) (access.Facts, error) {
	if who.Can(member.ManageNumbers) {
		return access.Facts{Member: who.Member}, nil
	}
	return access.Read(ctx, h.needs.Access, who.Workspace, who.Member)
}

// running hands the number of the address to f where the reader runs it.
func (h *Handlers) running(f func(http.ResponseWriter, *http.Request, number.Number)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		n, err := h.needs.Store.Number(r.Context(), who.Workspace.ID, r.PathValue("id"))
		var facts access.Facts
		if err == nil {
			facts, err = h.facts(r.Context(), who)
		}
		if err == nil && !facts.RunsNumber(n.ID) {
			err = fault.New(fault.Forbidden, "error.not-allowed")
		}
		if err != nil {
			h.needs.Pages.Fail(w, r, err)
			return
		}
		f(w, r, n)
	}
}
