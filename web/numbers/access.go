package numbers

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// maxHolders bounds the people shown at once, maxFound those a search finds.
const (
	maxHolders = 100
	maxFound   = 25
)

// nobody is what the first choice of an owner posts: browsers take an empty one for
// none.
const nobody = "nobody"

// having is who has a number, supervises it and runs it.
type having struct {
	Levels      map[string]number.Level // by member; not there: no access
	Supervisors []string
	OwnerID     string
	shown       []string // those of a form that is shown again, whatever it says of them
}

func (h *Handlers) having(ctx context.Context, n number.Number) (having, error) {
	out := having{Levels: map[string]number.Level{}, OwnerID: n.OwnerID}
	holders, err := h.needs.Store.Holders(ctx, n.WorkspaceID, []string{n.ID})
	if err != nil {
		return out, fmt.Errorf("list who has the number: %w", err)
	}
	for _, a := range holders {
		out.Levels[a.MemberID] = a.Level
	}
	if out.Supervisors, err = h.needs.Store.Supervisors(ctx, n.WorkspaceID, n.ID); err != nil {
		return out, fmt.Errorf("list who supervises the number: %w", err)
	}
	return out, nil
}

// concerns says whether somebody is part of it.
func (a having) concerns(memberID string) bool {
	return a.Levels[memberID] != "" || a.OwnerID == memberID ||
		slices.Contains(a.Supervisors, memberID) || slices.Contains(a.shown, memberID)
}

func (h *Handlers) showAccess(w http.ResponseWriter, r *http.Request, n number.Number) {
	now, err := h.having(r.Context(), n)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	query, _ := text.Line(r.URL.Query().Get("q"), maxQuery)
	h.writeAccess(w, r, http.StatusOK, n, query, now, nil)
}

// writeAccess shows who has the number as it is stored or, with errs, as it was
// posted and refused.
func (h *Handlers) writeAccess(w http.ResponseWriter, r *http.Request, status int, n number.Number, query string, a having, errs form.Errors) {
	who, _ := auth.From(r.Context())
	c := locale.From(r.Context())
	v := accessView{Number: n, Query: query, Manages: who.Can(member.ManageNumbers)}
	v.Errors, v.Summary = page.Texts(c, errs)
	if err := h.rows(r.Context(), c, who, a, &v); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if r.URL.Query().Get("part") == "list" { // what search.js exchanges
		h.needs.Pages.Show(w, r, status, accessPart(v))
		return
	}
	f := ui.Page{Title: n.Name, Place: ui.Numbers, Crumbs: crumbs(c), Tabs: page.NumberTabs(c, n.ID, page.NumberAccess), Sheets: []string{"numbers.css"}}
	if r.URL.Query().Get("done") == "saved" {
		f.Flash = ui.Notice{Tone: ui.Good, Text: c.T("numbers.access.saved")}
	}
	v.Frame = h.needs.Pages.Frame(r, f)
	h.needs.Pages.Show(w, r, status, accessPage(v))
}

// rows reads the people the page shows: those who have to do with the number or,
// with a query, those found.
func (h *Handlers) rows(ctx context.Context, c *locale.Catalogue, who auth.Who, a having, v *accessView) error {
	var shown []people.Brief
	if v.Query != "" {
		q := people.Page{Query: v.Query, Limit: maxFound}
		if !v.Manages { // rows show no addresses
			q.Known = []string{}
		}
		found, next, err := h.needs.Members.FindMembers(ctx, who.Workspace.ID, q)
		if err != nil {
			return fmt.Errorf("find members: %w", err)
		}
		v.MoreFound = next != ""
		for _, m := range found {
			shown = append(shown, people.BriefOf(m))
		}
	} else {
		all, err := h.needs.Members.Roster(ctx, who.Workspace.ID)
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		shown = slices.DeleteFunc(all, func(m people.Brief) bool { return !a.concerns(m.ID) })
		if v.More = len(shown) - maxHolders; v.More > 0 {
			shown = shown[:maxHolders]
		}
	}
	v.Owners = []ui.Option{{Value: nobody, Text: c.T("numbers.access.nobody"), Selected: a.OwnerID == ""}}
	if a.OwnerID != "" && !slices.ContainsFunc(shown, func(m people.Brief) bool { return m.ID == a.OwnerID }) {
		v.Owners = append(v.Owners, ui.Option{Value: a.OwnerID, Text: c.T("numbers.access.as-is"), Selected: true})
	}
	for _, m := range shown {
		v.Rows = append(v.Rows, newHolder(c, who, m, a))
		v.Owners = append(v.Owners, ui.Option{Value: m.ID, Text: m.Name, Selected: m.ID == a.OwnerID})
	}
	return nil
}

func (h *Handlers) saveAccess(w http.ResponseWriter, r *http.Request, n number.Number) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	was, err := h.having(r.Context(), n)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	want := readHaving(f, r.PostForm["row"], r.PostForm["supervise"], was)
	if err = f.Err(); err == nil {
		err = h.settle(r.Context(), who, n, was, want)
	}
	query, _ := text.Line(f.Value("q"), maxQuery)
	if errs := form.ErrorsOf(err); errs != nil {
		h.writeAccess(w, r, page.Status(fault.KindOf(errs[0])), n, query, want, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	back := url.Values{"done": {"saved"}}
	if query != "" {
		back.Set("q", query)
	}
	http.Redirect(w, r, path(n.ID)+"/access?"+back.Encode(), http.StatusSeeOther)
}

// readHaving changes was by the rows that were shown and are posted.
func readHaving(f *form.Form, rows, supervise []string, was having) having {
	levels := []string{""}
	for _, l := range number.Levels() {
		levels = append(levels, string(l))
	}
	shown := rows[:min(len(rows), maxHolders)]
	want := having{Levels: maps.Clone(was.Levels), OwnerID: was.OwnerID, shown: shown}
	for _, id := range shown {
		if l := f.OneOf("level-"+id, levels...); l != "" {
			want.Levels[id] = number.Level(l)
		} else {
			delete(want.Levels, id)
		}
	}
	for _, id := range was.Supervisors {
		if !slices.Contains(shown, id) {
			want.Supervisors = append(want.Supervisors, id)
		}
	}
	for _, id := range supervise {
		if slices.Contains(shown, id) {
			want.Supervisors = append(want.Supervisors, id)
		}
	}
	if owner := f.Value("owner"); owner == nobody {
		want.OwnerID = ""
	} else if owner != "" { // the form of who manages no numbers has no such field
		want.OwnerID = owner
	}
	return want
}

// settle stores what differs. Only who manages numbers sets owner and supervisors:
// the form of a number's owner has no fields for them, and what somebody posts
// all the same is refused by the service.
func (h *Handlers) settle(ctx context.Context, who auth.Who, n number.Number, was, want having) error {
	if !maps.Equal(was.Levels, want.Levels) {
		var all []number.Assignment
		for id, l := range want.Levels {
			all = append(all, number.Assignment{NumberID: n.ID, MemberID: id, Level: l})
		}
		if err := h.needs.Holders.Assign(ctx, who.Member, n.ID, all); err != nil {
			return err
		}
	}
	if who.Can(member.ManageNumbers) {
		if err := h.needs.Holders.SetSupervisors(ctx, who.Member, n.ID, want.Supervisors); err != nil {
			return err
		}
	}
	if want.OwnerID == was.OwnerID {
		return nil
	}
	return h.needs.Holders.SetOwner(ctx, who.Member, n.ID, want.OwnerID)
}
