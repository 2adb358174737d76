package phone

import (
	"slices"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Kind names something the member does. The buttons' data-act attributes carry
// these words.
type Kind string

// What a member can do. Value of the Intent says to what, where it says so. The
// first group equals callstate.Action.
const (
	DoAnswer  Kind = "answer"
	DoDecline Kind = "decline"
	DoHangUp  Kind = "hang-up"
	DoMute    Kind = "mute"
	DoHold    Kind = "hold"
	DoStart   Kind = "start-recording"
	DoPause   Kind = "pause-recording"
	DoResume  Kind = "resume-recording"

	DoRecord    Kind = "record"     // start, pause or resume, whichever can be
	DoKeypad    Kind = "keypad"     // show or hide the in-call keypad
	DoDigit     Kind = "digit"      // Value: a key, into the call
	DoPadDigit  Kind = "dial-key"   // Value: a key, onto the pad
	DoBackspace Kind = "backspace"  // on the pad
	DoClear     Kind = "clear"      // the pad
	DoEntry     Kind = "entry"      // Value: the pad's whole text, typed or pasted
	DoLine      Kind = "line"       // Value: line id
	DoDial      Kind = "dial"       // what stands on the pad
	DoRecent    Kind = "recent"     // Value: number of a recent call, onto the pad
	DoFocusPad  Kind = "focus-pad"  // the program moves the focus
	DoSetting   Kind = "setting"    // Value: of availability
	DoPanel     Kind = "panel"      // Value: the left column's list
	DoFilter    Kind = "tag-filter" // Value: text
	DoNextTag   Kind = "tag-next"
	DoPrevTag   Kind = "tag-previous"
	DoTag       Kind = "tag"     // Value: tag id, or "" for the one under the cursor
	DoNthTag    Kind = "tag-nth" // Value: "1" to "9", of those shown
	DoEndWrapUp Kind = "end-wrap-up"

	DoMicrophone Kind = "microphone" // the program asks the browser
	DoReload     Kind = "reload"     // the program reloads the page
)

// Intent is one thing the member does.
type Intent struct {
	Kind  Kind
	Value string
}

// Do carries out what the member wants, as far as it is the model's: what the
// browser does is the program's.
func (m *Model) Do(in Intent, now time.Time) {
	switch in.Kind {
	case DoAnswer, DoDecline, DoHangUp, DoMute, DoHold, DoStart, DoPause, DoResume, DoRecord:
		m.act(in.Kind)
	case DoKeypad:
		m.toggleKeypad()
	case DoDigit:
		m.sendDigit(in.Value)
	case DoPadDigit, DoBackspace, DoClear, DoEntry, DoLine, DoRecent:
		m.editPad(in)
	case DoDial:
		m.dial(now)
	case DoSetting:
		m.setAvailability(in.Value)
	case DoPanel:
		m.side = in.Value
	case DoFilter, DoNextTag, DoPrevTag, DoTag, DoNthTag:
		m.pick(in)
	case DoEndWrapUp:
		m.command(&protocol.EndWrapUp{})
	case DoFocusPad, DoMicrophone, DoReload:
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
	if slices.Contains(Settings(), setting) && setting != m.snap.Me.Setting {
		m.command(&protocol.SetAvailability{Setting: setting})
	}
}
