// Package phone is the softphone's mind: from the server's snapshot and deltas,
// the local clock and what the member does it derives everything the page
// shows (View) and the commands to send. It must not touch the browser, sockets
// or audio; what it wants of them stands in the View. A Model belongs to the
// program's loop.
package phone

import (
	"slices"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Sender queues a command and returns its id, "" where it cannot.
type Sender interface {
	Send(m protocol.Message) string
}

// Microphone is what is known of the microphone; the values of protocol.Device.
type Microphone string

// The microphone's states.
const (
	MicUnknown Microphone = "unknown" // not asked yet
	MicGranted Microphone = "granted"
	MicDenied  Microphone = "denied"
	MicMissing Microphone = "missing"
)

// The settings of availability.
const (
	SettingAvailable = "available"
	SettingAuto      = "auto"
	SettingDND       = "do-not-disturb"
)

// Settings lists them in the order they are offered.
func Settings() []string { return []string{SettingAvailable, SettingAuto, SettingDND} }

// The lists of the left column; the values of data-panel.
const (
	SidePad    = "pad"
	SideRecent = "recent"
	SideMe     = "me"
)

// Model is what the softphone knows.
type Model struct {
	texts   Texts
	country string // of the member, for numbers where no line says better
	out     Sender

	snap      protocol.Snapshot
	skew      time.Duration // the server's clock less the local one
	ready     bool          // a snapshot has come
	connected bool
	lostAt    time.Time
	mic       Microphone

	pad     pad
	picker  picker
	placed  placed
	keypad  keypad
	notices []notice
	pending map[string]protocol.Message // commands without a result, by id
	busyTo  time.Time                   // the busy tone sounds until then
	side    string                      // the left column's list
	last    protocol.Call               // the call that went last, and
	ended   protocol.CallGone           // why
	broken  string                      // why only a reload helps
	aside   string                      // spoken until asideTo
	asideTo time.Time

	preferred string // the default line as known last
}

// New returns a model that waits for its first snapshot.
func New(texts Texts, country string, out Sender) *Model {
	return &Model{
		texts: texts, country: country, out: out, mic: MicUnknown, side: SidePad,
		pending: map[string]protocol.Message{},
	}
}

// Connected takes the session's coming and going.
func (m *Model) Connected(on bool, now time.Time) {
	if m.connected && !on || m.lostAt.IsZero() {
		m.lostAt = now
	}
	m.connected = on
}

// Break says that only a reload helps from now on.
func (m *Model) Break(text string) { m.broken = text }

// SetMicrophone takes what became of the microphone and tells the server.
func (m *Model) SetMicrophone(state Microphone) {
	if m.mic == state {
		return
	}
	m.mic = state
	m.tellDevice()
}

func (m *Model) tellDevice() {
	if m.connected {
		m.out.Send(&protocol.Device{Microphone: string(m.mic)})
	}
}

// MediaFailed asks the server for a new media peer.
func (m *Model) MediaFailed() { m.tellDevice() }

// Apply takes a message of the server.
func (m *Model) Apply(msg protocol.Message, now time.Time) {
	switch v := msg.(type) {
	case *protocol.Snapshot:
		m.snap, m.ready = *v, true
		m.skew = time.UnixMilli(v.Now).Sub(now)
		m.Connected(true, now)
		m.tellDevice()
		m.prefer(v.Me.DefaultLine)
		m.pickLine()
	case *protocol.MeChanged:
		m.setMe(v.Me)
	case *protocol.CallChanged:
		m.setCall(v.Call)
	case *protocol.CallGone:
		m.dropCall(v, now)
	case *protocol.RecentAdded:
		m.setRecent(v.Recent)
	case *protocol.LinesChanged:
		m.snap.Lines = v.Lines
		m.pickLine()
	case *protocol.TagsChanged:
		m.snap.Tags = v.Tags
	case *protocol.Notice:
		m.notify(v.Level, v.Text, now)
	}
}

func (m *Model) setMe(me protocol.Me) {
	if me.DueTag != m.snap.Me.DueTag {
		m.picker = picker{}
	}
	m.snap.Me = me
	m.prefer(me.DefaultLine)
}

func (m *Model) setCall(c protocol.Call) {
	if m.placed.call == c.ID {
		m.placed = placed{}
	}
	i := slices.IndexFunc(m.snap.Calls, func(o protocol.Call) bool { return o.ID == c.ID })
	if i < 0 {
		m.snap.Calls = append(m.snap.Calls, c)
	} else {
		m.snap.Calls[i] = c
	}
	if c.State.Phase == callstate.Talking {
		m.pad.clear()
	}
}

// dropCall takes a call off the screen and says why, where that is news to the
// member.
func (m *Model) dropCall(gone *protocol.CallGone, now time.Time) {
	if m.placed.call == gone.Call {
		m.placed = placed{}
	}
	i := slices.IndexFunc(m.snap.Calls, func(o protocol.Call) bool { return o.ID == gone.Call })
	if i < 0 {
		return
	}
	was := m.snap.Calls[i]
	if was.State.Agent == m.snap.Me.ID {
		m.last, m.ended = was, *gone
	}
	m.snap.Calls = slices.Delete(m.snap.Calls, i, i+1)
	if m.keypad.call == gone.Call {
		m.keypad = keypad{}
	}
	switch gone.Cause {
	case callstate.CauseAgentHungUp, callstate.CauseAgentCancelled, callstate.CauseDeclined, callstate.CauseNone:
		return // he did it himself
	case callstate.CauseBusy, callstate.CauseRejected, callstate.CauseNoAnswer:
		if was.State.Phase == callstate.Dialling {
			m.busyTo = now.Add(busyFor)
		}
	}
	level := levelInfo
	switch gone.Cause.Verdict().Party {
	case callstate.PartyTrunk, callstate.PartyServer:
		if gone.Cause != callstate.CauseSettled { // which is good news
			level = levelWarn
		}
	case callstate.PartyCaller, callstate.PartyAgent:
	}
	m.notify(level, gone.Text, now)
}

// recentMost is how many recent calls are kept.
const recentMost = 50

func (m *Model) setRecent(r protocol.Recent) {
	list := slices.DeleteFunc(m.snap.Recents, func(o protocol.Recent) bool { return o.ID == r.ID })
	list = append(list, r)
	slices.SortStableFunc(list, func(a, b protocol.Recent) int { return int(b.StartedAt/1000 - a.StartedAt/1000) })
	m.snap.Recents = list[:min(len(list), recentMost)]
}

// busyFor is how long the busy tone sounds after a call that failed.
const busyFor = 3 * time.Second

// focus is the call the page is about: the one talked on, else the one being
// dialled, else the one that has rung longest.
func (m *Model) focus() (protocol.Call, bool) {
	best, rank := protocol.Call{}, 0
	for _, c := range m.snap.Calls {
		r := 0
		switch {
		case c.State.Phase == callstate.Talking && c.State.Agent == m.snap.Me.ID:
			r = 3
		case c.State.Phase == callstate.Dialling && c.State.Agent == m.snap.Me.ID:
			r = 2
		case m.rings(c):
			r = 1
		}
		if r > rank {
			best, rank = c, r
		}
	}
	return best, rank > 0
}

// rings says whether a call rings at the member's.
func (m *Model) rings(c protocol.Call) bool { return c.State.Offered(m.snap.Me.ID) }

// line is the number calls are placed from.
func (m *Model) line() (protocol.Line, bool) {
	for _, l := range m.snap.Lines {
		if l.ID == m.pad.line {
			return l, true
		}
	}
	return protocol.Line{}, false
}

// prefer chooses the member's default line when he has made another his default;
// what he chose by hand since stays.
func (m *Model) prefer(line string) {
	if line != m.preferred {
		m.preferred = line
		m.choose(line)
	}
}

// choose calls from a line, if it can dial.
func (m *Model) choose(line string) bool {
	ok := slices.ContainsFunc(m.snap.Lines, func(l protocol.Line) bool { return l.ID == line && l.CanDial })
	if ok {
		m.pad.line = line
	}
	return ok
}

// pickLine keeps the chosen line while it can dial, else takes the default, else
// the first that can.
func (m *Model) pickLine() {
	if m.choose(m.pad.line) || m.choose(m.preferred) {
		return
	}
	m.pad.line = ""
	for _, l := range m.snap.Lines {
		if l.CanDial {
			m.pad.line = l.ID
			return
		}
	}
	if len(m.snap.Lines) > 0 {
		m.pad.line = m.snap.Lines[0].ID
	}
}

// waiting says whether a command like this one has no result yet.
func (m *Model) waiting(match func(protocol.Message) bool) bool {
	for _, c := range m.pending {
		if match(c) {
			return true
		}
	}
	return false
}

// muted is the agent's mute as he wished it last: his voice stops at the click,
// not when the server has agreed.
func (m *Model) muted(c protocol.Call) bool {
	on := c.State.Muted
	for _, p := range m.pending {
		if a, ok := p.(*protocol.Act); ok && a.Call == c.ID && a.Action == callstate.Mute {
			on = a.On
		}
	}
	return on
}

// MicrophoneAfter is the state of a microphone that was asked for; failure is
// the name of getUserMedia's error, "" where there is none.
func MicrophoneAfter(failure string) Microphone {
	switch failure {
	case "":
		return MicGranted
	case "NotAllowedError", "SecurityError", "TypeError":
		return MicDenied
	}
	return MicMissing // not there, or another program holds it
}
