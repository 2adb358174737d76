package phone

import "strings"

// Key is a key pressed, and where the focus was.
type Key struct {
	Name     string // KeyboardEvent.key
	Shift    bool
	Modified bool // with Ctrl, Alt or Meta
	Repeat   bool
	Field    string // data-p of the text field in focus, "?" for another one, "" for none
	Act      string // data-act of the button in focus, "?" for another control, "" for none
}

// The text fields the keyboard knows.
const (
	FieldPad    = "dial-number"
	FieldFilter = "tag-filter"
)

// Key says what a key means on the page as it is shown; ok false leaves it to
// the browser.
func (v View) Key(k Key) (in Intent, ok bool) {
	if k.Modified {
		return Intent{}, false
	}
	if k.Field != "" {
		return v.fieldKey(k)
	}
	if k.Act != "" && (k.Name == "Enter" || k.Name == " ") && !v.loud(k) {
		return Intent{}, false // the control in focus has it
	}
	if k.Repeat && k.Name != "Backspace" && !strings.HasPrefix(k.Name, "Arrow") {
		return Intent{}, false
	}
	switch v.Panel {
	case PanelIncoming:
		return one(k.Name, map[string]Kind{"Enter": DoAnswer, "Escape": DoDecline})
	case PanelDialling:
		return callKey(k, map[string]Kind{"Escape": DoHangUp})
	case PanelTalking:
		keys := map[string]Kind{"m": DoMute, "h": DoHold, "r": DoRecord, "k": DoKeypad}
		if v.Call.Keypad {
			keys["Escape"] = DoKeypad
		}
		return callKey(k, keys)
	case PanelTag:
		return v.tagKey(k)
	case PanelWrapUp:
		if in, ok := one(k.Name, map[string]Kind{"Enter": DoEndWrapUp}); ok {
			return in, true
		}
		return v.padKey(k.Name)
	case PanelIdle, PanelMicBlocked:
		return v.padKey(k.Name)
	case PanelOffline:
	}
	return Intent{}, false
}

// loud says whether Enter answers even though a control has the focus: a call
// rings, and the focus is not on one of its own buttons.
func (v View) loud(k Key) bool {
	return v.Panel == PanelIncoming && k.Name == "Enter" && k.Act != string(DoAnswer) && k.Act != string(DoDecline)
}

func one(name string, keys map[string]Kind) (Intent, bool) {
	if len(name) == 1 {
		name = strings.ToLower(name)
	}
	kind, ok := keys[name]
	return Intent{Kind: kind}, ok
}

func callKey(k Key, keys map[string]Kind) (Intent, bool) {
	switch {
	case k.Shift && strings.EqualFold(k.Name, "e"):
		return Intent{Kind: DoHangUp}, true
	case isDigit(k.Name) && k.Name != "+":
		return Intent{Kind: DoDigit, Value: k.Name}, true
	}
	return one(k.Name, keys)
}

func (v View) padKey(name string) (Intent, bool) {
	if isDigit(name) {
		return Intent{Kind: DoPadDigit, Value: name}, true
	}
	if name == "/" {
		return Intent{Kind: DoFocusPad}, true
	}
	if v.Pad.Entry == "" {
		return Intent{}, false
	}
	return one(name, map[string]Kind{"Enter": DoDial, "Escape": DoClear, "Backspace": DoBackspace})
}

func (v View) tagKey(k Key) (Intent, bool) {
	if len(k.Name) == 1 && k.Name >= "1" && k.Name <= "9" {
		return Intent{Kind: DoNthTag, Value: k.Name}, true
	}
	return one(k.Name, map[string]Kind{"Enter": DoTag, "ArrowDown": DoNextTag, "ArrowUp": DoPrevTag})
}

// fieldKey is a key in a text field: only what such a field has no use for. A
// figure in the empty tag filter picks, as no tag is looked for by a figure first.
func (v View) fieldKey(k Key) (Intent, bool) {
	switch {
	case k.Field == FieldPad:
		return one(k.Name, map[string]Kind{"Escape": DoClear}) // Enter submits the form
	case k.Field == FieldFilter && v.Panel == PanelTag:
		if in, ok := v.tagKey(k); ok && (in.Kind != DoNthTag || v.Tags.Filter == "") {
			return in, true
		}
	}
	return Intent{}, false
}

func isDigit(name string) bool {
	return len(name) == 1 && strings.Contains("0123456789*#+", name)
}
