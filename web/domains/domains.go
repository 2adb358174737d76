// Package domains is where admins claim the e-mail domains of their company, so
// that colleagues join without an invitation, and where the link in the proof's
// mail leads. It decides nothing: rules are the claim service's. Opening a claim
// asks for the passkey again. Any goroutine may use a Handlers.
package domains

import (
	"context"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/claim"
	"parley/internal/domain/member"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/settings"
	"parley/web/ui"
)

// Reader shows what is claimed.
type Reader interface {
	List(ctx context.Context, actor member.Member) ([]claim.Claim, error)
	Waiting(ctx context.Context, actor member.Member, token string) (claim.Claim, error)
	MailReady() bool
}

// Service does what the forms ask for.
type Service interface {
	Claim(ctx context.Context, actor member.Member, d claim.Draft) (claim.Claim, error)
	Prove(ctx context.Context, actor member.Member, claimID string) (claim.Claim, error)
	Confirm(ctx context.Context, actor member.Member, token string) (claim.Claim, error)
	Disable(ctx context.Context, actor member.Member, claimID string) error
	Release(ctx context.Context, actor member.Member, claimID string) error
}

// Needs is what Handlers works with. One *claim.Service is both Reader and Service.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Reader  Reader
	Service Service
	Now     func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	gate := h.needs.Gate
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, gate.Require(member.ManageWorkspace, f))
	}
	opening := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, gate.Require(member.ManageWorkspace, gate.Confirmed(f)))
	}
	handle("GET /settings/domains", h.list)
	handle("POST /settings/domains", h.claim)
	handle("GET /settings/domains/{id}", h.show)
	opening("POST /settings/domains/{id}/prove", h.prove)
	handle("POST /settings/domains/{id}/disable", h.disable)
	handle("POST /settings/domains/{id}/release", h.release)
	handle("GET /domain/{token}", h.link)
	opening("POST /domain/{token}", h.confirm)
}

const home = "/settings/domains"

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	h.write(w, r, http.StatusOK, claim.Draft{Method: claim.ByDNS}, nil)
}

func (h *Handlers) claim(w http.ResponseWriter, r *http.Request) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	who, _ := auth.From(r.Context())
	d := claim.Draft{Domain: f.Value("domain"), Method: claim.Method(f.Value("method")), Address: f.Value("address")}
	if d.Method == claim.ByDNS {
		d.Address = ""
	}
	c, err := h.needs.Service.Claim(r.Context(), who.Member, d)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), d, errs)
		return
	}
	h.moved(w, r, home+"/"+c.ID+"?done=claimed", err)
}

// write shows the list with the form below it.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, d claim.Draft, errs form.Errors) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Reader.List(r.Context(), who.Member)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := newListView(c, all, d, h.needs.Reader.MailReady(), errs)
	v.Now = h.needs.Now()
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("join.domains.title"), Lead: c.T("join.domains.lead"), Place: ui.Settings, Tabs: settings.Tabs(c, home),
		Flash: flash(c, r.URL.Query().Get("done")),
	})
	h.needs.Pages.Show(w, r, status, listPage(v))
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	if one, ok := h.find(w, r); ok {
		h.writeOne(w, r, http.StatusOK, one, nil)
	}
}

// find answers with an error page where the claim is not the workspace's.
func (h *Handlers) find(w http.ResponseWriter, r *http.Request) (claim.Claim, bool) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Reader.List(r.Context(), who.Member)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return claim.Claim{}, false
	}
	for _, one := range all {
		if one.ID == r.PathValue("id") {
			return one, true
		}
	}
	h.needs.Pages.Fail(w, r, fault.New(fault.NotFound, "error.not-found"))
	return claim.Claim{}, false
}

// writeOne shows one claim, what is wrong with its proof and what to do next.
func (h *Handlers) writeOne(w http.ResponseWriter, r *http.Request, status int, one claim.Claim, errs form.Errors) {
	c := locale.From(r.Context())
	v := newOneView(c, one, errs)
	v.Now = h.needs.Now()
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: v.Domain, Place: ui.Settings, Crumbs: []ui.Crumb{{Text: c.T("join.domains.title"), Href: home}},
		Flash: flash(c, r.URL.Query().Get("done")), Narrow: true,
	})
	h.needs.Pages.Show(w, r, status, onePage(v))
}

// prove looks at the DNS or sends another mail. What is missing is told on the
// claim's page.
func (h *Handlers) prove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	one, err := h.needs.Service.Prove(r.Context(), who.Member, r.PathValue("id"))
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unavailable, fault.Conflict, fault.TooMany:
		if found, ok := h.find(w, r); ok {
			h.writeOne(w, r, page.Status(fault.KindOf(err)), found, form.Errors{fault.Of(err)})
		}
		return
	}
	done := "mailed"
	if one.Open() {
		done = "opened"
	}
	h.moved(w, r, home+"/"+one.ID+"?done="+done, err)
}

func (h *Handlers) disable(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	err := h.needs.Service.Disable(r.Context(), who.Member, r.PathValue("id"))
	h.moved(w, r, home+"/"+r.PathValue("id")+"?done=disabled", err)
}

func (h *Handlers) release(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	err := h.needs.Service.Release(r.Context(), who.Member, r.PathValue("id"))
	h.moved(w, r, home+"?done=released", err)
}

// link does not use the link up: mail programs open links to look at them.
func (h *Handlers) link(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	one, err := h.needs.Reader.Waiting(r.Context(), who.Member, r.PathValue("token"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	domain := claim.Shown(one.Domain)
	h.needs.Pages.Show(w, r, http.StatusOK, linkPage(linkView{
		Frame: h.needs.Pages.Frame(r, ui.Page{
			Title: c.T("join.domains.confirm-title", "domain", domain), Place: ui.Settings, Narrow: true,
			Lead:   c.T("join.domains.confirm-lead", "company", who.Workspace.Name, "domain", domain),
			Crumbs: []ui.Crumb{{Text: c.T("join.domains.title"), Href: home}},
		}),
		Action: r.URL.Path, Domain: domain,
	}))
}

func (h *Handlers) confirm(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	one, err := h.needs.Service.Confirm(r.Context(), who.Member, r.PathValue("token"))
	h.moved(w, r, home+"/"+one.ID+"?done=opened", err)
}

// moved goes on to a page after what was asked for is done.
func (h *Handlers) moved(w http.ResponseWriter, r *http.Request, to string, err error) {
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
