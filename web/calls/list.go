package calls

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/internal/shared/callstate"
	"parley/web/locale"
	"parley/web/ui"
)

// pageSize is how many calls a page shows.
const pageSize = 50

// kinds are the values of the filter by kind of call.
const (
	kindInbound  = "inbound"
	kindOutbound = "outbound"
	kindMissed   = "missed"
)

// query is what the address of a list asks for. What it names and nobody knows
// does not count.
type query struct {
	number, kind, tag, before string
}

func readQuery(v url.Values, numbers []number.Number, tags []tag.Tag) query {
	q := query{number: v.Get("number"), kind: v.Get("kind"), tag: v.Get("tag"), before: v.Get("before")}
	if !slices.ContainsFunc(numbers, func(n number.Number) bool { return n.ID == q.number }) {
		q.number = ""
	}
	if !slices.ContainsFunc(tags, func(t tag.Tag) bool { return t.ID == q.tag }) {
		q.tag = ""
	}
	if !slices.Contains([]string{kindInbound, kindOutbound, kindMissed}, q.kind) {
		q.kind = ""
	}
	if len(q.before) > 64 {
		q.before = ""
	}
	return q
}

func (q query) filter() call.Filter {
	f := call.Filter{TagID: q.tag, Before: q.before, Limit: pageSize + 1}
	if q.number != "" {
		f.NumberIDs = []string{q.number}
	}
	switch q.kind {
	case kindInbound:
		f.Direction = callstate.Inbound
	case kindOutbound:
		f.Direction = callstate.Outbound
	case kindMissed:
		f.Missed = true
	}
	return f
}

func (q query) path() string {
	v := url.Values{}
	for name, value := range map[string]string{"number": q.number, "kind": q.kind, "tag": q.tag, "before": q.before} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/calls"
	}
	return "/calls?" + v.Encode()
}

// filtered says whether anything narrows the list.
func (q query) filtered() bool { return q.number != "" || q.kind != "" || q.tag != "" }

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
	choices := s.choices(n.numbers)
	q := readQuery(r.URL.Query(), choices, n.tags)
	records, err := h.needs.Log.Records(ctx, who.Workspace.ID, s.bound(q.filter()))
	if err != nil {
		return listView{}, fmt.Errorf("list calls: %w", err)
	}
	for _, one := range records {
		if err := h.meet(ctx, who.Workspace.ID, n, one.MemberID); err != nil {
			return listView{}, err
		}
	}
	return newListView(n, q, choices, records, h.needs.Now()), nil
}

type listView struct {
	Frame    ui.Page
	Numbers  []ui.Option
	Kinds    []ui.Option
	Tags     []ui.Option
	Chips    []chip
	Calls    []row
	Pages    ui.Pagination
	Filtered bool
	Now      time.Time
}

// chip is a filter at work; following it removes the filter.
type chip struct{ Text, Href string }

type row struct {
	Href    string
	Icon    string
	IconKey string
	Missed  bool
	Party   string
	E164    string // shown under a name, or instead of one
	Line    string
	Member  string
	Started time.Time
	Live    bool
	Talk    string // how long they talked, "" where they did not
	Cause   string // why nobody talked
	Tags    []ui.Tag
}

func newListView(n *names, q query, choices []number.Number, records []call.Record, now time.Time) listView {
	c := n.c
	v := listView{Filtered: q.filtered(), Now: now, Chips: q.chips(n)}
	v.Numbers = []ui.Option{{Text: c.T("calls.any-line"), Selected: q.number == ""}}
	for _, one := range choices {
		v.Numbers = append(v.Numbers, ui.Option{Value: one.ID, Text: one.Name, Selected: one.ID == q.number})
	}
	v.Kinds = []ui.Option{
		{Text: c.T("calls.any-kind"), Selected: q.kind == ""},
		{Value: kindInbound, Text: c.T("calls.inbound"), Selected: q.kind == kindInbound},
		{Value: kindOutbound, Text: c.T("calls.outbound"), Selected: q.kind == kindOutbound},
		{Value: kindMissed, Text: c.T("calls.missed"), Selected: q.kind == kindMissed},
	}
	v.Tags = []ui.Option{{Text: c.T("calls.any-tag"), Selected: q.tag == ""}}
	for _, t := range n.tags {
		v.Tags = append(v.Tags, ui.Option{Value: t.ID, Text: t.Name, Selected: t.ID == q.tag})
	}
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
		Live: r.Live(), Missed: r.Missed(), Tags: n.tagged(r.TagIDs),
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

func (q query) chips(n *names) []chip {
	var out []chip
	add := func(text string, without query) {
		without.before = ""
		out = append(out, chip{Text: text, Href: without.path()})
	}
	if q.number != "" {
		without := q
		without.number = ""
		add(n.line(q.number), without)
	}
	if q.kind != "" {
		without := q
		without.kind = ""
		text := n.c.T("calls.missed")
		switch q.kind {
		case kindInbound:
			text = n.c.T("calls.inbound")
		case kindOutbound:
			text = n.c.T("calls.outbound")
		}
		add(text, without)
	}
	if q.tag != "" {
		without := q
		without.tag = ""
		add(n.tagNames([]string{q.tag}), without)
	}
	return out
}
