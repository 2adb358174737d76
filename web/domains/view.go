package domains

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"parley/internal/domain/claim"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type listView struct {
	Frame   ui.Page
	Rows    []row
	Now     time.Time
	Domain  string
	Address string
	Methods []ui.Option
	Errors  map[string]string
	Summary []ui.FieldError
}

type row struct {
	Href, Domain, Method string
	State                ui.Badge
	Since                time.Time
}

func newListView(c *locale.Catalogue, all []claim.Claim, d claim.Draft, mailReady bool, errs form.Errors) listView {
	v := listView{Domain: d.Domain, Address: d.Address}
	for _, one := range all {
		v.Rows = append(v.Rows, row{
			Href: home + "/" + one.ID, Domain: claim.Shown(one.Domain), Method: methodText(c, one.Method),
			State: stateBadge(c, one), Since: since(one),
		})
	}
	mail := ui.Option{
		Value: string(claim.ByMail), Text: methodText(c, claim.ByMail), Hint: c.T("join.domains.by-mail-hint"),
		Selected: d.Method == claim.ByMail,
	}
	if !mailReady {
		mail.Disabled, mail.Hint = true, c.T("join.domains.by-mail-unready")
	}
	v.Methods = []ui.Option{
		{
			Value: string(claim.ByDNS), Text: methodText(c, claim.ByDNS), Hint: c.T("join.domains.by-dns-hint"),
			Selected: d.Method != claim.ByMail,
		},
		mail,
	}
	v.Errors, v.Summary = page.Texts(c, errs)
	return v
}

type oneView struct {
	Frame   ui.Page
	Now     time.Time
	Href    string
	Domain  string
	State   ui.Badge
	Facts   []ui.Definition
	Opened  bool // it lets people in
	Again   bool // it did before
	DNS     bool
	Record  string
	Address string
	Problem string
}

func newOneView(c *locale.Catalogue, one claim.Claim, errs form.Errors) oneView {
	v := oneView{
		Href: home + "/" + one.ID, Domain: claim.Shown(one.Domain), State: stateBadge(c, one), Opened: one.Open(),
		Again: one.State() == claim.Disabled, DNS: one.Method == claim.ByDNS, Address: one.Address,
	}
	if v.DNS {
		v.Record = one.Record
	}
	v.Facts = []ui.Definition{{Term: c.T("join.domains.method"), Text: methodText(c, one.Method)}}
	if !one.VerifiedAt.IsZero() {
		v.Facts = append(v.Facts, ui.Definition{Term: c.T("join.domains.verified"), Text: c.Exact(one.VerifiedAt)})
	}
	if !one.DisabledAt.IsZero() {
		v.Facts = append(v.Facts, ui.Definition{Term: c.T("join.domains.disabled-at"), Text: c.Exact(one.DisabledAt)})
	}
	if len(errs) > 0 {
		v.Problem = page.Sentence(c, errs[0])
	}
	return v
}

type linkView struct {
	Frame          ui.Page
	Action, Domain string
}

func since(one claim.Claim) time.Time {
	switch one.State() {
	case claim.Open:
		return one.VerifiedAt
	case claim.Disabled:
		return one.DisabledAt
	}
	return one.CreatedAt
}

func methodText(c *locale.Catalogue, m claim.Method) string {
	if m == claim.ByMail {
		return c.T("join.domains.by-mail")
	}
	return c.T("join.domains.by-dns")
}

func stateBadge(c *locale.Catalogue, one claim.Claim) ui.Badge {
	switch one.State() {
	case claim.Open:
		return ui.Badge{Text: c.T("join.domains.open"), Icon: "circle-check", Tone: ui.Good}
	case claim.Disabled:
		return ui.Badge{Text: c.T("join.domains.disabled"), Icon: "circle-pause", Tone: ui.Neutral}
	}
	return ui.Badge{Text: c.T("join.domains.pending"), Icon: "clock", Tone: ui.Warn}
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "claimed":
		n.Text = c.T("join.domains.done-claimed")
	case "mailed":
		n.Text = c.T("join.domains.done-mailed")
	case "opened":
		n.Text = c.T("join.domains.done-opened")
	case "disabled":
		n.Text = c.T("join.domains.done-disabled")
	case "released":
		n.Text = c.T("join.domains.done-released")
	}
	return n
}

// plain keeps phones from "correcting" what is typed.
func plain() templ.Attributes {
	return templ.Attributes{"spellcheck": "false", "autocapitalize": "none", "autocorrect": "off"}
}

func proofTitle(ctx context.Context, v oneView) string {
	if v.Again {
		return locale.T(ctx, "join.domains.enable")
	}
	return locale.T(ctx, "join.domains.proof")
}

func proofLead(ctx context.Context, v oneView) string {
	switch {
	case v.DNS && v.Again:
		return locale.T(ctx, "join.domains.dns-again")
	case v.DNS:
		return locale.T(ctx, "join.domains.dns-text")
	case v.Again:
		return locale.T(ctx, "join.domains.mail-again-text")
	}
	return locale.T(ctx, "join.domains.mail-lead")
}

func mailButton(ctx context.Context, v oneView) string {
	if v.Again {
		return locale.T(ctx, "join.domains.mail-send")
	}
	return locale.T(ctx, "join.domains.mail-again")
}
