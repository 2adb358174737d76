package flow

import (
	"net/http"
	"net/url"
	"strconv"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/web/form"
	"parley/web/page"
)

// maxForm bounds the forms of a flow: those whom a step rings may be a thousand.
const maxForm = 256 << 10

// op alters the tree as a form says.
type op func(r *http.Request, s *scene, f *form.Form, t *tree) (outcome, error)

// outcome is what an edit leads to.
type outcome struct {
	Open string // the step whose fields are shown next
	At   string // the step the page goes to
	Done string // what the page says was done
}

// change is the handler of an edit: it reads the form, alters a copy of the draft,
// and stores it if nobody else has meanwhile.
func (h *Handlers) change(alter op) func(http.ResponseWriter, *http.Request, *scene) {
	return func(w http.ResponseWriter, r *http.Request, s *scene) {
		f, err := form.ParseWithin(w, r, maxForm)
		if err != nil {
			h.needs.Pages.Fail(w, r, err)
			return
		}
		if f.Value("rev") != s.revision() {
			h.conflict(w, r, s)
			return
		}
		t, err := edit(s.Draft.Flow)
		if err != nil {
			h.needs.Pages.Fail(w, r, err)
			return
		}
		out, err := alter(r, s, f, t)
		if err == nil {
			err = f.Err()
		}
		if errs := form.ErrorsOf(err); errs != nil {
			h.refused(w, r, s, f, t, errs)
			return
		}
		if err == nil {
			err = h.store(r, s, t.flow)
		}
		if fault.KindOf(err) == fault.Conflict {
			h.conflict(w, r, s)
			return
		}
		if err != nil {
			h.needs.Pages.Fail(w, r, err)
			return
		}
		http.Redirect(w, r, s.after(out), http.StatusSeeOther)
	}
}

func (h *Handlers) store(r *http.Request, s *scene, f flow.Flow) error {
	saved, err := h.needs.Drafts.SaveDraft(r.Context(), s.Who.Member, s.Number.ID, s.Draft.Revision, flow.Clean(f))
	if err == nil {
		h.past.keep(s.Number.ID, saved.Revision, s.Draft.Flow)
	}
	return err
}

// after is the address of the page behind an edit.
func (s *scene) after(out outcome) string {
	q := url.Values{}
	if out.Open != "" {
		q.Set("open", out.Open)
	}
	if out.Done != "" {
		q.Set("done", out.Done)
	}
	if out.At != "" { // scripts are not told the fragment of where a form leads
		q.Set("at", out.At)
	}
	at := s.base()
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	if out.At != "" {
		at += "#s-" + out.At
	}
	return at
}

// refused shows the page again with what is wrong at the fields of the step.
func (h *Handlers) refused(w http.ResponseWriter, r *http.Request, s *scene, f *form.Form, t *tree, errs form.Errors) {
	open := r.PathValue("step")
	shown := s.Draft.Flow
	if errs[0].Kind != fault.Conflict {
		shown = t.flow // as it was filled in
	}
	byField, summary := page.Texts(s.C, errs)
	h.write(w, r, page.Status(errs[0].Kind), s, request{
		Flow: shown, Open: open, typed: f, Errors: byField, Summary: summary,
	})
}

func (h *Handlers) add(_ *http.Request, sc *scene, f *form.Form, t *tree) (outcome, error) {
	at, ok := parseSpot(f.Value("at"))
	if !ok {
		return outcome{}, fault.New(fault.Invalid, "error.form-unreadable")
	}
	var kinds []string
	for _, k := range flow.Kinds() {
		kinds = append(kinds, string(k))
	}
	kind := flow.Kind(f.OneOf("kind", kinds...))
	if f.Err() != nil {
		return outcome{}, nil
	}
	if count(t.flow) >= flow.MaxSteps {
		return outcome{}, fault.New(fault.Conflict, "error.flow-steps-too-many").With("limit", strconv.Itoa(flow.MaxSteps))
	}
	s := h.fresh(sc, kind, t)
	return outcome{Open: s.ID, At: s.ID, Done: "added"}, t.insert(at, s)
}

