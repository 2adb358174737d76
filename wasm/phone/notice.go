package phone

import (
	"slices"
	"time"

	"parley/internal/shared/protocol"
)

// Levels of a notice, as in protocol.Notice.
const (
	levelInfo  = "info"
	levelWarn  = "warn"
	levelAlarm = "alarm"
)

// notice is a sentence on the screen.
type notice struct {
	level string
	text  string
	until time.Time
}

// noticeFor is how long a notice of a level stays.
func noticeFor(level string) time.Duration {
	switch level {
	case levelAlarm:
		return 2 * time.Minute
	case levelWarn:
		return 12 * time.Second
	}
	return 6 * time.Second
}

// noticeMost bounds the notices kept.
const noticeMost = 4

// notify shows a sentence; the same one is not shown twice.
func (m *Model) notify(level, text string, now time.Time) {
	if text == "" {
		return
	}
	if level != levelWarn && level != levelAlarm {
		level = levelInfo
	}
	m.notices = slices.DeleteFunc(m.notices, func(n notice) bool { return n.text == text })
	m.notices = append(m.notices, notice{level: level, text: text, until: now.Add(noticeFor(level))})
	if over := len(m.notices) - noticeMost; over > 0 {
		m.notices = slices.Delete(m.notices, 0, over)
	}
	m.say(text, now)
}

// say has a sentence spoken to people who do not see it.
func (m *Model) say(text string, now time.Time) {
	m.aside, m.asideTo = text, now.Add(noticeFor(levelInfo))
}

// expire drops the notices whose time is over.
func (m *Model) expire(now time.Time) {
	m.notices = slices.DeleteFunc(m.notices, func(n notice) bool { return !now.Before(n.until) })
}

// newest is the last notice of one of the levels.
func (m *Model) newest(levels ...string) (notice, bool) {
	for _, n := range slices.Backward(m.notices) {
		if slices.Contains(levels, n.level) {
			return n, true
		}
	}
	return notice{}, false
}

// Answered takes the end of a command.
func (m *Model) Answered(id string, command protocol.Message, r protocol.Result, now time.Time) {
	delete(m.pending, id)
	if r.OK {
		m.agreed(command, r, now)
		return
	}
	text := r.Text
	if text == "" {
		text = m.texts.Or(r.Key, "phone.js.error.unknown")
	}
	if _, ok := command.(*protocol.Dial); ok {
		m.refuse(text, now)
		return
	}
	m.notify(levelWarn, text, now)
}

// agreed keeps showing a call as being placed until the server shows it.
func (m *Model) agreed(command protocol.Message, r protocol.Result, now time.Time) {
	d, ok := command.(*protocol.Dial)
	shown := slices.ContainsFunc(m.snap.Calls, func(c protocol.Call) bool { return c.ID == r.Call })
	if ok && r.Call != "" && !shown {
		m.placed = placed{call: r.Call, to: d.To, until: now.Add(placedFor)}
	}
}
