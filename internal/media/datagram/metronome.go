package datagram

import (
	"slices"
	"sync"
	"time"
)

// Beating is what a Metronome beats for.
type Beating interface {
	// Beat sends what is due, by a turn. It is false once nothing follows. It must
	// not block.
	Beat(t *Turn) (more bool)
	// Miss lets so many beats go by: the machine slept.
	Miss(beats int)
}

// Metronome beats at a steady interval for all who started with it, on one goroutine,
// which runs while somebody has: hundreds of callers who wait to the same music cost
// a wake-up a millisecond, not one each, and their packets leave together. Beats are
// counted from their first, so that the lateness of one does not push back those that
// follow. It may be used from any goroutine.
type Metronome struct {
	interval, step time.Duration
	turn           *Turn // of run

	mu      sync.Mutex
	slots   []slot
	running bool
	early   chan struct{} // what was waited for may not come first any more
}

// slot is what beats at the same time.
type slot struct {
	due  time.Time
	held []*entry // replaced, never changed
}

// entry is one start: who has ended may start again while the metronome still holds
// his last.
type entry struct{ Beating }

// maxLate is how far beats may fall behind, in time and in beats, before some are
// given up.
const (
	maxLate      = 200 * time.Millisecond
	maxLateBeats = 2
)

// NewMetronome returns one that beats at an interval, for all at moments that lie a
// step apart, of which the interval must be a multiple.
func NewMetronome(interval, step time.Duration) *Metronome {
	return &Metronome{interval: interval, step: step, turn: NewTurn(), slots: make([]slot, interval/step), early: make(chan struct{}, 1)}
}

// Start beats for b from now on, at once or within a step; for one that beats together
// with others, within an interval. After stop no beat begins; one may be under way.
func (m *Metronome) Start(b Beating) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := time.Now()
	if rest := due.Sub(due.Truncate(m.step)); rest > 0 {
		due = due.Add(m.step - rest)
	}
	s := &m.slots[due.UnixNano()/int64(m.step)%int64(len(m.slots))]
	if len(s.held) == 0 {
		s.due = due
	}
	e := &entry{b}
	s.held = append(slices.Clip(s.held), e)
	if !m.running {
		m.running = true
		go m.run()
	} else {
		m.look()
	}
	return func() { m.remove(s, e) }
}

func (m *Metronome) look() {
	select {
	case m.early <- struct{}{}:
	default:
	}
}

func (m *Metronome) remove(s *slot, gone ...*entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.held = slices.DeleteFunc(slices.Clone(s.held), func(e *entry) bool { return slices.Contains(gone, e) })
	m.look()
}

// run beats until there is nobody to beat for.
func (m *Metronome) run() {
	timer := time.NewTimer(m.interval)
	defer timer.Stop()
	for {
		s, due := m.next()
		if s == nil {
			return
		}
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-m.early:
				continue
			}
		}
		m.strike(s)
	}
}

// next is the slot that is due first; nil, and run is to end, if there is none.
func (m *Metronome) next() (first *slot, due time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.slots {
		if s := &m.slots[i]; len(s.held) > 0 && (first == nil || s.due.Before(due)) {
			first, due = s, s.due
		}
	}
	m.running = first != nil
	return first, due
}

// strike beats for a slot.
func (m *Metronome) strike(s *slot) {
	m.mu.Lock()
	held := s.held
	missed := 0
	if late := time.Since(s.due); late >= max(maxLate, maxLateBeats*m.interval) {
		missed = int(late / m.interval)
	}
	s.due = s.due.Add(time.Duration(1+missed) * m.interval)
	m.mu.Unlock()
	m.turn.Begin()
	var over []*entry
	for _, e := range held {
		if missed > 0 {
			e.Miss(missed)
		}
		if !e.Beat(m.turn) {
			over = append(over, e)
		}
	}
	m.turn.End()
	if len(over) > 0 {
		m.remove(s, over...)
	}
}
