// Package webcall draws the public page of a number, where anybody calls it
// from a browser: static HTML which the browser program patches by the same
// rules as the softphone (see README.md). It decides nothing about calls.
package webcall

import (
	"context"

	"parley/web/locale"
	"parley/web/ui"
)

// Mode is what the card shows; the value of data-view.
type Mode string

// The modes. All but Starting, Offline and Microphone are phases of
// protocol.CallerState.
const (
	Ready      Mode = "ready"
	Starting   Mode = "starting" // the microphone is asked for, the connection is made
	Ringing    Mode = "ringing"
	Talking    Mode = "talking"
	Held       Mode = "held"
	Message    Mode = "message" // something is said to the caller
	Menu       Mode = "menu"    // he is to press a key
	Queue      Mode = "queue"
	Voicemail  Mode = "voicemail"
	Ended      Mode = "ended"
	Offline    Mode = "offline"
	Microphone Mode = "microphone" // refused or missing
)

// Modes lists every mode.
func Modes() []Mode {
	return []Mode{Ready, Starting, Ringing, Talking, Held, Message, Menu, Queue, Voicemail, Ended, Offline, Microphone}
}

// View is the page as the server draws it.
type View struct {
	Company       string // the workspace's name
	Line          string // the number's name
	Number        string // E.164
	Path          string // of this page
	Socket        string // path of the callers' websocket
	Mode          Mode   // Ready
	MayBeRecorded bool   // the line records: said before the call
	Assets        ui.URLs

	Keypad bool // of a mock: the keypad is shown

	Timer string // of a mock; empty
	Text  string // of a mock: what the server said at the end
}

// texts are the sentences the program itself writes.
func texts(c *locale.Catalogue) map[string]any { return c.Slice("webcall.js.") }

// state is a mode and its sentence; CSS shows the one of data-view.
type state struct {
	mode Mode
	key  string
}

func states() []state {
	return []state{
		{Ready, "webcall.ready"},
		{Starting, "webcall.starting"},
		{Ringing, "webcall.ringing"},
		{Talking, "webcall.talking"},
		{Held, "webcall.held"},
		{Message, "webcall.message"},
		{Menu, "webcall.menu"},
		{Queue, "webcall.queue"},
		{Voicemail, "webcall.voicemail"},
		{Ended, "webcall.ended"},
		{Offline, "webcall.offline"},
		{Microphone, "webcall.microphone"},
	}
}

// key is one key of the keypad. Screen readers do not read all signs.
type key struct{ digit, name string }

func (k key) label(ctx context.Context) string {
	if k.name == "" {
		return k.digit
	}
	return locale.T(ctx, k.name)
}

func keys() []key {
	return []key{
		{"1", ""}, {"2", ""}, {"3", ""}, {"4", ""}, {"5", ""}, {"6", ""}, {"7", ""}, {"8", ""}, {"9", ""},
		{"*", "webcall.key.star"}, {"0", ""}, {"#", "webcall.key.hash"},
	}
}
