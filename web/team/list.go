package team

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/base/text"
	"parley/internal/domain/access"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

const (
	pageSize   = 50
	maxQuery   = 80 // characters
	maxWaiting = 50 // invitations shown at once
)

// listView is the member list. Detailed says that the reader is shown e-mail,
// numbers and last use of at least some.
type listView struct {
	Frame    ui.Page
	Query    string
	Live     string // where the list is got anew
	Rows     []row
	Next     string
	First    string // back to the first page, "" on it
	Detailed bool
	Seats    people.Seats // zero where the reader is not shown them
	Waiting  []waiting
	More     int // invitations not shown
	Mail     bool
	Again    again
	Now      time.Time
}

// row is one member of the list.
type row struct {
	ID        string
	Name      string
	You       bool
	Role      string
	State     ui.AgentState
	Extension string
	Detailed  bool
	Email     string
	Numbers   []people.Held
	Seen      time.Time
}

func (r row) href() string { return "/team/" + r.ID }

// waiting is an invitation nobody has accepted.
type waiting struct {
	ID      string
	Name    string
	Email   string
	Role    string
	Mail    ui.Badge
	Problem string // what the mail server said
	Expires time.Time
	Expired bool
}

func (v waiting) path(action string) string { return "/team/invitations/" + v.ID + "/" + action }

// again is the form for another address that came back with a fault.
type again struct{ ID, Email, Error string }

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	h.showList(w, r, http.StatusOK, again{})
}

func (h *Handlers) showList(w http.ResponseWriter, r *http.Request, status int, re again) {
	who, _ := auth.From(r.Context())
	v := listView{Now: h.Now(), Again: re, Mail: h.MailReady()}
	query, after := r.URL.Query().Get("q"), r.URL.Query().Get("after")
	v.Query, _ = text.Line(query, maxQuery)
	if len(after) > 512 {
		after = ""
	}
	err := h.fillRows(r.Context(), who, after, &v)
	if err == nil && r.URL.Query().Get("part") == "list" {
		h.Pages.Show(w, r, status, listPart(v))
		return
	}
	if err == nil {
		err = h.fillWaiting(r.Context(), who, &v)
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.Pages.Show(w, r, status, listPage(h.frameList(r, who, v)))
}

func (h *Handlers) frameList(r *http.Request, who auth.Who, v listView) listView {
	c := locale.From(r.Context())
	f := ui.Page{
		Title: c.T("people.title"), Place: ui.Team, Scripts: []string{"live.js"},
		Tabs: page.TeamTabs(r, page.MembersTab), Flash: flash(c, r.URL.Query().Get("done")),
	}
	if len(h.Waiting.GivableRoles(who.Member, who.Workspace)) > 0 {
		f.Actions = ui.Button{Text: c.T("people.invite"), Icon: "user-plus", Variant: ui.Primary, Href: "/team/invite"}
	}
	v.Frame = h.Pages.Frame(r, f)
	return v
}

// flash says what was done before the list was shown.
func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "revoked":
		n.Text = c.T("people.done.revoked")
	case "resent":
		n.Text = c.T("people.done.resent")
	case "removed":
		n.Text = c.T("people.done.removed")
	}
	return n
}

// fillRows reads one page of members.
func (h *Handlers) fillRows(ctx context.Context, who auth.Who, after string, v *listView) error {
	facts, err := h.facts(ctx, who)
	if err != nil {
		return err
	}
	found, next, err := h.Directory.FindMembers(ctx, who.Workspace.ID, people.Page{
		Query: v.Query, After: after, Limit: pageSize, Known: facts.Reached(member.SetAvailability),
	})
	if err != nil {
		return fmt.Errorf("list members: %w", err)
	}
	v.Detailed = who.Can(member.SetAvailability)
	var ids []string
	for _, m := range found {
		v.Rows = append(v.Rows, h.row(locale.From(ctx), facts, m))
		ids = append(ids, m.ID)
	}
	v.Live = listAddress(v.Query, after, true)
	if next != "" {
		v.Next = listAddress(v.Query, next, false)
	}
	if after != "" {
		v.First = listAddress(v.Query, "", false)
	}
	if !v.Detailed || len(ids) == 0 {
		return nil
	}
	held, err := h.Directory.HeldBy(ctx, who.Workspace.ID, ids)
	if err != nil {
		return fmt.Errorf("list who has which number: %w", err)
	}
	for i := range v.Rows {
		if one := &v.Rows[i]; one.Detailed {
			one.Numbers = slices.DeleteFunc(slices.Clone(held), func(n people.Held) bool { return n.MemberID != one.ID })
		}
	}
	return nil
}

