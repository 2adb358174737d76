package phone

import (
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Kind names something the member does. The page's data-act attributes carry
// these words.
type Kind string

// What a member can do. Value of the Intent says to what, where it says so.
const (
	DoAnswer     Kind = "answer"
	DoDecline    Kind = "decline"
	DoHangUp     Kind = "hang-up"
	DoMute       Kind = "mute"
	DoHold       Kind = "hold"
	DoRecord     Kind = "record" // start, pause or resume, whichever can be
	DoKeypad     Kind = "keypad" // show or hide the in-call keypad
	DoDigit      Kind = "digit"  // Value: a key; into the call or the pad
	DoBackspace  Kind = "backspace"
	DoClear      Kind = "clear"
	DoEntry      Kind = "entry" // Value: the pad's whole text, typed or pasted
	DoLine       Kind = "line"  // Value: line id
	DoCall       Kind = "call"
	DoCallBack   Kind = "call-back"    // Value: recent call id
	DoAvailable  Kind = "availability" // Value: setting, or "" for the other one
	DoFilter     Kind = "tag-filter"   // Value: text
	DoNextTag    Kind = "tag-next"
	DoPrevTag    Kind = "tag-previous"
	DoTag        Kind = "tag" // Value: tag id, or "" for the one under the cursor
	DoEndWrapUp  Kind = "wrapup-end"
	DoDismiss    Kind = "dismiss" // Value: notice id
	DoMicrophone Kind = "mic-allow"
	DoNotify     Kind = "notify-allow"
	DoReload     Kind = "reload"
)

// Intent is one thing the member does.
type Intent struct {
	Kind  Kind
	Value string
}

// Do carries out what the member wants, as far as it is the model's: intents of
// the browser (microphone, notifications, reload) are the program's.
func (m *Model) Do(in Intent, now time.Time) {
	switch in.Kind {
	case DoAnswer, DoDecline, DoHangUp, DoMute, DoHold, DoRecord:
		m.act(in.Kind)
	case DoKeypad:
		m.toggleKeypad()
	case DoDigit:
		m.digit(in.Value)
	case DoBackspace, DoClear, DoEntry, DoLine:
		m.editPad(in)
	case DoCall:
		m.dial(m.pad.entry, now)
	case DoCallBack:
		m.callBack(in.Value, now)
	case DoAvailable:
		m.setAvailability(in.Value)
	case DoFilter, DoNextTag, DoPrevTag, DoTag:
		m.pick(in)
	case DoEndWrapUp:
		m.command(&protocol.EndWrapUp{})
	case DoDismiss:
		m.dismiss(in.Value)
	case DoMicrophone, DoNotify, DoReload:
	}
}

// command sends c and remembers it until its result.
func (m *Model) command(c protocol.Message) {
	if id := m.out.Send(c); id != "" {
		m.pending[id] = c
	}
}

// act does one thing to the call in focus, if it can be done and is not under
// way.
func (m *Model) act(k Kind) {
	c, ok := m.focus()
	if !ok {
		return
	}
	action, on := callstate.Action(k), false
	switch k {
	case DoMute:
		on = !m.muted(c)
	case DoHold:
		on = !c.State.Held
	case DoRecord:
		action = m.recordAction(c)
	}
	if m.can(c, action) {
		m.command(&protocol.Act{Call: c.ID, Action: action, On: on})
	}
}

// can says whether a button works: the call allows it and the same command is
// not waiting. Muting is never held up.
func (m *Model) can(c protocol.Call, a callstate.Action) bool {
	if !c.State.Can(m.snap.Me.ID, a) {
		return false
	}
	return a == callstate.Mute || !m.waiting(func(p protocol.Message) bool {
		act, ok := p.(*protocol.Act)
		return ok && act.Call == c.ID && act.Action == a
	})
}

// recordAction is what the recording button does in the call's state.
func (m *Model) recordAction(c protocol.Call) callstate.Action {
	switch c.State.Recording {
	case callstate.RecordingOn:
		return callstate.PauseRecording
	case callstate.RecordingPaused:
		return callstate.ResumeRecording
	case callstate.RecordingOff:
	}
	return callstate.StartRecording
}

func (m *Model) setAvailability(setting string) {
	if setting == "" {
		setting = SettingDND
		if m.snap.Me.Setting == SettingDND {
			setting = SettingAvailable
		}
	}
	if setting != m.snap.Me.Setting {
		m.command(&protocol.SetAvailability{Setting: setting})
	}
}
