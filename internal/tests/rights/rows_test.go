package rights_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// The whole matrix, route by route, in the order of the pages.
func table() []row {
	return slices.Concat(
		everybodys(), memberRows(), invitationRows(), teamRows(), callerRows(), todoRows(), numberRows(), flowRows(), callRows(), thingRows(), ownRows(), domainRows(),
	)
}

const (
	all      = "++++"
	admins   = "++--"
	owners   = "+---"
	leaders  = "+++-"
	nobody   = "----"
	newOwner = "owner"
)

func everybodys() []row {
	return []row{
		{pattern: "GET /{$}", want: all, make: at("/")},
		{pattern: "GET /phone", want: all, make: at("/phone")},
		{pattern: "GET /ws/phone", about: "without an upgrade", want: "!!!!", refusal: 400, make: at("/ws/phone")},
		{pattern: "GET /search", want: all, make: at("/search?q=ma")},
		{pattern: "GET /confirm", want: all, make: at("/confirm?next=/me")},
		{pattern: "POST /confirm/begin", want: all, make: at("/confirm/begin")},
		{pattern: "POST /confirm/finish", want: "!!!!", refusal: 422, make: at("/confirm/finish")},
		{pattern: "GET /recover/done", want: all, make: at("/recover/done")},
		{pattern: "POST /recover/others", want: all, make: at("/recover/others")},
		{pattern: "GET /welcome", want: all, make: at("/welcome")},
		{pattern: "POST /welcome/notices", want: all, make: at("/welcome/notices")},
		{pattern: "POST /welcome/number", about: "that was never offered", want: nobody, make: func(c *company, _ member.Member) request {
			return request{path: "/welcome/number", form: url.Values{"number": {c.free.ID}}}
		}},
		{pattern: "GET /me", want: all, make: at("/me")},
		{pattern: "GET /me/tones/{tone}", want: all, make: at("/me/tones/" + member.RingTones()[0])},
	}
}

// to is a request about a member that pick chooses or makes.
func to(pick func(*company, member.Member) member.Member, path string, form url.Values) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		return request{path: "/team/" + pick(c, v).ID + path, form: form}
	}
}

func mate(c *company, _ member.Member) member.Member     { return c.mate }
func outsider(c *company, _ member.Member) member.Member { return c.outsider }
func oneself(_ *company, v member.Member) member.Member  { return v }

// fresh is a new member of a role, so that what is done to him is done once.
func fresh(role member.Role) func(*company, member.Member) member.Member {
	return func(c *company, _ member.Member) member.Member { return c.newMember(role) }
}

