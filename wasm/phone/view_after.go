package phone

import (
	"strings"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// TagsView is the tag picker.
type TagsView struct {
	Who    string // the call that needs the tag was with
	Line   string
	Filter string
	Items  []TagView
	Empty  string // said where the filter leaves nothing
	Wait   bool   // a tag is on its way
}

// TagView is a tag to pick.
type TagView struct {
	ID, Name, Colour string
	AtCursor         bool
}

// WrapUpView is after-call work.
type WrapUpView struct {
	Left  string
	Share float64 // of the whole time that is left, 0 to 1
}

// RecentView is a recent call.
type RecentView struct {
	ID, Who, Line  string
	When, Exact    string
	Length         string // "" where nobody talked
	Outcome        string // why it ended, where nobody talked
	Inbound        bool
	Missed         bool
	CanCallBack    bool
	Tags           []TagView
	CallBackButton string
}

func (m *Model) tagsView() TagsView {
	v := TagsView{Filter: m.picker.filter}
	if m.snap.Me.DueTag == "" {
		return v
	}
	v.Wait = m.waiting(func(p protocol.Message) bool { _, ok := p.(*protocol.SetTags); return ok })
	for _, r := range m.snap.Recents {
		if r.ID == m.snap.Me.DueTag {
			v.Who, v.Line = m.who(r.Party), r.Line
		}
	}
	found := m.foundTags()
	for i, t := range found {
		v.Items = append(v.Items, TagView{ID: t.ID, Name: t.Name, Colour: t.Colour, AtCursor: i == m.picker.cursor})
	}
	switch {
	case len(m.snap.Tags) == 0:
		v.Empty = m.texts.T("phone.tags.none")
	case len(found) == 0:
		v.Empty = m.texts.T("phone.tags.no-match", "filter", m.picker.filter)
	}
	return v
}

func (m *Model) wrapUpView(now time.Time) WrapUpView {
	me := m.snap.Me
	if me.WrapUpEnds == 0 {
		return WrapUpView{}
	}
	left := max(me.WrapUpEnds-m.server(now), 0)
	v := WrapUpView{Left: length(left + 999)} // 0:00 only when it is over
	if me.WrapUpMS > 0 {
		v.Share = min(float64(left)/float64(me.WrapUpMS), 1)
	}
	return v
}

func (m *Model) recentViews(now time.Time) []RecentView {
	out := make([]RecentView, 0, len(m.snap.Recents))
	_, diallable := m.canDial()
	for _, r := range m.snap.Recents {
		who := m.who(r.Party)
		v := RecentView{
			ID: r.ID, Who: who, Line: r.Line, Inbound: r.Direction == callstate.Inbound,
			Missed:         r.Direction == callstate.Inbound && !r.Talked,
			CanCallBack:    diallable && r.Party.E164 != "",
			CallBackButton: m.texts.T("phone.recent.call-back", "who", who),
		}
		at := time.UnixMilli(r.StartedAt).Add(-m.skew)
		v.When, v.Exact = m.when(at, now), m.exact(at)
		if r.Talked {
			v.Length = length(r.TalkMS)
		} else {
			v.Outcome = r.CauseText
		}
		for _, id := range r.Tags {
			for _, t := range m.snap.Tags {
				if t.ID == id {
					v.Tags = append(v.Tags, TagView{ID: t.ID, Name: t.Name, Colour: t.Colour})
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// when is short: the time of day today, the day before that.
func (m *Model) when(at, now time.Time) string {
	l, n := at.Local(), now.Local()
	switch {
	case sameDay(l, n):
		return l.Format("15:04")
	case sameDay(l, n.AddDate(0, 0, -1)):
		return m.texts.T("phone.when.yesterday")
	}
	return m.day(l)
}

func (m *Model) exact(at time.Time) string {
	l := at.Local()
	return m.day(l) + " " + l.Format("2006, 15:04:05")
}

func (m *Model) day(l time.Time) string {
	months := strings.Fields(m.texts.T("phone.when.months"))
	month := l.Format("01")
	if len(months) == 12 {
		month = months[l.Month()-1]
	}
	return m.texts.T("phone.when.day", "day", l.Format("2"), "month", month)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// announce says what changed, for people who do not see it: the panel, or
// within a call its status. Nothing that ticks is said.
func (m *Model) announce(v View) string {
	say := ""
	switch v.Panel {
	case PanelIncoming:
		say = m.texts.T("phone.say.incoming", "who", v.Call.Who, "line", v.Call.Line)
	case PanelDialling:
		say = m.texts.T("phone.say.dialling", "who", v.Call.Who)
	case PanelTalking:
		say = m.sayTalking(v.Call)
	case PanelTag:
		say = m.texts.T("phone.say.tag")
	case PanelWrapUp:
		say = m.texts.T("phone.say.wrapup")
	case PanelOffline:
		say = v.Link
	case PanelMicBlocked:
		say = v.Mic.Title
	case PanelIdle:
		say = v.Live
	}
	if say != "" {
		m.said = say
	}
	return m.said
}

func (m *Model) sayTalking(c CallView) string {
	parts := []string{m.texts.T("phone.say.talking", "who", c.Who)}
	for _, p := range []struct {
		on  bool
		key string
	}{
		{c.Muted, "phone.call.muted"}, {c.Held, "phone.call.held"}, {c.FarHeld, "phone.call.far-held"},
	} {
		if p.on {
			parts = append(parts, m.texts.T(p.key))
		}
	}
	if c.HasRecord {
		parts = append(parts, c.RecordText)
	}
	return strings.Join(parts, ". ")
}
