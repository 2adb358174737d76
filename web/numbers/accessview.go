package numbers

import (
	"context"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// accessView is the page of who has a number.
type accessView struct {
	Frame     ui.Page
	Number    number.Number
	Query     string
	Rows      []holder
	More      int // holders not shown
	MoreFound bool
	Owners    []ui.Option
	Manages   bool
	Errors    map[string]string
	Summary   []ui.FieldError
}

// holder is one row.
type holder struct {
	ID, Name, Note string
	You            bool
	Levels         []ui.Option
	CanSupervise   bool // supervising means something for the role, or is set
	Supervises     bool
}

func newHolder(c *locale.Catalogue, who auth.Who, m people.Brief, a having) holder {
	row := holder{
		ID: m.ID, Name: m.Name, You: m.ID == who.Member.ID, Note: page.RoleName(c, m.Role), Supervises: slices.Contains(a.Supervisors, m.ID),
	}
	if who.Can(member.ManageNumbers) { // others see who there is, not how to write to them
		row.Note = m.Email + " · " + row.Note
	}
	row.CanSupervise = row.Supervises || m.Role.Reach(member.SeeCalls) == member.Teams
	level := a.Levels[m.ID]
	row.Levels = []ui.Option{{Text: c.T("numbers.level.none"), Selected: level == ""}}
	for _, l := range number.Levels() {
		row.Levels = append(row.Levels, ui.Option{Value: string(l), Text: page.LevelName(c, l), Selected: l == level})
	}
	return row
}

func holderColumns(ctx context.Context, manages bool) []ui.Column {
	out := []ui.Column{{Text: locale.T(ctx, "numbers.access.person")}, {Text: locale.T(ctx, "numbers.access.level")}}
	if manages {
		out = append(out, ui.Column{Text: locale.T(ctx, "numbers.access.supervises")})
	}
	return out
}
