package me

import (
	"context"
	"strconv"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/phone"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/ui"
)

type view struct {
	Frame      ui.Page
	Member     member.Member // as shown, which may be refused
	Languages  []ui.Option
	Settings   []ui.Option
	Hours      ui.Badge // now
	Colleagues []ui.Option
	Lines      []ui.Option
	Defaults   []ui.Option // numbers to call out with
	Countries  []ui.Option
	Tones      []ui.Option
	WrapUp     string // seconds
	Muted      []ui.Option
	Passkeys   []passkeyView
	Sessions   []sessionView
	Access     access
	Errors     map[string]string
	Summary    []ui.FieldError
	Now        time.Time
}

type passkeyView struct {
	ID      string
	Name    string
	Created time.Time
	Used    time.Time // zero if never
	Last    bool      // the only one: cannot be removed
}

func (p passkeyView) dialog() string { return "rename-" + p.ID }
func (p passkeyView) path(verb string) string {
	return "/me/passkeys/" + p.ID + "/" + verb
}

type sessionView struct {
	ID      string
	Device  string
	Address string
	Seen    time.Time
	Current bool
}

// forms lays out what the member can choose.
func (v *view) forms(c *locale.Catalogue, countries []region.Country, s surroundings) {
	m := v.Member
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == m.Language})
	}
	for _, one := range member.Settings() {
		key := "account.setting." + string(one)
		v.Settings = append(v.Settings, ui.Option{Value: string(one), Text: c.T(key), Hint: c.T(key + "-hint"), Selected: one == m.Setting})
	}
	v.Hours = hourform.Preview(c, s.me.Hours, v.Now)
	v.Colleagues, v.Lines = s.colleagues(), s.lines
	v.WrapUp = strconv.Itoa(int(m.WrapUp / time.Second))
	v.Countries = []ui.Option{{Value: asUsual, Text: c.T("account.dial-country-line"), Selected: m.DialCountry == ""}}
	for _, one := range countries {
		v.Countries = append(v.Countries, ui.Option{
			Value: one.Code, Text: one.Name + " +" + phone.CallingCode(one.Code), Selected: one.Code == m.DialCountry,
		})
	}
	for i, tone := range member.RingTones() {
		on := tone == m.RingTone || m.RingTone == "" && i == 0
		v.Tones = append(v.Tones, ui.Option{Value: tone, Text: c.T("account.tone." + tone), Selected: on})
	}
	v.numbers(c, s.held)
}

// numbers lays out those the member can call out with, and those that ring him.
func (v *view) numbers(c *locale.Catalogue, held []people.Held) {
	v.Defaults = []ui.Option{{Value: asUsual, Text: c.T("account.default-number-first"), Selected: v.Member.DefaultNumber == ""}}
	muted := map[string]bool{}
	for _, id := range v.Member.Notices.Muted {
		muted[id] = true
	}
	for _, n := range held {
		text := c.Phone(n.E164).Text
		if n.Level.Dials() {
			v.Defaults = append(v.Defaults, ui.Option{
				Value: n.NumberID, Text: n.Name + " · " + text, Selected: n.NumberID == v.Member.DefaultNumber,
			})
		}
		if n.Level.Rings() || muted[n.NumberID] {
			v.Muted = append(v.Muted, ui.Option{Value: n.NumberID, Text: n.Name, Hint: text, Selected: muted[n.NumberID]})
		}
	}
}

// devices lists the passkeys and the signed-in browsers.
func (v *view) devices(c *locale.Catalogue, passkeys []identity.Credential, sessions []identity.Session, current string) {
	for _, p := range passkeys {
		v.Passkeys = append(v.Passkeys, passkeyView{
			ID: p.ID, Name: p.Name, Created: p.CreatedAt, Used: p.LastUsedAt, Last: len(passkeys) == 1,
		})
	}
	for _, s := range sessions {
		device := auth.Device(s.UserAgent)
		if device == "" {
			device = c.T("account.device-unknown")
		}
		v.Sessions = append(v.Sessions, sessionView{
			ID: s.ID, Device: device, Address: s.Address, Seen: s.LastSeenAt, Current: s.ID == current,
		})
	}
}

// narrow is the label of the box above a long list, "" above a short one.
func narrow(c *locale.Catalogue, options []ui.Option) string {
	if len(options) < 9 {
		return ""
	}
	return c.T("account.notices.filter")
}

// contents are the sections of the page, in their order.
func contents(c *locale.Catalogue) []ui.Option {
	return []ui.Option{
		{Value: "profile", Text: c.T("account.profile")},
		{Value: "availability", Text: c.T("account.availability")},
		{Value: "hours", Text: c.T("account.hours")},
		{Value: "phone", Text: c.T("account.phone")},
		{Value: "notices", Text: c.T("account.notices")},
		{Value: "passkeys", Text: c.T("account.passkeys")},
		{Value: "sessions", Text: c.T("account.sessions")},
		{Value: "access", Text: c.T("account.access")},
	}
}

func save(ctx context.Context, loud ui.Variant) ui.Button {
	return ui.Button{Text: locale.T(ctx, "account.save"), Variant: loud}
}

// facts are the role, extension and teams.
func facts(ctx context.Context, a access) []ui.Definition {
	all := []ui.Definition{{Term: locale.T(ctx, "account.role"), Text: a.Role}}
	if a.Extension != "" {
		all = append(all, ui.Definition{Term: locale.T(ctx, "account.extension"), Text: a.Extension})
	}
	teams := ui.Definition{Term: locale.T(ctx, "account.teams"), Text: locale.T(ctx, "account.teams-none")}
	if len(a.Teams) > 0 {
		teams.Body = teamList(a.Teams)
	}
	all = append(all, teams)
	if len(a.Numbers) == 0 {
		all = append(all, ui.Definition{Term: locale.T(ctx, "account.numbers"), Text: locale.T(ctx, "account.numbers-none")})
	}
	return all
}
