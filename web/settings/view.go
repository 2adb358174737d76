package settings

import (
	"slices"
	"strconv"

	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

type view struct {
	Frame     ui.Page
	Name      string
	Languages []ui.Option
	Zones     []ui.Option
	Countries []ui.Option
	Allowed   []ui.Option
	Limits    []limitField
	Seats     limitField
	Invite    bool // members invite
	SeeTeam   bool // members see the calls of their teams
	Errors    map[string]string
	Summary   []ui.FieldError
}

// limitField is a limit as typed, and what an empty field stands for.
type limitField struct {
	Name, Label, Hint, Value, Default string
}

func newView(c *locale.Catalogue, regions *region.Lists, t typed, numbers []number.Number, errs form.Errors) view {
	v := view{Name: t.Name, Invite: t.MembersInvite, SeeTeam: t.MembersSeeTeam}
	v.Seats = limitField{"seat_limit", c.T("settings.seats"), c.T("settings.seats-hint"), t.seats, strconv.Itoa(workspace.DefaultSeats)}
	for _, lang := range workspace.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == t.Language})
	}
	for _, zone := range regions.Zones() {
		v.Zones = append(v.Zones, ui.Option{Value: zone, Text: zone, Selected: zone == t.TimeZone})
	}
	if !slices.Contains(regions.Zones(), t.TimeZone) { // a name by link, such as Asia/Calcutta, came by a document
		v.Zones = append([]ui.Option{{Value: t.TimeZone, Text: t.TimeZone, Selected: true}}, v.Zones...)
	}
	for _, one := range regions.Countries(c.Lang()) {
		v.Countries = append(v.Countries, ui.Option{Value: one.Code, Text: one.Name, Selected: one.Code == t.Country})
	}
	v.Allowed = allowed(c, regions, t.AllowedCountries, numbers)
	v.Limits = []limitField{
		{"member_limit", c.T("settings.member-limit"), c.T("settings.member-limit-hint"), t.memberPerHour, strconv.Itoa(call.DefaultPerMember)},
		{"workspace_limit", c.T("settings.workspace-limit"), c.T("settings.workspace-limit-hint"), t.workspacePerHour, strconv.Itoa(call.DefaultPerWorkspace)},
		{"concurrent_limit", c.T("settings.concurrent-limit"), c.T("settings.concurrent-limit-hint"), t.concurrent, strconv.Itoa(call.DefaultConcurrent)},
	}
	v.Errors, v.Summary = page.Texts(c, errs)
	return v
}

// allowed lists the countries, those that can be called first. A country of a
// number can be called whatever is ticked; its tick is kept all the same, for
// the day the number goes.
func allowed(c *locale.Catalogue, regions *region.Lists, ticked []string, numbers []number.Number) []ui.Option {
	var first, rest []ui.Option
	for _, one := range regions.Countries(c.Lang()) {
		o := ui.Option{Value: one.Code, Text: one.Name, Selected: slices.Contains(ticked, one.Code)}
		has := slices.ContainsFunc(numbers, func(n number.Number) bool { return n.Country == one.Code })
		if has {
			o.Hint = c.T("settings.always")
		}
		if has || o.Selected {
			first = append(first, o)
		} else {
			rest = append(rest, o)
		}
	}
	return append(first, rest...)
}

// Tabs are the pages about the workspace as a whole; path is the one shown.
func Tabs(c *locale.Catalogue, path string) ui.Tabs {
	t := ui.Tabs{Label: c.T("settings.title"), Items: []ui.TabLink{
		{Text: c.T("settings.tab-company"), Href: "/settings"},
		{Text: c.T("settings.tab-domains"), Href: "/settings/domains"},
		{Text: c.T("settings.tab-review"), Href: "/review"},
		{Text: c.T("settings.tab-audit"), Href: "/audit"},
	}}
	for i := range t.Items {
		t.Items[i].Current = t.Items[i].Href == path
	}
	return t
}
