package document

import (
	"fmt"
	"slices"
	"strings"

	"parley/internal/domain/workspace"
)

// Action is what happened to something.
type Action string

// What applying a document does.
const (
	Created Action = "created"
	Changed Action = "changed"
	Deleted Action = "deleted"
)

// Change is one thing that was created, changed or deleted.
type Change struct {
	Action Action
	Kind   string // workspace, member, team, tag, trunk, number, message, calendar, blocked, flow
	Name   string
}

// Summary is what applying a document changed, in order.
type Summary struct{ Changes []Change }

// note adds a change. What was created or changed already is named once.
func (s *Summary) note(action Action, kind, name string) {
	known := slices.ContainsFunc(s.Changes, func(c Change) bool { return c.Kind == kind && c.Name == name })
	if !known || action == Deleted {
		s.Changes = append(s.Changes, Change{action, kind, name})
	}
}

// String lists the changes, one on a line: "created number +33123456789".
func (s Summary) String() string {
	if len(s.Changes) == 0 {
		return "nothing to change\n"
	}
	var b strings.Builder
	for _, c := range s.Changes {
		fmt.Fprintf(&b, "%s %s %s\n", c.Action, c.Kind, c.Name)
	}
	return b.String()
}

// normal makes two workspaces comparable: an absent list and an empty one are one.
func normal(ws workspace.Workspace) workspace.Workspace {
	if len(ws.AllowedCountries) == 0 {
		ws.AllowedCountries = nil
	}
	return ws
}
