// Package queue owns the lines of waiting callers: who comes before whom, which
// call a member who becomes free is offered, and what a caller is told of his
// place. It rings nobody and knows no call beyond its id; the engine enters its
// calls, makes the offers and says what became of them. Any goroutine may call the
// Board; it holds no lock while it makes an offer.
package queue

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Rest is how long a member who passed on a call is spared it while others who
// serve it have not been asked yet. It has an end because those others may never
// become free, and the call must not wait for them.
const Rest = 30 * time.Second

// Entry is a call that takes its place in a line.
type Entry struct {
	CallID      string
	WorkspaceID string
	QueueID     string
	Priority    int       // higher goes first
	Since       time.Time // of equal priority, the earlier goes first
	Members     []string  // who serve the line, whether free or not
	// Offer offers the call to a member and says whether it did. It is called
	// without the board's lock, from the goroutine that called Free, and must be
	// ready for a call that has left the line meanwhile.
	Offer func(memberID string) bool
}

// Place is where a call stands.
type Place struct {
	Position int           // 1 is next
	Ahead    int           // calls before it
	Wait     time.Duration // expected, from the recent pace of the line
	Known    bool          // whether there was enough of a pace to tell Wait
}

// Line is one line as pages show it, in order.
type Line struct {
	QueueID string
	Calls   []string
	Oldest  time.Time // the longest wait began
}

// Board keeps all lines.
type Board struct {
	now func() time.Time

	mu     sync.Mutex
	seq    uint64
	calls  map[string]*waiter
	spaces map[string][]*waiter // by workspace, in order of service
	paces  map[string]*pace     // by queue
}

// waiter is a call in line. Its Entry never changes, so that it may be read
// without the lock.
type waiter struct {
	Entry

	seq    uint64          // breaks ties
	serves map[string]bool // Members as a set
	passed map[string]pass // by who did not take it
}

// pass is that a member did not take a call.
type pass struct {
	at     time.Time
	spared bool // not everybody else was offered it since
}

// NewBoard returns an empty board.
func NewBoard(now func() time.Time) *Board {
	return &Board{
		now: now, calls: map[string]*waiter{}, spaces: map[string][]*waiter{}, paces: map[string]*pace{},
	}
}

// Enter puts a call in line. One that is in line already keeps its turn among
// equals and what is known of who passed on it; the rest of e replaces what was.
func (b *Board) Enter(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &waiter{Entry: e, serves: make(map[string]bool, len(e.Members)), passed: map[string]pass{}}
	for _, m := range e.Members {
		w.serves[m] = true
	}
	old := b.calls[e.CallID]
	if old != nil {
		w.seq, w.passed = old.seq, old.passed
		b.remove(old)
		if old.QueueID != e.QueueID {
			b.pace(old.QueueID).left(b.now())
		}
	} else {
		b.seq++
		w.seq = b.seq
	}
	stays := old != nil && old.QueueID == e.QueueID
	if !stays && b.length(e.WorkspaceID, e.QueueID) == 0 {
		b.pace(e.QueueID).began(b.now())
	}
	b.calls[e.CallID] = w
	line := b.spaces[e.WorkspaceID]
	i, _ := slices.BinarySearchFunc(line, w, order)
	b.spaces[e.WorkspaceID] = slices.Insert(line, i, w)
	w.forgive()
}

// order is the order of service.
func order(a, c *waiter) int {
	return cmp.Or(cmp.Compare(c.Priority, a.Priority), a.Since.Compare(c.Since), cmp.Compare(a.seq, c.seq))
}

// Leave takes a call out of its line: it was taken, hung up, or waited too long.
func (b *Board) Leave(callID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.calls[callID]
	if w == nil {
		return
	}
	b.remove(w)
	b.pace(w.QueueID).left(b.now())
	b.prune()
}

func (b *Board) remove(w *waiter) {
	delete(b.calls, w.CallID)
	line := slices.DeleteFunc(b.spaces[w.WorkspaceID], func(o *waiter) bool { return o == w })
	if len(line) == 0 {
		delete(b.spaces, w.WorkspaceID)
		return
	}
	b.spaces[w.WorkspaceID] = line
}

// Passed notes that a member was offered the call and did not take it. He is not
// offered it again before everybody else who serves it was, or Rest is over.
func (b *Board) Passed(callID, memberID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.calls[callID]; w != nil && w.serves[memberID] {
		w.passed[memberID] = pass{at: b.now(), spared: true}
		w.forgive()
	}
}

// forgive starts the next round once everybody who serves the call passed on it.
func (w *waiter) forgive() {
	for m := range w.serves {
		if !w.passed[m].spared {
			return
		}
	}
	for m, p := range w.passed {
		p.spared = false
		w.passed[m] = p
	}
}

// Free offers a member who is free the first call in line that he serves; where
// that offer cannot be made, the next one. Calls that he passed on come last, the
// one longest ago first. It says whether an offer was made.
func (b *Board) Free(workspaceID, memberID string) bool {
	for _, w := range b.serving(workspaceID, memberID) {
		if w.Offer(memberID) {
			return true
		}
	}
	return false
}

// serving lists the calls that a member may be offered, in order.
func (b *Board) serving(workspaceID, memberID string) []*waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	var first, again []*waiter
	for _, w := range b.spaces[workspaceID] {
		if !w.serves[memberID] {
			continue
		}
		p, passed := w.passed[memberID]
		switch {
		case !passed:
			first = append(first, w)
		case !p.spared || b.now().Sub(p.at) >= Rest:
			again = append(again, w)
		}
	}
	slices.SortStableFunc(again, func(a, c *waiter) int { return a.passed[memberID].at.Compare(c.passed[memberID].at) })
	return append(first, again...)
}

// Place tells where a call stands in its line; ok is false for one in no line.
func (b *Board) Place(callID string) (place Place, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.calls[callID]
	if w == nil {
		return Place{}, false
	}
	for _, o := range b.spaces[w.WorkspaceID] {
		if o == w {
			break
		}
		if o.QueueID == w.QueueID {
			place.Ahead++
		}
	}
	place.Position = place.Ahead + 1
	place.Wait, place.Known = b.pace(w.QueueID).expect(b.now(), place.Position)
	return place, true
}

// Waiting counts the calls in each line of a workspace, by queue.
func (b *Board) Waiting(workspaceID string) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]int{}
	for _, w := range b.spaces[workspaceID] {
		out[w.QueueID]++
	}
	return out
}

// Lines lists the lines of a workspace in which somebody waits, by queue.
func (b *Board) Lines(workspaceID string) []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := map[string]int{}
	var out []Line
	for _, w := range b.spaces[workspaceID] {
		i, ok := at[w.QueueID]
		if !ok {
			i = len(out)
			at[w.QueueID] = i
			out = append(out, Line{QueueID: w.QueueID, Oldest: w.Since})
		}
		out[i].Calls = append(out[i].Calls, w.CallID)
		if w.Since.Before(out[i].Oldest) {
			out[i].Oldest = w.Since
		}
	}
	slices.SortFunc(out, func(a, c Line) int { return cmp.Compare(a.QueueID, c.QueueID) })
	return out
}

func (b *Board) length(workspaceID, queueID string) (n int) {
	for _, w := range b.spaces[workspaceID] {
		if w.QueueID == queueID {
			n++
		}
	}
	return n
}
