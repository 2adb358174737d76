package phone

import "strings"

// Key is a key pressed, and where the focus was.
type Key struct {
	Name     string // KeyboardEvent.key
	Modified bool   // with Ctrl, Alt or Meta
	Repeat   bool
	Field    string // data-p of the text field in focus, "?" for another, "" for none
	Act      string // data-act of the button in focus, "?" for another control, "" for none
}

// The text fields the keyboard knows.
const (
	FieldPad    = "pad-entry"
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
		return v.callKey(k.Name, map[string]Kind{"Escape": DoHangUp, "End": DoHangUp, "k": DoKeypad})
	case PanelTalking:
		keys := map[string]Kind{"m": DoMute, "h": DoHold, "r": DoRecord, "k": DoKeypad, "End": DoHangUp}
		if v.Call.Keypad {
			keys["Escape"] = DoKeypad
		}
		return v.callKey(k.Name, keys)
	case PanelTag:
		return one(k.Name, map[string]Kind{"Enter": DoTag, "ArrowDown": DoNextTag, "ArrowUp": DoPrevTag})
	case PanelWrapUp:
		return one(k.Name, map[string]Kind{"Enter": DoEndWrapUp})
	case PanelIdle:
		return v.padKey(k.Name)
	case PanelOffline, PanelMicBlocked:
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

func (v View) callKey(name string, keys map[string]Kind) (Intent, bool) {
	if isDigit(name) && name != "+" && v.Call.CanDigits {
		return Intent{Kind: DoDigit, Value: name}, true
	}
	return one(name, keys)
}

func (v View) padKey(name string) (Intent, bool) {
	if isDigit(name) {
		return Intent{Kind: DoDigit, Value: name}, true
	}
	if v.Pad.Entry == "" {
		return Intent{}, false
	}
	return one(name, map[string]Kind{"Enter": DoCall, "Escape": DoClear, "Backspace": DoBackspace})
}

// fieldKey is a key in a text field: only what such a field has no use for.
func (v View) fieldKey(k Key) (Intent, bool) {
	switch {
	case k.Field == FieldPad && v.Panel == PanelIdle:
		return one(k.Name, map[string]Kind{"Enter": DoCall, "Escape": DoClear})
	case k.Field == FieldFilter && v.Panel == PanelTag:
		return one(k.Name, map[string]Kind{"Enter": DoTag, "ArrowDown": DoNextTag, "ArrowUp": DoPrevTag})
	}
	return Intent{}, false
}

func isDigit(name string) bool {
	return len(name) == 1 && strings.Contains("0123456789*#+", name)
}
