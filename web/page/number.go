package page

import (
	"parley/web/locale"
	"parley/web/ui"
)

// The pages of a number, by what follows /numbers/<id> in their address.
const (
	NumberSettings = ""
	NumberFlow     = "/flow"
	NumberAccess   = "/access"
)

// NumberTabs are the pages of a number, for who runs it.
func NumberTabs(c *locale.Catalogue, numberID, current string) ui.Tabs {
	tabs := ui.Tabs{Label: c.T("numbers.pages"), Items: []ui.TabLink{
		{Text: c.T("numbers.tab-settings"), Href: NumberSettings},
		{Text: c.T("numbers.tab-flow"), Href: NumberFlow},
		{Text: c.T("numbers.tab-access"), Href: NumberAccess},
	}}
	for i, t := range tabs.Items {
		tabs.Items[i].Current = t.Href == current
		tabs.Items[i].Href = "/numbers/" + numberID + t.Href
	}
	return tabs
}

// Path is what callers live through on a number, told in the reader's words.
type Path struct {
	Lines    []PathLine
	Default  bool // nobody has published a flow: it rings everybody who has the number
	Callback bool // a queue of it lets callers ask to be called back
	Empty    bool // a menu of it has no option yet
}

// PathLine is one line of a Path: what leads into a branch, a step, or both.
type PathLine struct {
	Depth  int    // branches around it
	Branch string // such as "1 Sales", on the first line of a branch
	Icon   string // "" where a branch has no step
	Title  string
	Detail string
}
