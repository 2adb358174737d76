package phone

import (
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Socket is the path of the agents' websocket.
const Socket = "/ws/phone"

// Needs is what the handlers work with.
type Needs struct {
	Pages *page.Pages
	Gate  *auth.Gate
}

// Handlers serve the softphone's page; the program on it does the rest.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET /phone", h.needs.Gate.Require(member.UsePhone, http.HandlerFunc(h.show)))
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	h.needs.Pages.Show(w, r, http.StatusOK, Screen(View{
		Page:   h.needs.Pages.Frame(r, ui.Page{Title: locale.T(r.Context(), "nav.phone")}),
		Socket: Socket, Mode: Offline, State: ui.Offline,
	}))
}
