package phone

import (
	"strings"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// TagsView is the tag picker.
type TagsView struct {
	Filter string
	Items  []TagView
	None   bool // the filter leaves nothing
	Wait   bool // a tag is on its way
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
	ID, Who string
	Number  string // E.164
	Detail  string // its line, its length or what became of it
	When    string
	Kind    string // in, out, missed
}

func (m *Model) tagsView() TagsView {
	v := TagsView{Filter: m.picker.filter}
	if m.snap.Me.DueTag == "" {
		return v
	}
	v.Wait = m.waiting(func(p protocol.Message) bool { _, ok := p.(*protocol.SetTags); return ok })
	for i, t := range m.foundTags() {
		v.Items = append(v.Items, TagView{ID: t.ID, Name: t.Name, Colour: t.Colour, AtCursor: i == m.picker.cursor})
	}
	v.None = len(v.Items) == 0
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

// earlier are the recent calls with a number.
func (m *Model) earlier(e164 string) []protocol.Recent {
	var out []protocol.Recent
	for _, r := range m.snap.Recents {
		if e164 != "" && r.Party.E164 == e164 {
			out = append(out, r)
		}
	}
	return out
}

func (m *Model) recentViews(list []protocol.Recent, now time.Time) []RecentView {
	out := make([]RecentView, 0, len(list))
	for _, r := range list {
		v := RecentView{ID: r.ID, Who: m.who(r.Party), Number: r.Party.E164, Kind: "out"}
		if r.Direction == callstate.Inbound {
			v.Kind = "in"
			if !r.Talked {
				v.Kind = "missed"
			}
		}
		became := strings.TrimSuffix(r.CauseText, ".")
		if r.Talked {
			became = length(r.TalkMS)
		}
		v.Detail = joined(r.Line, became)
		v.When = m.when(time.UnixMilli(r.StartedAt), now.Add(m.skew))
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
		return m.texts.T("phone.js.when.yesterday")
	}
	months := strings.Fields(m.texts.T("phone.js.when.months"))
	month := l.Format("01")
	if len(months) == 12 {
		month = months[l.Month()-1]
	}
	return m.texts.T("phone.js.when.day", "day", l.Format("2"), "month", month)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// spoken is what people who do not see the page are told: the panel, within a
// call what changed, else the latest sentence. Nothing that ticks is said.
func (m *Model) spoken(v View, now time.Time) (say, alert string) {
	switch v.Panel {
	case PanelIncoming:
		return "", m.texts.T(v.Call.back("phone.js.say.incoming"), "who", v.Call.Who, "line", v.Call.Line)
	case PanelDialling:
		say = v.Call.Status + " " + v.Call.Who
	case PanelTalking:
		say = m.sayTalking(v.Call)
	case PanelTag:
		say = m.texts.T("phone.js.say.tag")
	case PanelWrapUp:
		say = m.texts.T("phone.js.say.wrapup")
	case PanelOffline:
		say = v.Offline.Title
	case PanelMicBlocked, PanelIdle:
		say = v.Live
	}
	if now.Before(m.asideTo) {
		alert = m.aside
	}
	return say, alert
}

func (m *Model) sayTalking(c CallView) string {
	parts := []string{m.texts.T("phone.js.say.talking", "who", c.Who)}
	if c.Muted {
		parts = append(parts, m.texts.T("phone.js.say.muted"))
	}
	if c.Held {
		parts = append(parts, m.texts.T("phone.js.call.held"))
	}
	if c.Recording != callstate.RecordingOff {
		parts = append(parts, m.texts.T("phone.js.say.recording-"+string(c.Recording)))
	}
	if c.News != "" {
		parts = append(parts, c.News)
	}
	return strings.Join(parts, ". ")
}
