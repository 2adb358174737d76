package review

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	audits "parley/web/audit"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type view struct {
	Frame   ui.Page
	Stats   []ui.Stat
	Powers  []power
	Leads   group
	Idle    group
	Vacant  numbers
	Old     invitations
	Changes []change
	Now     time.Time
}

// power is everybody of a role that reaches the whole workspace.
type power struct {
	Title  string
	Lead   string
	People group
}

// group is a list of members, cut off where it is long.
type group struct {
	Rows []person
	More int
}

type person struct {
	Name  string
	Email string
	Href  string
	Note  string // the teams somebody leads, how long somebody is away
	Tone  ui.Tone
	Seen  time.Time // zero if never
}

type numbers struct {
	Rows []numberRow
	More bool
}

type numberRow struct{ Name, E164, Href string }

type invitations struct {
	Rows []invitation
	More int
}

type invitation struct {
	Email   string
	Role    string
	Sent    time.Time
	Expired bool
}

type change struct {
	audits.Said
	At time.Time
}

func newView(c *locale.Catalogue, f facts, now time.Time) view {
	v := view{Now: now, Leads: supervisors(f), Idle: idle(c, f.members, now), Vacant: vacant(f.vacant), Old: old(c, f, now)}
	owners, admins := ofRole(f.members, member.Owner), ofRole(f.members, member.Admin)
	v.Powers = []power{
		{c.T("review.owners"), c.T("review.owners-lead"), owners},
		{c.T("review.admins"), c.T("review.admins-lead"), admins},
	}
	v.Stats = []ui.Stat{
		{Label: c.T("review.owners"), Value: owners.count(), Hint: ownersHint(c, owners), Tone: toneIf(len(owners.Rows) == 1, ui.Warn)},
		{Label: c.T("review.admins"), Value: admins.count()},
		{Label: c.T("review.idle"), Value: v.Idle.count(), Hint: c.T("review.idle-hint"), Tone: toneIf(len(v.Idle.Rows) > 0, ui.Warn)},
		{Label: c.T("review.old"), Value: strconv.Itoa(len(v.Old.Rows) + v.Old.More), Hint: c.T("review.old-hint"), Tone: toneIf(len(v.Old.Rows) > 0, ui.Warn)},
	}
	for _, e := range f.changes {
		v.Changes = append(v.Changes, change{audits.Say(c, e, f.names), e.At})
	}
	return v
}

func (p group) count() string { return strconv.Itoa(len(p.Rows) + p.More) }

// ownersHint warns of a company that depends on one person's devices.
func ownersHint(c *locale.Catalogue, owners group) string {
	if len(owners.Rows) == 1 {
		return c.T("review.one-owner")
	}
	return ""
}

func toneIf(yes bool, tone ui.Tone) ui.Tone {
	if yes {
		return tone
	}
	return ""
}

func personOf(m member.Member) person {
	return person{Name: m.Name, Email: m.Email, Href: "/team/" + m.ID, Seen: m.SeenAt}
}

func ofRole(all []member.Member, role member.Role) group {
	var p group
	for _, m := range all {
		if m.Role == role {
			p.Rows = append(p.Rows, personOf(m))
		}
	}
	return p.cut()
}

func (p group) cut() group {
	if p.More = len(p.Rows) - maxRows; p.More > 0 {
		p.Rows = p.Rows[:maxRows]
	}
	p.More = max(p.More, 0)
	return p
}

// supervisors lists them with the teams each leads.
func supervisors(f facts) group {
	led := map[string][]string{}
	for _, ms := range f.memberships {
		if ms.Lead {
			led[ms.MemberID] = append(led[ms.MemberID], f.teams[ms.TeamID])
		}
	}
	var p group
	for _, m := range f.members {
		if m.Role != member.Supervisor {
			continue
		}
		row := personOf(m)
		slices.Sort(led[m.ID])
		row.Note = strings.Join(led[m.ID], ", ")
		p.Rows = append(p.Rows, row)
	}
	return p.cut()
}

// idle lists who has not been seen for long, the longest first. Who joined a moment
// ago and was not seen yet is not counted.
func idle(c *locale.Catalogue, all []member.Member, now time.Time) group {
	var p group
	for _, m := range all {
		last := m.SeenAt
		if last.IsZero() {
			last = m.CreatedAt
		}
		gone := now.Sub(last)
		if gone < away {
			continue
		}
		row := personOf(m)
		row.Tone = ui.Warn
		switch {
		case m.SeenAt.IsZero():
			row.Note, row.Tone = c.T("review.never"), ui.Bad
		case gone >= longAway:
			row.Note, row.Tone = c.T("review.away-90"), ui.Bad
		default:
			row.Note = c.T("review.away-30")
		}
		p.Rows = append(p.Rows, row)
	}
	slices.SortStableFunc(p.Rows, func(a, b person) int { return a.Seen.Compare(b.Seen) })
	return p.cut()
}

func vacant(all []number.Number) numbers {
	var n numbers
	for i, one := range all {
		if i == maxRows {
			n.More = true
			break
		}
		n.Rows = append(n.Rows, numberRow{Name: one.Name, E164: one.E164, Href: "/numbers/" + one.ID + "/access"})
	}
	return n
}

// old lists the invitations that have waited for long.
func old(c *locale.Catalogue, f facts, now time.Time) invitations {
	var out invitations
	for _, inv := range f.pending {
		if now.Sub(inv.CreatedAt) < waitsLong {
			continue
		}
		if len(out.Rows) == maxRows {
			out.More++
			continue
		}
		out.Rows = append(out.Rows, invitation{
			Email: inv.Email, Role: page.RoleName(c, inv.Role), Sent: inv.CreatedAt, Expired: inv.Expired,
		})
	}
	return out
}

// columns are those of a list of members; note is left out where it is "".
func columns(ctx context.Context, note string) []ui.Column {
	all := []ui.Column{
		{Text: locale.T(ctx, "review.name")}, {Text: locale.T(ctx, "review.email")}, {Text: note}, {Text: locale.T(ctx, "review.seen")},
	}
	return slices.DeleteFunc(all, func(c ui.Column) bool { return c.Text == "" })
}
