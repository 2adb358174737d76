package me

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// maxLines is how many numbers are offered as the main line, maxWatched of how many
// numbers the page names the supervisors.
const (
	maxLines   = 200
	maxWatched = 25
)

// surroundings are the people, teams and numbers the page speaks of.
type surroundings struct {
	me          member.Member
	members     []people.Brief
	teams       []team.Team
	memberships []team.Membership
	held        []people.Held
	lines       []ui.Option
	supervisors map[string][]string // member ids by number
}

func (h *Handlers) held(ctx context.Context, who auth.Who) ([]people.Held, error) {
	held, err := h.Company.HeldBy(ctx, who.Workspace.ID, []string{who.Member.ID})
	if err != nil {
		return nil, fmt.Errorf("list the member's numbers: %w", err)
	}
	return held, nil
}

// around reads what forms offer.
func (h *Handlers) around(ctx context.Context, who auth.Who) (surroundings, error) {
	s := surroundings{me: who.Member}
	var err error
	if s.members, err = h.Company.Roster(ctx, who.Workspace.ID); err != nil {
		return s, fmt.Errorf("list members: %w", err)
	}
	if s.held, err = h.held(ctx, who); err != nil {
		return s, err
	}
	s.lines, err = h.mainLines(ctx, who, s.held)
	return s, err
}

// mainLines are the numbers calls can be sent to outside the hours: those the
// member has, or all for who manages them, and the one that is set.
func (h *Handlers) mainLines(ctx context.Context, who auth.Who, held []people.Held) ([]ui.Option, error) {
	var out []ui.Option
	add := func(id, name, e164 string) { // in E.164: writing hundreds of numbers as they are dialled takes long
		if !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == id }) {
			out = append(out, ui.Option{Value: id, Text: name + " · " + e164})
		}
	}
	for _, n := range held {
		add(n.NumberID, n.Name, n.E164)
	}
	if who.Can(member.ManageNumbers) {
		all, err := h.Lines.FindNumbers(ctx, who.Workspace.ID, "", nil, maxLines)
		if err != nil {
			return nil, fmt.Errorf("list main lines: %w", err)
		}
		for _, n := range all {
			add(n.ID, n.Name, n.E164)
		}
	}
	if id := who.Member.Closed.NumberID; id != "" {
		if n, err := h.Lines.Number(ctx, who.Workspace.ID, id); err == nil { // a number given up is offered no more
			add(n.ID, n.Name, n.E164)
		}
	}
	return out, nil
}

// colleagues are who can take the member's calls.
func (s surroundings) colleagues() []ui.Option {
	var out []ui.Option
	for _, m := range s.members {
		if m.ID != s.me.ID {
			out = append(out, ui.Option{Value: m.ID, Text: m.Name})
		}
	}
	return out
}

// watched reads who leads and supervises what.
func (h *Handlers) watched(ctx context.Context, who auth.Who, s *surroundings) error {
	var err error
	if s.teams, err = h.Company.Teams(ctx, who.Workspace.ID); err != nil {
		return fmt.Errorf("list teams: %w", err)
	}
	if s.memberships, err = h.Company.Memberships(ctx, who.Workspace.ID); err != nil {
		return fmt.Errorf("list who is in which team: %w", err)
	}
	s.supervisors = map[string][]string{}
	for _, n := range s.held[:min(maxWatched, len(s.held))] {
		if s.supervisors[n.NumberID], err = h.Company.Supervisors(ctx, who.Workspace.ID, n.NumberID); err != nil {
			return fmt.Errorf("list the supervisors of a number: %w", err)
		}
	}
	return nil
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	h.write(w, r, http.StatusOK, who.Member, nil)
}

// write shows the page for the account as given, which may be one refused.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, shown member.Member, errs form.Errors) {
	v, err := h.view(r, shown, errs)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v.Frame = h.Pages.Frame(r, ui.Page{
		Title: c.T("account.title"), Lead: c.T("account.lead"), Narrow: true, Flash: flash(c, r.URL.Query().Get("done")),
		Sheets: []string{hourform.Sheet, "account.css"}, Scripts: []string{page.PasskeyScript, hourform.Script, "account.js"},
	})
	h.Pages.Show(w, r, status, mePage(v))
}

func (h *Handlers) view(r *http.Request, shown member.Member, errs form.Errors) (view, error) {
	ctx := r.Context()
	who, _ := auth.From(ctx)
	s, err := h.around(ctx, who)
	if err == nil {
		err = h.watched(ctx, who, &s)
	}
	if err != nil {
		return view{}, err
	}
	passkeys, err := h.Passkeys.Of(ctx, who.Member.ID)
	if err != nil {
		return view{}, err
	}
	sessions, err := h.Sessions.Of(ctx, who.Member.ID)
	if err != nil {
		return view{}, err
	}
	c := locale.From(ctx)
	v := view{Member: shown, Now: h.Now()}
	v.Errors, v.Summary = page.Texts(c, errs)
	v.forms(c, h.Regions.Countries(c.Lang()), s)
	v.devices(c, passkeys, sessions, who.SessionID)
	v.Access = newAccess(c, s, who)
	return v, nil
}

// flash is the sentence after something was done; done comes from the address
// and is one of a few words.
func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "saved":
		n.Text = c.T("account.saved")
	case "added":
		n.Text = c.T("account.passkey-added")
	case "renamed":
		n.Text = c.T("account.passkey-renamed")
	case "removed":
		n.Text = c.T("account.passkey-removed")
	case "revoked":
		n.Text = c.T("account.session-revoked")
	case "others":
		n.Text = c.T("account.sessions-revoked")
	}
	return n
}

// words are the plain strings of a list of named ones.
func words[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}

func values(options []ui.Option) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = o.Value
	}
	return out
}
