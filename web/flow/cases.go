package flow

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
	"parley/web/form"
	"parley/web/ui"
)

// caseView is a named scenario with how it fares in the draft.
type caseView struct {
	ID, Name, When string
	Expect         []string // the path in words
	Got            []string // where it differs
	Passes         bool
	Href           string // tries it out
}

type casesView struct {
	Frame ui.Page
	Base  string
	Cases []caseView
}

func (h *Handlers) cases(w http.ResponseWriter, r *http.Request, s *scene) {
	results, err := h.needs.Trials.RunCases(r.Context(), s.Who.Member, s.Number.ID, s.Draft.Flow)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t, err := edit(s.Draft.Flow)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	live, err := h.needs.Versions.Live(r.Context(), s.Who.Member, s.Number.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v := casesView{Base: s.base(), Cases: s.caseViews(t, &tree{live.Flow}, results)}
	v.Frame = h.frame(r, s, pageOf(s.C.T("flow.cases"), s.C.T("flow.cases-lead")))
	h.needs.Pages.Show(w, r, http.StatusOK, casesPage(v))
}

// caseViews puts cases into words. Steps that the tree has no more are called what
// they are called in what was there before.
func (s *scene) caseViews(t, before *tree, results []routing.CaseResult) []caseView {
	var out []caseView
	for _, one := range results {
		v := caseView{
			ID: one.Case.ID, Name: one.Case.Name, Passes: one.Passed, Href: s.base() + "/simulate?" + s.queryOf(one.Case),
			When: s.C.Date(one.Case.Scenario.At) + ", " + s.C.Clock(one.Case.Scenario.At), Expect: s.steps(one.Case.Expect, t, before),
		}
		if !one.Passed {
			v.Got = s.steps(one.Story.Steps, t)
		}
		out = append(out, v)
	}
	return out
}

func (s *scene) steps(ids []string, trees ...*tree) []string {
	var out []string
	for _, id := range ids {
		text := s.C.T("flow.gone.step")
		for _, t := range trees {
			if step := t.step(id); step != nil {
				text = s.names.say(*step).Title
				break
			}
		}
		out = append(out, text)
	}
	return out
}

// failing counts the cases that keep the draft from going live.
func (h *Handlers) failing(ctx context.Context, s *scene) (n int, err error) {
	results, err := h.needs.Trials.RunCases(ctx, s.Who.Member, s.Number.ID, s.Draft.Flow)
	for _, one := range results {
		if !one.Passed {
			n++
		}
	}
	return n, err
}

// saveCase keeps the scenario that was tried, with the path it took.
func (h *Handlers) saveCase(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	q, err := url.ParseQuery(f.Value("query"))
	if err != nil {
		h.needs.Pages.Fail(w, r, fault.New(fault.Invalid, "error.form-unreadable").Because(err))
		return
	}
	sc, wrong := h.scenario(q, s)
	name := f.Text("name", 80)
	for _, e := range wrong {
		f.Add(e)
	}
	if f.Err() != nil {
		h.needs.Pages.Fail(w, r, form.ErrorsOf(f.Err())[0])
		return
	}
	story, err := h.needs.Trials.Simulate(r.Context(), s.Who.Member, s.Number.ID, s.Draft.Flow, sc)
	if err == nil {
		_, err = h.needs.Trials.SaveCase(r.Context(), s.Who.Member, routing.Case{
			NumberID: s.Number.ID, WorkspaceID: s.Who.Workspace.ID, Name: name, Scenario: sc, Expect: story.Steps,
		})
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	q.Del("which")
	q.Set("done", "case")
	http.Redirect(w, r, s.base()+"/simulate?"+q.Encode(), http.StatusSeeOther)
}

func (h *Handlers) deleteCase(w http.ResponseWriter, r *http.Request, s *scene) {
	if err := h.needs.Trials.DeleteCase(r.Context(), s.Who.Member, s.Number.ID, r.PathValue("case")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.base()+"/cases", http.StatusSeeOther)
}

// events are those of a calendar, none where it is unknown or unreadable.
func (n *names) events(feedID string) []hours.Event {
	for _, f := range n.feeds {
		if f.ID != feedID {
			continue
		}
		var out []hours.Event
		if json.Unmarshal(f.Events, &out) == nil {
			return out
		}
	}
	return nil
}

func oneLine(words []string) string { return strings.Join(words, " → ") }
