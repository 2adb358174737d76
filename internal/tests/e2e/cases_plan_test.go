package e2e

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
	"parley/internal/domain/workspace"
	"parley/internal/tests/testkit"
)

// known is what the server's database says of the company, read as calls read it.
type known struct {
	space   workspace.Workspace
	facts   map[string]flow.Facts // by number, E.164
	ids     map[string]string     // of numbers, by E.164
	members map[string]string     // ids by e-mail address
}

// learn reads the company by the same service that calls are routed by.
func learn(t *testing.T, s *testkit.Server) known {
	t.Helper()
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	db, err := store.Open(ctx, "sqlite:"+s.Data("parley.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	spaces, err := db.Workspaces(ctx)
	if err != nil || len(spaces) != 1 {
		t.Fatal(spaces, err)
	}
	k := known{space: spaces[0], facts: make(map[string]flow.Facts), ids: make(map[string]string), members: make(map[string]string)}
	people, err := db.Members(ctx, k.space.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range people {
		k.members[m.Email] = m.ID
	}
	flows := routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: agent.NewRegistry(db, db, db, log), Board: queue.NewBoard(time.Now), Now: time.Now, Log: log,
	})
	numbers, err := db.Numbers(ctx, k.space.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		facts, _, err := flows.Facts(ctx, k.space.ID, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		k.ids[n.E164], k.facts[n.E164] = n.ID, facts
	}
	return k
}

// trial is one case: a call that is imagined and placed.
type trial struct {
	no       int
	circle   *circle
	number   string // E.164
	scenario flow.Scenario
	story    flow.Story
	lasts    time.Duration // about
}

func (c *trial) String() string {
	return fmt.Sprintf("case %d: %s, keys %q, %q takes, %v decline, caller %q", c.no, c.number, c.scenario.Keys, c.scenario.Takes, c.scenario.Declines, c.scenario.Caller)
}

// planner draws the cases of a circle, in the order they are to be tried: what was
// tried before decides who has the next turn and who is idle for longer.
type planner struct {
	*founder
	known

	circle *circle
	away   map[string]string
	idle   []string          // members there, the longest idle first
	turn   map[string]string // by flow.QueueID
	seen   map[string]bool   // stories
	lasts  time.Duration
	out    []*trial
	over   bool // whoever asked to be called back is: no case comes behind
}

// asked says whether the caller asks in line to be called back.
func asked(s flow.Story) bool {
	return slices.ContainsFunc(s.Notes, func(n flow.Timed) bool { return n.Note.What == flow.WhatAsked })
}

// Bounds of what a case and the cases of a circle may take.
const (
	longestCase   = 32 * time.Second
	longestCircle = 50 * time.Second
)

// plan draws so many cases.
func plan(f *founder, k known, count int) []*trial {
	var all []*trial
	for i, c := range f.circles {
		p := &planner{founder: f, known: k, circle: c, away: make(map[string]string), turn: make(map[string]string), seen: make(map[string]bool)}
		for _, one := range c.people {
			if id := k.members[one.email]; one.is == present {
				p.idle = append(p.idle, id)
			} else {
				p.away[id] = string(one.is)
			}
		}
		most := count
		if left := len(f.circles) - i; !c.staffed {
			most = (count - len(all) + left - 1) / left
		}
		for tries := 0; tries < 4000 && len(p.out) < most && !p.over; tries++ {
			p.try(tries > 1000)
		}
		all = append(all, p.out...)
	}
	for i, c := range all {
		c.no = i + 1
	}
	return all
}

// try draws a case and keeps it if it is a new one that can be predicted; jaded: or
// one that is like another.
func (p *planner) try(jaded bool) {
	c := &trial{circle: p.circle, number: pick(p.founder, p.circle.numbers...), scenario: p.scenario()}
	facts := p.facts[c.number]
	c.story = flow.Simulate(facts, p.ids[c.number], c.scenario)
	if p.asks(facts, c) {
		c.story = flow.Simulate(facts, p.ids[c.number], c.scenario)
	}
	like := fmt.Sprint(c.number, c.story.Steps, c.story.End, c.story.TakenBy, c.story.Rung)
	c.lasts = lasts(facts, c.story)
	switch {
	case p.seen[like] && !jaded, c.lasts > longestCase, p.circle.staffed && p.lasts+c.lasts > longestCircle:
		return
	case p.circle.staffed && len(c.story.Rung) == 0 && !jaded: // the others' circles are for that
		return
	case p.answers(facts, c), p.turns(facts, c):
		return
	case p.circle.staffed && asked(c.story):
		if p.lasts < longestCircle*3/4 && !jaded {
			return
		}
		p.over = true
	}
	p.seen[like] = true
	p.lasts += c.lasts
	p.out = append(p.out, c)
	for _, r := range c.story.Rung {
		if n := len(r.Members); n == 1 || p.strategy(facts, r.QueueID) == flow.AllAtOnce {
			p.turn[r.QueueID] = r.Members[n-1]
		}
	}
	if i := slices.Index(p.idle, c.story.TakenBy); i >= 0 {
		p.idle = append(slices.Delete(p.idle, i, i+1), c.story.TakenBy)
	}
}

func (p *planner) scenario() flow.Scenario {
	sc := flow.Scenario{At: time.Now(), Caller: "someone", Away: p.away, Declines: []string{p.circle.refuses}}
	for range p.IntN(5) {
		sc.Keys += pick(p.founder, "1", "1", "2", "2", "3", "0", "*", "*", "#", "9")
	}
	var there []string
	for _, one := range p.circle.people {
		if one.is == present {
			there = append(there, p.members[one.email])
		}
	}
	sc.Takes = pick(p.founder, append([]string{"", "", "", "", p.circle.takes}, there...)...)
	for _, id := range there {
		if id != sc.Takes && p.IntN(2) == 0 {
			sc.Declines = append(sc.Declines, id)
		}
	}
	if p.circle.staffed && p.IntN(8) == 0 {
		sc.Caller = "" // in the others' circles calls are told apart by it
	}
	return sc
}

// asks has some callers who come to a line that offers it ask to be called back.
func (p *planner) asks(facts flow.Facts, c *trial) bool {
	pressed := 0
	for _, n := range c.story.Notes {
		switch step := stepOf(facts, n.Note); {
		case n.Note.What == flow.WhatKey, n.Note.What == flow.WhatWrongKey:
			pressed++
		case step.Queue != nil && step.Queue.Callback && n.Note.What == flow.WhatEntered && p.IntN(2) == 0:
			c.scenario.Keys = c.scenario.Keys[:pressed] + "*"
			return true
		}
	}
	return false
}

// answers says whether a call comes to a number outside that always answers, and is
// imagined not to.
func (p *planner) answers(facts flow.Facts, c *trial) bool {
	return slices.ContainsFunc(c.story.Notes, func(n flow.Timed) bool {
		step := stepOf(facts, n.Note)
		return step.Forward != nil && step.Forward.To == p.circle.takes && n.Note.What == flow.WhatDialFailed
	})
}

// turns says whether somebody's turn, or how long he has been idle, leads to another
// order than a simulation imagines, which knows of no calls before.
func (p *planner) turns(facts flow.Facts, c *trial) bool {
	imagined, real := facts, facts
	imagined.Members, real.Members, imagined.Turn, real.Turn = map[string]flow.Member{}, map[string]flow.Member{}, nil, p.turn
	for id, m := range facts.Members {
		m.Reason, m.IdleSince = p.away[id], time.Time{}
		imagined.Members[id] = m
		m.IdleSince = c.scenario.At.Add(time.Duration(slices.Index(p.idle, id)) * time.Second)
		real.Members[id] = m
	}
	return slices.ContainsFunc(c.story.Notes, func(n flow.Timed) bool {
		at := flow.Position{Line: n.Note.Line, Step: n.Note.Step}
		one, _ := flow.Candidates(at, imagined)
		other, _ := flow.Candidates(at, real)
		return !slices.Equal(one, other)
	})
}

func stepOf(facts flow.Facts, n flow.Note) flow.Step {
	var found flow.Step
	facts.Lines[n.Line].Flow.Walk(func(s flow.Step) bool {
		if s.ID == n.Step {
			found = s
		}
		return true
	})
	return found
}

func (p *planner) strategy(facts flow.Facts, queueID string) flow.Strategy {
	line, step := flow.OfQueue(queueID)
	if q := stepOf(facts, flow.Note{Line: line, Step: step}).Queue; q != nil {
		return q.Strategy
	}
	return ""
}

// lasts is about how long a call takes: a simulation leaves out what is said.
func lasts(facts flow.Facts, s flow.Story) time.Duration {
	var total float64 // seconds
	for _, n := range s.Notes {
		step := stepOf(facts, n.Note)
		switch {
		case n.Note.What == flow.WhatOver && len(s.Notes) > 1:
			total += 5
		case n.Note.What == flow.WhatNoKey:
			total += 4 + menuWait.Seconds()
		case n.Note.What == flow.WhatKey:
			total += 1.5
		case n.Note.What == flow.WhatWrongKey:
			total += 4
		case n.Note.What == flow.WhatAsked, step.Callback != nil:
			total += 7
		case step.Message != nil, step.Voicemail != nil:
			total += 5
		case step.HangUp != nil && !step.HangUp.Say.Silent():
			total += 4
		}
	}
	end := s.Notes[len(s.Notes)-1].After
	for _, r := range s.Rung {
		end = max(end, r.After)
	}
	return end + time.Duration((total+1)*float64(time.Second))
}

// longestFirst orders cases for those who try several at once.
func longestFirst(all []*trial) []*trial {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *trial) int { return cmp.Compare(b.lasts, a.lasts) })
	return out
}

// kinds counts what the cases come by, for the log.
func kinds(all []*trial) string {
	count := make(map[string]int)
	for _, c := range all {
		for _, n := range c.story.Notes {
			count[string(n.Note.Kind)+" "+n.Note.What]++
		}
		count["taken "+fmt.Sprint(c.story.TakenBy != "")]++
		count["end "+string(c.story.End)]++
	}
	var out string
	for _, k := range slices.Sorted(maps.Keys(count)) {
		out += fmt.Sprintf("%4d %s\n", count[k], k)
	}
	return out
}
