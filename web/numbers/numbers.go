// Package numbers is where admins see, make, edit and give up phone numbers. It
// decides nothing: rules are the number service's. Any goroutine may use a
// Handlers.
package numbers

import (
	"context"
	"net/http"
	"net/url"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/web/page"
	"parley/web/region"
)

// Store reads numbers and who has them.
type Store interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
	Number(ctx context.Context, workspaceID, id string) (number.Number, error)
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
}

// Members lists who can have a number.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Trunks lists what calls can leave by.
type Trunks interface {
	Trunks(ctx context.Context, workspaceID string) ([]trunk.Trunk, error)
}

// Service does what the forms ask for.
type Service interface {
	Create(ctx context.Context, actor member.Member, d number.Draft) (number.Number, error)
	Edit(ctx context.Context, actor member.Member, numberID string, d number.Draft) (number.Number, error)
	Assign(ctx context.Context, actor member.Member, numberID string, all []number.Assignment) error
	Delete(ctx context.Context, actor member.Member, numberID string) error
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
	Music     Music
	PublicURL *url.URL // where callers find the public pages
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageNumbers, f))
	}
	handle("GET /numbers", h.list)
	handle("GET /numbers/new", h.blank)
	handle("POST /numbers/new", h.create)
	handle("GET /numbers/music/{id}", h.music)
	handle("GET /numbers/{id}", h.show)
	handle("POST /numbers/{id}", h.edit)
	handle("POST /numbers/{id}/delete", h.remove)
}
