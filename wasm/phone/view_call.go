package phone

import (
	"strings"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/dial"
	"parley/internal/shared/protocol"
)

// CallView is the call in focus.
type CallView struct {
	ID     string
	Who    string // the best name there is for the other party
	Number string // "" where Who is the number already, or there is none
	Copy   string // E.164, for copying
	Line   string // the line's name and number
	Timer  string
	Status string // what is going on, in words

	Muted, Held, FarHeld bool
	Elsewhere            bool // another tab holds the call's voice
	Recording            callstate.Recording
	RecordText           string // what is recorded
	RecordButton         string // what the button would do
	CanRecord            bool
	HasRecord            bool // there is something about recording to show

	CanAnswer, CanDecline, CanHangUp, CanMute, CanHold, CanDigits bool

	Keypad bool   // the keypad is open
	Sent   string // digits sent
}

func (m *Model) callView(c protocol.Call, now time.Time) CallView {
	v := CallView{
		ID: c.ID, Who: m.who(c.Party), Copy: c.Party.E164, Line: lineText(c.Line),
		Muted: m.muted(c), Held: c.State.Held, FarHeld: c.State.FarHeld,
		Recording: c.State.Recording,
		CanAnswer: m.can(c, callstate.Answer), CanDecline: m.can(c, callstate.Decline),
		CanHangUp: m.can(c, callstate.HangUp), CanMute: m.can(c, callstate.Mute),
		CanHold: m.can(c, callstate.Hold), CanDigits: m.can(c, callstate.Digits),
		Keypad: m.keypad.open,
	}
	if c.Party.Name != "" {
		v.Number = numberText(c.Party)
	}
	if m.keypad.call == c.ID {
		v.Sent = m.keypad.sent
	}
	v.Elsewhere = !c.Here && c.State.Phase != callstate.Ringing
	v.Timer = m.timer(c, now)
	v.Status = m.status(c, v, now)
	m.recordView(c, &v)
	return v
}

// placingView stands in until the server shows the call.
func (m *Model) placingView(to string) CallView {
	v := CallView{Who: dial.Format(to, m.padCountry()), Copy: to, Timer: length(0), Status: m.texts.T("phone.call.dialling")}
	if l, ok := m.line(); ok {
		v.Line = lineText(l)
	}
	return v
}

// timer runs from the answer in a conversation, else from the call's start.
func (m *Model) timer(c protocol.Call, now time.Time) string {
	from := c.StartedAt
	if c.State.Phase == callstate.Talking {
		from = c.AnsweredAt
	}
	if from == 0 {
		return length(0)
	}
	return length(m.server(now) - from)
}

func (m *Model) status(c protocol.Call, v CallView, now time.Time) string {
	switch c.State.Phase {
	case callstate.Ringing:
		if c.Party.Web {
			return m.texts.T("phone.call.incoming-web")
		}
		return m.texts.T("phone.call.incoming")
	case callstate.Dialling:
		if c.State.FarRings || c.State.Early {
			return m.texts.T("phone.call.ringing")
		}
		return m.texts.T("phone.call.dialling")
	case callstate.New, callstate.Announcing, callstate.Ended:
		return ""
	case callstate.Talking:
	}
	var parts []string
	add := func(on bool, key string, args ...string) {
		if on {
			parts = append(parts, m.texts.T(key, args...))
		}
	}
	add(!m.connected, "phone.call.reconnecting")
	add(c.State.Away, "phone.call.away")
	add(v.Elsewhere && !c.State.Away, "phone.call.elsewhere")
	add(v.Held && c.HeldAt > 0, "phone.call.held-since", "time", length(m.server(now)-c.HeldAt))
	add(v.Held && c.HeldAt == 0, "phone.call.held")
	add(v.FarHeld, "phone.call.far-held")
	add(v.Muted, "phone.call.muted")
	if len(parts) == 0 {
		return m.texts.T("phone.call.talking")
	}
	return strings.Join(parts, " · ")
}

func (m *Model) recordView(c protocol.Call, v *CallView) {
	if c.State.Phase != callstate.Talking {
		return
	}
	action := m.recordAction(c)
	v.CanRecord = m.can(c, action)
	v.HasRecord = c.State.Policy.RecordAgent || c.State.Recording != callstate.RecordingOff
	v.RecordText = m.texts.T("phone.recording." + string(c.State.Recording))
	v.RecordButton = m.texts.T("phone.record." + string(action))
}

// who names the other party as well as is known.
func (m *Model) who(p protocol.Party) string {
	switch {
	case p.Name != "":
		return p.Name
	case numberText(p) != "":
		return numberText(p)
	case p.Web:
		return m.texts.T("phone.who.web")
	}
	return m.texts.T("phone.who.hidden")
}

func numberText(p protocol.Party) string {
	if p.Display != "" {
		return p.Display
	}
	return dial.Format(p.E164, "")
}

func lineText(l protocol.Line) string {
	if l.Name == "" {
		return l.Display
	}
	if l.Display == "" {
		return l.Name
	}
	return l.Name + " · " + l.Display
}
