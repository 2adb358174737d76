package me

import (
	"strconv"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type view struct {
	Frame     ui.Page
	Name      string
	Email     string
	WrapUp    string // seconds
	Languages []ui.Option
	Passkeys  []passkeyView
	Sessions  []sessionView
	Errors    map[string]string
	Summary   []ui.FieldError
	Now       time.Time
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
	Started time.Time
	Seen    time.Time
	Current bool
}

func newView(
	c *locale.Catalogue, m member.Member, passkeys []identity.Credential,
	sessions []identity.Session, current string, now time.Time,
) view {
	v := view{Name: m.Name, Email: m.Email, WrapUp: strconv.Itoa(int(m.WrapUp / time.Second)), Now: now}
	for _, lang := range locale.Languages() {
		v.Languages = append(v.Languages, ui.Option{Value: lang, Text: page.LanguageName(lang), Selected: lang == m.Language})
	}
	for _, p := range passkeys {
		v.Passkeys = append(v.Passkeys, passkeyView{
			ID: p.ID, Name: p.Name, Created: p.CreatedAt, Used: p.LastUsedAt, Last: len(passkeys) == 1,
		})
	}
	for _, s := range sessions {
		device := auth.Device(s.UserAgent)
		if device == "" {
			device = c.T("identity.me.device-unknown")
		}
		v.Sessions = append(v.Sessions, sessionView{
			ID: s.Token, Device: device, Address: s.Address,
			Started: s.CreatedAt, Seen: s.LastSeenAt, Current: s.Token == current,
		})
	}
	return v
}