func memberRows() []row {
	profile := url.Values{"name": {"New Name"}, "language": {"fr"}, "wrap_up": {"30"}}
	hours := url.Values{"zone": {"Europe/Paris"}, "closed": {"voicemail"}}
	role := func(r member.Role) url.Values { return url.Values{"role": {string(r)}} }
	setting := url.Values{"setting": {"auto"}}
	return []row{
		{pattern: "GET /team", want: all, make: at("/team?q=m")},
		{pattern: "GET /team/{id}", want: all, foreign: true, make: to(outsider, "", nil)},
		{pattern: "POST /team/{id}/profile", want: admins, foreign: true, make: to(fresh(member.User), "/profile", profile)},
		{pattern: "POST /team/{id}/role", about: "below owner", want: admins, foreign: true, make: to(fresh(member.User), "/role", role(member.Supervisor))},
		{pattern: "POST /team/{id}/role", about: "of an admin", want: admins, foreign: true, make: to(fresh(member.Admin), "/role", role(member.User))},
		{pattern: "POST /team/{id}/role", about: "to owner", want: owners, foreign: true, make: to(fresh(member.User), "/role", role(newOwner))},
		{pattern: "POST /team/{id}/role", about: "of an owner", want: owners, foreign: true, make: to(fresh(member.Owner), "/role", role(member.User))},
		{pattern: "POST /team/{id}/teams", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			return request{path: "/team/" + c.newMember(member.User).ID + "/teams", form: url.Values{"teams": {c.newTeam().ID}}}
		}},
		{pattern: "GET /team/{id}/numbers", want: admins, foreign: true, make: to(mate, "/numbers", nil)},
		{pattern: "POST /team/{id}/numbers", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			n := c.newNumber()
			return request{path: "/team/" + c.newMember(member.User).ID + "/numbers", form: url.Values{"numbers": {n.ID}, "level-" + n.ID: {"shared"}}}
		}},
		{pattern: "POST /team/{id}/availability", about: "of the own team", want: leaders, foreign: true, make: to(mate, "/availability", setting)},
		{pattern: "POST /team/{id}/availability", about: "of another team", want: admins, foreign: true, make: to(outsider, "/availability", setting)},
		{pattern: "POST /team/{id}/availability", about: "of an owner", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			return request{path: "/team/" + c.partner.ID + "/availability", form: setting}
		}},
		{pattern: "GET /team/{id}/hours", about: "of the own team", want: leaders, foreign: true, make: to(mate, "/hours", nil)},
		{pattern: "GET /team/{id}/hours", about: "of another team", want: admins, foreign: true, make: to(outsider, "/hours", nil)},
		{pattern: "POST /team/{id}/hours", about: "of the own team", want: leaders, foreign: true, make: to(mate, "/hours", hours)},
		{pattern: "POST /team/{id}/hours", about: "of another team", want: admins, foreign: true, make: to(outsider, "/hours", hours)},
		{pattern: "GET /team/{id}/remove", want: admins, foreign: true, make: to(outsider, "/remove", nil)},
		{pattern: "GET /team/{id}/remove", about: "an owner", want: owners, foreign: true, make: to(fresh(member.Owner), "/remove", nil)},
		{pattern: "POST /team/{id}/remove", want: admins, foreign: true, make: to(fresh(member.User), "/remove", nil)},
		{pattern: "POST /team/{id}/remove", about: "an admin", want: admins, foreign: true, make: to(fresh(member.Admin), "/remove", nil)},
		{pattern: "POST /team/{id}/remove", about: "an owner", want: owners, foreign: true, make: to(fresh(member.Owner), "/remove", nil)},
	}
}

// guest invites a new address with a role.
func guest(role member.Role) func(*company, member.Member) request {
	return func(c *company, _ member.Member) request {
		return request{path: "/team/invite", form: url.Values{
			"addresses": {fmt.Sprintf("new%d@guest.example", c.next())}, "role": {string(role)}, "language": {"en"}, "grant": {"none"},
		}}
	}
}

// withSwitch has members invite for the length of building the request; the switch
// is turned off again by the row without it.
func withSwitch(on bool, then func(*company, member.Member) request) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		c.setSwitches(on, c.ws.MembersSeeTeam)
		return then(c, v)
	}
}

func invitationRows() []row {
	const list = "email,name,role\r\nlist%d@guest.example,Ann,member\r\n"
	upload := func(c *company, _ member.Member) request {
		var b strings.Builder
		for _, f := range [][2]string{{"role", "member"}, {"language", "en"}} {
			fmt.Fprintf(&b, "--cut\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", f[0], f[1])
		}
		fmt.Fprintf(&b, "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"+list+"\r\n--cut--\r\n", c.next())
		return request{path: "/team/invite/csv", kind: "multipart/form-data; boundary=cut", body: b.String()}
	}
	invited := func(action string) func(*company, member.Member) request {
		return func(c *company, _ member.Member) request {
			return request{path: "/team/invitations/" + c.invited().ID + action}
		}
	}
	return []row{
		{pattern: "GET /team/invite", want: admins, make: withSwitch(false, at("/team/invite"))},
		{pattern: "GET /team/invite", about: "where members may", want: all, make: withSwitch(true, at("/team/invite"))},
		{pattern: "POST /team/invite", want: admins, make: withSwitch(false, guest(member.User))},
		{pattern: "POST /team/invite", about: "an admin", want: admins, make: guest(member.Admin)},
		{pattern: "POST /team/invite", about: "an owner", want: "+!--", refusal: 422, make: guest(newOwner)},
		{pattern: "POST /team/invite", about: "a member where members may", want: all, make: withSwitch(true, guest(member.User))},
		{pattern: "POST /team/invite", about: "a supervisor where members may", want: "++!!", refusal: 422, make: withSwitch(true, guest(member.Supervisor))},
		{pattern: "GET /team/invite/csv", want: admins, make: at("/team/invite/csv")},
		{pattern: "POST /team/invite/csv", want: admins, make: upload},
		{pattern: "GET /team/invite/sample.csv", want: admins, make: at("/team/invite/sample.csv")},
		{pattern: "POST /team/invite/rejected", want: admins, make: func(*company, member.Member) request {
			return request{path: "/team/invite/rejected", form: url.Values{"rows": {"email,reason"}}}
		}},
		{pattern: "POST /team/invitations/{id}/resend", want: admins, foreign: true, make: withSwitch(false, invited("/resend"))},
		{pattern: "POST /team/invitations/{id}/revoke", want: admins, foreign: true, make: invited("/revoke")},
		{pattern: "POST /team/invitations/{id}/revoke", about: "another's, where members may", want: admins, foreign: true, make: withSwitch(true, invited("/revoke"))},
	}
}

