package flow

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Reasons a member is passed over that only flows know; the others are agent's.
const (
	PassedMissed = "missed" // has not taken this call already
	PassedMuted  = "muted"  // does not want the number to ring
)

// What flows must know of agent's reasons.
const reasonHours = "outside-hours"

// Candidates are who may be rung now in the ring or queue step that pos stands in,
// in the order of its strategy, and everybody else whom it names with the reason.
// Outside his hours a member's stand-ins take his place; nobody stands in for them,
// and whoever has muted the number called is not rung for another either.
//
// In a ring step who missed the call is left out (unless Again), and so is whoever
// it has rung. In a queue he is the last: the step says to wait for somebody.
// Who rings already is for the caller to leave out.
func Candidates(pos Position, facts Facts) (free []string, passed map[string]string) {
	s, ok := staffOf(pos, facts)
	if !ok {
		return nil, nil
	}
	return s.candidates(false)
}

// next is the first candidate, or all of them where the step rings them at once.
func next(pos Position, facts Facts) (free []string, passed map[string]string) {
	s, ok := staffOf(pos, facts)
	if !ok {
		return nil, nil
	}
	return s.candidates(s.strategy.oneByOne())
}

// Servers are all who serve the queue step that pos stands in, free or not, in the
// order its targets name them: nobody who has muted the number, and the stand-ins
// of those outside their hours, too.
func Servers(pos Position, facts Facts) []string {
	s, ok := staffOf(pos, facts)
	if !ok {
		return nil
	}
	return s.servers()
}

// InLine is a place in the line of a queue step, for a caller who has asked to be
// called back and waits there no more; ok is false where there is no such step.
func InLine(numberID, stepID string, facts Facts) (pos Position, line Enqueue, ok bool) {
	pos = Position{Line: numberID, Step: stepID}
	at, ok := find(facts.Lines[numberID].Flow, stepID)
	if !ok || at.step().Queue == nil {
		return pos, line, false
	}
	q := at.step().Queue.withDefaults()
	return pos, Enqueue{QueueID: QueueID(numberID, stepID), Queue: q, Members: Servers(pos, facts)}, true
}

// staff is whom a step rings, with what decides when.
type staff struct {
	pos      Position
	facts    Facts
	targets  []Target
	strategy Strategy
	again    bool
	queue    bool
	queueID  string
}

func staffOf(pos Position, facts Facts) (staff, bool) {
	f := Default()
	if line, ok := facts.Lines[pos.Line]; ok {
		f = line.Flow
	}
	s := staff{pos: pos, facts: facts, queueID: QueueID(pos.Line, pos.Step)}
	at, ok := find(f, pos.Step)
	if !ok {
		return s, false
	}
	switch step := at.step(); {
	case step.Ring != nil:
		s.targets, s.strategy, s.again = step.Ring.Targets, step.Ring.Strategy, step.Ring.Again
	case step.Queue != nil:
		s.targets, s.strategy, s.queue = step.Queue.Targets, step.Queue.withDefaults().Strategy, true
	default:
		return s, false
	}
	return s, true
}

