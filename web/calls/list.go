package calls

import (
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/call"
	"parley/web/locale"
	"parley/web/ui"
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	v, err := h.loadList(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v.Frame = h.needs.Pages.Frame(r, ui.Page{Title: c.T("calls.title"), Place: ui.Calls, Sheets: []string{"calls.css"}})
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) loadList(r *http.Request) (listView, error) {
	ctx := r.Context()
	who, _ := auth.From(ctx)
	s, err := h.scope(ctx, who)
	if err != nil {
		return listView{}, err
	}
	n, err := h.names(ctx, who.Workspace.ID)
	if err != nil {
		return listView{}, err
	}
	choices, err := h.choices(ctx, who.Workspace.ID, s, n)
	if err != nil {
		return listView{}, err
	}
	q := readQuery(r.URL.Query(), choices)
	records, err := h.records(ctx, who, s, q.filter())
	if err != nil {
		return listView{}, err
	}
	var members, numbers []string
	for _, one := range records {
		members, numbers = append(members, one.MemberID), append(numbers, one.NumberID)
	}
	if err := h.meet(ctx, who.Workspace.ID, n, members, numbers); err != nil {
		return listView{}, err
	}
	return newListView(n, q, choices, records, h.needs.Now()), nil
}

type listView struct {
	Frame    ui.Page
	Numbers  []ui.Option
	Members  []ui.Option // none where there is nothing to choose
	Kinds    []ui.Option
	Tags     []ui.Option
	Chips    []chip
	Calls    []row
	Pages    ui.Pagination
	Filtered bool
	Now      time.Time
}

type row struct {
	Href      string
	Icon      string
	IconKey   string
	Missed    bool
	Party     string
	E164      string // shown under a name, or instead of one
	Line      string
	Member    string
	Started   time.Time
	Live      bool
	Talk      string // how long they talked, "" where they did not
	Cause     string // why nobody talked
	Voicemail bool   // the caller left one
	Tags      []ui.Tag
}

func newListView(n *names, q query, of choices, records []call.Record, now time.Time) listView {
	v := listView{Filtered: q.filtered(), Now: now, Chips: q.chips(n)}
	v.Numbers, v.Members, v.Kinds, v.Tags = of.options(n, q)
	if len(records) > pageSize {
		records = records[:pageSize]
		older := q
		older.before = records[pageSize-1].ID
		v.Pages.Older = older.path()
	}
	if q.before != "" {
		newest := q
		newest.before = ""
		v.Pages.Newer = newest.path()
	}
	for _, r := range records {
		v.Calls = append(v.Calls, newRow(n, r))
	}
	return v
}

func newRow(n *names, r call.Record) row {
	out := row{
		Href: "/calls/" + r.ID, Party: n.party(r), E164: r.PartyE164, Line: n.line(r.NumberID), Started: r.StartedAt,
		Live: r.Live(), Missed: r.Missed(), Voicemail: r.VoicemailID != "", Tags: n.tagged(r.TagIDs),
	}
	out.Icon, out.IconKey = icon(r)
	if r.MemberID != "" {
		out.Member = n.member(r.MemberID)
	}
	switch {
	case out.Live:
	case r.AnsweredAt.IsZero():
		out.Cause = n.c.T(r.Cause.Verdict().TextKey)
	default:
		out.Talk = n.c.Duration(r.TalkTime())
	}
	return out
}