func teamRows() []row {
	team := func(path string) func(*company, member.Member) request {
		return func(c *company, _ member.Member) request {
			return request{path: "/teams/" + c.newTeam().ID + path, form: url.Values{"name": {fmt.Sprint("Renamed ", c.next())}}}
		}
	}
	return []row{
		{pattern: "GET /teams", want: all, make: at("/teams")},
		{pattern: "GET /teams/new", want: admins, make: at("/teams/new")},
		{pattern: "POST /teams/new", want: admins, make: func(c *company, _ member.Member) request {
			return request{path: "/teams/new", form: url.Values{"name": {fmt.Sprint("New ", c.next())}}}
		}},
		{pattern: "GET /teams/{id}", want: all, foreign: true, make: team("")},
		{pattern: "POST /teams/{id}", want: admins, foreign: true, make: team("")},
		{pattern: "POST /teams/{id}", about: "by who leads it", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			return request{path: "/teams/" + c.team.ID, form: url.Values{
				"name": {c.team.Name}, "lead": {c.supervisor.ID}, "members": {c.user.ID, c.mate.ID},
			}}
		}},
		{pattern: "POST /teams/{id}/delete", want: admins, foreign: true, make: team("/delete")},
	}
}

func numberForm(c *company, n number.Number) url.Values {
	return url.Values{
		"phone": {n.E164}, "country": {"FR"}, "name": {fmt.Sprint("Line ", c.next())}, "language": {"en"}, "hold_music": {n.HoldMusic},
	}
}

// ofNumber is a request about a new number; owned makes the reader its owner.
func ofNumber(path string, owned bool) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		n := c.newNumber()
		if owned {
			n = c.numberOf(v)
		}
		form := numberForm(c, n)
		if path == "/access" {
			form = url.Values{"row": {c.mate.ID}, "level-" + c.mate.ID: {"shared"}}
		}
		return request{path: "/numbers/" + n.ID + path, form: form}
	}
}

// having is a request about a number that the reader has at a level, or supervises.
func having(level number.Level) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		n := c.newNumber()
		if level == "" {
			c.must(c.Store.SetSupervisors(c.t.Context(), c.ws.ID, n.ID, []string{v.ID}))
		} else {
			c.assign(n, level, v)
		}
		return request{path: "/numbers/" + n.ID, form: numberForm(c, n)}
	}
}

// owning makes the reader the owner of a number first.
func owning(then func(*company, member.Member) request) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		c.numberOf(v)
		return then(c, v)
	}
}

