package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Variant is how loud a button is. One screen has at most one Primary.
type Variant string

// The variants. Plain is the zero value.
const (
	Plain   Variant = ""
	Primary Variant = "primary"
	Quiet   Variant = "quiet"
	Danger  Variant = "danger"
)

// Button is a button, or a link that looks like one when Href is set.
type Button struct {
	Text     string
	Icon     string // Lucide name, before the text
	Variant  Variant
	Small    bool
	IconOnly bool // Text becomes the accessible name
	Block    bool // as wide as its container
	Disabled bool
	Href     string // makes it a link
	Type     string // submit (default), button or reset
	Name     string // of a submit button: what the form says was pressed
	Value    string
	Dialog   string // id of a Dialog it opens
	Popover  string // id of a popover it toggles
	Confirm  string // a question asked before its form is sent
	Attrs    templ.Attributes
}

// Render writes the button.
func (b Button) Render(ctx context.Context, w io.Writer) error {
	if b.Href != "" && !b.Disabled {
		return render(ctx, w, linkButton(b))
	}
	return render(ctx, w, button(b))
}

func (b Button) class() string {
	c := "btn"
	if b.Variant != Plain {
		c += " btn-" + string(b.Variant)
	}
	if b.Small {
		c += " btn-small"
	}
	if b.IconOnly {
		c += " btn-icon"
	}
	if b.Block {
		c += " btn-block"
	}
	return c
}

func (b Button) kind() string {
	switch {
	case b.Type != "":
		return b.Type
	case b.Dialog != "" || b.Popover != "":
		return "button"
	}
	return "submit"
}
