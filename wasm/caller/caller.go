// Package caller is the mind of a number's public page: from the server's
// caller state and what the visitor does it derives what the page shows (View)
// and the commands to send. It must not touch the browser, sockets or audio. A
// Model belongs to the program's loop.
package caller

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/shared/protocol"
	"parley/wasm/phone"
	"parley/wasm/sound"
)

// Mode is what the card shows; the root's data-view attribute.
type Mode string

// The modes. Most are phases of protocol.CallerState.
const (
	Ready      Mode = "ready"
	Starting   Mode = "starting"
	Ringing    Mode = "ringing"
	Talking    Mode = "talking"
	Held       Mode = "held"
	Message    Mode = "message"
	Menu       Mode = "menu"
	Queue      Mode = "queue"
	Voicemail  Mode = "voicemail"
	Ended      Mode = "ended"
	Offline    Mode = "offline"
	Microphone Mode = "microphone"
)

// Modes lists every mode.
func Modes() []Mode {
	return []Mode{Ready, Starting, Ringing, Talking, Held, Message, Menu, Queue, Voicemail, Ended, Offline, Microphone}
}

// Kind names something the visitor does; the data-act attributes.
type Kind string

// What a visitor can do.
const (
	DoCall   Kind = "call" // Value: his name
	DoMute   Kind = "mute"
	DoPress  Kind = "press" // Value: one key
	DoHangUp Kind = "hang-up"
)

// patience is how long a call may take to start.
const patience = 15 * time.Second

// View is what the page shows and wants of the browser.
type View struct {
	Mode      Mode
	Text      string
	Timer     string
	Title     string // of the document, "" to leave it
	Muted     bool
	Recording bool
	Busy      bool // a call is there or starts: not another one
	Keypad    bool // keys do something now
	Pressed   string
	Sound     sound.Kind
	Input     phone.Input
}

// Model is what the page knows.
type Model struct {
	texts phone.Texts
	out   phone.Sender

	state     protocol.CallerState
	skew      time.Duration
	connected bool
	mic       phone.Microphone
	muted     bool
	name      string
	ask       time.Time // the visitor asked for a call then; zero if not
	asked     string    // id of the CallerStart that is out
	fault     Mode      // why the last attempt came to nothing
	text      string    // the sentence beside it
	talked    time.Duration
	pressed   string // keys, of this call
}

// New returns a model of a page where nothing has happened.
func New(texts phone.Texts, out phone.Sender) *Model {
	return &Model{texts: texts, out: out, state: protocol.CallerState{Phase: string(Ready)}, mic: phone.MicUnknown}
}

// Connected takes the session's coming and going. The server ends a caller's
// call with his connection.
func (m *Model) Connected(on bool, now time.Time) {
	m.connected = on
	if on {
		m.proceed()
		return
	}
	if m.inCall() {
		m.end(protocol.CallerState{Phase: string(Ended), Text: m.texts.T("webcall.js.lost")}, now)
	}
	m.asked = ""
}

// SetMicrophone takes the visitor's, or the machine's, answer.
func (m *Model) SetMicrophone(state phone.Microphone) {
	m.mic = state
	if m.ask.IsZero() {
		return
	}
	switch state {
	case phone.MicGranted:
		m.proceed()
	case phone.MicDenied, phone.MicMissing:
		m.giveUp(Microphone, "")
	case phone.MicUnknown:
	}
}

// Do carries out what the visitor wants.
func (m *Model) Do(k Kind, value string, now time.Time) {
	switch k {
	case DoCall:
		if m.ask.IsZero() && !m.inCall() {
			m.ask, m.name, m.fault, m.text, m.muted, m.pressed = now, value, "", "", false, ""
			m.mic = phone.MicUnknown // he may have changed his mind
		}
	case DoMute:
		if m.inCall() {
			m.muted = !m.muted
			m.out.Send(&protocol.CallerMute{On: m.muted})
		}
	case DoPress:
		m.press(value)
	case DoHangUp:
		m.hangUp(now)
	}
}

// pressedMost is how many of the keys pressed are shown.
const pressedMost = 12

// press sends a key into the call.
func (m *Model) press(key string) {
	if !m.keypad() || !IsKey(key) {
		return
	}
	m.out.Send(&protocol.CallerDigits{Digits: key})
	m.pressed += key
	m.pressed = m.pressed[max(len(m.pressed)-pressedMost, 0):]
}

func (m *Model) keypad() bool { return m.inCall() && m.state.Keys }

// IsKey says whether s is one key of the keypad.
func IsKey(s string) bool { return len(s) == 1 && strings.Contains("0123456789*#", s) }

func (m *Model) hangUp(now time.Time) {
	if m.asked != "" || m.inCall() {
		m.out.Send(&protocol.CallerHangUp{})
	}
	if m.inCall() {
		m.end(protocol.CallerState{Phase: string(Ended)}, now)
	}
	m.ask, m.asked = time.Time{}, ""
}

