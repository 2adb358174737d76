package page

import (
	"context"
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/locale"
	"parley/web/ui"
)

// The pages under Team, by their address.
const (
	MembersTab = "/team"
	TeamsTab   = "/teams"
	ReviewTab  = "/review"
)

// TeamTabs are the pages about people the reader may see.
func TeamTabs(r *http.Request, current string) ui.Tabs {
	c := locale.From(r.Context())
	tabs := ui.Tabs{Label: c.T("people.title"), Items: []ui.TabLink{
		{Text: c.T("people.tab-members"), Href: MembersTab},
		{Text: c.T("people.tab-teams"), Href: TeamsTab},
	}}
	if who, ok := auth.From(r.Context()); ok && who.Can(member.SeeAudit) {
		tabs.Items = append(tabs.Items, ui.TabLink{Text: c.T("people.tab-review"), Href: ReviewTab})
	}
	for i := range tabs.Items {
		tabs.Items[i].Current = tabs.Items[i].Href == current
	}
	return tabs
}

// Reach tells from the access facts who runs a number.
type Reach struct{ Store access.Store }

// RunsNumbers says whether the member owns any number.
func (a Reach) RunsNumbers(ctx context.Context, who auth.Who) (bool, error) {
	f, err := access.Read(ctx, a.Store, who.Workspace, who.Member)
	return len(f.Owned) > 0, err
}

// RoleName is a role as people read it.
func RoleName(c *locale.Catalogue, r member.Role) string {
	switch r {
	case member.Owner:
		return c.T("people.role.owner")
	case member.Admin:
		return c.T("people.role.admin")
	case member.Supervisor:
		return c.T("people.role.supervisor")
	}
	return c.T("people.role.member")
}

// LevelName is what a member may do with a number, as people read it.
func LevelName(c *locale.Catalogue, l number.Level) string {
	switch l {
	case number.Exclusive:
		return c.T("people.level.exclusive")
	case number.OutboundOnly:
		return c.T("people.level.outbound-only")
	case number.ReadOnly:
		return c.T("people.level.read-only")
	}
	return c.T("people.level.shared")
}
