package flow

import (
	"sync"

	"parley/internal/domain/flow"
)

// How far back undoing goes.
const (
	maxPast  = 30  // edits of one number
	maxFlows = 100 // numbers
)

// past keeps the flows that edits have replaced, for undoing them. It is a comfort
// and forgets at a restart. Its lock is held for memory work only.
type past struct {
	mu     sync.Mutex
	flows  map[string][]before // by number, oldest first
	recent []string            // numbers, the longest untouched first
}

// before is the flow that the draft of a revision has replaced.
type before struct {
	revision int
	flow     flow.Flow
}

func newPast() *past { return &past{flows: map[string][]before{}} }

// keep notes that f was there before the draft of the revision.
func (p *past) keep(numberID string, revision int, f flow.Flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append(p.flows[numberID], before{revision, f})
	p.flows[numberID] = all[max(0, len(all)-maxPast):]
	for i, id := range p.recent {
		if id == numberID {
			p.recent = append(p.recent[:i], p.recent[i+1:]...)
			break
		}
	}
	if p.recent = append(p.recent, numberID); len(p.recent) > maxFlows {
		delete(p.flows, p.recent[0])
		p.recent = p.recent[1:]
	}
}

// last is the flow before the draft of the revision, if that is known.
func (p *past) last(numberID string, revision int) (flow.Flow, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.flows[numberID]
	if len(all) == 0 || all[len(all)-1].revision != revision {
		return flow.Flow{}, false
	}
	return all[len(all)-1].flow, true
}

// undone notes that the draft of the revision was replaced by the one before it,
// which is now a draft of the next.
func (p *past) undone(numberID string, now int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.flows[numberID]
	if len(all) == 0 {
		return
	}
	if all = all[:len(all)-1]; len(all) > 0 {
		all[len(all)-1].revision = now
	}
	p.flows[numberID] = all
}

// forget drops what was kept of a number.
func (p *past) forget(numberID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.flows, numberID)
}
