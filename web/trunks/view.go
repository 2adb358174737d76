package trunks

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"parley/internal/domain/trunk"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type listView struct {
	Frame  ui.Page
	Trunks []item
}

type item struct {
	Href      string
	Name      string
	Address   string
	Transport string
	Health    ui.Badge
	Problem   string
}

func newItem(c *locale.Catalogue, t trunk.Trunk, s trunk.Status, now time.Time) item {
	i := item{
		Href: "/trunks/" + t.ID, Name: t.Name, Address: t.Host, Transport: strings.ToUpper(string(t.Transport)),
		Health: badge(c, s.Health(t, now)),
	}
	if t.Port != 0 {
		i.Address += ":" + strconv.Itoa(t.Port)
	}
	if s.Health(t, now) == trunk.Down {
		i.Problem = problem(c, s)
	}
	return i
}

func sortByName(items []item) {
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
}

func badge(c *locale.Catalogue, h trunk.Health) ui.Badge {
	switch h {
	case trunk.Up:
		return ui.Badge{Text: c.T("trunks.up"), Icon: "circle-check", Tone: ui.Good}
	case trunk.Down:
		return ui.Badge{Text: c.T("trunks.down"), Icon: "circle-x", Tone: ui.Bad}
	case trunk.Trying:
	}
	return ui.Badge{Text: c.T("trunks.trying"), Icon: "refresh-cw"}
}

// problem says in plain words what the last error was and what to look at. Code
// and reason stand behind it, for the provider's support.
func problem(c *locale.Catalogue, s trunk.Status) string {
	if s.ErrorAt.IsZero() {
		return c.T("trunks.problem.silent")
	}
	var said string
	switch code := s.ErrorCode; {
	case code == 0:
		return c.T("trunks.problem.unreachable", "detail", s.ErrorText)
	case code == 401 || code == 403 || code == 407:
		said = c.T("trunks.problem.credentials")
	case code == 404 || code == 604:
		said = c.T("trunks.problem.unknown")
	case code == 408 || code == 504:
		said = c.T("trunks.problem.silent")
	case code == 423 || code == 429 || code == 503:
		said = c.T("trunks.problem.busy")
	case code >= 500:
		said = c.T("trunks.problem.provider")
	default:
		said = c.T("trunks.problem.refused")
	}
	return said + " (" + strings.TrimSpace(strconv.Itoa(s.ErrorCode)+" "+s.ErrorText) + ")"
}

// statusView is the live panel.
type statusView struct {
	Path   string
	Health ui.Badge
	Facts  []ui.Definition
}

func newStatusView(c *locale.Catalogue, t trunk.Trunk, s trunk.Status, now time.Time) statusView {
	v := statusView{Path: "/trunks/" + t.ID + "/status", Health: badge(c, s.Health(t, now))}
	add := func(key, text string) { v.Facts = append(v.Facts, ui.Definition{Term: c.T(key), Text: text}) }
	switch {
	case !t.Register:
		add("trunks.registration", c.T("trunks.registration.none"))
	case s.Registered && !s.ExpiresAt.IsZero():
		add("trunks.registration", c.T("trunks.registration.until", "time", c.Clock(s.ExpiresAt)))
	case s.Registered:
		add("trunks.registration", c.T("trunks.registration.yes"))
	default:
		add("trunks.registration", c.T("trunks.registration.no"))
	}
	if s.OptionsAt.IsZero() {
		add("trunks.options", c.T("trunks.options.never"))
	} else {
		add("trunks.options", c.T("trunks.options.last", "when", c.Relative(s.OptionsAt, now), "code", strconv.Itoa(s.OptionsCode)))
	}
	if s.ErrorAt.IsZero() {
		add("trunks.error", c.T("trunks.error.none"))
	} else {
		add("trunks.error", c.T("trunks.error.last", "when", c.Relative(s.ErrorAt, now), "what", problem(c, s)))
	}
	return v
}

type formView struct {
	Frame      ui.Page
	ID         string // "" for a new trunk
	Draft      trunk.Draft
	Transports []ui.Option
	Allowed    string
	Password   bool // one is stored
	Inbound    bool // one is stored
	Exposed    bool // keys of encrypted audio travel in the clear
	Status     statusView
	Errors     map[string]string
	Summary    []ui.FieldError
}

func newFormView(c *locale.Catalogue, t trunk.Trunk, d trunk.Draft, errs form.Errors) formView {
	v := formView{
		ID: t.ID, Draft: d, Allowed: strings.Join(d.Allowed, "\n"),
		Password: t.Password != "", Inbound: t.InboundPassword != "", Exposed: t.KeysExposed(),
	}
	v.Errors, v.Summary = page.Texts(c, errs)
	for _, tr := range trunk.Transports() {
		v.Transports = append(v.Transports, ui.Option{
			Value: string(tr), Text: strings.ToUpper(string(tr)), Hint: transportHint(c, tr), Selected: tr == d.Transport,
		})
	}
	return v
}

func transportHint(c *locale.Catalogue, t trunk.Transport) string {
	switch t {
	case trunk.UDP:
		return c.T("trunks.transport.udp")
	case trunk.TCP:
		return c.T("trunks.transport.tcp")
	case trunk.TLS:
		return c.T("trunks.transport.tls")
	}
	return ""
}

func (v formView) action() string {
	if v.ID == "" {
		return "/trunks/new"
	}
	return "/trunks/" + v.ID
}

// keeps is the hint of a password: a stored one is kept by leaving it blank.
func keeps(c *locale.Catalogue, stored bool) string {
	if stored {
		return c.T("trunks.password-kept")
	}
	return ""
}

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("trunks.new"), Icon: "plus", Variant: ui.Primary, Href: "/trunks/new"}
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	switch done {
	case "saved":
		return ui.Notice{Tone: ui.Good, Text: c.T("trunks.saved")}
	case "deleted":
		return ui.Notice{Tone: ui.Good, Text: c.T("trunks.deleted")}
	}
	return ui.Notice{}
}

// noSpell keeps browsers from correcting what is no prose.
func noSpell() templ.Attributes {
	return templ.Attributes{"spellcheck": "false", "autocapitalize": "off"}
}
