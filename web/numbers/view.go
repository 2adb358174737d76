package numbers

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/phone"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// fieldsView is what both forms have.
type fieldsView struct {
	Frame     ui.Page
	Draft     number.Draft
	Countries []ui.Option
	Members   []ui.Option // of a new number
	Large     bool        // not all members are offered
	Trunks    []ui.Option // none for who may not choose
	Errors    map[string]string
	Summary   []ui.FieldError
}

func (h *Handlers) fields(ctx context.Context, c *locale.Catalogue, who auth.Who, t typed, errs form.Errors) (fieldsView, error) {
	v := fieldsView{Draft: t.Draft}
	v.Errors, v.Summary = page.Texts(c, errs)
	for _, country := range h.needs.Regions.Countries(c.Lang()) {
		v.Countries = append(v.Countries, ui.Option{
			Value: country.Code, Text: country.Name + " +" + phone.CallingCode(country.Code), Selected: country.Code == t.Draft.Country,
		})
	}
	if !who.Can(member.ManageTrunks) {
		return v, nil
	}
	trunks, err := h.needs.Trunks.Trunks(ctx, who.Workspace.ID)
	if err != nil {
		return v, fmt.Errorf("list trunks: %w", err)
	}
	v.Trunks = []ui.Option{{Value: "", Text: c.T("numbers.no-trunk"), Selected: t.Draft.TrunkID == ""}}
	for _, line := range trunks {
		v.Trunks = append(v.Trunks, ui.Option{Value: line.ID, Text: line.Name, Selected: line.ID == t.Draft.TrunkID})
	}
	return v, nil
}

// maxFirst is up to how many members a new number asks who gets it. In a larger
// company it offers the reader, and the page of who has it is where one searches.
const maxFirst = 30

// first offers who gets a new number.
func (h *Handlers) first(ctx context.Context, c *locale.Catalogue, who auth.Who, t typed, v *fieldsView) error {
	all, next, err := h.needs.Members.FindMembers(ctx, who.Workspace.ID, people.Page{Limit: maxFirst})
	if err != nil {
		return fmt.Errorf("list members: %w", err)
	}
	if v.Large = next != ""; v.Large {
		all = []member.Member{who.Member}
	}
	for _, m := range all {
		text := m.Name
		if m.ID == who.Member.ID {
			text = c.T("numbers.you", "name", m.Name)
		}
		v.Members = append(v.Members, ui.Option{Value: m.ID, Text: text, Hint: m.Email, Selected: slices.Contains(t.Members, m.ID)})
	}
	return nil
}

// numberView is the page of one number.
type numberView struct {
	fieldsView

	Number     number.Number
	Types      []ui.Option
	Open       bool // for callers, now
	Path       page.Path
	Languages  []ui.Option
	Tunes      []tune
	PublicLink string
	Recorded   bool // as stored: callers have to be told
	Holders    int
	Manages    bool // sees what only who manages all numbers may change
}

// noTrunks says that there is none to choose.
func (v numberView) noTrunks() bool { return len(v.Trunks) == 1 }

type tune struct {
	ID, Name, Src string
	Selected      bool
}

func newNumberView(c *locale.Catalogue, n number.Number, fields fieldsView, music []string, link string) numberView {
	v := numberView{fieldsView: fields, Number: n, PublicLink: link, Recorded: records(n.Recording)}
	d := fields.Draft
	v.Types = typeOptions(c, d.Type)
	// Only a country that shares the calling code can be the number's.
	code := "+" + phone.CallingCode(n.Country)
	v.Countries = slices.DeleteFunc(v.Countries, func(o ui.Option) bool {
		return "+"+phone.CallingCode(o.Value) != code && o.Value != d.Country
	})
	for _, lang := range workspace.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == d.Language})
	}
	for _, id := range music {
		v.Tunes = append(v.Tunes, tune{ID: id, Name: tuneName(c, id), Src: "/hold-music/" + id + ".wav", Selected: id == d.HoldMusic})
	}
	return v
}

// tuneName is the name of a piece; one nobody named is called by its id.
func tuneName(c *locale.Catalogue, id string) string {
	switch id {
	case "soft":
		return c.T("numbers.music.soft")
	case "piano":
		return c.T("numbers.music.piano")
	case "strings":
		return c.T("numbers.music.strings")
	}
	return id
}

func (v numberView) tuneOptions() []ui.Option {
	out := make([]ui.Option, len(v.Tunes))
	for i, t := range v.Tunes {
		out[i] = ui.Option{Value: t.ID, Text: t.Name, Selected: t.Selected}
	}
	return out
}

func crumbs(c *locale.Catalogue) []ui.Crumb {
	return []ui.Crumb{{Text: c.T("numbers.title"), Href: "/numbers"}}
}

// flash says what was done; a fresh number tells the next step.
func flash(c *locale.Catalogue, n number.Number, done string, holders int) ui.Notice {
	switch {
	case done == "created" && n.IsIVR():
		return ui.Notice{
			Tone: ui.Good, Title: c.T("numbers.created"), Text: c.T("numbers.created-ivr"),
			Action: ui.Button{Text: c.T("numbers.to-menu"), Icon: "grip", Href: path(n.ID) + page.NumberFlow},
		}
	case done == "created" && holders > 0:
		return ui.Notice{
			Tone: ui.Good, Title: c.T("numbers.created"), Text: c.T("numbers.created-text"),
			Action: ui.Button{Text: c.T("numbers.to-phone"), Icon: "phone", Href: "/phone"},
		}
	case done == "created":
		return ui.Notice{
			Tone: ui.Good, Title: c.T("numbers.created"), Text: c.T("numbers.created-alone"),
			Action: ui.Button{Text: c.T("numbers.tab-access"), Icon: "users", Href: path(n.ID) + page.NumberAccess},
		}
	case done == "saved":
		return ui.Notice{Tone: ui.Good, Text: c.T("numbers.saved")}
	}
	return ui.Notice{}
}
