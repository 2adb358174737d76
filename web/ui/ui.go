// Package ui owns the look of every page: the shell and the components. A
// component is a struct; its fields are all it knows. One without children is
// rendered as it is (@ui.Button{Text: "Save"}), one with children through Wrap
// (@ui.Card{Title: "Team"}.Wrap() { ... }). The package must not know domain
// types, routes of other packages beyond the navigation, or the database.
// Values are built per request by one goroutine.
package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// AgentState is a member's live state as it is drawn.
type AgentState string

// The six states. Their values are those of the protocol, of state.* texts, of
// data-state in the style sheets and of the favicons.
const (
	Offline      AgentState = "offline"
	Available    AgentState = "available"
	Ringing      AgentState = "ringing"
	OnCall       AgentState = "on-call"
	WrapUp       AgentState = "after-call-work"
	DoNotDisturb AgentState = "do-not-disturb"
)

// States lists the six states in the order lists show them.
func States() []AgentState {
	return []AgentState{Available, Ringing, OnCall, WrapUp, DoNotDisturb, Offline}
}

// TextKey is the locale key of the state's word.
func (s AgentState) TextKey() string { return "state." + string(s) }

// Tone colours a badge, notice or timeline entry by its meaning.
type Tone string

// The tones. Neutral is the zero value.
const (
	Neutral Tone = ""
	Good    Tone = "good"
	Info    Tone = "info"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

func (t Tone) icon() string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-x"
	}
	return "info"
}

// Palette is the choice of tag colours: a key for its name and its value. The
// values hold 3:1 against both themes.
func Palette() []Colour {
	return []Colour{
		{"teal", "#0d8f86"}, {"green", "#3d9a50"}, {"lime", "#7d9313"}, {"amber", "#b9800f"},
		{"orange", "#d4691e"}, {"red", "#d9483f"}, {"pink", "#d0498a"}, {"violet", "#8a63d8"},
		{"blue", "#3d7be0"}, {"slate", "#7a7f87"},
	}
}

// Colour is one choice of the palette; Name is the last part of a colour.* key.
type Colour struct{ Name, Value string }

// safeColour lets only #rrggbb through, in grey otherwise.
func safeColour(c string) string {
	if len(c) != 7 || c[0] != '#' || strings.Trim(strings.ToLower(c[1:]), "0123456789abcdef") != "" {
		return "#7a7f87"
	}
	return c
}

// Initials are up to two letters standing for a name, "?" for none.
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	pick := []string{words[0]}
	if len(words) > 1 {
		pick = append(pick, words[len(words)-1])
	}
	var b strings.Builder
	for _, w := range pick {
		for _, r := range w {
			b.WriteString(strings.ToUpper(string(r)))
			break
		}
	}
	return b.String()
}

// hue spreads names over the six avatar tints, the same for the same name.
func hue(name string) string {
	sum := 0
	for _, r := range name {
		sum = (sum*31 + int(r)) % 6
	}
	return string(rune('1' + sum))
}

func join(classes ...string) string {
	kept := classes[:0:0]
	for _, c := range classes {
		if c != "" {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, " ")
}

func render(ctx context.Context, w io.Writer, c templ.Component) error { return c.Render(ctx, w) }
