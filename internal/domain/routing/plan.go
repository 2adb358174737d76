package routing

import (
	"maps"
	"slices"
	"sync"

	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
)

// plan is the part of a snapshot that calls to one number may come to. It is
// shared by calls, which change nothing of it.
type plan struct {
	lines  map[string]flow.Line
	people []*person
	ids    []string // of the people
	queues []string // whose turns matter

	mu   sync.Mutex
	last moment
}

// moment is how the people of a plan were when somebody asked last. The map is
// shared with whoever asked: another moment has another map.
type moment struct {
	open    *clock
	states  []agent.Readiness
	spare   []agent.Readiness // to be written over
	members map[string]flow.Member
}

// now returns the people of the plan as they are. From one call to the next few of a
// company do something else, so that a copy is mended and not made from nothing.
func (p *plan) now(states States, open *clock) map[string]flow.Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := &p.last
	is := states.Readiness(p.ids, was.spare)
	if was.members == nil || was.open != open {
		was.members = make(map[string]flow.Member, len(p.people))
		for i, one := range p.people {
			was.members[one.id] = one.now(is[i], open)
		}
	} else {
		own := false
		for i, one := range p.people {
			if is[i] == was.states[i] {
				continue
			}
			if !own {
				was.members, own = maps.Clone(was.members), true
			}
			was.members[one.id] = one.now(is[i], open)
		}
	}
	was.open, was.states, was.spare = open, is, was.states
	return was.members
}

// person is somebody a call may ring.
type person struct {
	id       string
	setting  member.Setting // as stored
	muted    []string
	standIns []string
}

// plan returns that of a number, made once.
func (snap *snapshot) plan(numberID string) *plan {
	if p, ok := snap.plans.Load(numberID); ok {
		return p.(*plan)
	}
	p, _ := snap.plans.LoadOrStore(numberID, snap.draw(numberID, nil))
	return p.(*plan)
}

// draw makes the plan of a number; draft is followed instead of its live flow
// unless it is nil.
func (snap *snapshot) draw(numberID string, draft *flow.Flow) *plan {
	p := &plan{lines: make(map[string]flow.Line)}
	d := drawing{snap: snap, plan: p, known: make(map[string]bool)}
	for open := []string{numberID}; len(open) > 0; open = open[1:] {
		id := open[0]
		if _, done := p.lines[id]; done || snap.numbers[id].ID == "" {
			continue
		}
		line := flow.Line{Flow: snap.flow(id), Rings: snap.rings[id]}
		if id == numberID && draft != nil {
			line.Flow = *draft
		}
		p.lines[id] = line
		line.Flow.Walk(func(s flow.Step) bool {
			if s.Number != nil {
				open = append(open, s.Number.NumberID)
			}
			d.step(id, s)
			return true
		})
	}
	return p
}

// drawing gathers whom a plan's steps may ring.
type drawing struct {
	snap  *snapshot
	plan  *plan
	known map[string]bool
}

func (d *drawing) step(line string, s flow.Step) {
	var targets []flow.Target
	switch {
	case s.Ring != nil:
		targets = s.Ring.Targets
	case s.Queue != nil:
		targets = s.Queue.Targets
	default:
		return
	}
	d.plan.queues = append(d.plan.queues, flow.QueueID(line, s.ID))
	if len(targets) == 0 {
		targets = []flow.Target{{}}
	}
	for _, t := range targets {
		for _, id := range d.snap.named(line, t) {
			d.person(id)
		}
	}
}

// person adds somebody with those who stand in for him.
func (d *drawing) person(id string) {
	p, active := d.snap.people[id]
	if !active || d.known[id] {
		return
	}
	d.known[id] = true
	d.plan.people, d.plan.ids = append(d.plan.people, p), append(d.plan.ids, id)
	for _, other := range p.standIns {
		d.person(other)
	}
}

// named are the members a target names in the flow of a line.
func (snap *snapshot) named(line string, t flow.Target) []string {
	switch {
	case t.TeamID != "":
		return snap.teams[t.TeamID]
	case t.MemberID != "":
		return []string{t.MemberID}
	}
	return snap.rings[line]
}

// standIns are rung instead of a member outside his hours: the colleague he named,
// or whoever has his main line and has not muted it.
func (snap *snapshot) standIns(m member.Member) []string {
	var out []string
	switch m.Closed.Do {
	case member.ToColleague:
		if _, active := snap.members[m.Closed.MemberID]; active && m.Closed.MemberID != m.ID {
			out = append(out, m.Closed.MemberID)
		}
	case member.ToLine:
		for _, id := range snap.rings[m.Closed.NumberID] {
			if id != m.ID && !slices.Contains(snap.members[id].Notices.Muted, m.Closed.NumberID) {
				out = append(out, id)
			}
		}
	case member.ToVoicemail:
	}
	return out
}
