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
	case DoLine:
		m.pad.line = in.Value
	}
}

func limit(s string) string { return s[:min(len(s), entryMost)] }

// digit goes into the call where there is one that takes it, else onto the pad.
func (m *Model) digit(d string) {
	if len(d) != 1 || !strings.Contains("0123456789*#+", d) {
		return
	}
	c, calling := m.focus()
	switch {
	case calling && c.State.Can(m.snap.Me.ID, callstate.Digits) && d != "+":
		m.command(&protocol.Keypad{Call: c.ID, Digits: d})
		if m.keypad.call != c.ID {
			m.keypad = keypad{open: m.keypad.open, call: c.ID}
		}
		m.keypad.sent += d
		m.keypad.sent = m.keypad.sent[max(len(m.keypad.sent)-sentMost, 0):]
	case !calling:
		m.pad.fault = ""
		m.pad.entry = limit(dial.Clean(m.pad.entry + d))
	}
}

func (m *Model) toggleKeypad() {
	if c, ok := m.focus(); ok && c.State.Phase != callstate.Ringing {
		m.keypad.open = !m.keypad.open
	}
}

// padCountry is the country national numbers are read in.
func (m *Model) padCountry() string {
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
		return m.texts.T("phone.pad.tag-due"), false
	case !m.connected:
		return m.texts.T("phone.pad.offline"), false
	case m.mic != MicGranted:
		return m.texts.T("phone.pad.no-mic"), false
	case !has:
		return m.texts.T("phone.pad.no-line"), false
	case !l.CanDial:
		return m.texts.T("phone.pad.no-trunk", "line", l.Name), false
	}
	return "", true
}

// dial places a call, unless one is there or being placed.
func (m *Model) dial(to string, now time.Time) {
	if _, busy := m.focus(); busy || m.placing(now) != "" {
		return
	}
	if text, ok := m.canDial(); !ok {
		m.refuse(text, now)
		return
	}
	n, err := dial.Parse(to, m.padCountry())
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
	m.notify(levelWarn, text, now)
}

func parseKey(err error) string {
	switch {
	case errors.Is(err, dial.ErrEmpty):
		return "phone.pad.empty"
	case errors.Is(err, dial.ErrTooShort):
		return "phone.pad.short"
	case errors.Is(err, dial.ErrTooLong):
		return "phone.pad.long"
	}
	return "phone.pad.country"
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

// callBack calls the other party of a recent call, from the line it was on.
func (m *Model) callBack(id string, now time.Time) {
	for _, r := range m.snap.Recents {
		if r.ID != id || r.Party.E164 == "" {
			continue
		}
		for _, l := range m.snap.Lines {
			if l.ID == r.LineID && l.CanDial {
				m.pad.line = l.ID
			}
		}
		m.pad.entry = r.Party.E164
		m.dial(r.Party.E164, now)
		return
	}
}
