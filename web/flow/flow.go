// Package flow is where somebody says what callers of a number live through: the
// draft as a vertical path whose steps are edited in place, its difference to what
// is live, publishing, the versions there were, trying a call out, and the calendars
// that close numbers. Each edit is a form that is posted, so everything works
// without a script; flow.js posts the same forms without leaving the page. What a
// flow means and who may change it is decided by packages flow and routing.
// Any goroutine may use a Handlers.
package flow

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/web/locale"
	"parley/web/messages"
	"parley/web/page"
	"parley/web/ui"
)

// Handlers serve the pages.
type Handlers struct {
	needs Needs
	past  *past
}

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{needs: n, past: newPast()} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	at := func(pattern string, f func(http.ResponseWriter, *http.Request, *scene)) {
		mux.Handle(pattern, h.needs.Gate.Require(member.UsePhone, h.running(f)))
	}
	at("GET /numbers/{id}/flow", h.show)
	at("POST /numbers/{id}/flow/build", h.build)
	at("POST /numbers/{id}/flow/add", h.change(h.add))
	at("POST /numbers/{id}/flow/steps/{step}", h.change(h.save))
	at("POST /numbers/{id}/flow/steps/{step}/move", h.change(h.move))
	at("POST /numbers/{id}/flow/steps/{step}/remove", h.change(h.remove))
	at("POST /numbers/{id}/flow/steps/{step}/keys", h.change(h.addKey))
	at("POST /numbers/{id}/flow/undo", h.undo)
	at("POST /numbers/{id}/flow/discard", h.discard)
	at("GET /numbers/{id}/flow/publish", h.showPublish)
	at("POST /numbers/{id}/flow/publish", h.publish)
	at("GET /numbers/{id}/flow/versions", h.versions)
	at("GET /numbers/{id}/flow/versions/{version}", h.version)
	at("POST /numbers/{id}/flow/versions/{version}/restore", h.restore)
	at("GET /numbers/{id}/flow/simulate", h.simulate)
	at("GET /numbers/{id}/flow/cases", h.cases)
	at("POST /numbers/{id}/flow/cases", h.saveCase)
	at("POST /numbers/{id}/flow/cases/{case}/delete", h.deleteCase)
	manage := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.ManageNumbers, f))
	}
	manage("GET /calendars", h.calendars)
	manage("POST /calendars", h.saveCalendar)
	manage("POST /calendars/{feed}/delete", h.deleteCalendar)
}

// scene is a request about one number's flow.
type scene struct {
	Who    auth.Who
	C      *locale.Catalogue
	Number number.Number
	Draft  routing.Draft
	Speaks bool // there is a voice that texts can be read by
	names  *names
}

func (s *scene) base() string { return "/numbers/" + s.Number.ID + "/flow" }

// revision names the draft as a page shows it; where there is none, the version that
// one would be begun from.
func (s *scene) revision() string {
	if s.Draft.Revision == 0 {
		return strconv.Itoa(s.Draft.Base)
	}
	return strconv.Itoa(s.Draft.Revision)
}

func (s *scene) manages() bool { return s.Who.Can(member.ManageNumbers) }

// running hands the number of the address and its draft to f where the reader runs
// the number.
func (h *Handlers) running(f func(http.ResponseWriter, *http.Request, *scene)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		s := &scene{Who: who, C: locale.From(r.Context())}
		if err := h.open(r.Context(), s, r.PathValue("id")); err != nil {
			h.needs.Pages.Fail(w, r, err)
			return
		}
		f(w, r, s)
	}
}

func (h *Handlers) open(ctx context.Context, s *scene, numberID string) error {
	var err error
	if s.Number, err = h.needs.Directory.Number(ctx, s.Who.Workspace.ID, numberID); err != nil {
		return err
	}
	facts := access.Facts{Member: s.Who.Member}
	if !s.manages() {
		if facts, err = access.Read(ctx, h.needs.Access, s.Who.Workspace, s.Who.Member); err != nil {
			return err
		}
	}
	if !facts.RunsNumber(s.Number.ID) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	if s.Draft, err = h.needs.Drafts.Draft(ctx, s.Who.Member, s.Number.ID); err != nil {
		return err
	}
	// Without an answer from the voices there are still the messages there are.
	voices, err := h.needs.Speaker.Voices(ctx)
	s.Speaks = err == nil && len(voices) > 0
	s.names, err = h.meet(ctx, s, s.Draft.Flow)
	return err
}

// frame is what the pages of a flow have around them.
func (h *Handlers) frame(r *http.Request, s *scene, p ui.Page) ui.Page {
	p.Place = ui.Numbers
	p.Crumbs = []ui.Crumb{{Text: s.C.T("numbers.title"), Href: "/numbers"}}
	if p.Title == "" {
		p.Title = s.Number.Name
		p.Tabs = page.NumberTabs(s.C, s.Number.ID, page.NumberFlow)
	} else {
		p.Crumbs = append(p.Crumbs, ui.Crumb{Text: s.Number.Name, Href: s.base()})
	}
	p.Sheets = append(slices.Clone(p.Sheets), "hours.css", "flow.css")
	p.Scripts = append(slices.Clone(p.Scripts), "hours.js", messages.PickerScript, "flow.js")
	return h.needs.Pages.Frame(r, p)
}
