package phone

import (
	"slices"
	"strconv"
	"time"

	"parley/internal/shared/protocol"
)

const (
	levelInfo  = "info"
	levelWarn  = "warn"
	levelAlarm = "alarm"
)

// How long a notice stays; an alarm stays until it is dismissed.
const (
	infoFor    = 6 * time.Second
	warnFor    = 12 * time.Second
	noticeMost = 4
)

// notice is a sentence on the screen.
type notice struct {
	id    string
	level string
	text  string
	until time.Time // zero for ever
}

// notify shows a sentence; the same one is not shown twice.
func (m *Model) notify(level, text string, now time.Time) {
	if text == "" {
		return
	}
	m.notices = slices.DeleteFunc(m.notices, func(n notice) bool { return n.text == text })
	m.lastID++
	n := notice{id: strconv.Itoa(m.lastID), level: level, text: text}
	switch level {
	case levelAlarm:
	case levelWarn:
		n.until = now.Add(warnFor)
	default:
		n.level, n.until = levelInfo, now.Add(infoFor)
	}
	m.notices = append(m.notices, n)
	if over := len(m.notices) - noticeMost; over > 0 {
		m.notices = slices.Delete(m.notices, 0, over)
	}
}

func (m *Model) dismiss(id string) {
	m.notices = slices.DeleteFunc(m.notices, func(n notice) bool { return n.id == id })
}

// expire drops the notices whose time is over.
func (m *Model) expire(now time.Time) {
	m.notices = slices.DeleteFunc(m.notices, func(n notice) bool { return !n.until.IsZero() && !now.Before(n.until) })
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
		text = m.texts.Or(r.Key, "phone.error.unknown")
	}
	if _, ok := command.(*protocol.Dial); ok {
		m.pad.fault = text
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
