package numbers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

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
	maxQuery  = 80 // characters
	maxCursor = 512
)

// listView is the list page.
type listView struct {
	Frame   ui.Page
	Query   string
	Numbers []item
	Next    string
	First   string // back to the first page, "" on it
	Manages bool
}

type item struct {
	Href    string
	Name    string
	E164    string
	Holders int
	Trunk   string
	WebCall bool
	Records bool
	DueTag  bool
}

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
	f := ui.Page{Title: c.T("numbers.title"), Lead: c.T("numbers.lead"), Place: ui.Numbers}
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
	facts, err := h.facts(ctx, who)
	if err != nil {
		return err
	}
	within := facts.Owned
	if v.Manages {
		within = nil
	} else if len(within) == 0 {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	found, next, err := h.needs.Store.NumberPage(ctx, who.Workspace.ID, people.Page{Query: v.Query, After: after, Limit: pageSize}, within)
	if err != nil {
		return fmt.Errorf("list numbers: %w", err)
	}
	v.Next, v.First = "", ""
	if next != "" {
		v.Next = v.href(next)
	}
	if after != "" {
		v.First = v.href("")
	}
	return h.items(ctx, who, found, v)
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

func (h *Handlers) items(ctx context.Context, who auth.Who, found []number.Number, v *listView) error {
	ids := make([]string, len(found))
	for i, n := range found {
		ids[i] = n.ID
	}
	holders, err := h.needs.Store.Holders(ctx, who.Workspace.ID, ids)
	if err != nil {
		return fmt.Errorf("count who has numbers: %w", err)
	}
	trunks, err := h.needs.Trunks.Trunks(ctx, who.Workspace.ID)
	if err != nil {
		return fmt.Errorf("list trunks: %w", err)
	}
	count, names := map[string]int{}, map[string]string{}
	for _, a := range holders {
		count[a.NumberID]++
	}
	for _, t := range trunks {
		names[t.ID] = t.Name
	}
	for _, n := range found {
		v.Numbers = append(v.Numbers, item{
			Href: path(n.ID), Name: n.Name, E164: n.E164, Holders: count[n.ID], Trunk: names[n.TrunkID],
			WebCall: n.WebCall, DueTag: n.MandatoryTag, Records: records(n.Recording),
		})
	}
	return nil
}

// records says whether any call of the number may be recorded.
func records(r number.Recording) bool { return r != number.Recording{} }

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("numbers.new"), Icon: "plus", Variant: ui.Primary, Href: "/numbers/new"}
}
