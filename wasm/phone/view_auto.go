package phone

import (
	"strings"
	"time"
)

// auto is what the member's working hours make of the setting auto, and until
// when, on the clock of this machine.
func (m *Model) auto(now time.Time) string {
	me := m.snap.Me
	if !m.ready || me.FlipsAt == 0 {
		return ""
	}
	flip, today := time.UnixMilli(me.FlipsAt).Local(), now.Add(m.skew).Local()
	clock := flip.Format("15:04")
	key := "phone.js.auto.until"
	if !me.Open {
		key = "phone.js.auto.from"
	}
	switch {
	case sameDay(flip, today):
		return m.texts.T(key, "time", clock)
	case sameDay(flip, today.AddDate(0, 0, 1)):
		return m.texts.T(key+"-tomorrow", "time", clock)
	}
	days := strings.Fields(m.texts.T("phone.js.when.days"))
	day := flip.Format("2/1")
	if len(days) == 7 && flip.Before(today.AddDate(0, 0, 7)) {
		day = days[(int(flip.Weekday())+6)%7]
	}
	return m.texts.T(key+"-day", "time", clock, "day", day)
}
