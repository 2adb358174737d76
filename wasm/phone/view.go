package phone

import (
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/dial"
	"parley/internal/shared/protocol"
	"parley/wasm/sound"
)

// Panel is which face the page shows; it is the root's data-view attribute.
type Panel string

// The panels.
const (
	PanelIdle       Panel = "idle"
	PanelIncoming   Panel = "incoming"
	PanelDialling   Panel = "dialling"
	PanelTalking    Panel = "talking"
	PanelTag        Panel = "tag"
	PanelWrapUp     Panel = "wrapup"
	PanelOffline    Panel = "offline"
	PanelMicBlocked Panel = "micblocked"
)

// Panels lists every panel.
func Panels() []Panel {
	return []Panel{
		PanelIdle, PanelIncoming, PanelDialling, PanelTalking, PanelTag, PanelWrapUp, PanelOffline, PanelMicBlocked,
	}
}

// View is everything the page shows and wants of the browser, ready to be
// copied into it.
type View struct {
	Panel   Panel
	Side    string             // the left column's list
	Title   string             // of the document
	State   protocol.LiveState // the favicon follows it
	Live    string             // the state in words
	Since   string             // how long the state has lasted
	Name    string             // the member's
	Setting string             // of availability, as he chose it last
	Auto    string             // what his working hours make of the setting auto
	Mic     Microphone
	Banner  Banner
	News    string // what has just happened
	Offline Offline
	Lines   []LineView
	Pad     PadView
	Call    CallView
	Tags    TagsView
	WrapUp  WrapUpView
	Recents []RecentView
	History []RecentView // with the party of the call

	Say   string // spoken to screen readers when it changes
	Alert string // the same, at once

	Sound sound.Kind
	Tone  string // that calls ring with
	Input Input
	Ring  Ring
}

// Input is what is wanted of the microphone: open attaches it, live lets the
// voice through.
type Input struct{ Open, Live bool }

// Ring is the notification of a ringing call; no call, no notification.
type Ring struct{ Call, Title, Body string }

// Banner concerns the phone as a whole; without text there is none.
type Banner struct {
	Level, Text string
	Reload      bool // offer to reload the page
}

// Offline explains why nothing works.
type Offline struct{ Title, Text string }

// LineView is a line to call from.
type LineView struct {
	ID, Text string
	Chosen   bool
}

// PadView is the dial pad.
type PadView struct {
	Entry   string // grouped for reading
	Country string // the entry is read in
	Hint    string // what would be called, or why it cannot be
	Tone    string // of the hint: "", "good", "bad"
	CanDial bool
}

// graceOffline is how long a lost connection is not worth a word.
const graceOffline = 1500 * time.Millisecond

// View derives the page at a moment of the local clock.
func (m *Model) View(now time.Time) View {
	m.expire(now)
	c, calling := m.focus()
	v := View{
		Panel: m.panel(now), Side: m.side, State: m.liveState(), Name: m.snap.Me.Name, Setting: m.setting(),
		Mic: m.mic, Banner: m.banner(now), Offline: m.offline(), Lines: m.lineViews(), Pad: m.padView(),
		Tags: m.tagsView(), WrapUp: m.wrapUpView(now), Recents: m.recentViews(m.snap.Recents, now),
	}
	v.Live = m.texts.T("state." + string(v.State))
	v.Auto, v.Tone = m.auto(now), m.snap.Me.RingTone
	if m.ready && m.snap.Me.Since > 0 {
		v.Since = length(m.server(now) - m.snap.Me.Since)
	}
	if n, ok := m.newest(levelInfo); ok {
		v.News = n.text
	}
	v.Pad.CanDial = v.Pad.CanDial && !calling && m.placing(now) == ""
	switch {
	case calling:
		v.Call = m.callView(c, now)
		v.Input = m.input(c)
		v.Ring = m.ring(c, v.Call)
	case m.placing(now) != "":
		v.Call = m.placingView(m.placing(now))
		v.Input = Input{Open: m.mic == MicGranted}
	case v.Panel == PanelTag || v.Panel == PanelWrapUp:
		v.Call = m.afterView()
	}
	v.History = m.recentViews(m.earlier(v.Call.Copy), now)
	v.Sound = m.sound(c, calling, now)
	v.Title = m.title(v)
	v.Say, v.Alert = m.spoken(v, now)
	return v
}

// server is the server's clock in Unix milliseconds.
func (m *Model) server(now time.Time) int64 { return now.Add(m.skew).UnixMilli() }

func (m *Model) panel(now time.Time) Panel {
	c, calling := m.focus()
	switch {
	case calling && m.rings(c):
		return PanelIncoming
	case calling && c.State.Phase == callstate.Dialling:
		return PanelDialling
	case calling:
		return PanelTalking
	case m.placing(now) != "":
		return PanelDialling
	case !m.ready, m.lost(now):
		return PanelOffline
	case m.snap.Me.DueTag != "":
		return PanelTag
	case m.snap.Me.WrapUpEnds > 0:
		return PanelWrapUp
	case m.mic != MicGranted:
		return PanelMicBlocked
	}
	return PanelIdle
}