// proceed places the call once there is a microphone and a connection.
func (m *Model) proceed() {
	if m.ask.IsZero() || m.asked != "" || !m.connected || m.mic != phone.MicGranted {
		return
	}
	m.out.Send(&protocol.Device{Microphone: string(m.mic)})
	m.asked = m.out.Send(&protocol.CallerStart{Name: m.name})
}

func (m *Model) giveUp(fault Mode, text string) {
	m.ask, m.asked, m.fault, m.text = time.Time{}, "", fault, text
}

// Answered takes the end of a command.
func (m *Model) Answered(id string, r protocol.Result) {
	if id != m.asked || r.OK {
		return
	}
	text := r.Text
	if text == "" {
		text = m.texts.T("webcall.js.failed")
	}
	m.giveUp(Offline, text)
}

// Apply takes a message of the server.
func (m *Model) Apply(msg protocol.Message, now time.Time) {
	s, ok := msg.(*protocol.CallerState)
	if !ok {
		return
	}
	m.skew = time.UnixMilli(s.Now).Sub(now)
	switch Mode(s.Phase) {
	case Ready:
		if m.state.Phase != string(Ended) {
			m.state = *s
		}
	case Ended:
		if m.inCall() {
			m.end(*s, now)
		}
	case Ringing, Talking, Held, Message, Menu, Queue, Voicemail:
		if m.asked == "" && !m.inCall() {
			return // he has hung up; the server will hear of it
		}
		m.state, m.ask, m.asked = *s, time.Time{}, ""
	}
}

func (m *Model) end(s protocol.CallerState, now time.Time) {
	m.talked = m.length(now)
	m.state, m.ask, m.asked, m.text = s, time.Time{}, "", s.Text
}

func (m *Model) inCall() bool {
	switch Mode(m.state.Phase) {
	case Ringing, Talking, Held, Message, Menu, Queue, Voicemail:
		return true
	}
	return false
}

// length is how long the visitor has talked.
func (m *Model) length(now time.Time) time.Duration {
	if m.state.AnsweredAt == 0 {
		return 0
	}
	return max(now.Add(m.skew).Sub(time.UnixMilli(m.state.AnsweredAt)), 0)
}

// View derives the page at a moment of the local clock.
func (m *Model) View(now time.Time) View {
	if !m.ask.IsZero() && m.mic == phone.MicGranted && now.Sub(m.ask) > patience {
		m.giveUp(Offline, "")
	}
	v := View{
		Mode: m.mode(), Text: m.text, Muted: m.muted, Recording: m.inCall() && m.state.Recording,
		Keypad: m.keypad(), Pressed: m.pressed,
		Busy: m.inCall() || !m.ask.IsZero(), Input: phone.Input{Open: m.inCall() || !m.ask.IsZero()},
	}
	switch v.Mode {
	case Talking, Held:
		v.Timer = clock(m.length(now))
		if m.state.Agent != "" {
			v.Text = m.texts.T("webcall.js.with", "name", m.state.Agent)
		}
		v.Input.Live = !m.muted
	case Ended:
		v.Timer = clock(m.talked)
	case Ringing:
		if !m.state.Sounds {
			v.Sound = sound.Ringback
		}
	case Queue:
		v.Text = m.place()
	case Voicemail:
		v.Input.Live = true
	case Menu, Ready, Starting, Message, Offline, Microphone:
	}
	return v
}

// place says where the visitor stands in line.
func (m *Model) place() string {
	var say []string
	switch {
	case m.state.Place == 1:
		say = append(say, m.texts.T("webcall.js.next"))
	case m.state.Place > 1:
		say = append(say, m.texts.T("webcall.js.place", "place", strconv.Itoa(m.state.Place)))
	}
	switch minutes := (m.state.WaitMS + 59_999) / 60_000; {
	case minutes == 1:
		say = append(say, m.texts.T("webcall.js.wait-one"))
	case minutes > 1:
		say = append(say, m.texts.T("webcall.js.wait", "minutes", strconv.FormatInt(minutes, 10)))
	}
	return strings.Join(say, " ")
}

func (m *Model) mode() Mode {
	switch {
	case m.inCall():
		return Mode(m.state.Phase)
	case !m.ask.IsZero():
		return Starting
	case m.fault != "":
		return m.fault
	}
	return Mode(m.state.Phase)
}

func clock(d time.Duration) string {
	s := int64(d / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Keys lists every key the program asks for on this page.
func Keys() []string {
	return []string{
		"webcall.js.lost", "webcall.js.failed", "webcall.js.with", "webcall.js.crashed",
		"webcall.js.next", "webcall.js.place", "webcall.js.wait-one", "webcall.js.wait",
	}
}
