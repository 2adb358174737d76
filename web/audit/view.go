package audit

import (
	"maps"
	"slices"
	"strings"
	"time"

	"parley/internal/domain/audit"
	"parley/web/locale"
	"parley/web/ui"
)

type view struct {
	Frame ui.Page
	Rows  []row
	Pages ui.Pagination
	Now   time.Time
}

type row struct {
	At     time.Time
	By     string
	What   string
	Detail string
}

func newRow(c *locale.Catalogue, e audit.Entry, names map[string]string) row {
	r := row{At: e.At, By: names[e.MemberID], What: e.Action, Detail: detail(c, e, names)}
	if r.By == "" {
		r.By = c.T("audit.unknown")
	}
	if key := actionKey(e.Action); key != "" {
		r.What = c.T(key)
	}
	return r
}

// aboutMember says whether the subject of the action is a member.
func aboutMember(action string) bool {
	switch action {
	case "member.created", "member.edited", "member.removed", "session.revoked", "signin-link.made":
		return true
	}
	return false
}

// actionKey is the sentence for an action, "" for one that has none: it is then
// shown by its own name, because an entry must never be hidden.
func actionKey(action string) string {
	switch action {
	case "workspace.created":
		return "audit.workspace-created"
	case "workspace.edited":
		return "audit.workspace-edited"
	case "session.started":
		return "audit.session-started"
	case "session.revoked":
		return "audit.session-revoked"
	case "passkey.added":
		return "audit.passkey-added"
	case "passkey.removed":
		return "audit.passkey-removed"
	case "passkey.cloned":
		return "audit.passkey-cloned"
	case "signin-link.made":
		return "audit.signin-link-made"
	case "invitation.made":
		return "audit.invitation-made"
	case "invitation.revoked":
		return "audit.invitation-revoked"
	case "invitation.accepted":
		return "audit.invitation-accepted"
	}
	return thingKey(action)
}

// thingKey is actionKey for what admins do to the things of a phone system.
func thingKey(action string) string {
	switch action {
	case "member.created":
		return "audit.member-created"
	case "member.edited":
		return "audit.member-edited"
	case "member.removed":
		return "audit.member-removed"
	case "number.created":
		return "audit.number-created"
	case "number.edited":
		return "audit.number-edited"
	case "number.assigned":
		return "audit.number-assigned"
	case "number.deleted":
		return "audit.number-deleted"
	case "tag.created":
		return "audit.tag-created"
	case "tag.edited":
		return "audit.tag-edited"
	case "tag.deleted":
		return "audit.tag-deleted"
	case "trunk.created":
		return "audit.trunk-created"
	case "trunk.edited":
		return "audit.trunk-edited"
	case "trunk.deleted":
		return "audit.trunk-deleted"
	case "recording.deleted":
		return "audit.recording-deleted"
	case "call.refused":
		return "audit.call-refused"
	}
	return ""
}

// detail is what else the entry says, whom or what it is about first.
func detail(c *locale.Catalogue, e audit.Entry, names map[string]string) string {
	var parts []string
	if aboutMember(e.Action) && e.Subject != e.MemberID && names[e.Subject] != "" {
		parts = append(parts, names[e.Subject])
	}
	keys := slices.Sorted(maps.Keys(e.Detail))
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	for _, key := range keys {
		parts = append(parts, fact(c, key, e.Detail[key]))
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
	case "name", "to", "number", "host":
		return value
	case "members":
		return c.T("audit.members", "value", value)
	case "role":
		return c.T("audit.role", "value", value)
	case "language":
		return c.T("audit.language", "value", value)
	case "zone":
		return c.T("audit.zone", "value", value)
	case "country":
		return c.T("audit.country", "value", value)
	case "countries_opened":
		return c.T("audit.countries-opened", "value", value)
	case "countries_closed":
		return c.T("audit.countries-closed", "value", value)
	case "member_limit":
		return c.T("audit.member-limit", "value", limits(c, value))
	case "workspace_limit":
		return c.T("audit.workspace-limit", "value", limits(c, value))
	case "concurrent_limit":
		return c.T("audit.concurrent-limit", "value", limits(c, value))
	case "reason":
		return reason(c, value)
	}
	return key + ": " + value
}

// limits writes a change of a limit, "0 → 20", whose 0 stands for the default.
func limits(c *locale.Catalogue, value string) string {
	parts := strings.Fields(value)
	for i, part := range parts {
		if part == "0" {
			parts[i] = c.T("audit.default")
		}
	}
	return strings.Join(parts, " ")
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
