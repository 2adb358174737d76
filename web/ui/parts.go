package ui

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// State is a member's live state: shape, word and colour.
type State struct {
	State AgentState
	Since string // time in the state, written out; empty leaves it out
	Bare  bool   // without the tinted ground, for dense lists
}

// Render writes the state.
func (s State) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, state(s)) }

// Badge is a word on a tint.
type Badge struct {
	Text string
	Icon string
	Tone Tone
}

// Render writes the badge.
func (b Badge) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, badge(b)) }

// Tag is a call tag: a dot of its colour and its name.
type Tag struct{ Name, Colour string }

// Render writes the tag.
func (t Tag) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, tag(t)) }

// Notice tells something in the flow of a page. Bad and Warn are announced.
type Notice struct {
	Tone   Tone
	Title  string
	Text   string
	Action Button // left out without Text
}

// Render writes the notice.
func (n Notice) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, notice(n)) }

func (n Notice) role() string {
	if n.Tone == Bad || n.Tone == Warn {
		return "alert"
	}
	return "status"
}

// Empty stands where a list has no rows yet and teaches the first step.
type Empty struct {
	Icon   string
	Title  string
	Text   string
	Action Button // left out without Text
}

// Render writes the empty state.
func (e Empty) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, empty(e)) }

// Card is a titled surface around its children.
type Card struct {
	Title  string
	Lead   string
	Action Button // left out without Text
	Flush  bool   // children reach the edges: tables, lists
}

// Wrap writes the card around its children.
func (c Card) Wrap() templ.Component { return card(c) }

// Dialog is a native modal dialog opened by a Button with its id.
type Dialog struct {
	ID    string
	Title string
	Open  bool // shown at once, for a form that came back with errors
}

// Wrap writes the dialog around its children.
func (d Dialog) Wrap() templ.Component { return dialog(d) }

// TabLink is one tab; tabs are links to pages of the same subject.
type TabLink struct {
	Text    string
	Href    string
	Count   string
	Current bool
}

// Tabs is a row of links.
type Tabs struct {
	Label string
	Items []TabLink
}

// Render writes the tabs.
func (t Tabs) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, tabs(t)) }

// Avatar is the initials of somebody beside whom the name is written.
type Avatar struct {
	Name  string
	Large bool
	State AgentState // a small dot in the corner; empty leaves it out
}

// Render writes the avatar.
func (a Avatar) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, avatar(a)) }

// Keys is a hint of the keys that do the same.
type Keys struct{ Keys []string }

// Render writes the keys.
func (k Keys) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, keys(k)) }

// Copyable is text with a button that copies Value.
type Copyable struct {
	Text  string // Value when empty
	Value string
	Mono  bool
}

// Render writes the text and its button.
func (c Copyable) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, copyable(c)) }

func (c Copyable) text() string {
	if c.Text == "" {
		return c.Value
	}
	return c.Text
}

// PhoneNumber is a number as the viewer writes it, with its flag. Copying
// copies E.164.
type PhoneNumber struct {
	Number string // E.164, or a short number
	Copy   bool
}

// Render writes the number.
func (p PhoneNumber) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, phoneNumber(p))
}

// Time is a moment: relative, with the exact time in its title.
type Time struct{ At, Now time.Time }

// Render writes the moment.
func (t Time) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, moment(t)) }

// LiveRegion is where scripts put words that screen readers speak.
type LiveRegion struct {
	ID     string
	Urgent bool
}

// Render writes the empty region.
func (l LiveRegion) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, liveRegion(l))
}

// StateSlot holds all six states and shows the one its data-state names, so
// that a script changes it by one attribute. Part and SincePart are the data-p
// names of the slot and of the time within it.
type StateSlot struct {
	State     AgentState
	Part      string
	SincePart string
}

// Render writes the slot.
func (s StateSlot) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, stateSlot(s))
}
