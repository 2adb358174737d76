package todo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/callback"
	"parley/internal/domain/people"
	"parley/internal/domain/todo"
	"parley/web/locale"
	"parley/web/ui"
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	v, err := h.load(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("todo.title"), Lead: c.T("todo.lead"), Place: ui.Todo, Sheets: []string{"calls.css", "todo.css"}, Tabs: tabs(c, v.query),
		Flash: flash(c, r.URL.Query().Get("done")),
	})
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) load(r *http.Request) (listView, error) {
	ctx := r.Context()
	who, _ := auth.From(ctx)
	v := listView{query: readQuery(r.URL.Query()), Now: h.needs.Now(), c: locale.From(ctx)}
	within, err := h.needs.Service.Numbers(ctx, who.Member)
	if err != nil {
		return v, err
	}
	numbers, err := h.needs.Directory.NumberNames(ctx, who.Workspace.ID, within)
	if err != nil {
		return v, fmt.Errorf("list numbers: %w", err)
	}
	if !slices.ContainsFunc(numbers, func(n people.Name) bool { return n.ID == v.query.number }) {
		v.query.number = ""
	}
	seen, err := h.needs.Service.List(ctx, who.Member, v.query.service())
	if err != nil {
		return v, err
	}
	if len(seen) > pageSize {
		seen = seen[:pageSize]
		v.Pages.Older = v.query.of(seen).path()
	}
	if !v.query.before.IsZero() {
		v.Pages.Newer = query{view: v.query.view, number: v.query.number}.path()
	}
	n, err := h.names(ctx, who.Workspace.ID, seen)
	if err != nil {
		return v, err
	}
	v.fill(n, numbers, seen, who.Member.ID)
	return v, nil
}

// names knows what ids stand for.
type names struct{ members, numbers map[string]string }

func (h *Handlers) names(ctx context.Context, workspaceID string, seen []todo.Seen) (names, error) {
	n := names{members: map[string]string{}, numbers: map[string]string{}}
	members, lines := []string{}, []string{}
	for _, s := range seen {
		members = append(members, s.AssigneeID, s.DoneBy)
		lines = append(lines, s.NumberID)
	}
	people, err := h.needs.Directory.MemberNames(ctx, workspaceID, members)
	if err != nil {
		return n, fmt.Errorf("look up members: %w", err)
	}
	for _, one := range people {
		n.members[one.ID] = one.Name
	}
	found, err := h.needs.Directory.NumberNames(ctx, workspaceID, lines)
	if err != nil {
		return n, fmt.Errorf("look up numbers: %w", err)
	}
	for _, one := range found {
		n.numbers[one.ID] = one.Name
	}
	return n, nil
}

type listView struct {
	Frame   ui.Page
	Items   []item
	Numbers []ui.Option
	Pages   ui.Pagination
	Now     time.Time

	query query
	c     *locale.Catalogue
}

// done says whether the list is of what is done with.
func (v listView) done() bool { return v.query.view == viewDone }

type item struct {
	ID       string
	Icon     string
	What     string // why there is something to do, and how often he called
	Return   string // what Parley does about it by itself
	Party    string
	E164     string
	Who      string // Party or the number, as buttons speak of him
	Line     string
	At       time.Time
	Call     string // address of the latest call
	Assignee string
	Mine     bool
	Dial     string // address to call back at, "" where the reader cannot
	Acts     bool
	Outcome  string
	By       string
	DoneAt   time.Time
}

func (v *listView) fill(n names, numbers []people.Name, seen []todo.Seen, readerID string) {
	v.Numbers = []ui.Option{{Value: "", Text: v.c.T("todo.any-line"), Selected: v.query.number == ""}}
	for _, one := range numbers {
		v.Numbers = append(v.Numbers, ui.Option{Value: one.ID, Text: one.Name, Selected: one.ID == v.query.number})
	}
	for _, s := range seen {
		v.Items = append(v.Items, v.item(n, s, readerID))
	}
}

func (v *listView) item(n names, s todo.Seen, readerID string) item {
	i := item{
		ID: s.ID, Icon: icon(s.Kind), What: v.c.T("todo.kind." + string(s.Kind)), Party: s.Name, E164: s.E164, Line: n.numbers[s.NumberID],
		At: s.LatestAt, Call: "/calls/" + s.CallID, Assignee: n.members[s.AssigneeID], Mine: s.AssigneeID == readerID, Acts: s.Acts,
	}
	i.Who = caller(v.c, s.Item)
	if s.Calls > 1 {
		i.What += " · " + v.c.T("todo.calls", "n", s.Calls)
	}
	if i.Party == "" && i.E164 == "" {
		i.Party = v.c.T("todo.hidden")
	}
	if i.Line == "" {
		i.Line = v.c.T("todo.line-gone")
	}
	if s.AssigneeID != "" && i.Assignee == "" {
		i.Assignee = v.c.T("todo.somebody")
	}
	if s.Dials && s.Open() {
		i.Dial = "/phone#" + url.Values{"to": {s.E164}, "line": {s.NumberID}}.Encode()
	}
	if s.Open() {
		i.Return = returning(v.c, s.Return, v.Now)
	}
	if !s.Open() {
		i.Outcome, i.By, i.DoneAt = v.c.T("todo.outcome."+string(s.Outcome)), n.members[s.DoneBy], s.DoneAt
	}
	return i
}

