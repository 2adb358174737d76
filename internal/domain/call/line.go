package call

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/queue"
	"parley/internal/shared/callstate"
)

// Timers of a call in line that its state knows nothing of.
const (
	comfortTimer callstate.Timer = "comfort" // until something is said to who waits
	seekTimer    callstate.Timer = "seek"    // until it is looked again who is free
)

// seekAgain is how often it is looked who is free, beside being told: who passed on
// a call is spared it for a while, and nobody tells when that is over.
const seekAgain = 10 * time.Second

// booth is what offers reach of a call in line. Any goroutine may make one.
type booth struct {
	oneByOne bool
	rest     time.Duration // how long who passed on the call is spared it; 0 is for good
	entry    queue.Entry   // of the call's goroutine alone

	mu     sync.Mutex
	open   bool
	rings  map[string]bool
	gone   map[string]bool // who went away between being booked and being rung
	passed map[string]time.Time
}

// claim says whether the call may ring a member now, and notes that it does.
func (b *booth) claim(memberID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open || b.rings[memberID] || b.oneByOne && len(b.rings) > 0 {
		return false
	}
	if at, passed := b.passed[memberID]; passed && (b.rest == 0 || time.Since(at) < b.rest) {
		return false
	}
	b.rings[memberID] = true
	return true
}

// drop notes that a member rings no more; passed: that he did not take the call.
func (b *booth) drop(memberID string, passed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.rings, memberID)
	if passed {
		b.passed[memberID] = time.Now()
	}
}

func (b *booth) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = false
}

// missing notes that a member went away. Whom the call rings already knows that by
// itself.
func (b *booth) missing(memberID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rings[memberID] {
		b.gone[memberID] = true
	}
}

// left says whether a member went away before he was rung.
func (b *booth) left(memberID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	gone := b.gone[memberID]
	delete(b.gone, memberID)
	return gone
}

// full says whether nobody more is rung for now.
func (b *booth) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.open || b.oneByOne && len(b.rings) > 0
}

// queued and offered are the step the caller is in, as far as it is one of these.
func (c *live) queued() flow.Enqueue {
	a, _ := c.action.(flow.Enqueue)
	return a
}

func (c *live) offered() flow.Offer {
	a, _ := c.action.(flow.Offer)
	return a
}

// enterLine has whoever becomes free rung: in a queue, and where a ring lasts its
// time though nobody is free.
func (c *live) enterLine() {
	a, o := c.queued(), c.offered()
	if c.spared == nil {
		c.spared = make(map[string]time.Time)
	}
	b := &booth{open: true, rings: make(map[string]bool), gone: make(map[string]bool), passed: c.spared}
	entry := queue.Entry{
		CallID: c.id, WorkspaceID: c.number.WorkspaceID, QueueID: flow.QueueID(c.at.Line, c.at.Step),
		Since: c.since, Priority: a.Queue.Priority, Members: a.Members,
	}
	if c.state.Phase == callstate.Waiting {
		b.oneByOne, b.rest = a.Queue.Strategy != flow.AllAtOnce, queue.Rest
	} else {
		b.oneByOne = o.OneByOne
		if c.ringsAgain() {
			b.rest = queue.Rest
		}
		entry.Members = flow.Servers(c.at, c.facts)
	}
	for _, m := range c.state.Ringers() {
		b.rings[m] = true
	}
	entry.Offer = func(memberID string) bool { return c.offer(b, memberID) }
	c.booth, b.entry = b, entry
	c.engine.board.Enter(entry)
	c.seek()
	if c.state.Phase == callstate.Waiting && (a.Queue.Position || c.offersCallback()) {
		c.comfort()
	} else {
		c.restComfort()
	}
}

func (c *live) leaveLine() {
	c.engine.board.Leave(c.id)
	c.booth.close()
	c.spared, c.booth = c.booth.passed, nil // whoever had the booth finds it closed
	c.stopTimer(callstate.StopTimer{Timer: comfortTimer})
	c.stopTimer(callstate.StopTimer{Timer: seekTimer})
}

