package blocklist

import (
	"time"

	"parley/internal/domain/blocklist"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// What the fields take.
const (
	maxPattern = 40
	maxNote    = 120
)

type listView struct {
	Frame   ui.Page
	Entries []item
	Kinds   []ui.Option
	Pattern string
	Note    string
	Errors  map[string]string
	Summary []ui.FieldError
	Now     time.Time
}

type item struct {
	ID     string
	Name   string // how the entry is spoken of
	Number string // of an exact one, E.164
	Hint   string // what it matches, of the others
	Icon   string
	Note   string
	By     string
	At     time.Time
}

func newView(c *locale.Catalogue, all []blocklist.Entry, names []people.Name, d blocklist.Draft, errs form.Errors) listView {
	v := listView{Pattern: d.Pattern, Note: d.Note}
	v.Errors, v.Summary = page.Texts(c, errs)
	for _, k := range []blocklist.Kind{blocklist.Exact, blocklist.Prefix, blocklist.Anonymous} {
		v.Kinds = append(v.Kinds, ui.Option{
			Value: string(k), Text: c.T("blacklist.kind." + string(k)), Hint: c.T("blacklist.kind." + string(k) + "-hint"), Selected: k == d.Kind,
		})
	}
	by := map[string]string{}
	for _, n := range names {
		by[n.ID] = n.Name
	}
	for _, e := range all {
		i := item{ID: e.ID, Note: e.Note, By: by[e.CreatedBy], At: e.CreatedAt}
		switch e.Kind {
		case blocklist.Exact:
			i.Name, i.Number, i.Icon = c.Phone(e.Pattern).Text, e.Pattern, "phone-off"
		case blocklist.Prefix:
			i.Name, i.Hint, i.Icon = c.T("blacklist.begins", "digits", e.Pattern), c.T("blacklist.kind.prefix"), "ban"
		case blocklist.Anonymous:
			i.Name, i.Hint, i.Icon = c.T("blacklist.kind.anonymous"), c.T("blacklist.kind.anonymous-hint"), "user"
		}
		v.Entries = append(v.Entries, i)
	}
	return v
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	switch done {
	case "added":
		return ui.Notice{Tone: ui.Good, Text: c.T("blacklist.added")}
	case "removed":
		return ui.Notice{Tone: ui.Good, Text: c.T("blacklist.removed")}
	}
	return ui.Notice{}
}