// lost says whether the connection has been away for long enough to say so.
func (m *Model) lost(now time.Time) bool { return !m.connected && now.Sub(m.lostAt) >= graceOffline }

func (m *Model) liveState() protocol.LiveState {
	if !m.ready || !m.connected || m.snap.Me.State == "" {
		return protocol.LiveOffline
	}
	return m.snap.Me.State
}

// setting is the availability the member chose last, before the server agrees.
func (m *Model) setting() string {
	setting := m.snap.Me.Setting
	for _, p := range m.pending {
		if s, ok := p.(*protocol.SetAvailability); ok {
			setting = s.Setting
		}
	}
	return setting
}

func (m *Model) banner(now time.Time) Banner {
	if m.broken != "" {
		return Banner{Level: levelAlarm, Text: m.broken, Reload: true}
	}
	if m.ready && m.lost(now) {
		return Banner{Level: levelWarn, Text: m.texts.T("phone.js.link.lost")}
	}
	if n, ok := m.newest(levelAlarm, levelWarn); ok {
		return Banner{Level: n.level, Text: n.text}
	}
	return Banner{}
}

func (m *Model) offline() Offline {
	if !m.ready {
		return Offline{Title: m.texts.T("phone.js.link.connecting")}
	}
	return Offline{Title: m.texts.T("phone.js.link.lost"), Text: m.texts.T("phone.js.link.lost.text")}
}

func (m *Model) lineViews() []LineView {
	out := make([]LineView, 0, len(m.snap.Lines))
	for _, l := range m.snap.Lines {
		out = append(out, LineView{ID: l.ID, Text: joined(l.Name, l.Display), Chosen: l.ID == m.pad.line})
	}
	return out
}

func (m *Model) padView() PadView {
	country := m.padCountry()
	v := PadView{Entry: dial.Format(m.pad.entry, country), Country: country}
	why, ok := m.canDial()
	n, err := dial.Parse(m.pad.entry, country)
	v.CanDial = ok && err == nil
	switch {
	case m.pad.fault != "":
		v.Hint, v.Tone = m.pad.fault, "bad"
	case !ok && m.ready:
		v.Hint = why
	case err == nil && n.Short:
		v.Hint, v.Tone = m.texts.T("phone.js.pad.service"), "good"
	case err == nil && n.Value != m.pad.entry:
		v.Hint, v.Tone = dial.Format(n.Value, country), "good"
	}
	return v
}

// input wants the microphone where this tab holds the call, or will if the
// member answers here. The voice goes out only once he has taken the call.
func (m *Model) input(c protocol.Call) Input {
	if m.mic != MicGranted {
		return Input{}
	}
	if m.rings(c) {
		return Input{Open: m.snap.Me.MediaReady}
	}
	return Input{Open: c.Here, Live: c.Here && !m.muted(c)}
}

// toneSilent is the ring tone without a sound, which need not wake the speaker.
const toneSilent = "silent"

func (m *Model) sound(c protocol.Call, calling bool, now time.Time) sound.Kind {
	switch {
	case calling && m.rings(c) && m.snap.Me.RingTone == toneSilent:
		return sound.None
	case calling && m.rings(c):
		return sound.Ring
	case calling && c.State.Phase == callstate.Dialling && c.State.FarRings && !c.State.Early && c.Here:
		return sound.Ringback
	case !calling && now.Before(m.busyTo):
		return sound.Busy
	}
	return sound.None
}

func (m *Model) ring(c protocol.Call, v CallView) Ring {
	if !m.rings(c) || !m.snap.Me.Notify {
		return Ring{}
	}
	return Ring{
		Call: c.ID, Title: m.texts.T(v.back("phone.js.ring.title"), "who", v.Who),
		Body: m.texts.T("phone.js.ring.body", "line", joined(v.Line, v.LineNumber)),
	}
}

// title is the document's: what matters first, so that a narrow tab shows it.
func (m *Model) title(v View) string {
	page := m.texts.T("phone.js.title")
	switch v.Panel {
	case PanelIncoming:
		return m.texts.T(v.Call.back("phone.js.title.ringing"), "who", v.Call.Who)
	case PanelTalking:
		return v.Call.Timer + " " + v.Call.Who + " · " + page
	case PanelDialling:
		return m.texts.T("phone.js.title.dialling", "who", v.Call.Who)
	case PanelTag:
		return m.texts.T("phone.js.title.tag") + " · " + page
	case PanelWrapUp:
		return v.WrapUp.Left + " " + v.Live + " · " + page
	case PanelIdle, PanelOffline, PanelMicBlocked:
	}
	return v.Live + " · " + page
}
