package tags

import (
	"slices"
	"strings"

	"parley/internal/domain/tag"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

type listView struct {
	Frame  ui.Page
	Own    []item
	System []item
}

type item struct {
	ID   string
	Name string
	Hint string // what a system tag stands for
	Hex  string
}

func (i item) href() string { return "/tags/" + i.ID }

func newListView(c *locale.Catalogue, all []tag.Tag) listView {
	var v listView
	for _, t := range all {
		i := item{ID: t.ID, Name: t.Name, Hex: ui.ColourValue(t.Colour)}
		if t.System {
			i.Hint = systemHint(c, t.Name)
			v.System = append(v.System, i)
		} else {
			v.Own = append(v.Own, i)
		}
	}
	byName := func(a, b item) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) }
	slices.SortFunc(v.Own, byName)
	slices.SortFunc(v.System, byName)
	return v
}

func systemHint(c *locale.Catalogue, name string) string {
	switch name {
	case tag.Conference:
		return c.T("tags.system.conference")
	case tag.CallbackRequest:
		return c.T("tags.system.callback-request")
	case tag.CalledBack:
		return c.T("tags.system.called-back")
	case tag.FollowUp:
		return c.T("tags.system.follow-up")
	}
	return ""
}

type formView struct {
	Frame   ui.Page
	ID      string // "" for a new tag
	Name    string
	Hex     string
	Errors  map[string]string
	Summary []ui.FieldError
}

func newFormView(c *locale.Catalogue, id string, d tag.Draft, errs form.Errors) formView {
	v := formView{ID: id, Name: d.Name, Hex: ui.ColourValue(d.Colour)}
	v.Errors, v.Summary = page.Texts(c, errs)
	return v
}

func (v formView) action() string {
	if v.ID == "" {
		return "/tags/new"
	}
	return "/tags/" + v.ID
}

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("tags.new"), Icon: "plus", Variant: ui.Primary, Href: "/tags/new"}
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	switch done {
	case "saved":
		return ui.Notice{Tone: ui.Good, Text: c.T("tags.saved")}
	case "deleted":
		return ui.Notice{Tone: ui.Good, Text: c.T("tags.deleted")}
	}
	return ui.Notice{}
}
