// Package todo is where people see what is still to be done for callers, and call
// back, assign and archive. Whose items somebody sees and may act on is decided by
// the to-do service. Any goroutine may use a Handlers.
package todo

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/todo"
	"parley/web/form"
	"parley/web/page"
)

// Service keeps what is to be done.
type Service interface {
	List(ctx context.Context, actor member.Member, q todo.Query) ([]todo.Seen, error)
	Numbers(ctx context.Context, actor member.Member) ([]string, error)
	Find(ctx context.Context, actor member.Member, itemID string) (todo.Seen, error)
	Assign(ctx context.Context, actor member.Member, itemID, memberID string) (todo.Item, error)
	Archive(ctx context.Context, actor member.Member, itemID string) (todo.Item, error)
	CalledBack(ctx context.Context, actor member.Member, itemID string) (todo.Item, error)
}

// Directory names members and numbers.
type Directory interface {
	people.Names
	Roster(ctx context.Context, workspaceID string) ([]people.Brief, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Service   Service
	Directory Directory
	Now       func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.SeeCalls, f))
	}
	handle("GET /todo", h.list)
	handle("GET /todo/{id}/assign", h.choose)
	handle("POST /todo/{id}/assign", h.assign)
	handle("POST /todo/{id}/archive", h.archive)
	handle("POST /todo/{id}/called-back", h.calledBack)
}

// pageSize is how many items a page shows.
const pageSize = 50

// The lists there are; the value of the address' view.
const (
	viewOpen = ""
	viewMine = "mine"
	viewDone = "done"
)

// query is what the address of a list asks for.
type query struct {
	view, number string
	before       time.Time
	beforeID     string
}

func readQuery(v url.Values) query {
	q := query{view: v.Get("view"), number: v.Get("number")}
	if q.view != viewMine && q.view != viewDone {
		q.view = viewOpen
	}
	ms, err := strconv.ParseInt(v.Get("before"), 10, 64)
	if id := v.Get("id"); err == nil && ms > 0 && len(id) <= 64 {
		q.before, q.beforeID = time.UnixMilli(ms).UTC(), id
	}
	if len(q.number) > 64 {
		q.number = ""
	}
	return q
}

func (q query) of(seen []todo.Seen) query {
	last := seen[len(seen)-1]
	q.before, q.beforeID = last.LatestAt, last.ID
	return q
}

func (q query) path() string {
	v := url.Values{}
	if q.view != viewOpen {
		v.Set("view", q.view)
	}
	if q.number != "" {
		v.Set("number", q.number)
	}
	if !q.before.IsZero() {
		v.Set("before", strconv.FormatInt(q.before.UnixMilli(), 10))
		v.Set("id", q.beforeID)
	}
	if len(v) == 0 {
		return "/todo"
	}
	return "/todo?" + v.Encode()
}

func (q query) service() todo.Query {
	return todo.Query{
		Done: q.view == viewDone, Mine: q.view == viewMine, NumberID: q.number,
		Before: q.before, BeforeID: q.beforeID, Limit: pageSize + 1,
	}
}

func (h *Handlers) archive(w http.ResponseWriter, r *http.Request) {
	h.act(w, r, "archived", func(who auth.Who, _ *form.Form) error {
		_, err := h.needs.Service.Archive(r.Context(), who.Member, r.PathValue("id"))
		return err
	})
}

func (h *Handlers) calledBack(w http.ResponseWriter, r *http.Request) {
	h.act(w, r, "called-back", func(who auth.Who, _ *form.Form) error {
		_, err := h.needs.Service.CalledBack(r.Context(), who.Member, r.PathValue("id"))
		return err
	})
}

func (h *Handlers) assign(w http.ResponseWriter, r *http.Request) {
	h.act(w, r, "assigned", func(who auth.Who, f *form.Form) error {
		_, err := h.needs.Service.Assign(r.Context(), who.Member, r.PathValue("id"), f.Value("member"))
		return err
	})
}

// act does what a form asks for and returns to the list it came from. What somebody
// else has done meanwhile is told there.
func (h *Handlers) act(w http.ResponseWriter, r *http.Request, done string, do func(auth.Who, *form.Form) error) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	err = do(who, f)
	if fault.KindOf(err) == fault.Conflict {
		err, done = nil, "done"
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	back := query{view: f.Value("view"), number: f.Value("number")}
	to, err := url.Parse(back.path())
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v := to.Query()
	v.Set("done", done)
	http.Redirect(w, r, "/todo?"+v.Encode(), http.StatusSeeOther)
}
