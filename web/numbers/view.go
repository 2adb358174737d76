package numbers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/phone"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

// stock is a workspace's numbers and what they refer to.
type stock struct {
	numbers  []number.Number
	assigned []number.Assignment
	members  []member.Member
	trunks   []trunk.Trunk
	regions  *region.Lists
}

func (h *Handlers) load(ctx context.Context, who auth.Who) (stock, error) {
	s := stock{regions: h.needs.Regions}
	var err error
	if s.numbers, err = h.needs.Store.Numbers(ctx, who.Workspace.ID); err != nil {
		return s, fmt.Errorf("list numbers: %w", err)
	}
	if s.assigned, err = h.needs.Store.Assignments(ctx, who.Workspace.ID); err != nil {
		return s, fmt.Errorf("list assignments: %w", err)
	}
	if s.members, err = h.needs.Members.Members(ctx, who.Workspace.ID); err != nil {
		return s, fmt.Errorf("list members: %w", err)
	}
	if s.trunks, err = h.needs.Trunks.Trunks(ctx, who.Workspace.ID); err != nil {
		return s, fmt.Errorf("list trunks: %w", err)
	}
	return s, nil
}

// listView is the list page: numbers by country.
type listView struct {
	Frame  ui.Page
	Groups []group
}

type group struct {
	Country string // its flag and name
	Numbers []item
}

type item struct {
	Href     string
	Name     string
	E164     string
	Members  []string // names
	Trunk    string
	WebCall  bool
	Records  bool
	DueTag   bool
	noMember bool
}

// groups sorts countries and names as the reader's language does.
func (s stock) groups(c *locale.Catalogue) []group {
	var out []group
	for _, country := range s.regions.Countries(c.Lang()) {
		var items []item
		for _, n := range s.numbers {
			if n.Country == country.Code {
				items = append(items, s.item(n))
			}
		}
		if len(items) == 0 {
			continue
		}
		slices.SortFunc(items, func(a, b item) int {
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
		out = append(out, group{Country: phone.CountryFlag(country.Code) + " " + country.Name, Numbers: items})
	}
	return out
}

func (s stock) item(n number.Number) item {
	i := item{
		Href: path(n.ID), Name: n.Name, E164: n.E164, WebCall: n.WebCall, DueTag: n.MandatoryTag,
		Records: records(n.Recording),
	}
	for _, id := range s.membersOf(n.ID) {
		if k := slices.IndexFunc(s.members, func(m member.Member) bool { return m.ID == id }); k >= 0 {
			i.Members = append(i.Members, s.members[k].Name)
		}
	}
	slices.Sort(i.Members)
	i.noMember = len(i.Members) == 0
	if k := slices.IndexFunc(s.trunks, func(t trunk.Trunk) bool { return t.ID == n.TrunkID }); k >= 0 {
		i.Trunk = s.trunks[k].Name
	}
	return i
}

// records says whether any call of the number may be recorded.
func records(r number.Recording) bool { return r != number.Recording{} }

func (s stock) membersOf(numberID string) []string {
	var out []string
	for _, a := range s.assigned {
		if a.NumberID == numberID {
			out = append(out, a.MemberID)
		}
	}
	return out
}

// fieldsView is what both forms have.
type fieldsView struct {
	Frame     ui.Page
	Draft     number.Draft
	Countries []ui.Option
	Members   []ui.Option
	Trunks    []ui.Option
	Errors    map[string]string
	Summary   []ui.FieldError
}

func (s stock) fields(c *locale.Catalogue, who auth.Who, t typed, errs form.Errors) fieldsView {
	v := fieldsView{Draft: t.Draft}
	v.Errors, v.Summary = page.Texts(c, errs)
	for _, country := range s.regions.Countries(c.Lang()) {
		v.Countries = append(v.Countries, ui.Option{
			Value: country.Code, Text: country.Name + " +" + phone.CallingCode(country.Code), Selected: country.Code == t.Draft.Country,
		})
	}
	for _, m := range s.members {
		text := m.Name
		if m.ID == who.Member.ID {
			text = c.T("numbers.you", "name", m.Name)
		}
		v.Members = append(v.Members, ui.Option{Value: m.ID, Text: text, Hint: m.Email, Selected: slices.Contains(t.Members, m.ID)})
	}
	v.Trunks = []ui.Option{{Value: "", Text: c.T("numbers.no-trunk"), Selected: t.Draft.TrunkID == ""}}
	for _, line := range s.trunks {
		v.Trunks = append(v.Trunks, ui.Option{Value: line.ID, Text: line.Name, Selected: line.ID == t.Draft.TrunkID})
	}
	return v
}

// numberView is the page of one number.
type numberView struct {
	fieldsView

	Number     number.Number
	Languages  []ui.Option
	Tunes      []tune
	PublicLink string
	Recorded   bool // as stored: callers have to be told
	NoTrunks   bool
}

type tune struct {
	ID, Name, Src string
	Selected      bool
}

func (s stock) numberView(
	c *locale.Catalogue, who auth.Who, n number.Number, t typed, errs form.Errors, music []string, link string,
) numberView {
	v := numberView{
		fieldsView: s.fields(c, who, t, errs), Number: n, PublicLink: link,
		Recorded: records(n.Recording), NoTrunks: len(s.trunks) == 0,
	}
	// Only a country that shares the calling code can be the number's.
	code := "+" + phone.CallingCode(n.Country)
	v.Countries = slices.DeleteFunc(v.Countries, func(o ui.Option) bool {
		return "+"+phone.CallingCode(o.Value) != code && o.Value != t.Draft.Country
	})
	for _, lang := range workspace.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == t.Draft.Language})
	}
	for _, id := range music {
		v.Tunes = append(v.Tunes, tune{ID: id, Name: tuneName(c, id), Src: "/numbers/music/" + id + ".wav", Selected: id == t.Draft.HoldMusic})
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

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("numbers.new"), Icon: "plus", Variant: ui.Primary, Href: "/numbers/new"}
}

func crumbs(c *locale.Catalogue) []ui.Crumb {
	return []ui.Crumb{{Text: c.T("numbers.title"), Href: "/numbers"}}
}

// flash says what was done; a fresh number tells the next step.
func flash(c *locale.Catalogue, done string, members int) ui.Notice {
	switch {
	case done == "created" && members > 0:
		return ui.Notice{
			Tone: ui.Good, Title: c.T("numbers.created"), Text: c.T("numbers.created-text"),
			Action: ui.Button{Text: c.T("numbers.to-phone"), Icon: "phone", Href: "/phone"},
		}
	case done == "created":
		return ui.Notice{Tone: ui.Good, Title: c.T("numbers.created"), Text: c.T("numbers.created-alone")}
	case done == "saved":
		return ui.Notice{Tone: ui.Good, Text: c.T("numbers.saved")}
	}
	return ui.Notice{}
}

func join(names []string) string { return strings.Join(names, ", ") }
