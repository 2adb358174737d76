package phone

import (
	"strings"
	"time"
	"unicode"

	"parley/internal/shared/callstate"
	"parley/internal/shared/dial"
	"parley/internal/shared/protocol"
)

// CallView is the call in focus, or in the panels after it the one that ended.
type CallView struct {
	ID         string
	Who        string // the best name there is for the other party
	Initials   string // "" where Who is no name
	Number     string // "" where Who is the number already, or there is none
	About      string // the number, or what stands for it
	Copy       string // E.164, for copying
	Line       string
	LineNumber string
	Timer      string
	Status     string // while dialling
	Ended      string // why it ended, and its length
	Kicker     string // above the name, while it rings
	Back       bool   // while it rings: who takes it calls the other party
	Take       string // what taking it is
	News       string // what else is going on
	HeldText   string

	Muted, Held bool
	Recording   callstate.Recording
	Can         map[callstate.Action]bool
	Keypad      bool   // the keypad is open
	Sent        string // digits sent
}

func (m *Model) callView(c protocol.Call, now time.Time) CallView {
	v := m.partyView(c.Party, c.Line)
	v.ID, v.Muted, v.Held, v.Recording = c.ID, m.muted(c), c.State.Held, c.State.Recording
	v.Can = map[callstate.Action]bool{}
	for _, a := range callstate.Actions() {
		v.Can[a] = m.can(c, a)
	}
	v.Keypad = m.keypad.open && c.State.Phase == callstate.Talking
	if m.keypad.call == c.ID {
		v.Sent = m.keypad.sent
	}
	v.Timer = m.timer(c, now)
	v.Status = m.status(c)
	v.Kicker, v.Back = m.kicker(c, now), isBack(c)
	v.Take = m.texts.T(v.back("phone.js.call.answer"))
	v.News = m.callNews(c)
	switch {
	case c.State.Held && c.HeldAt > 0:
		v.HeldText = m.texts.T("phone.js.held", "time", length(m.server(now)-c.HeldAt))
	case c.State.Held:
		v.HeldText = m.texts.T("phone.js.call.held")
	}
	return v
}

// kicker says what rings: how long somebody in line has been calling matters to who
// greets him.
func (m *Model) kicker(c protocol.Call, now time.Time) string {
	switch {
	case isBack(c):
		return m.texts.T("phone.js.call.incoming.back", "time", length(m.server(now)-c.LinedAt))
	case c.State.Phase == callstate.Passing:
		return m.texts.T("phone.js.call.passed")
	case c.State.Phase == callstate.Waiting && c.StartedAt > 0:
		return m.texts.T("phone.js.call.waited", "time", length(m.server(now)-c.StartedAt))
	}
	return m.texts.T("phone.js.call.incoming")
}

// isBack says whether a call asks for somebody to call its party back.
func isBack(c protocol.Call) bool {
	return c.State.Phase == callstate.Waiting && c.State.Direction == callstate.Outbound
}

// back is the key of a sentence about a call that rings, or of the one that says it
// of a callback.
func (v CallView) back(key string) string {
	if v.Back {
		return key + ".back"
	}
	return key
}

func (m *Model) partyView(p protocol.Party, l protocol.Line) CallView {
	v := CallView{
		Who: m.who(p), Copy: p.E164, Line: l.Name, LineNumber: l.Display, Recording: callstate.RecordingOff, About: numberText(p),
	}
	if v.About == "" {
		v.About = m.who(protocol.Party{Web: p.Web})
	}
	if p.Name != "" {
		v.Number = numberText(p)
		v.Initials = initials(p.Name)
	}
	if v.Line == "" {
		v.Line, v.LineNumber = l.Display, ""
	}
	return v
}

// placingView stands in until the server shows the call.
func (m *Model) placingView(to string) CallView {
	l, _ := m.line()
	v := m.partyView(protocol.Party{E164: to, Display: dial.Format(to, m.padCountry())}, l)
	v.Timer, v.Status = length(0), m.texts.T("phone.js.call.dialling")
	return v
}

// afterView is the call a tag is due for, or the member winds up.
func (m *Model) afterView() CallView {
	want := m.snap.Me.DueTag
	if want == "" {
		want = m.last.ID
	}
	for _, r := range m.snap.Recents {
		if r.ID != want && want != "" {
			continue
		}
		v := m.partyView(r.Party, protocol.Line{Name: r.Line})
		for _, l := range m.snap.Lines {
			if l.ID == r.LineID {
				v.LineNumber = l.Display
			}
		}
		v.Ended = r.CauseText
		if r.Talked {
			v.Ended = joined(strings.TrimSuffix(r.CauseText, "."), length(r.TalkMS))
		}
		return v
	}
	if m.last.ID == "" {
		return CallView{}
	}
	v := m.partyView(m.last.Party, m.last.Line)
	v.Ended = m.ended.Text
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

func (m *Model) status(c protocol.Call) string {
	if c.State.FarRings || c.State.Early {
		return m.texts.T("phone.js.call.ringing")
	}
	return m.texts.T("phone.js.call.dialling")
}

// callNews is what is going on beside mute, hold and recording, which have
// their own places.
func (m *Model) callNews(c protocol.Call) string {
	if c.State.Phase != callstate.Talking {
		return ""
	}
	switch {
	case !m.connected:
		return m.texts.T("phone.js.call.reconnecting")
	case c.State.Away:
		return m.texts.T("phone.js.call.away")
	case !c.Here:
		return m.texts.T("phone.js.call.elsewhere")
	case c.State.FarHeld:
		return m.texts.T("phone.js.call.far-held")
	}
	return ""
}

// who names the other party as well as is known.
func (m *Model) who(p protocol.Party) string {
	switch {
	case p.Name != "":
		return p.Name
	case numberText(p) != "":
		return numberText(p)
	case p.Web:
		return m.texts.T("phone.js.who.web")
	}
	return m.texts.T("phone.js.who.hidden")
}

func numberText(p protocol.Party) string {
	if p.Display != "" {
		return p.Display
	}
	return dial.Format(p.E164, "")
}

// initials are the first letters of up to two words.
func initials(name string) string {
	var b strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		first := []rune(word)[0]
		if unicode.IsLetter(first) {
			b.WriteRune(unicode.ToUpper(first))
		}
	}
	return b.String()
}

// joined puts a middle dot between the parts there are.
func joined(parts ...string) string {
	out := ""
	for _, p := range parts {
		switch {
		case p == "":
		case out == "":
			out = p
		default:
			out += " · " + p
		}
	}
	return out
}