func (h *Handlers) row(c *locale.Catalogue, facts access.Facts, m member.Member) row {
	r := row{
		ID: m.ID, Name: m.Name, You: m.ID == facts.Member.ID, Role: page.RoleName(c, m.Role),
		State: h.state(m.ID), Extension: m.Extension, Detailed: facts.Reaches(member.SetAvailability, m.ID),
	}
	if r.Detailed {
		r.Email, r.Seen = m.Email, m.SeenAt
	}
	return r
}

func (h *Handlers) state(memberID string) ui.AgentState {
	return cmp.Or(ui.AgentState(h.States.Status(memberID).State), ui.Offline)
}

func listAddress(query, after string, part bool) string {
	q := url.Values{}
	if query != "" {
		q.Set("q", query)
	}
	if after != "" {
		q.Set("after", after)
	}
	if part {
		q.Set("part", "list")
	}
	if len(q) == 0 {
		return "/team"
	}
	return "/team?" + q.Encode()
}

// fillWaiting reads seats and the invitations the reader may deal with.
func (h *Handlers) fillWaiting(ctx context.Context, who auth.Who, v *listView) error {
	manages := who.Can(member.ManageMembers)
	var err error
	if manages {
		if v.Seats, err = h.Waiting.Seats(ctx, who.Workspace.ID); err != nil {
			return err
		}
	}
	if len(h.Waiting.GivableRoles(who.Member, who.Workspace)) == 0 {
		return nil
	}
	open, err := h.Waiting.Open(ctx, who.Workspace.ID)
	if err != nil {
		return err
	}
	c := locale.From(ctx)
	for _, p := range slices.Backward(open) { // newest first
		switch {
		case !manages && p.InvitedBy != who.Member.ID, v.Query != "" && !fits(p, v.Query):
		case len(v.Waiting) == maxWaiting:
			v.More++
		default:
			v.Waiting = append(v.Waiting, newWaiting(c, p))
		}
	}
	return nil
}

func fits(p people.Pending, query string) bool {
	return strings.Contains(text.Fold(p.Name+" "+p.Email), text.Fold(query))
}

func newWaiting(c *locale.Catalogue, p people.Pending) waiting {
	v := waiting{
		ID: p.ID, Name: p.Name, Email: p.Email, Role: page.RoleName(c, p.Role), Expires: p.ExpiresAt, Expired: p.Expired,
	}
	switch {
	case p.Expired:
		v.Mail = ui.Badge{Text: c.T("people.mail.expired"), Icon: "clock", Tone: ui.Warn}
	case p.Letter.State == letter.Sent:
		v.Mail = ui.Badge{Text: c.T("people.mail.sent"), Icon: "check", Tone: ui.Good}
	case p.Letter.State == letter.Waiting:
		v.Mail = ui.Badge{Text: c.T("people.mail.waiting"), Icon: "clock", Tone: ui.Info}
	case p.Letter.State == letter.Failed:
		v.Mail = ui.Badge{Text: c.T("people.mail.failed"), Icon: "circle-x", Tone: ui.Bad}
	default:
		v.Mail = ui.Badge{Text: c.T("people.mail.handed")}
	}
	if p.Letter.State != letter.Sent {
		v.Problem = p.Letter.Problem
	}
	return v
}

func (h *Handlers) resend(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	if ok, err := h.mayResend(w, r, who); !ok {
		if err != nil {
			h.Pages.Fail(w, r, err)
		}
		return
	}
	email := f.Value("email")
	out, err := h.Inviter.Resend(r.Context(), who.Member, r.PathValue("id"), email)
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Field == "email" && email != "" {
		text := page.Sentence(locale.From(r.Context()), refused)
		h.showList(w, r, page.Status(refused.Kind), again{r.PathValue("id"), email, text})
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	if out.Link != "" { // it is in this answer and nowhere else
		h.showOutcomes(w, r, []people.Outcome{out})
		return
	}
	http.Redirect(w, r, "/team?done=resent", http.StatusSeeOther)
}

// mayResend asks who makes an owner of another address for the passkey. Where it is
// false without an error it has answered.
func (h *Handlers) mayResend(w http.ResponseWriter, r *http.Request, who auth.Who) (bool, error) {
	if !who.Can(member.ManageOwners) {
		return true, nil // what is an owner's is refused below
	}
	open, err := h.Waiting.Open(r.Context(), who.Workspace.ID)
	if err != nil {
		return false, err
	}
	owner := slices.ContainsFunc(open, func(p people.Pending) bool { return p.ID == r.PathValue("id") && p.Role == member.Owner })
	return !owner || h.Gate.Confirm(w, r), nil
}

func (h *Handlers) revoke(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.Inviter.Revoke(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/team?done=revoked", http.StatusSeeOther)
}
