package flow

import (
	"encoding/json"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// feedView is one calendar as the list shows it.
type feedView struct {
	ID, Name, URL string
	Next          []string // the next days it closes
	FetchedAt     time.Time
	Failed        string
}

type calendarsView struct {
	Frame   ui.Page
	Feeds   []feedView
	Name    string
	URL     string
	Errors  map[string]string
	Summary []ui.FieldError
	Now     time.Time
}

func (h *Handlers) calendars(w http.ResponseWriter, r *http.Request) {
	h.writeCalendars(w, r, http.StatusOK, calendarsView{})
}

func (h *Handlers) writeCalendars(w http.ResponseWriter, r *http.Request, status int, v calendarsView) {
	who, _ := auth.From(r.Context())
	c := locale.From(r.Context())
	feeds, err := h.needs.Calendars.Feeds(r.Context(), who.Member)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v.Now = h.needs.Now()
	for _, f := range feeds {
		v.Feeds = append(v.Feeds, newFeedView(c, f, v.Now))
	}
	v.Frame = ui.Page{Title: c.T("flow.calendars"), Lead: c.T("flow.calendars-lead"), Place: ui.Calendars, Sheets: []string{"flow.css"}}
	switch r.URL.Query().Get("done") {
	case "saved":
		v.Frame.Flash = ui.Notice{Tone: ui.Good, Text: c.T("flow.calendar-saved")}
	case "deleted":
		v.Frame.Flash = ui.Notice{Tone: ui.Good, Text: c.T("flow.calendar-deleted")}
	}
	v.Frame = h.needs.Pages.Frame(r, v.Frame)
	h.needs.Pages.Show(w, r, status, calendarsPage(v))
}

// maxNext is how many of a calendar's next events the list shows.
const maxNext = 3

func newFeedView(c *locale.Catalogue, f routing.Feed, now time.Time) feedView {
	v := feedView{ID: f.ID, Name: f.Name, URL: f.URL, FetchedAt: f.FetchedAt}
	if f.Failed != "" {
		v.Failed = page.Sentence(c, fault.New(fault.Invalid, f.Failed))
	}
	var events []hours.Event
	if json.Unmarshal(f.Events, &events) != nil {
		return v
	}
	for _, e := range events {
		if e.To.After(now) && len(v.Next) < maxNext {
			v.Next = append(v.Next, c.T("flow.calendar-next", "name", e.Name, "day", c.Date(e.From)))
		}
	}
	return v
}

func (h *Handlers) saveCalendar(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	name, address := f.Text("name", 60), f.Text("url", 500)
	if err = f.Err(); err == nil {
		_, err = h.needs.Calendars.SaveFeed(r.Context(), who.Member, routing.Feed{WorkspaceID: who.Workspace.ID, Name: name, URL: address})
	}
	if errs := form.ErrorsOf(err); errs != nil {
		v := calendarsView{Name: name, URL: address}
		v.Errors, v.Summary = page.Texts(locale.From(r.Context()), errs)
		h.writeCalendars(w, r, page.Status(errs[0].Kind), v)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/calendars?done=saved", http.StatusSeeOther)
}

func (h *Handlers) deleteCalendar(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.needs.Calendars.DeleteFeed(r.Context(), who.Member, r.PathValue("feed")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/calendars?done=deleted", http.StatusSeeOther)
}