func numberRows() []row {
	rows := []row{
		{pattern: "GET /numbers", about: "who runs none", want: admins, make: at("/numbers")},
		{pattern: "GET /numbers", about: "the owner of one", want: all, make: owning(at("/numbers"))},
		{pattern: "GET /hold-music/{id}", want: all, make: func(c *company, _ member.Member) request {
			return request{path: "/hold-music/" + c.library.MusicIDs()[0]}
		}},
		{pattern: "GET /numbers/new", want: admins, make: at("/numbers/new")},
		{pattern: "POST /numbers/new", want: admins, make: func(c *company, _ member.Member) request {
			return request{path: "/numbers/new", form: numberForm(c, number.Number{E164: c.phone(), HoldMusic: c.library.MusicIDs()[0]})}
		}},
		{pattern: "GET /numbers/{id}", want: admins, foreign: true, make: ofNumber("", false)},
		{pattern: "GET /numbers/{id}", about: "its owner", want: all, foreign: true, make: ofNumber("", true)},
		{pattern: "POST /numbers/{id}", want: admins, foreign: true, make: ofNumber("", false)},
		{pattern: "POST /numbers/{id}", about: "its owner", want: all, foreign: true, make: ofNumber("", true)},
		{pattern: "GET /numbers/{id}/access", want: admins, foreign: true, make: ofNumber("/access", false)},
		{pattern: "GET /numbers/{id}/access", about: "its owner", want: all, foreign: true, make: ofNumber("/access", true)},
		{pattern: "POST /numbers/{id}/access", want: admins, foreign: true, make: ofNumber("/access", false)},
		{pattern: "POST /numbers/{id}/access", about: "its owner", want: all, foreign: true, make: ofNumber("/access", true)},
		{pattern: "POST /numbers/{id}/delete", want: admins, foreign: true, make: ofNumber("/delete", false)},
		{pattern: "POST /numbers/{id}/delete", about: "its owner", want: admins, foreign: true, make: ofNumber("/delete", true)},
		{pattern: "POST /numbers/{id}", about: "who supervises it", want: admins, foreign: true, make: having("")},
	}
	for _, level := range number.Levels() {
		rows = append(rows, row{
			pattern: "POST /numbers/{id}", about: "who has it " + string(level), want: admins, foreign: true, make: having(level),
		})
	}
	return rows
}

func thingRows() []row {
	tag := func(path string) func(*company, member.Member) request {
		return func(c *company, _ member.Member) request {
			return request{path: "/tags/" + c.newTag().ID + path, form: url.Values{"name": {fmt.Sprint("Tag ", c.next())}, "colour": {"#c0392b"}}}
		}
	}
	trunk := func(path string) func(*company, member.Member) request {
		return func(c *company, _ member.Member) request {
			return request{path: "/trunks/" + c.newTrunk().ID + path, form: url.Values{
				"name": {fmt.Sprint("Trunk ", c.next())}, "host": {"192.0.2.2"}, "transport": {"udp"},
			}}
		}
	}
	return []row{
		{pattern: "GET /tags", want: admins, make: at("/tags")},
		{pattern: "GET /tags/new", want: admins, make: at("/tags/new")},
		{pattern: "POST /tags/new", want: admins, make: func(c *company, v member.Member) request {
			return request{path: "/tags/new", form: tag("")(c, v).form}
		}},
		{pattern: "GET /tags/{id}", want: admins, foreign: true, make: tag("")},
		{pattern: "POST /tags/{id}", want: admins, foreign: true, make: tag("")},
		{pattern: "POST /tags/{id}/delete", want: admins, foreign: true, make: tag("/delete")},
		{pattern: "GET /trunks", want: admins, make: at("/trunks")},
		{pattern: "GET /trunks/new", want: admins, make: at("/trunks/new")},
		{pattern: "GET /trunks/status", want: admins, make: at("/trunks/status")},
		{pattern: "POST /trunks/new", want: admins, make: func(c *company, v member.Member) request {
			return request{path: "/trunks/new", form: trunk("")(c, v).form}
		}},
		{pattern: "GET /trunks/{id}", want: admins, foreign: true, make: trunk("")},
		{pattern: "GET /trunks/{id}/status", want: admins, foreign: true, make: trunk("/status")},
		{pattern: "POST /trunks/{id}", want: admins, foreign: true, make: trunk("")},
		{pattern: "POST /trunks/{id}/delete", want: admins, foreign: true, make: trunk("/delete")},
		{pattern: "GET /audit", want: admins, make: at("/audit")},
		{pattern: "GET /review", want: admins, make: at("/review")},
		{pattern: "POST /audit/verify", want: admins, make: at("/audit/verify")},
		{pattern: "GET /settings", want: admins, make: at("/settings")},
		{pattern: "POST /settings", want: admins, make: func(c *company, _ member.Member) request {
			return request{path: "/settings", form: url.Values{
				"name": {c.ws.Name}, "language": {"en"}, "zone": {"Europe/Paris"}, "country": {"FR"},
			}}
		}},
	}
}
