package webcall

import (
	"context"
	"net/http"

	"parley/internal/base/fault"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Socket is where callers' websockets are; the number follows.
const Socket = "/ws/call/"

// Numbers finds a number by what stands in the address.
type Numbers interface {
	NumberByE164(ctx context.Context, e164 string) (number.Number, error)
}

// Workspaces tells whose number it is.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Needs is what the handlers work with.
type Needs struct {
	Pages      *page.Pages
	Assets     ui.URLs
	Numbers    Numbers
	Workspaces Workspaces
}

// Handlers serve the public page of every number that has it switched on.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) { mux.Handle("GET /call/{number}", http.HandlerFunc(h.show)) }

// show draws the page. A number without it does not exist here: nobody learns
// which numbers a company has.
func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	line, err := h.needs.Numbers.NumberByE164(r.Context(), r.PathValue("number"))
	if err == nil && !line.OnWeb() {
		err = fault.New(fault.NotFound, "error.not-found")
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	ws, err := h.needs.Workspaces.Workspace(r.Context(), line.WorkspaceID)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	lang := locale.From(r.Context()).Lang()
	h.needs.Pages.Show(w, r, http.StatusOK, Screen(View{
		Company: ws.Name, Line: line.Name, Number: line.E164, Path: r.URL.Path,
		Socket: Socket + line.E164 + "?lang=" + lang, Mode: Ready,
		MayBeRecorded: line.Recording.AutoInbound || line.Recording.AgentInbound, Assets: h.needs.Assets,
	}))
}
