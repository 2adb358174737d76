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

// View is everything the page shows and wants of the browser, ready to be
// copied into it.
type View struct {
	Panel    Panel
	Title    string             // of the document
	State    protocol.LiveState // the favicon follows it
	Live     string             // the state in words
	Since    string             // how long the state has lasted
	Name     string             // the member's
	Setting  string             // of availability
	SetWait  bool               // a new setting is on its way
	Link     string             // what is wrong with the connection, "" if nothing
	Lines    []LineView
	Pad      PadView
	Call     CallView
	Tags     TagsView
	WrapUp   WrapUpView
	Recents  []RecentView
	Notices  []NoticeView
	Mic      MicView
	Announce string // said to screen readers; new text is new news

	Sound sound.Kind
	Input Input
	Ring  Ring
}

// Input is what is wanted of the microphone: open attaches it, live lets the
// voice through.
type Input struct{ Open, Live bool }

// Ring is the notification of a ringing call; no call, no notification.
type Ring struct{ Call, Title, Body string }

// LineView is a line to call from.
type LineView struct {
	ID, Name, Display string
	CanDial, IsChosen bool
}

// PadView is the dial pad.
type PadView struct {
	Entry   string // grouped for reading
	Country string // the entry is read in
	Hint    string // who would be called, or why nobody can be
	Fault   string
	CanCall bool
}

// NoticeView is a sentence on the screen.
type NoticeView struct{ ID, Level, Text string }

// MicView is what the page says of the microphone.
type MicView struct {
	State       Microphone
	Title, Help string
	CanAsk      bool // the browser will ask; after a denial it does not
}

// graceOffline is how long a lost connection is not worth a word.
const graceOffline = 1500 * time.Millisecond

// View derives the page at a moment of the local clock.
func (m *Model) View(now time.Time) View {
	m.expire(now)
	c, calling := m.focus()
	v := View{
		Panel: m.panel(now), State: m.liveState(), Name: m.snap.Me.Name, Setting: m.snap.Me.Setting,
		Link: m.linkText(now), Lines: m.lineViews(), Pad: m.padView(), Tags: m.tagsView(),
		WrapUp: m.wrapUpView(now), Recents: m.recentViews(now), Mic: m.micView(),
	}
	v.SetWait = m.waiting(func(p protocol.Message) bool { _, ok := p.(*protocol.SetAvailability); return ok })
	v.Live = m.texts.T("phone.state." + string(v.State))
	if m.ready && m.snap.Me.Since > 0 {
		v.Since = length(m.server(now) - m.snap.Me.Since)
	}
	for _, n := range m.notices {
		v.Notices = append(v.Notices, NoticeView{ID: n.id, Level: n.level, Text: n.text})
	}
	if calling {
		v.Call = m.callView(c, now)
		v.Input = m.input(c)
		v.Ring = m.ring(c, v.Call)
	} else if to := m.placing(now); to != "" {
		v.Call = m.placingView(to)
		v.Input = Input{Open: m.mic == MicGranted}
	}
	v.Sound = m.sound(c, calling, now)
	v.Title = m.title(v)
	v.Announce = m.announce(v)
	return v
}

// server is the server's clock in Unix milliseconds.
func (m *Model) server(now time.Time) int64 { return now.Add(m.skew).UnixMilli() }

func (m *Model) panel(now time.Time) Panel {
	if c, ok := m.focus(); ok {
		switch c.State.Phase {
		case callstate.Ringing:
			return PanelIncoming
		case callstate.Dialling:
			return PanelDialling
		case callstate.Talking:
			return PanelTalking
		case callstate.New, callstate.Announcing, callstate.Ended:
		}
	}
	switch {
	case m.placing(now) != "":
		return PanelDialling
	case !m.ready, !m.connected && now.Sub(m.lostAt) >= graceOffline:
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

func (m *Model) liveState() protocol.LiveState {
	if !m.ready || !m.connected || m.snap.Me.State == "" {
		return protocol.LiveOffline
	}
	return m.snap.Me.State
}

func (m *Model) linkText(now time.Time) string {
	switch {
	case m.connected:
		return ""
	case !m.ready:
		return m.texts.T("phone.link.connecting")
	case now.Sub(m.lostAt) < graceOffline:
		return ""
	}
	return m.texts.T("phone.link.lost")
}

func (m *Model) lineViews() []LineView {
	out := make([]LineView, 0, len(m.snap.Lines))
	for _, l := range m.snap.Lines {
		out = append(out, LineView{
			ID: l.ID, Name: l.Name, Display: l.Display, CanDial: l.CanDial, IsChosen: l.ID == m.pad.line,
		})
	}
	return out
}

func (m *Model) padView() PadView {
	country := m.padCountry()
	v := PadView{Entry: dial.Format(m.pad.entry, country), Country: country, Fault: m.pad.fault}
	why, ok := m.canDial()
	n, err := dial.Parse(m.pad.entry, country)
	v.CanCall = ok && err == nil
	switch {
	case !ok:
		v.Hint = why
	case err == nil && n.Short:
		v.Hint = m.texts.T("phone.pad.service")
	case err == nil:
		v.Hint = dial.Format(n.Value, country)
	}
	return v
}

func (m *Model) micView() MicView {
	key := "phone.mic." + string(m.mic)
	return MicView{
		State: m.mic, CanAsk: m.mic == MicUnknown,
		Title: m.texts.T(key), Help: m.texts.T(key + ".help"),
	}
}

// input wants the microphone where this tab holds the call, or will if the
// member answers here. The voice goes out only once he has taken the call.
func (m *Model) input(c protocol.Call) Input {
	if m.mic != MicGranted {
		return Input{}
	}
	if c.State.Phase == callstate.Ringing {
		return Input{Open: m.snap.Me.MediaReady}
	}
	return Input{Open: c.Here, Live: c.Here && !m.muted(c)}
}

func (m *Model) sound(c protocol.Call, calling bool, now time.Time) sound.Kind {
	switch {
	case calling && c.State.Phase == callstate.Ringing:
		return sound.Ring
	case calling && c.State.Phase == callstate.Dialling && c.State.FarRings && !c.State.Early && c.Here:
		return sound.Ringback
	case !calling && now.Before(m.busyTo):
		return sound.Busy
	}
	return sound.None
}

func (m *Model) ring(c protocol.Call, v CallView) Ring {
	if c.State.Phase != callstate.Ringing {
		return Ring{}
	}
	return Ring{
		Call: c.ID, Title: m.texts.T("phone.ring.title", "who", v.Who),
		Body: m.texts.T("phone.ring.body", "line", v.Line),
	}
}

// title is the document's: the call first, so that a narrow tab shows it.
func (m *Model) title(v View) string {
	page := m.texts.T("phone.title")
	switch v.Panel {
	case PanelIncoming:
		return m.texts.T("phone.title.ringing", "who", v.Call.Who) + " · " + page
	case PanelTalking:
		return v.Call.Timer + " " + v.Call.Who + " · " + page
	case PanelDialling:
		return m.texts.T("phone.title.dialling", "who", v.Call.Who) + " · " + page
	case PanelTag:
		return m.texts.T("phone.title.tag") + " · " + page
	case PanelWrapUp:
		return v.WrapUp.Left + " " + v.Live + " · " + page
	case PanelIdle, PanelOffline, PanelMicBlocked:
	}
	return v.Live + " · " + page
}
