package flow

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/routing"
	"parley/web/form"
	"parley/web/ui"
)

// request says how the editor is to be shown.
type request struct {
	Flow    flow.Flow
	Open    string
	Add     string
	Moving  string
	typed   *form.Form
	Errors  map[string]string
	Summary []ui.FieldError
}

// editorView is the page of the draft.
type editorView struct {
	Frame    ui.Page
	Look     *look
	Begins   string // who calls what
	Path     listView
	Kinds    []kindView
	Summary  []ui.FieldError
	Problems []problemView
	Failed   int // test cases, where there are no problems
	Changes  []string
	Live     routing.Version
	Since    time.Time // of the live version
	Now      time.Time
	Drafted  bool // the draft differs from what is live
	Undo     bool
	Moving   string // title of the step that is being moved
	Blank    bool   // nothing was ever published or drafted
	Quick    *quickView
}

type problemView struct{ StepID, Where, Text string }

func (h *Handlers) show(w http.ResponseWriter, r *http.Request, s *scene) {
	q := r.URL.Query()
	h.write(w, r, http.StatusOK, s, request{Flow: s.Draft.Flow, Open: q.Get("open"), Add: q.Get("add"), Moving: q.Get("move")})
}

// write shows the editor.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, s *scene, req request) {
	v, err := h.editor(r, s, req)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.needs.Pages.Show(w, r, status, editorPage(v))
}

func (h *Handlers) editor(r *http.Request, s *scene, req request) (editorView, error) {
	ctx, n := r.Context(), s.names
	live, err := h.needs.Versions.Live(ctx, s.Who.Member, s.Number.ID)
	if err != nil {
		return editorView{}, err
	}
	problems, err := h.needs.Drafts.Check(ctx, s.Who.Member, s.Number.ID, req.Flow)
	if err != nil {
		return editorView{}, err
	}
	t, err := edit(req.Flow)
	if err != nil {
		return editorView{}, err
	}
	l := &look{
		Base: s.base(), Revision: s.revision(), Edit: true, Open: req.Open, Add: req.Add, Moving: req.Moving,
		Targets: n.leads(s.Number.ID),
	}
	v := editorView{Look: l, Summary: req.Summary, Live: live, Since: live.PublishedAt, Now: h.needs.Now(), Begins: n.phone(s.Number.E164)}
	v.Problems, l.Problems = n.problems(t, problems)
	if step := t.step(req.Open); step != nil {
		l.Form = stepForm(h.fieldsOf(s, l, *step, req))
	}
	if step := t.step(req.Moving); step != nil {
		v.Moving = n.say(*step).Title
	}
	p := path{l, n, t}
	v.Path, v.Kinds = p.view(), p.kinds()
	v.Changes = n.changes(live.Flow, s.Draft.Flow)
	if v.Drafted = s.Draft.Revision > 0; v.Drafted && len(v.Problems) == 0 {
		if v.Failed, err = h.failing(ctx, s); err != nil {
			return editorView{}, err
		}
	}
	_, v.Undo = h.past.last(s.Number.ID, s.Draft.Revision)
	if v.Blank = live.Version == 0 && !v.Drafted; v.Blank || r.URL.Query().Has("quick") {
		quick := h.quick(s, nil, nil)
		v.Quick = &quick
	}
	done := s.flash(r.URL.Query().Get("done"), len(v.Problems)+v.Failed == 0)
	v.Frame = h.frame(r, s, ui.Page{Flash: done})
	return v, nil
}

// fieldsOf are the fields of a step, with what was typed where it was refused.
func (h *Handlers) fieldsOf(s *scene, l *look, step flow.Step, req request) fieldsView {
	v := fieldsView{
		Look: l, Step: step, Errors: req.Errors, typed: req.typed, n: s.names, Speaks: s.Speaks,
		Language: s.Number.Language, Music: h.needs.Music.MusicIDs(), Manages: s.Who.Can(member.ManageNumbers), NumberID: s.Number.ID,
	}
	if step.Hours != nil {
		v.Preview = s.preview(step.Hours.Schedule, h.needs.Now())
	}
	return v
}

// flash says what an edit did; ready says that nothing keeps the draft from going live.
func (s *scene) flash(done string, ready bool) ui.Notice {
	switch done {
	case "built":
		if !ready {
			return ui.Notice{Tone: ui.Info, Text: s.C.T("flow.done.built-unready")}
		}
		return ui.Notice{Tone: ui.Good, Text: s.C.T("flow.done.built")}
	case "published", "restored", "undone", "discarded", "moved", "removed":
		return ui.Notice{Tone: ui.Good, Text: s.C.T("flow.done." + done)}
	}
	return ui.Notice{}
}

// problems puts what is wrong into words, in all and by step.
func (n *names) problems(t *tree, all []flow.Problem) (list []problemView, byStep map[string][]string) {
	byStep = map[string][]string{}
	for _, p := range all {
		text := n.problem(p)
		v := problemView{StepID: p.StepID, Text: text}
		if step := t.step(p.StepID); step != nil {
			v.Where = n.say(*step).Title
			byStep[p.StepID] = append(byStep[p.StepID], text)
		}
		list = append(list, v)
	}
	return list, byStep
}

// previewView is the next days of a schedule.
type previewView struct {
	Weekdays []string
	Skip     int // days of the first week that are past
	Days     []dayView
	Special  []dayView // that are not as their weekday
	Summary  string
}

type dayView struct {
	No, Hours, Long, Why string
	Closed               bool
}

// previewDays is how far a preview looks.
const previewDays = 60

func (s *scene) preview(sched hours.Schedule, now time.Time) *previewView {
	c := s.C
	zone := c.Zone().String()
	days := sched.Preview(now, previewDays, zone, s.names.events(sched.FeedID))
	if len(days) == 0 {
		return nil
	}
	v := &previewView{Weekdays: strings.Fields(c.T("account.days-short")), Skip: (int(days[0].Date.Weekday()) + 6) % 7}
	closed := 0
	for _, d := range days {
		one := s.day(d)
		if one.Closed {
			closed++
		}
		if one.Why != "" {
			v.Special = append(v.Special, one)
		}
		v.Days = append(v.Days, one)
	}
	v.Summary = c.T("flow.preview-sum", "open", len(days)-closed, "closed", closed)
	return v
}

func (s *scene) day(d hours.Day) dayView {
	var spans []string
	for _, span := range d.Open {
		spans = append(spans, clock(span.From)+"–"+clock(span.To))
	}
	names := strings.Fields(s.C.T("account.days"))
	date, _ := time.Parse(time.DateOnly, string(d.Date)) // as Preview wrote it
	v := dayView{No: strconv.Itoa(date.Day()), Hours: strings.Join(spans, " "), Why: d.Why, Closed: len(spans) == 0}
	on := names[(int(date.Weekday())+6)%7] + " " + s.C.In(time.UTC, "").Date(date)
	opens := s.C.T("flow.closed")
	if !v.Closed {
		opens = strings.Join(spans, ", ")
	}
	v.Long = s.C.T("flow.preview-day", "day", on, "hours", opens)
	if d.Why != "" {
		v.Long = s.C.T("flow.preview-why", "day", v.Long, "why", d.Why)
	}
	return v
}

func pageOf(title, lead string) ui.Page { return ui.Page{Title: title, Lead: lead} }
