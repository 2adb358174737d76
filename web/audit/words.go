package audit

import (
	"maps"
	"slices"
	"strings"

	"parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/locale"
	"parley/web/page"
)

// Said is an entry in the reader's words.
type Said struct {
	By     string // who acted
	What   string
	Detail string // whom or what it is about first
}

// Say words an entry. names are those of members by id; the server's and an
// outsider's is under "".
func Say(c *locale.Catalogue, e audit.Entry, names map[string]string) Said {
	s := Said{By: names[e.MemberID], What: e.Action, Detail: detail(c, e, names)}
	if s.By == "" {
		s.By = c.T("audit.unknown")
	}
	// An action without a sentence is shown by its own name: nothing may be hidden.
	for _, key := range []string{accountKey(e.Action), peopleKey(e.Action), thingKey(e.Action)} {
		if key != "" {
			s.What = c.T(key)
		}
	}
	return s
}

// Named lists the ids of the members whose names Say needs for an entry.
func Named(e audit.Entry) []string {
	ids := []string{e.MemberID}
	if aboutMember(e.Action) {
		ids = append(ids, e.Subject)
	}
	for key, value := range e.Detail {
		if isMember(key) {
			ids = append(ids, value)
		}
	}
	return ids
}

// aboutMember says whether the subject of the action is a member.
func aboutMember(action string) bool {
	area, _, _ := strings.Cut(action, ".")
	return area == "member" || area == "recovery" || action == "session.revoked" || action == "signin-link.made"
}

// isMember says whether a detail of that name is the id of a member.
func isMember(name string) bool { return name == "closed_member" || name == "heir" }

func detail(c *locale.Catalogue, e audit.Entry, names map[string]string) string {
	var parts []string
	if aboutMember(e.Action) && e.Subject != e.MemberID && names[e.Subject] != "" {
		parts = append(parts, names[e.Subject])
	}
	keys := slices.Sorted(maps.Keys(e.Detail))
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	for _, key := range keys {
		value := e.Detail[key]
		if isMember(key) && names[value] != "" {
			value = names[value]
		}
		parts = append(parts, fact(c, key, value))
	}
	return strings.Join(parts, " · ")
}

// rank puts the name of a thing before everything else about it.
func rank(key string) int {
	if key == "name" {
		return 0
	}
	return 1
}

// fact writes one value; one whose name nobody knows is shown with that name.
func fact(c *locale.Catalogue, key, value string) string {
	switch key {
	case "name", "to", "number", "host", "email", "domain":
		return value
	case "role":
		return c.T("audit.role", "value", each(value, func(word string) string { return role(c, word) }))
	case "member_limit", "workspace_limit", "concurrent_limit", "seat_limit":
		return c.T(limitKey(key), "value", each(value, func(word string) string { return limit(c, word) }))
	case "given", "taken":
		return c.T(factKey(key), "value", levels(c, value))
	case "reason":
		return reason(c, value)
	case "members_invite", "members_see_team":
		return c.T(factKey(key), "value", each(value, func(word string) string { return yesOrNo(c, word) }))
	}
	if factKey(key) != "" {
		return c.T(factKey(key), "value", value)
	}
	return key + ": " + value
}

// each words the parts of a value such as "member → admin".
func each(value string, word func(string) string) string {
	parts := strings.Fields(value)
	for i, part := range parts {
		parts[i] = word(part)
	}
	return strings.Join(parts, " ")
}

func role(c *locale.Catalogue, word string) string {
	switch member.Role(word) {
	case member.Owner:
		return c.T("audit.role-owner")
	case member.Admin:
		return c.T("audit.role-admin")
	case member.Supervisor:
		return c.T("audit.role-supervisor")
	case member.User:
		return c.T("audit.role-member")
	}
	return word
}

// levels words the access levels behind names, such as "Ada (shared)".
func levels(c *locale.Catalogue, value string) string {
	for _, l := range number.Levels() {
		value = strings.ReplaceAll(value, "("+string(l)+")", "("+strings.ToLower(page.LevelName(c, l))+")")
	}
	return value
}

func yesOrNo(c *locale.Catalogue, word string) string {
	switch word {
	case "true":
		return c.T("audit.yes")
	case "false":
		return c.T("audit.no")
	}
	return word
}

// limit words a limit, whose 0 stands for the default.
func limit(c *locale.Catalogue, word string) string {
	if word == "0" {
		return c.T("audit.default")
	}
	return word
}

// reason tells why the toll-fraud guard refused.
func reason(c *locale.Catalogue, key string) string {
	switch key {
	case "error.country-not-allowed":
		return c.T("audit.reason-country")
	case "error.dial-limit":
		return c.T("audit.reason-limit")
	}
	return key
}