func (h *Handlers) save(r *http.Request, s *scene, f *form.Form, t *tree) (outcome, error) {
	step := t.step(r.PathValue("step"))
	if step == nil || f.Value("kind") != string(step.Kind()) {
		return outcome{}, gone()
	}
	out := outcome{At: step.ID, Done: "saved"}
	if f.Value("raise") != "" {
		out.Open, out.Done = step.ID, ""
	}
	return out, reader{h, r.Context(), s, f}.read(step)
}

func (h *Handlers) move(r *http.Request, _ *scene, f *form.Form, t *tree) (outcome, error) {
	id := r.PathValue("step")
	var to spot
	ok := true
	switch f.Value("way") {
	case "up":
		to, ok = t.above(id)
	case "down":
		to, ok = t.below(id)
	default:
		to, ok = parseSpot(f.Value("to"))
	}
	if !ok {
		return outcome{}, fault.New(fault.Conflict, "error.flow-no-place")
	}
	return outcome{At: id, Done: "moved"}, t.move(id, to)
}

func (h *Handlers) remove(r *http.Request, _ *scene, _ *form.Form, t *tree) (outcome, error) {
	_, err := t.remove(r.PathValue("step"))
	return outcome{Done: "removed"}, err
}

// undo puts back the flow before the last edit.
func (h *Handlers) undo(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	was, ok := h.past.last(s.Number.ID, s.Draft.Revision)
	if !ok || f.Value("rev") != s.revision() {
		h.overtaken(w, r, s)
		return
	}
	saved, err := h.needs.Drafts.SaveDraft(r.Context(), s.Who.Member, s.Number.ID, s.Draft.Revision, was)
	if fault.KindOf(err) == fault.Conflict {
		h.overtaken(w, r, s)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.past.undone(s.Number.ID, saved.Revision)
	http.Redirect(w, r, s.after(outcome{Done: "undone"}), http.StatusSeeOther)
}

// discard throws the draft away that its page showed. One that has gone already is as
// was wished.
func (h *Handlers) discard(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if s.Draft.Revision > 0 && f.Value("rev") != s.revision() {
		h.overtaken(w, r, s)
		return
	}
	if err := h.needs.Drafts.DropDraft(r.Context(), s.Who.Member, s.Number.ID); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.past.forget(s.Number.ID)
	http.Redirect(w, r, s.after(outcome{Done: "discarded"}), http.StatusSeeOther)
}

// conflict shows that somebody else has saved meanwhile, with both ways out: what
// they made, or this change on top of it.
func (h *Handlers) conflict(w http.ResponseWriter, r *http.Request, s *scene) {
	h.meanwhile(w, r, s, true)
}

// overtaken is the same for who decided on a draft as a whole: nobody publishes,
// discards or undoes what he has not seen, so the way out is to look at it.
func (h *Handlers) overtaken(w http.ResponseWriter, r *http.Request, s *scene) {
	h.meanwhile(w, r, s, false)
}

func (h *Handlers) meanwhile(w http.ResponseWriter, r *http.Request, s *scene, again bool) {
	latest, err := h.needs.Drafts.Draft(r.Context(), s.Who.Member, s.Number.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	s.Draft = latest
	v := conflictView{Base: s.base(), Action: r.URL.Path, Again: again, At: latest.SavedAt, Now: h.needs.Now()}
	title := s.C.T("flow.conflict")
	switch latest.SavedBy {
	case "":
		v.Title = s.C.T("flow.conflict-gone")
	case s.Who.Member.ID: // in another tab, or the button was pressed twice
		v.Title, title = s.C.T("flow.conflict-self"), s.C.T("flow.conflict-late")
	default:
		v.Title = s.C.T("flow.conflict-title", "name", s.names.member(latest.SavedBy))
	}
	for name, values := range r.PostForm {
		for _, value := range values {
			if name == "rev" {
				value = s.revision()
			}
			v.Fields = append(v.Fields, field{name, value})
		}
	}
	v.Frame = h.frame(r, s, pageOf(title, ""))
	h.needs.Pages.Show(w, r, http.StatusConflict, conflictPage(v))
}
