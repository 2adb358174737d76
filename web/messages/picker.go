package messages

import (
	"context"
	"io"
	"strings"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/message"
	"parley/web/locale"
)

// How the values that a Picker posts begin.
const (
	promptValue  = "prompt:"
	messageValue = "message:"
)

// Value is a sound as a form posts it; silence is "".
func Value(s flow.Sound) string {
	switch {
	case s.MessageID != "":
		return messageValue + s.MessageID
	case s.Prompt != "":
		return promptValue + s.Prompt
	}
	return ""
}

// SoundOf is the sound of a posted value; false where it is none. That the message is
// of the workspace is for the caller to see.
func SoundOf(value string) (flow.Sound, bool) {
	if id, ok := strings.CutPrefix(value, messageValue); ok && id != "" {
		return flow.Sound{MessageID: id}, true
	}
	if id, ok := strings.CutPrefix(value, promptValue); ok && id != "" {
		return flow.Sound{Prompt: id}, true
	}
	return flow.Sound{}, value == ""
}

// Picker chooses what callers hear: a list with a button to listen and a link to
// make a new message and come back. The page it stands on loads PickerScript.
type Picker struct {
	Label    string
	Name     string
	Hint     string
	Error    string
	Messages []message.Message // offered; with it the hidden one that is selected, if so
	Prompts  []string          // ids of shipped prompts offered
	Selected flow.Sound
	Language string // in which shipped prompts are heard
	Silence  bool   // nothing may be chosen
	Back     string // this page, with its query: see NewHref
}

// PickerScript plays what a Picker has selected.
const PickerScript = "sounds.js"

// Render writes the picker.
func (p Picker) Render(ctx context.Context, w io.Writer) error { return picker(p).Render(ctx, w) }

// pick is one option of a Picker.
type pick struct {
	Value, Text, Src string
	Selected         bool
}

func (p Picker) own(c *locale.Catalogue) []pick {
	var out []pick
	for _, m := range p.Messages {
		text := m.Name + " · " + c.Duration(time.Duration(m.DurationMS)*time.Millisecond)
		out = append(out, p.pick(flow.Sound{MessageID: m.ID}, text, "/messages/"+m.ID+"/audio"))
	}
	return out
}

func (p Picker) shipped(c *locale.Catalogue) []pick {
	var out []pick
	for _, id := range p.Prompts {
		out = append(out, p.pick(flow.Sound{Prompt: id}, c.T("flow.prompt."+id), promptSrc(id, p.Language)))
	}
	return out
}

func (p Picker) pick(s flow.Sound, text, src string) pick {
	return pick{Value: Value(s), Text: text, Src: src, Selected: s == p.Selected}
}

// src is the sound of what is selected; where that is none of the options, a browser
// selects the first.
func (p Picker) src(c *locale.Catalogue) string {
	all := append(p.own(c), p.shipped(c)...)
	for _, o := range all {
		if o.Selected {
			return o.Src
		}
	}
	if p.Silence || len(all) == 0 {
		return ""
	}
	return all[0].Src
}
