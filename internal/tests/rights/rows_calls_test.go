package rights_test

import (
	"fmt"
	"net/url"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// seen are the calls the matrix tells apart: whose they are, and who sees them.
func seen() []struct {
	about, want string
	team        bool // members see the calls of their teams
	member      func(*company, member.Member) member.Member
	number      func(*company) number.Number
} {
	none := func(*company, member.Member) member.Member { return member.Member{} }
	free := func(c *company) number.Number { return c.free }
	return []struct {
		about, want string
		team        bool
		member      func(*company, member.Member) member.Member
		number      func(*company) number.Number
	}{
		{"the own call", all, false, oneself, free},
		{"another's call on a number one has", all, false, outsider, func(c *company) number.Number { return c.his }},
		{"a missed call on a number one has", all, false, none, func(c *company) number.Number { return c.his }},
		{"a call on a number one may read", all, false, outsider, func(c *company) number.Number { return c.overheard }},
		{"a call of the team one leads or is in", leaders, false, mate, free},
		{"a call of the team where members see it", all, true, mate, free},
		{"a call on a number one supervises", leaders, false, outsider, func(c *company) number.Number { return c.watched }},
		{"a missed call on a number one supervises", leaders, false, none, func(c *company) number.Number { return c.watched }},
		{"a call of another team", admins, false, outsider, free},
		{"a call of another team where members see theirs", admins, true, outsider, free},
		{"a missed call on a number of nobody", admins, false, none, free},
	}
}

func callRows() []row {
	rows := []row{{pattern: "GET /calls", want: all, make: at("/calls")}}
	for _, s := range seen() {
		path := func(suffix string) func(*company, member.Member) request {
			return func(c *company, v member.Member) request {
				c.setSwitches(c.ws.MembersInvite, s.team)
				r := c.called(s.member(c, v), s.number(c))
				if suffix != "" {
					suffix := fmt.Sprintf(suffix, c.recorded(r).ID)
					return request{path: "/calls/" + r.ID + suffix}
				}
				return request{path: "/calls/" + r.ID}
			}
		}
		rows = append(rows,
			row{pattern: "GET /calls/{id}", about: s.about, want: s.want, foreign: true, make: path("")},
			row{pattern: "GET /calls/{id}/recording/{rid}", about: s.about, want: s.want, foreign: true, make: path("/recording/%s")},
			row{pattern: "GET /calls/{id}/recording/{rid}/waves", about: s.about, want: s.want, foreign: true, make: path("/recording/%s/waves")},
			row{pattern: "POST /calls/{id}/recording/{rid}/delete", about: s.about, want: admins, foreign: true, make: path("/recording/%s/delete")},
		)
	}
	return rows
}

// ownRows are what everybody may do about himself, and nobody about others.
func ownRows() []row {
	post := func(path string, form url.Values) func(*company, member.Member) request {
		return func(*company, member.Member) request { return request{path: path, form: form} }
	}
	key := func(of func(*company, member.Member) member.Member, action string) func(*company, member.Member) request {
		return func(c *company, v member.Member) request {
			m := of(c, v)
			c.passkeyOf(m) // the last one stays
			k := c.passkeyOf(m)
			return request{path: "/me/passkeys/" + k.ID + action, form: url.Values{"name": {"Phone"}, "name-" + k.ID: {"Phone"}}}
		}
	}
	session := func(of func(*company, member.Member) member.Member) func(*company, member.Member) request {
		return func(c *company, v member.Member) request {
			return request{path: "/me/sessions/" + c.sessionOf(of(c, v)) + "/revoke"}
		}
	}
	return []row{
		{pattern: "POST /me", want: all, make: post("/me", url.Values{"name": {"New Name"}, "language": {"en"}})},
		{pattern: "POST /me/availability", want: all, make: post("/me/availability", url.Values{"setting": {"auto"}})},
		{pattern: "POST /me/hours", want: all, make: post("/me/hours", url.Values{"zone": {"Europe/Paris"}, "closed": {"voicemail"}})},
		{pattern: "POST /me/phone", want: all, make: post("/me/phone", url.Values{
			"default_number": {""}, "dial_country": {"FR"}, "ring_tone": {member.RingTones()[0]}, "wrap_up": {"30"},
		})},
		{pattern: "POST /me/notices", want: all, make: post("/me/notices", url.Values{"desktop": {"on"}})},
		{pattern: "POST /me/passkeys/begin", want: all, make: func(*company, member.Member) request {
			return request{path: "/me/passkeys/begin", json: true, form: url.Values{"name": {"Key"}}}
		}},
		{pattern: "POST /me/passkeys/finish", about: "of nothing", want: "!!!!", refusal: 422, make: func(*company, member.Member) request {
			return request{path: "/me/passkeys/finish", json: true, kind: "application/json", body: "{}"}
		}},
		{pattern: "POST /me/passkeys/{id}/rename", want: all, foreign: true, make: key(oneself, "/rename")},
		{pattern: "POST /me/passkeys/{id}/rename", about: "another's", want: nobody, foreign: true, make: key(mate, "/rename")},
		{pattern: "POST /me/passkeys/{id}/remove", want: all, foreign: true, make: key(oneself, "/remove")},
		{pattern: "POST /me/passkeys/{id}/remove", about: "another's", want: nobody, foreign: true, make: key(mate, "/remove")},
		{pattern: "POST /me/sessions/{id}/revoke", want: all, foreign: true, make: session(oneself)},
		{pattern: "POST /me/sessions/{id}/revoke", about: "another's", want: nobody, foreign: true, make: session(mate)},
		{pattern: "POST /me/sessions/others/revoke", want: all, make: post("/me/sessions/others/revoke", nil)},
	}
}

func domainRows() []row {
	// claimed is a domain that waits for its proof by mail, and the link in the mail.
	claimed := func(c *company) (claimID, link string) {
		domain := fmt.Sprintf("n%d-%s.example", c.next(), c.ws.ID[:8])
		a := c.as(c.owner).Post("/settings/domains", url.Values{"domain": {domain}, "method": {"mail"}, "address": {"it@" + domain}})
		if a.Status != 303 {
			c.t.Fatalf("claim %s: %d %s", domain, a.Status, a.Text())
		}
		all, err := c.Store.Claims(c.t.Context(), c.ws.ID)
		c.must(err)
		for _, one := range all {
			if one.Domain == domain {
				return one.ID, c.Browser().Path(c.Mail.To("it@" + domain)[0].Args["link"])
			}
		}
		c.t.Fatal("no claim was stored")
		return "", ""
	}
	about := func(action string) func(*company, member.Member) request {
		return func(c *company, _ member.Member) request {
			id, link := claimed(c)
			if action == "/disable" {
				c.as(c.owner).Post(link, nil)
			}
			return request{path: "/settings/domains/" + id + action}
		}
	}
	link := func(c *company, _ member.Member) request {
		_, link := claimed(c)
		return request{path: link}
	}
	return []row{
		{pattern: "GET /settings/domains", want: admins, make: at("/settings/domains")},
		{pattern: "POST /settings/domains", want: admins, make: func(c *company, _ member.Member) request {
			return request{path: "/settings/domains", form: url.Values{"domain": {fmt.Sprintf("d%d.example", c.next())}, "method": {"dns"}}}
		}},
		{pattern: "GET /settings/domains/{id}", want: admins, foreign: true, make: about("")},
		{pattern: "POST /settings/domains/{id}/prove", want: admins, foreign: true, make: about("/prove")},
		{pattern: "POST /settings/domains/{id}/disable", want: admins, foreign: true, make: about("/disable")},
		{pattern: "POST /settings/domains/{id}/release", want: admins, foreign: true, make: about("/release")},
		{pattern: "GET /domain/{token}", want: admins, foreign: true, make: link},
		{pattern: "POST /domain/{token}", want: admins, foreign: true, make: link},
	}
}
