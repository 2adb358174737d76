package invite

import (
	"cmp"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/web/locale"
	"parley/web/ui"
)

// refuse shows why a link no longer works, where the server knows.
func (h *Handlers) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if fault.Of(err).Key != "error.link-expired" {
		h.pages.Fail(w, r, err)
		return
	}
	late, lateErr := h.invitations.Late(r.Context(), r.PathValue("token"))
	if lateErr != nil {
		h.pages.Fail(w, r, lateErr)
		return
	}
	h.showLate(w, r, http.StatusNotFound, late, false)
}

// again asks for a new link. Whether it was asked for before makes no difference.
func (h *Handlers) again(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if err := h.invitations.Again(r.Context(), token); err != nil {
		h.refuse(w, r, err)
		return
	}
	late, err := h.invitations.Late(r.Context(), token)
	if err != nil {
		h.pages.Fail(w, r, err)
		return
	}
	h.showLate(w, r, http.StatusOK, late, true)
}

func (h *Handlers) showLate(w http.ResponseWriter, r *http.Request, status int, late auth.Late, asked bool) {
	r = h.pages.Speaking(r, cmp.Or(late.Language, late.Workspace.Language))
	c := locale.From(r.Context())
	v := lateView{
		Frame: h.pages.Bare(r, ui.Bare{
			Title: c.T("error.title-link"), Lead: reason(c, late),
		}),
		SignIn: late.Reason == auth.LateUsed, Asked: asked,
	}
	v.Frame.Path = "/invite/" + r.PathValue("token") // answers GET, for the language switch
	if late.CanAsk {
		v.Again = "/invite/" + r.PathValue("token") + "/again"
	}
	h.pages.Show(w, r, status, latePage(v))
}

func reason(c *locale.Catalogue, late auth.Late) string {
	switch late.Reason {
	case auth.LateUsed:
		return c.T("identity.invite.late-used", "workspace", late.Workspace.Name)
	case auth.LateExpired:
		return c.T("identity.invite.late-expired", "workspace", late.Workspace.Name)
	case auth.LateReplaced:
		return c.T("identity.invite.late-replaced", "workspace", late.Workspace.Name)
	}
	return c.T("identity.invite.late-withdrawn", "workspace", late.Workspace.Name)
}
