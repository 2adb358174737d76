package ui

import (
	"context"
	"io"
	"slices"

	"github.com/a-h/templ"
)

// Option is one choice of a Select, Choices or ColourField.
type Option struct {
	Value    string
	Text     string
	Hint     string
	Selected bool
	Disabled bool
}

// TextField is a labelled line, or several with Rows, of text.
type TextField struct {
	Label        string
	Name         string
	Value        string
	Hint         string
	Error        string
	Type         string // text (default), email, tel, url, password, number, search
	Prefix       string // shown inside, before the text
	Suffix       string // shown inside, after the text, such as a unit
	Placeholder  string
	Autocomplete string
	InputMode    string
	Rows         int // above 0: a text area
	MaxLength    int
	Short        bool // for a few characters
	Required     bool
	Disabled     bool
	ReadOnly     bool
	Attrs        templ.Attributes
}

// Render writes the field.
func (f TextField) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, textField(f))
}

func (f TextField) frame() frame { return frame{f.Label, f.Name, f.Hint, f.Error, f.Required} }

func (f TextField) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// SelectField is a labelled drop-down list.
type SelectField struct {
	Label    string
	Name     string
	Hint     string
	Error    string
	Options  []Option
	Required bool
	Disabled bool
	Attrs    templ.Attributes
}

// Render writes the field.
func (f SelectField) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, selectField(f))
}

// needed says whether a browser is to ask for a choice: where an empty value is one
// of the choices it would refuse that one.
func (f SelectField) needed() bool {
	return f.Required && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == "" })
}

func (f SelectField) frame() frame { return frame{f.Label, f.Name, f.Hint, f.Error, f.Required} }

// Switch turns one thing on or off. It posts "on" when it is on.
type Switch struct {
	Label    string
	Name     string
	Hint     string
	Error    string
	On       bool
	Disabled bool
	Attrs    templ.Attributes
}

// Render writes the switch.
func (s Switch) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, switchField(s)) }

// Choices is a list of radio buttons, or of check boxes with Multiple.
type Choices struct {
	Label    string
	Name     string
	Hint     string
	Error    string
	Options  []Option
	Filter   string // label of a box that narrows a long list, which then scrolls
	Cards    bool   // few choices that want their hint read, side by side
	Multiple bool
	Required bool
}

// Render writes the list.
func (c Choices) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, choices(c)) }

func (c Choices) frame() frame { return frame{c.Label, c.Name, c.Hint, c.Error, c.Required} }

func (c Choices) kind() string {
	if c.Multiple {
		return "checkbox"
	}
	return "radio"
}

// FileField takes one file from the reader's device.
type FileField struct {
	Label    string
	Name     string
	Hint     string
	Error    string
	Accept   string // as the attribute
	Required bool
}

// Render writes the field.
func (f FileField) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, fileField(f))
}

func (f FileField) frame() frame { return frame{f.Label, f.Name, f.Hint, f.Error, f.Required} }

// ColourField picks one colour of the Palette; it posts #rrggbb.
type ColourField struct {
	Label string
	Name  string
	Value string
	Error string
}

// Render writes the picker.
func (c ColourField) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, colourField(c))
}

func (c ColourField) frame() frame { return frame{c.Label, c.Name, "", c.Error, true} }

// FieldError is one thing wrong with a form; Field is the name of its field.
type FieldError struct{ Field, Text string }

// ErrorSummary lists what is wrong above a form and takes the focus, so that
// nobody looks for it. It writes nothing without errors.
type ErrorSummary struct{ Errors []FieldError }

// Render writes the summary.
func (e ErrorSummary) Render(ctx context.Context, w io.Writer) error {
	if len(e.Errors) == 0 {
		return nil
	}
	return render(ctx, w, errorSummary(e))
}

// Form is a form with its fields as children and its buttons in a row below.
type Form struct {
	Action string
	Method string // post by default
	ID     string
	Label  string // accessible name where the page has several forms
	Submit Button
	Cancel Button // left out without Text
	Attrs  templ.Attributes
}

// Wrap writes the form around its fields.
func (f Form) Wrap() templ.Component { return form(f) }

func (f Form) method() string {
	if f.Method == "" {
		return "post"
	}
	return f.Method
}

// Section groups fields under a heading, the heading beside them on a desk.
type Section struct {
	Title string
	Lead  string
}

// Wrap writes the section around its children.
func (s Section) Wrap() templ.Component { return section(s) }

// frame is what label, hint and error need of any field.
type frame struct {
	label, name, hint, fault string
	required                 bool
}

func (f frame) id() string { return "f-" + f.name }

// describedBy names the elements a screen reader reads after the label.
func (f frame) describedBy() string {
	var ids []string
	if f.hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.fault != "" {
		ids = append(ids, f.id()+"-error")
	}
	return join(ids...)
}

func (f frame) class() string {
	if f.fault != "" {
		return "field field-wrong"
	}
	return "field"
}

// describe ties a control to its hint and error.
func describe(f frame) templ.Attributes {
	a := templ.Attributes{}
	if ids := f.describedBy(); ids != "" {
		a["aria-describedby"] = ids
	}
	if f.fault != "" {
		a["aria-invalid"] = "true"
	}
	return a
}
