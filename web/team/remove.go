package team

import (
	"context"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// removeView asks who takes over from a member before he is removed.
type removeView struct {
	Frame      ui.Page
	Member     member.Member
	You        bool
	OnCall     bool
	Numbers    []takeover
	Heir       string
	Colleagues []string // what the fields take
	Errors     map[string]string
	Summary    []ui.FieldError
}

func (v removeView) path() string { return "/team/" + v.Member.ID + "/remove" }

// takeover is one number the member has, and who was typed to have it.
type takeover struct {
	people.Held

	Typed string
}

func (t takeover) field() string { return "number-" + t.NumberID }

// colleague is what a field takes for a colleague: no two have the same address.
func colleague(m member.Member) string { return m.Name + " · " + m.Email }

// colleagues are those who can take over from m.
func (h *Handlers) colleagues(ctx context.Context, m member.Member) ([]member.Member, error) {
	all, err := h.Members.Members(ctx, m.WorkspaceID)
	if err != nil {
		return nil, err
	}
	others := all[:0:0]
	for _, one := range all {
		if one.ID != m.ID {
			others = append(others, one)
		}
	}
	return others, nil
}

// find is the one colleague meant by what was typed: the line offered, an address,
// or a name that only one has.
func find(all []member.Member, typed string) (id string, ok bool) {
	var named []string
	for _, m := range all {
		if typed == colleague(m) || text.Fold(typed) == m.Email {
			return m.ID, true
		}
		if text.Fold(typed) == text.Fold(m.Name) {
			named = append(named, m.ID)
		}
	}
	if len(named) == 1 {
		return named[0], true
	}
	return "", false
}

// removable is the member a page is about, whom the reader may remove, with his
// numbers and colleagues.
func (h *Handlers) removable(r *http.Request, who auth.Who) (v removeView, others []member.Member, err error) {
	if v.Member, err = h.target(r, who); err != nil {
		return v, nil, err
	}
	if !who.Member.Role.MayGive(v.Member.Role) {
		return v, nil, notAllowed()
	}
	held, err := h.Directory.HeldBy(r.Context(), who.Workspace.ID, []string{v.Member.ID})
	if err != nil {
		return v, nil, err
	}
	for _, n := range held {
		v.Numbers = append(v.Numbers, takeover{Held: n})
	}
	if others, err = h.colleagues(r.Context(), v.Member); err != nil {
		return v, nil, err
	}
	for _, m := range others {
		v.Colleagues = append(v.Colleagues, colleague(m))
	}
	v.You = v.Member.ID == who.Member.ID
	state := h.state(v.Member.ID)
	v.OnCall = state == ui.OnCall || state == ui.Ringing
	return v, others, nil
}

func (h *Handlers) removeForm(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	v, _, err := h.removable(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showRemove(w, r, http.StatusOK, v, nil)
}

func (h *Handlers) showRemove(w http.ResponseWriter, r *http.Request, status int, v removeView, errs form.Errors) {
	c := locale.From(r.Context())
	v.Errors, v.Summary = page.Texts(c, errs)
	title := c.T("people.remove-title", "name", v.Member.Name)
	if v.You {
		title = c.T("people.leave-title", "company", v.workspace(r))
	}
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: title, Place: ui.Team, Narrow: true,
		Crumbs: []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}, {Text: v.Member.Name, Href: "/team/" + v.Member.ID}},
	})
	h.Pages.Show(w, r, status, removePage(v))
}

func (v removeView) workspace(r *http.Request) string {
	who, _ := auth.From(r.Context())
	return who.Workspace.Name
}

// remove takes a member out. Removing an owner asks for the passkey again.
func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	v, others, err := h.removable(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	if v.Member.Role == member.Owner && !h.Gate.Confirm(w, r) {
		return
	}
	removal := readRemoval(f, &v, others)
	if err = f.Err(); err == nil {
		err = h.Editor.Remove(r.Context(), who.Member, v.Member.ID, removal)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showRemove(w, r, page.Status(fault.KindOf(err)), v, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	to := "/team?done=removed"
	if v.You {
		to = "/login"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// readRemoval reads who takes over, and keeps what was typed in v.
func readRemoval(f *form.Form, v *removeView, others []member.Member) people.Removal {
	out := people.Removal{Numbers: map[string]string{}}
	read := func(field string) (typed, id string) {
		typed = f.Value(field)
		if typed == "" {
			return "", ""
		}
		id, ok := find(others, typed)
		if !ok {
			f.Add(fault.OnField(field, "error.colleague-unknown"))
		}
		return typed, id
	}
	for i := range v.Numbers {
		n := &v.Numbers[i]
		typed, id := read(n.field())
		n.Typed = typed
		if id != "" {
			out.Numbers[n.NumberID] = id
		}
	}
	v.Heir, out.HeirID = read("heir")
	return out
}