// named are the members whom the targets name, in order, each once: as the lists of
// a number and of a team have them.
func (s staff) named() []string {
	if len(s.targets) == 0 {
		return s.facts.of(s.pos.Line, Target{})
	}
	if len(s.targets) == 1 {
		return s.facts.of(s.pos.Line, s.targets[0])
	}
	var out []string
	seen := make(map[string]bool)
	for _, t := range s.targets {
		for _, id := range s.facts.of(s.pos.Line, t) {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

// target is the id that a target names, and whether that is known.
func (f Facts) target(t Target) (id string, known bool) {
	if t.TeamID != "" {
		_, known = f.Teams[t.TeamID]
		return t.TeamID, known
	}
	if t.MemberID != "" {
		_, known = f.Members[t.MemberID]
		return t.MemberID, known
	}
	return "", true
}

// of are the members a target names. The result is not the caller's to change.
func (f Facts) of(line string, t Target) []string {
	switch {
	case t.TeamID != "":
		return f.Teams[t.TeamID]
	case t.MemberID != "":
		return []string{t.MemberID}
	}
	return f.Lines[line].Rings
}

// pool collects who may be rung.
type pool struct {
	staff
	missed, tried map[string]int
	free          []string
	idle          []int64 // of the free, where the order goes by it
	passed        map[string]string
	rings         map[string]bool // made when somebody stands in for another: until then nobody comes twice
}

// candidates has all that are free in order, or, where first is set, the first of them.
func (s staff) candidates(first bool) ([]string, map[string]string) {
	named := s.turned(s.named())
	p := &pool{
		staff: s, missed: indexed(s.pos.Missed), tried: indexed(s.pos.Tried),
		free: make([]string, 0, len(named)), passed: make(map[string]string, len(named)/8),
	}
	for _, id := range named {
		m, known := s.facts.Members[id]
		if known && p.try(id, &m) == reasonHours && len(m.StandIns) > 0 {
			p.standIn(m.StandIns)
		}
	}
	switch {
	case s.strategy == LongestIdle && first && !s.queue && len(p.free) > 0:
		// Sorting all of them would take longer than all the rest.
		longest := slices.Index(p.idle, slices.Min(p.idle))
		return p.free[longest : longest+1 : longest+1], p.passed
	case s.strategy == LongestIdle:
		p.free = longestFirst(p.free, p.idle)
	}
	if s.queue && len(p.missed) > 0 {
		slices.SortStableFunc(p.free, func(a, b string) int { return cmp.Compare(p.missed[a], p.missed[b]) })
	}
	return p.free, p.passed
}

// try has a member rung, or returns why he is not.
func (p *pool) try(id string, m *Member) (reason string) {
	if p.rings[id] {
		return ""
	}
	if reason := p.passes(id, m, p.missed, p.tried); reason != "" {
		p.passed[id] = reason
		return reason
	}
	if p.rings != nil {
		p.rings[id] = true
	}
	p.free = append(p.free, id)
	if p.strategy == LongestIdle {
		p.idle = append(p.idle, nanos(m.IdleSince))
	}
	return ""
}

func (p *pool) standIn(others []string) {
	if p.rings == nil {
		p.rings = make(map[string]bool, cap(p.free))
		for _, id := range p.free {
			p.rings[id] = true
		}
	}
	for _, id := range others {
		if m, known := p.facts.Members[id]; known {
			p.try(id, &m)
		}
	}
}

// passes is why a member is not rung, "" where he is.
func (s staff) passes(id string, m *Member, missed, tried map[string]int) string {
	switch {
	case len(m.Muted) > 0 && slices.Contains(m.Muted, s.pos.Line):
		return PassedMuted
	case !s.queue && (tried[id] > 0 || missed[id] > 0 && !s.again):
		return PassedMissed
	}
	return m.Reason
}

// indexed is where each id comes in a list, from 1.
func indexed(ids []string) map[string]int {
	if len(ids) == 0 {
		return nil
	}
	out := make(map[string]int, len(ids))
	for i, id := range ids {
		out[id] = i + 1
	}
	return out
}

// nanos are comparable as the times are; no time comes before all others.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixNano()
}

// longestFirst sorts members by since when they are idle, equal ones as they came.
func longestFirst(free []string, idle []int64) []string {
	type key struct {
		idle int64
		at   int
	}
	keys := make([]key, len(free))
	for i, since := range idle {
		keys[i] = key{since, i}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.idle != b.idle {
			return cmp.Compare(a.idle, b.idle)
		}
		return a.at - b.at
	})
	out := make([]string, len(free))
	for i, k := range keys {
		out[i] = free[k.at]
	}
	return out
}

// turned begins the order of round robin behind who had the last turn.
func (s staff) turned(named []string) []string {
	last, ok := s.facts.Turn[s.queueID]
	if s.strategy != RoundRobin || !ok {
		return named
	}
	i := slices.Index(named, last) + 1
	return slices.Concat(named[i:], named[:i])
}

func (s staff) servers() []string {
	var out []string
	seen := make(map[string]bool)
	try := func(id string) (Member, bool) {
		m, known := s.facts.Members[id]
		if !known || seen[id] || slices.Contains(m.Muted, s.pos.Line) {
			return m, false
		}
		seen[id] = true
		out = append(out, id)
		return m, true
	}
	for _, id := range s.named() {
		if m, ok := try(id); ok && m.Reason == reasonHours {
			for _, other := range m.StandIns {
				try(other)
			}
		}
	}
	return out
}
