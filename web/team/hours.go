package team

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// hoursView is the form of one member's hours.
type hoursView struct {
	Frame   ui.Page
	Member  member.Member
	Now     ui.Badge
	Fields  templ.Component
	Summary []ui.FieldError
}

// hoursOf words a member's hours for his page.
func (h *Handlers) hoursOf(ctx context.Context, who auth.Who, v *memberView) error {
	c := locale.From(ctx)
	v.Hours = hourform.Preview(c, v.Member.Hours, v.Now)
	switch v.Member.Closed.Do {
	case member.ToColleague:
		m, err := h.Members.Member(ctx, who.Workspace.ID, v.Member.Closed.MemberID)
		if err != nil {
			if fault.KindOf(err) != fault.NotFound {
				return err
			}
			break // he has gone: calls are treated as below
		}
		v.Closed = c.T("people.closed.colleague", "name", m.Name)
		return nil
	case member.ToLine:
		v.Closed = c.T("people.closed.line")
		return nil
	case member.ToVoicemail:
	}
	v.Closed = c.T("people.closed.others")
	return nil
}

// availability changes the setting of somebody the reader's right reaches.
func (h *Handlers) availability(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m, err := h.target(r, who)
	if err == nil {
		err = h.Availability.SetAvailability(r.Context(), who.Member, m.ID, member.Setting(f.Value("setting")))
	}
	h.saved(w, r, "saved", nil, err)
}

// ways are the colleagues and lines calls can go to outside of m's hours: the lines
// are those the reader sees, those m has, and the one they go to already.
func (h *Handlers) ways(ctx context.Context, who auth.Who, m member.Member) (colleagues, lines []ui.Option, err error) {
	members, err := h.Members.Members(ctx, who.Workspace.ID)
	if err != nil {
		return nil, nil, err
	}
	numbers, err := h.Numbers.Numbers(ctx, who.Workspace.ID)
	if err != nil {
		return nil, nil, err
	}
	facts, err := h.facts(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	held, err := h.Directory.HeldBy(ctx, who.Workspace.ID, []string{m.ID})
	if err != nil {
		return nil, nil, err
	}
	for _, one := range members {
		if one.ID != m.ID {
			colleagues = append(colleagues, ui.Option{Value: one.ID, Text: one.Name})
		}
	}
	for _, n := range numbers {
		has := slices.ContainsFunc(held, func(one people.Held) bool { return one.NumberID == n.ID })
		if has || facts.SeesNumber(n.ID) || n.ID == m.Closed.NumberID {
			lines = append(lines, ui.Option{Value: n.ID, Text: n.Name})
		}
	}
	return colleagues, lines, nil
}

func (h *Handlers) hoursForm(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	m, err := h.reached(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showHours(w, r, http.StatusOK, m, nil)
}

// reached is the member a page is about, whose hours the reader may set.
func (h *Handlers) reached(r *http.Request, who auth.Who) (member.Member, error) {
	m, err := h.target(r, who)
	if err != nil {
		return m, err
	}
	facts, err := h.facts(r.Context(), who)
	if err == nil && !facts.Reaches(member.SetAvailability, m.ID) {
		err = notAllowed()
	}
	return m, err
}

// showHours shows the form with the hours of m, which may be what came back with errs.
func (h *Handlers) showHours(w http.ResponseWriter, r *http.Request, status int, m member.Member, errs form.Errors) {
	who, _ := auth.From(r.Context())
	colleagues, lines, err := h.ways(r.Context(), who, m)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	byField, summary := page.Texts(c, errs)
	v := hoursView{Member: m, Summary: summary, Fields: hourform.Fields(c, m.Hours, m.Closed, colleagues, lines, byField)}
	if errs == nil {
		v.Now = hourform.Preview(c, m.Hours, h.Now())
	}
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("people.hours-title", "name", m.Name), Lead: c.T("people.hours-lead"), Place: ui.Team, Narrow: true,
		Crumbs:  []ui.Crumb{{Text: c.T("people.title"), Href: "/team"}, {Text: m.Name, Href: "/team/" + m.ID}},
		Scripts: []string{hourform.Script}, Sheets: []string{hourform.Sheet},
	})
	h.Pages.Show(w, r, status, hoursPage(v))
}

func (h *Handlers) hours(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m, err := h.reached(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	colleagues, lines, err := h.ways(r.Context(), who, m)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	var set hours.Hours
	set, m.Closed = hourform.Read(f, values(colleagues), values(lines))
	m.Hours = set
	if err = f.Err(); err == nil {
		err = h.Availability.SetHours(r.Context(), who.Member, m.ID, set, m.Closed)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showHours(w, r, page.Status(fault.KindOf(err)), m, errs)
		return
	}
	h.saved(w, r, "saved", nil, err)
}

func values(options []ui.Option) []string {
	var out []string
	for _, o := range options {
		out = append(out, o.Value)
	}
	return out
}
