package phone

import (
	"errors"
	"strings"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/dial"
	"parley/internal/shared/protocol"
)

// pad is the dial pad.
type pad struct {
	entry string // cleaned: digits, *, # and a leading +
	line  string // id of the line to call from
	fault string // why the last call could not be placed
}

func (p *pad) clear() { p.entry, p.fault = "", "" }

// entryMost bounds what the pad holds.
const entryMost = 32

// keypad is the in-call keypad.
type keypad struct {
	open bool
	call string // that digits were sent to
	sent string
}

// sentMost is how many of the digits sent are shown.
const sentMost = 24

// editPad changes what stands on the pad.
func (m *Model) editPad(in Intent) {
	m.pad.fault = ""
	switch in.Kind {
	case DoEntry:
		m.pad.entry = limit(dial.Clean(in.Value))
	case DoBackspace:
		m.pad.entry = m.pad.entry[:max(len(m.pad.entry)-1, 0)]
	case DoClear:
		m.pad.clear()
	case DoPadDigit:
		m.pad.entry = limit(dial.Clean(m.pad.entry + in.Value))
	case DoRecent:
		m.pad.entry, m.side = limit(dial.Clean(in.Value)), SidePad
		m.lineOf(in.Value)
	case DoLine:
		m.pad.line = in.Value
	}
}

func limit(s string) string { return s[:min(len(s), entryMost)] }

// sendDigit sends a key into the call.
func (m *Model) sendDigit(d string) {
	c, ok := m.focus()
	if !ok || len(d) != 1 || !strings.Contains("0123456789*#", d) || !c.State.Can(m.snap.Me.ID, callstate.Digits) {
		return
	}
	m.command(&protocol.Keypad{Call: c.ID, Digits: d})
	if m.keypad.call != c.ID {
		m.keypad = keypad{open: m.keypad.open, call: c.ID}
	}
	m.keypad.sent += d
	m.keypad.sent = m.keypad.sent[max(len(m.keypad.sent)-sentMost, 0):]
}

func (m *Model) toggleKeypad() {
	if c, ok := m.focus(); ok && !m.rings(c) {
		m.keypad.open = !m.keypad.open
	}
}

// padCountry is the country national numbers are read in.
func (m *Model) padCountry() string {
	if m.snap.Me.DialCountry != "" {
		return m.snap.Me.DialCountry
	}
	if l, ok := m.line(); ok && l.Country != "" {
		return l.Country
	}
	return m.country
}

// canDial says whether a call may be placed now; the text says why not.
func (m *Model) canDial() (text string, ok bool) {
	l, has := m.line()
	switch {
	case m.snap.Me.DueTag != "":
		return m.texts.T("phone.js.pad.tag-due"), false
	case !m.connected:
		return m.texts.T("phone.js.pad.offline"), false
	case m.mic != MicGranted:
		return m.texts.T("phone.js.pad.no-mic"), false
	case !has:
		return m.texts.T("phone.js.pad.no-line"), false
	case !l.CanDial:
		return m.texts.T("phone.js.pad.no-trunk", "line", l.Name), false
	}
	return "", true
}

// dial calls what stands on the pad, unless a call is there or being placed.
func (m *Model) dial(now time.Time) {
	if _, busy := m.focus(); busy || m.placing(now) != "" {
		return
	}
	if text, ok := m.canDial(); !ok {
		m.refuse(text, now)
		return
	}
	n, err := dial.Parse(m.pad.entry, m.padCountry())
	if err != nil {
		m.refuse(m.texts.T(parseKey(err)), now)
		return
	}
	m.pad.fault = ""
	m.busyTo = time.Time{}
	m.command(&protocol.Dial{NumberID: m.pad.line, To: n.Value})
}

func (m *Model) refuse(text string, now time.Time) {
	m.pad.fault = text
	m.say(text, now)
}

func parseKey(err error) string {
	switch {
	case errors.Is(err, dial.ErrEmpty):
		return "phone.js.pad.empty"
	case errors.Is(err, dial.ErrTooShort):
		return "phone.js.pad.short"
	case errors.Is(err, dial.ErrTooLong):
		return "phone.js.pad.long"
	}
	return "phone.js.pad.country"
}

// placed is a call the server has agreed to place but not shown yet.
type placed struct {
	call, to string
	until    time.Time
}

// placedFor is how long the page waits to be shown a call it has placed.
const placedFor = 3 * time.Second

// placing is the number of a call asked for that the server has not shown yet.
func (m *Model) placing(now time.Time) string {
	for _, p := range m.pending {
		if d, ok := p.(*protocol.Dial); ok {
			return d.To
		}
	}
	if now.Before(m.placed.until) {
		return m.placed.to
	}
	return ""
}

// lineOf chooses the line the last call with a number was on, to call it back
// from the number its owner knows.
func (m *Model) lineOf(number string) {
	for _, r := range m.snap.Recents {
		if r.Party.E164 != number {
			continue
		}
		m.choose(r.LineID)
		return
	}
}
