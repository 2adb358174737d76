package queue

import "time"

// What an expected wait is told from.
const (
	paceGaps  = 16            // the latest departures
	paceLeast = 3             // fewer tell nothing
	paceAge   = time.Hour     // older ones neither
	maxWait   = 2 * time.Hour // nobody is told more
	maxPaces  = 4096          // lines remembered while nobody waits in them
)

// pace is how fast a line moves: the time between departures while somebody
// waited. Nothing of it is kept over a restart.
type pace struct {
	since time.Time // the line has not moved since
	last  time.Time
	gaps  [paceGaps]time.Duration
	count int
}

func (b *Board) pace(queueID string) *pace {
	p := b.paces[queueID]
	if p == nil {
		p = &pace{}
		b.paces[queueID] = p
	}
	return p
}

// began: the line was empty and is no longer.
func (p *pace) began(at time.Time) { p.since = at }

// left: somebody left the line, whichever way, which brings the others forward.
func (p *pace) left(at time.Time) {
	if at.Sub(p.last) > paceAge {
		p.count = 0
	}
	p.gaps[p.count%paceGaps] = max(at.Sub(p.since), 0)
	p.count++
	p.since, p.last = at, at
}

// expect is how long the one at a position will wait.
func (p *pace) expect(now time.Time, position int) (time.Duration, bool) {
	n := min(p.count, paceGaps)
	if n < paceLeast || now.Sub(p.last) > paceAge {
		return 0, false
	}
	var sum time.Duration
	for _, g := range p.gaps[:n] {
		sum += g
	}
	return min(sum/time.Duration(n)*time.Duration(position), maxWait), true
}

// prune forgets lines that have not moved for long, so that lines of flows long
// gone take no room.
func (b *Board) prune() {
	if len(b.paces) <= maxPaces {
		return
	}
	busy := map[string]bool{}
	for _, w := range b.calls {
		busy[w.QueueID] = true
	}
	for id, p := range b.paces {
		if !busy[id] && b.now().Sub(p.last) > paceAge {
			delete(b.paces, id)
		}
	}
}
