package flow

import (
	"errors"
	"net/http"

	"parley/internal/base/fault"
	"parley/internal/domain/routing"
	"parley/web/form"
	"parley/web/page"
	"parley/web/ui"
)

// maxNote is the longest note of a publish, in characters.
const maxNote = 200

// publishView is the page that shows what would change before it does.
type publishView struct {
	Frame    ui.Page
	Base     string
	Revision string
	Note     string
	Changes  []string
	Problems []problemView
	Cases    []caseView
	Failed   int
	First    bool // nothing was live before
	Errors   map[string]string
	Summary  []ui.FieldError
}

// ready says that nothing keeps the draft from going live.
func (v publishView) ready() bool { return len(v.Problems) == 0 && v.Failed == 0 }

func (h *Handlers) showPublish(w http.ResponseWriter, r *http.Request, s *scene) {
	h.writePublish(w, r, http.StatusOK, s, nil, nil)
}

func (h *Handlers) writePublish(w http.ResponseWriter, r *http.Request, status int, s *scene, f *form.Form, errs form.Errors) {
	if s.Draft.Revision == 0 {
		http.Redirect(w, r, s.base(), http.StatusSeeOther)
		return
	}
	v, err := h.publishing(r, s)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if f != nil {
		v.Note = f.Value("note")
	}
	v.Errors, v.Summary = page.Texts(s.C, errs)
	h.needs.Pages.Show(w, r, status, publishPage(v))
}

func (h *Handlers) publishing(r *http.Request, s *scene) (publishView, error) {
	ctx, actor := r.Context(), s.Who.Member
	v := publishView{Base: s.base(), Revision: s.revision()}
	live, err := h.needs.Versions.Live(ctx, actor, s.Number.ID)
	if err != nil {
		return v, err
	}
	problems, err := h.needs.Drafts.Check(ctx, actor, s.Number.ID, s.Draft.Flow)
	if err != nil {
		return v, err
	}
	results, err := h.needs.Trials.RunCases(ctx, actor, s.Number.ID, s.Draft.Flow)
	if err != nil {
		return v, err
	}
	t, err := edit(s.Draft.Flow)
	if err != nil {
		return v, err
	}
	v.Problems, _ = s.names.problems(t, problems)
	v.Cases = s.caseViews(t, &tree{live.Flow}, results)
	for _, c := range v.Cases {
		if !c.Passes {
			v.Failed++
		}
	}
	v.First = live.Version == 0
	v.Changes = s.names.changes(live.Flow, s.Draft.Flow)
	v.Frame = h.frame(r, s, pageOf(s.C.T("flow.publish.title"), s.C.T("flow.publish.lead")))
	v.Frame.Narrow = true
	return v, nil
}

// late answers who would publish another draft than there is. Who has published it
// himself has pressed the button twice.
func (h *Handlers) late(w http.ResponseWriter, r *http.Request, s *scene) {
	if s.Draft.Revision > 0 {
		h.overtaken(w, r, s)
		return
	}
	live, err := h.needs.Versions.Live(r.Context(), s.Who.Member, s.Number.ID)
	switch {
	case err != nil:
		h.needs.Pages.Fail(w, r, err)
	case live.PublishedBy == s.Who.Member.ID:
		http.Redirect(w, r, s.base(), http.StatusSeeOther)
	default:
		h.overtaken(w, r, s)
	}
}

func (h *Handlers) publish(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	note := f.Optional("note", maxNote)
	if errs := form.ErrorsOf(f.Err()); errs != nil {
		h.writePublish(w, r, http.StatusUnprocessableEntity, s, f, errs)
		return
	}
	if f.Value("rev") != s.revision() {
		h.late(w, r, s)
		return
	}
	_, err = h.needs.Drafts.Publish(r.Context(), s.Who.Member, s.Number.ID, s.Draft.Revision, note)
	var refused routing.Refused
	switch {
	case err == nil:
		h.past.forget(s.Number.ID)
		http.Redirect(w, r, s.after(outcome{Done: "published"}), http.StatusSeeOther)
	case errors.As(err, &refused):
		h.writePublish(w, r, http.StatusUnprocessableEntity, s, f, nil)
	case fault.KindOf(err) == fault.Conflict:
		h.overtaken(w, r, s)
	default:
		h.needs.Pages.Fail(w, r, err)
	}
}
