package numbers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/web/locale"
	"parley/web/ui"
)

const (
	pageSize  = 50
	batch     = 200 // numbers read at once
	maxListed = 10_000
	maxQuery  = 80 // characters
	maxCursor = 512
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	v := listView{Manages: who.Can(member.ManageNumbers)}
	v.Query, _ = text.Line(r.URL.Query().Get("q"), maxQuery)
	after := r.URL.Query().Get("after")
	if len(after) > maxCursor {
		after = ""
	}
	if err := h.fill(r.Context(), who, after, &v); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if r.URL.Query().Get("part") == "list" { // what search.js exchanges
		h.needs.Pages.Show(w, r, http.StatusOK, listPart(v))
		return
	}
	c := locale.From(r.Context())
	f := ui.Page{Title: c.T("numbers.title"), Lead: c.T("numbers.lead"), Place: ui.Numbers, Sheets: sheets()}
	if v.Manages {
		f.Actions = newButton(c)
	} else {
		f.Lead = c.T("numbers.lead-own")
	}
	if r.URL.Query().Get("done") == "deleted" {
		f.Flash = ui.Notice{Tone: ui.Good, Text: c.T("numbers.deleted")}
	}
	v.Frame = h.needs.Pages.Frame(r, f)
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

// fill reads one page of the numbers the reader runs. Who runs none is refused.
func (h *Handlers) fill(ctx context.Context, who auth.Who, after string, v *listView) error {
	found, err := h.found(ctx, who, v.Query)
	if err != nil {
		return err
	}
	places := h.countries(locale.From(ctx).Lang())
	sortNumbers(found, places)
	from := 1 + slices.IndexFunc(found, func(n number.Number) bool { return n.ID == after })
	shown := found[from:]
	if from > 0 {
		v.First = v.href("")
	}
	if len(shown) > pageSize {
		shown = shown[:pageSize]
		v.Next = v.href(shown[pageSize-1].ID)
	}
	v.Count = len(shown)
	items, err := h.items(ctx, who, shown)
	if err != nil {
		return err
	}
	v.group(items, places)
	return nil
}

// found are all numbers the reader runs that a query finds. They are few enough to
// be sorted here: by the country's name as the reader knows it, which no database
// can.
func (h *Handlers) found(ctx context.Context, who auth.Who, query string) ([]number.Number, error) {
	facts, err := h.facts(ctx, who)
	if err != nil {
		return nil, err
	}
	within := facts.Owned
	if who.Can(member.ManageNumbers) {
		within = nil
	} else if len(within) == 0 {
		return nil, fault.New(fault.Forbidden, "error.not-allowed")
	}
	var all []number.Number
	for p := (people.Page{Query: query, Limit: batch}); len(all) < maxListed; {
		some, next, err := h.needs.Store.NumberPage(ctx, who.Workspace.ID, p, within)
		if err != nil {
			return nil, fmt.Errorf("list numbers: %w", err)
		}
		all = append(all, some...)
		if p.After = next; next == "" {
			break
		}
	}
	return all, nil
}

func (v listView) href(after string) string {
	q := url.Values{}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/numbers"
	}
	return "/numbers?" + q.Encode()
}

func (h *Handlers) items(ctx context.Context, who auth.Who, found []number.Number) ([]item, error) {
	ids := make([]string, len(found))
	for i, n := range found {
		ids[i] = n.ID
	}
	holders, err := h.needs.Store.Holders(ctx, who.Workspace.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("count who has numbers: %w", err)
	}
	trunks, err := h.needs.Trunks.Trunks(ctx, who.Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	open, err := h.needs.Lines.OpenNow(ctx, who.Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("see which lines are open: %w", err)
	}
	count, names := map[string]int{}, map[string]string{}
	for _, a := range holders {
		count[a.NumberID]++
	}
	for _, t := range trunks {
		names[t.ID] = t.Name
	}
	var out []item
	for _, n := range found {
		out = append(out, item{Number: n, Holders: count[n.ID], Trunk: names[n.TrunkID], Open: open[n.ID]})
	}
	return out, nil
}

// records says whether any call of the number may be recorded.
func records(r number.Recording) bool { return r != number.Recording{} }

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("numbers.new"), Icon: "plus", Variant: ui.Primary, Href: "/numbers/new"}
}

func sheets() []string { return []string{"numbers.css"} }
