package call_test

import (
	"strings"
	"sync"
	"time"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

// leg is a leg whose far end is the test.
type leg struct {
	id   callstate.LegID
	mute bool // no audio ever comes

	mu       sync.Mutex
	listener func(call.LegEvent)
	ringing  bool
	accepted bool
	hungUp   callstate.Cause
}

func (l *leg) ID() callstate.LegID { return l.id }

// Listen has an agent's audio flow at once, unless he is mute.
func (l *leg) Listen(f func(call.LegEvent)) {
	l.mu.Lock()
	l.listener = f
	l.mu.Unlock()
	if strings.HasPrefix(string(l.id), "agent:") && !l.mute {
		l.report(call.LegEvent{Kind: call.LegFlowing})
	}
}

func (l *leg) Ringing() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ringing = true
}

func (l *leg) Accept() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = true
}

func (l *leg) HangUp(c callstate.Cause) {
	l.mu.Lock()
	first := l.hungUp == callstate.CauseNone
	if first {
		l.hungUp = c
	}
	l.mu.Unlock()
	if first {
		l.report(call.LegEvent{Kind: call.LegEnded, Cause: c})
	}
}

func (l *leg) report(ev call.LegEvent) {
	l.mu.Lock()
	f := l.listener
	l.mu.Unlock()
	ev.Leg = l.id
	if f != nil {
		f(ev)
	}
}

func (l *leg) state() (ringing, accepted bool, hungUp callstate.Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ringing, l.accepted, l.hungUp
}

// media is a media plane that only remembers what it was told.
type media struct {
	mu       sync.Mutex
	table    callstate.Table
	sound    call.Sound
	steps    []string
	done     func(call.RecordResult)
	digits   string
	prompted func()
	heard    []string // what was said to the caller, and tones
	length   time.Duration
	specs    []call.RecordSpec
	detached []callstate.LegID
}

func (m *media) Open(_, _ string) call.Bridge { return m }
func (m *media) Attach(call.Leg)              {}

func (m *media) Detach(id callstate.LegID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.detached = append(m.detached, id)
}

func (m *media) Close() {}

func (m *media) Follow(s callstate.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.table = s.Hearing()
}

func (m *media) Play(s call.Sound, done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sound, m.prompted = s, done
	switch {
	case s.Say.MessageID != "":
		m.heard = append(m.heard, s.Say.MessageID)
	case s.Say.Prompt != "":
		m.heard = append(m.heard, s.Say.Prompt)
	case len(s.Prompts) > 0:
		m.heard = append(m.heard, strings.Join(s.Prompts, " "))
	case s.Tone != "":
		m.heard = append(m.heard, string(s.Tone))
	case s.Music != "":
		m.heard = append(m.heard, s.Music)
	}
	if m.length > 0 && done != nil {
		time.AfterFunc(m.length, done)
	}
}

func (m *media) Digits(_ callstate.LegID, digits string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.digits += digits
}

func (m *media) Record(spec call.RecordSpec, done func(call.RecordResult)) call.Recorder {
	m.step("start")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done, m.specs = done, append(m.specs, spec)
	return m
}

func (m *media) Pause()  { m.step("pause") }
func (m *media) Resume() { m.step("resume") }

func (m *media) Pass(from, to callstate.LegID) { m.step("pass " + string(from) + " " + string(to)) }

func (m *media) Stop() {
	m.step("stop")
	m.mu.Lock()
	done := m.done
	m.mu.Unlock()
	go done(call.RecordResult{BlobKey: "kept", DurationMS: 1}) // as it comes from the disk
}

func (m *media) step(s string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps = append(m.steps, s)
}

func (m *media) hears(listener, speaker callstate.LegID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.table.Hears(listener, speaker)
}

func (m *media) playing() call.Sound {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sound
}