// returning says how the callback stands that Parley makes by itself, "" where it was
// to make none.
func returning(c *locale.Catalogue, r todo.Return, now time.Time) string {
	attempt := min(r.Attempts+1, callback.Attempts)
	switch {
	case r.PromisedAt.IsZero():
		return ""
	case !r.Pending() && r.Attempts > 0:
		return c.T("todo.return.unreached", "n", r.Attempts)
	case !r.Pending():
		return c.T("todo.return.over")
	case !r.CalledAt.IsZero():
		return c.T("todo.return.calling")
	case r.Trying == "" && r.NextAt.After(now):
		return c.T("todo.return.next", "time", c.Clock(r.NextAt), "attempt", attempt, "of", callback.Attempts)
	}
	return c.T("todo.return.lined", "attempt", attempt, "of", callback.Attempts)
}

// caller is who called, in words.
func caller(c *locale.Catalogue, i todo.Item) string {
	switch {
	case i.Name != "":
		return i.Name
	case i.E164 != "":
		return c.Phone(i.E164).Text
	}
	return c.T("todo.hidden")
}

func icon(k todo.Kind) string {
	switch k {
	case todo.Voicemail:
		return "voicemail"
	case todo.Callback:
		return "phone-incoming"
	case todo.Missed:
	}
	return "phone-missed"
}

// columns are those of a list: what is done with has nobody to do it.
func columns(c *locale.Catalogue, v listView) []ui.Column {
	out := []ui.Column{{Text: c.T("todo.caller")}, {Text: c.T("todo.what")}, {Text: c.T("todo.line")}, {Text: c.T("todo.when")}}
	if v.done() {
		return append(out, ui.Column{Text: c.T("todo.outcome")}, ui.Column{Text: c.T("todo.by")})
	}
	return append(out, ui.Column{Text: c.T("todo.assignee")}, ui.Column{Text: c.T("todo.actions"), Hidden: true})
}

func tabs(c *locale.Catalogue, q query) ui.Tabs {
	t := ui.Tabs{Label: c.T("todo.views")}
	for _, view := range []struct{ view, key string }{{viewOpen, "todo.open"}, {viewMine, "todo.mine"}, {viewDone, "todo.done"}} {
		to := query{view: view.view, number: q.number}
		if view.view == viewMine {
			to.number = ""
		}
		t.Items = append(t.Items, ui.TabLink{Text: c.T(view.key), Href: to.path(), Current: view.view == q.view})
	}
	return t
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	switch done {
	case "archived":
		return ui.Notice{Tone: ui.Good, Text: c.T("todo.archived")}
	case "called-back":
		return ui.Notice{Tone: ui.Good, Text: c.T("todo.called-back")}
	case "assigned":
		return ui.Notice{Tone: ui.Good, Text: c.T("todo.assigned")}
	case "done":
		return ui.Notice{Tone: ui.Info, Text: c.T("error.todo-done")}
	}
	return ui.Notice{}
}

// choose offers whom an item can be assigned to.
func (h *Handlers) choose(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, _ := auth.From(ctx)
	roster, err := h.needs.Directory.Roster(ctx, who.Workspace.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("list members: %w", err))
		return
	}
	s, err := h.needs.Service.Find(ctx, who.Member, r.PathValue("id"))
	if err == nil && (!s.Acts || !s.Open()) {
		err = fault.New(fault.Conflict, "error.todo-done")
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(ctx)
	v := chooseView{ID: s.ID}
	v.Members = append(v.Members, ui.Option{Value: "", Text: c.T("todo.nobody"), Selected: s.AssigneeID == ""})
	for _, m := range roster {
		v.Members = append(v.Members, ui.Option{Value: m.ID, Text: m.Name, Hint: m.Email, Selected: s.AssigneeID == m.ID})
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("todo.assign-title"), Lead: caller(c, s.Item), Place: ui.Todo, Narrow: true, Crumbs: []ui.Crumb{{Text: c.T("todo.title"), Href: "/todo"}},
	})
	h.needs.Pages.Show(w, r, http.StatusOK, choosePage(v))
}

type chooseView struct {
	Frame   ui.Page
	ID      string
	Members []ui.Option
}
