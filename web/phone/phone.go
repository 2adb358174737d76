// Package phone draws the agent's softphone: static HTML which the browser
// program then patches. The contract with that program (data-p, data-act,
// data-show, templates, root attributes) is written in README.md; a name there
// is never changed without it. The package decides nothing about calls.
package phone

import (
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/ui"
)

// Mode is what the middle of the softphone shows; the value of data-view.
type Mode string

// The modes.
const (
	Idle       Mode = "idle"
	Incoming   Mode = "incoming"
	Dialling   Mode = "dialling"
	Talking    Mode = "talking"
	TagDue     Mode = "tag"
	WrapUp     Mode = "wrapup"
	Offline    Mode = "offline"
	MicBlocked Mode = "micblocked"
)

// Modes lists every mode.
func Modes() []Mode {
	return []Mode{Idle, Incoming, Dialling, Talking, TagDue, WrapUp, Offline, MicBlocked}
}

// View is the softphone as the server draws it. The program replaces all of it
// but Page and the addresses with its first snapshot.
type View struct {
	Page   ui.Page // its FullPage, Sheets and Scripts are set here
	Socket string  // path of the agents' websocket
	Mode   Mode    // Offline until the program runs
	State  ui.AgentState
	// Setting is what the member chose, which is not the live state.
	Setting member.Setting

	Lines  []Line
	Tags   []Tag
	Recent []Recent
	Call   Call
}

// Line is a number the member may call from.
type Line struct{ ID, Name, Number string }

// Tag is a tag to pick.
type Tag struct{ ID, Name, Colour string }

// Recent is one of the member's last calls.
type Recent struct {
	Name    string // who; the number as it is shown where no name is known
	Number  string // E.164, to call back
	Detail  string // line and what became of it
	When    string
	Kind    string // in, out or missed
	Flagged bool   // still needs a tag
}

// Call is the call in the middle.
type Call struct {
	Name       string
	Number     string // as shown
	E164       string
	Line       string
	LineNumber string
	Timer      string
	Recording  string // off, on, paused; off when empty
	Muted      bool
	Held       bool
	HeldSince  string
	Ended      string // why it ended, in words
	Left       string // after-call work left, 0:23
	LeftShare  int    // after-call work left, per cent
	Keypad     bool
}

func (v View) page() ui.Page {
	p := v.Page
	p.FullPage = true
	p.Place = ui.Phone
	p.Sheets = append(p.Sheets[:len(p.Sheets):len(p.Sheets)], "softphone.css")
	p.Scripts = append(p.Scripts[:len(p.Scripts):len(p.Scripts)], "dist/wasm_exec.js", "boot.js")
	return p
}

func (c Call) recording() string {
	if c.Recording == "" {
		return "off"
	}
	return c.Recording
}

// texts are the sentences the program itself writes.
func texts(c *locale.Catalogue) map[string]any {
	return c.Slice("phone.js.", "state.", "cause.", "common.date.")
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// key is one button of a dial pad.
type key struct{ digit, letters string }

func pad() []key {
	return []key{
		{"1", ""}, {"2", "ABC"}, {"3", "DEF"}, {"4", "GHI"}, {"5", "JKL"}, {"6", "MNO"},
		{"7", "PQRS"}, {"8", "TUV"}, {"9", "WXYZ"}, {"*", ""}, {"0", "+"}, {"#", ""},
	}
}

// shortcut is a key and what it does.
type shortcut struct {
	keys []string
	text string
}

func shortcuts(c *locale.Catalogue) []shortcut {
	return []shortcut{
		{[]string{"Enter"}, c.T("phone.answer")},
		{[]string{"Esc"}, c.T("phone.decline")},
		{[]string{"M"}, c.T("phone.mute")},
		{[]string{"H"}, c.T("phone.hold")},
		{[]string{"R"}, c.T("phone.shortcut.record")},
		{[]string{"K"}, c.T("phone.keypad")},
		{[]string{"Shift", "E"}, c.T("phone.hangup")},
		{[]string{"/"}, c.T("phone.shortcut.dial")},
	}
}

func recentIcon(kind string) string {
	switch kind {
	case "in":
		return "phone-incoming"
	case "missed":
		return "phone-missed"
	}
	return "phone-outgoing"
}

// initialsOf leaves the place of an unknown caller empty: a figure shows there.
func initialsOf(name string) string {
	if name == "" {
		return ""
	}
	return ui.Initials(name)
}