// offer books a member who has become free and has the call ring him. It is called
// from any goroutine.
func (c *live) offer(b *booth, memberID string) bool {
	if !b.claim(memberID) {
		return false
	}
	if c.engine.agents.Reserve(memberID, c.id) != agent.Free {
		b.drop(memberID, false)
		return false
	}
	undo := func() {
		b.drop(memberID, false)
		c.engine.agents.Release(c.number.WorkspaceID, memberID, c.id)
	}
	ring := func(c *live) error {
		// The call may have gone on to another step since.
		if c.booth != b || b.left(memberID) || c.handle(input{event: callstate.Rung{Member: memberID}}) != nil {
			undo()
			return nil
		}
		c.turn([]string{memberID})
		return nil
	}
	if !c.inbox.put(input{do: ring, undo: undo}) {
		undo()
		return false
	}
	return true
}

// seek offers the call in line, or one before it, to those who are free.
func (c *live) seek() {
	b, at, known, served := c.booth, c.at, c.facts, c.booth.entry.Members
	c.after(callstate.StartTimer{Timer: seekTimer}, seekAgain, func(c *live) error {
		if c.booth == b {
			c.seek()
		}
		return nil
	})
	c.engine.work.Go(func() {
		facts, people := c.collect(known)
		if now := flow.Servers(at, facts); len(now) > 0 && !slices.Equal(now, served) {
			c.post(input{do: func(c *live) error { return c.servedBy(b, now, people) }})
			return
		}
		free, _ := flow.Candidates(at, facts)
		for _, m := range free {
			if b.full() {
				return
			}
			c.engine.board.Free(c.number.WorkspaceID, m)
		}
	})
}

// servedBy has the line served by others than before: somebody has joined or left, or
// stands in for who has gone home.
func (c *live) servedBy(b *booth, members []string, people map[string]member.Member) error {
	if c.booth != b {
		return nil
	}
	b.entry.Members = members
	maps.Copy(c.members, people)
	c.engine.board.Enter(b.entry)
	c.seek()
	return nil
}

// missing takes the news that a member went away whom an offer has booked, but who
// is not rung yet.
func (c *live) missing(ev callstate.Event) {
	if c.booth == nil {
		return
	}
	switch e := ev.(type) {
	case callstate.OfferLost:
		c.booth.missing(e.Member)
	case callstate.HandedOver:
		c.booth.missing(e.From)
	}
}

// passedOn notes that a member did not take the call that he was offered in line.
func (c *live) passedOn(e callstate.Withdraw) {
	if c.booth == nil {
		return
	}
	passed := e.Cause == callstate.CauseNoAnswer || e.Cause == callstate.CauseDeclined
	c.booth.drop(e.Member, passed)
	if passed {
		c.engine.board.Passed(c.id, e.Member)
	}
}

// ringsAgain says whether the ring step the call is in rings members twice.
func (c *live) ringsAgain() bool {
	again := false
	c.facts.Lines[c.at.Line].Flow.Walk(func(s flow.Step) bool {
		again = s.ID == c.at.Step && s.Ring != nil && s.Ring.Again
		return !again
	})
	return again
}

// comfort tells who waits his place and that he is not forgotten.
func (c *live) comfort() {
	q := c.queued().Queue
	var sounds []Sound
	if place, ok := c.engine.board.Place(c.id); ok && q.Position {
		sounds = append(sounds, Sound{Prompts: place.Prompts(), Language: c.number.Language})
	}
	if !q.Comfort.Silent() && time.Since(c.since) >= q.Interval {
		sounds = append(sounds, Sound{Say: q.Comfort, Language: c.number.Language})
	}
	if c.offersCallback() {
		sounds = append(sounds, Sound{Say: flow.Sound{Prompt: flow.PromptCallbackOffer}, Language: c.number.Language})
	}
	if len(sounds) == 0 {
		c.restComfort()
		return
	}
	c.speak(sounds, func(c *live) error {
		c.sound()
		c.restComfort()
		return nil
	})
}

// offersCallback says whether the caller may ask to be called back where he waits.
// Whose number is hidden cannot be.
func (c *live) offersCallback() bool { return c.queued().Queue.Callback && c.opening.E164 != "" }

// restComfort lets the music play until there is something to say again.
func (c *live) restComfort() {
	q := c.queued().Queue
	if c.state.Phase != callstate.Waiting || !q.Position && q.Comfort.Silent() && !c.offersCallback() {
		return
	}
	b := c.booth
	c.after(callstate.StartTimer{Timer: comfortTimer}, cmp.Or(q.Interval, flow.DefaultInterval), func(c *live) error {
		if c.booth == b {
			c.comfort()
		}
		return nil
	})
}

// MemberFree tells that a member can be rung: the first call in line that he serves
// rings him.
func (e *Engine) MemberFree(workspaceID, memberID string) { e.board.Free(workspaceID, memberID) }
