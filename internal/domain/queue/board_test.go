package queue_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/domain/queue"
)

// clock is a clock that tests move.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
func (c *clock) ago(s int) time.Time  { return c.at.Add(-time.Duration(s) * time.Second) }
func offered(to *[]string, id string) func(string) bool {
	return func(string) bool {
		*to = append(*to, id)
		return true
	}
}

func TestFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	var got []string
	enter := func(id, q string, priority, waited int, members ...string) {
		b.Enter(queue.Entry{
			CallID: id, WorkspaceID: "w", QueueID: q, Priority: priority, Since: c.ago(waited), Members: members, Offer: offered(&got, id),
		})
	}
	enter("young", "sales", 0, 1, "ada", "bob")
	enter("old", "sales", 0, 60, "ada")
	enter("prior", "vip", 5, 0, "bob")
	enter("foreign", "support", 9, 99, "zoe")
	for _, step := range []struct{ member, call string }{{"ada", "old"}, {"bob", "prior"}, {"ada", "young"}, {"zoe", "foreign"}} {
		got = nil
		if !b.Free("w", step.member) || !slices.Equal(got, []string{step.call}) {
			t.Errorf("%s is offered %v, want %s", step.member, got, step.call)
		}
		b.Leave(step.call)
	}
	if b.Free("w", "ada") || b.Free("elsewhere", "ada") {
		t.Error("an offer out of nowhere")
	}
	if len(b.Waiting("w")) != 0 || len(b.Lines("w")) != 0 {
		t.Error("somebody waits in an empty line")
	}
}

func TestAnOfferThatCannotBeMadeGoesOn(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	var got []string
	b.Enter(queue.Entry{CallID: "gone", WorkspaceID: "w", Since: c.ago(9), Members: []string{"ada"}, Offer: func(string) bool {
		b.Leave("gone") // from within an offer: no lock is held
		return false
	}})
	b.Enter(queue.Entry{CallID: "there", WorkspaceID: "w", Since: c.ago(1), Members: []string{"ada"}, Offer: offered(&got, "there")})
	if !b.Free("w", "ada") || !slices.Equal(got, []string{"there"}) {
		t.Errorf("offered %v", got)
	}
}

func TestWhoPassedIsSparedUntilOthersWere(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	var got []string
	b.Enter(queue.Entry{CallID: "c1", WorkspaceID: "w", Since: c.now(), Members: []string{"ada", "bob"}, Offer: offered(&got, "c1")})
	b.Passed("c1", "ada")
	b.Passed("c1", "nobody")
	if b.Free("w", "ada") {
		t.Error("ada is offered again what she has just passed on")
	}
	b.Passed("c1", "bob")
	if !b.Free("w", "ada") {
		t.Error("ada is not offered it though everybody was")
	}
	b.Passed("c1", "ada")
	c.pass(queue.Rest)
	if !b.Free("w", "ada") {
		t.Error("the call starves because bob is not there")
	}
	b.Passed("c1", "ada")
	b.Enter(queue.Entry{CallID: "c2", WorkspaceID: "w", Since: c.now(), Members: []string{"ada"}, Offer: offered(&got, "c2")})
	c.pass(queue.Rest)
	got = nil
	if b.Free("w", "ada"); !slices.Equal(got, []string{"c2"}) {
		t.Errorf("ada is offered %v before the one she has not seen", got)
	}
}

func TestComingBackKeepsTheTurn(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	for _, id := range []string{"a", "b", "a"} { // at the same instant
		b.Enter(queue.Entry{CallID: id, WorkspaceID: "w", QueueID: "q", Since: c.now()})
	}
	if p, ok := b.Place("a"); !ok || p.Position != 1 {
		t.Errorf("place %+v", p)
	}
	if got := b.Waiting("w")["q"]; got != 2 {
		t.Errorf("%d wait", got)
	}
}

func TestPlaceAndExpectedWait(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	if _, ok := b.Place("c0"); ok {
		t.Error("a place without a call")
	}
	for i := range 6 {
		b.Enter(queue.Entry{CallID: fmt.Sprint("c", i), WorkspaceID: "w", QueueID: "q", Since: c.now()})
	}
	if p, _ := b.Place("c5"); p.Position != 6 || p.Ahead != 5 || p.Known {
		t.Errorf("place %+v", p)
	}
	for i := range 3 {
		c.pass(time.Minute)
		b.Leave(fmt.Sprint("c", i))
	}
	if p, _ := b.Place("c5"); p.Position != 3 || p.Wait != 3*time.Minute || !p.Known {
		t.Errorf("place %+v", p)
	}
	if p, _ := b.Place("c3"); p.Wait != time.Minute {
		t.Errorf("place of the next %+v", p)
	}
	c.pass(2 * time.Hour)
	if p, _ := b.Place("c3"); p.Known {
		t.Errorf("a pace of two hours ago tells %v", p.Wait)
	}
}

// TestIdleTimeIsNoPace has a line empty for long before the next caller.
func TestIdleTimeIsNoPace(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := queue.NewBoard(c.now)
	for i := range 4 {
		c.pass(10 * time.Minute)
		id := fmt.Sprint("c", i)
		b.Enter(queue.Entry{CallID: id, WorkspaceID: "w", QueueID: "q", Since: c.now()})
		c.pass(10 * time.Second)
		if i < 3 {
			b.Leave(id)
		}
	}
	if p, _ := b.Place("c3"); !p.Known || p.Wait != 10*time.Second {
		t.Errorf("place %+v", p)
	}
}

func TestPlacesAreSaid(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]queue.Place{
		"[position-next]":                           {Position: 1},
		"[position number-2]":                       {Position: 2, Wait: time.Minute},
		"[position number-20 wait minute]":          {Position: 20, Wait: time.Second, Known: true},
		"[position-far wait number-20 minutes]":     {Position: 21, Wait: 20 * time.Minute, Known: true},
		"[position number-3 wait number-5 minutes]": {Position: 3, Wait: 4*time.Minute + time.Second, Known: true},
		"[position-next wait-long]":                 {Position: 1, Wait: 20*time.Minute + time.Second, Known: true},
		"[position number-2 wait minute]":           {Position: 2, Known: true},
	} {
		if got := fmt.Sprint(p.Prompts()); got != want {
			t.Errorf("%+v is said %s, want %s", p, got, want)
		}
	}
}

// TestNobodyStarves has members who come and pass at random: in the end everybody
// who waits is offered to everybody who serves him.
func TestNobodyStarves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		b := queue.NewBoard(c.now)
		members := []string{"m0", "m1", "m2", "m3"}
		seen := map[string]map[string]int{}
		calls := rapid.IntRange(1, 6).Draw(t, "calls")
		for i := range calls {
			id := fmt.Sprint("c", i)
			serves := rapid.SliceOfNDistinct(rapid.SampledFrom(members), 1, 4, rapid.ID[string]).Draw(t, "serves")
			seen[id] = map[string]int{}
			for _, m := range serves {
				seen[id][m] = 0
			}
			b.Enter(queue.Entry{
				CallID: id, WorkspaceID: "w", QueueID: "q", Priority: rapid.IntRange(0, 9).Draw(t, "priority"), Since: c.ago(i), Members: serves,
				Offer: func(m string) bool {
					if _, ok := seen[id][m]; !ok {
						t.Fatalf("%s is offered %s, which he does not serve", m, id)
					}
					seen[id][m]++
					b.Passed(id, m)
					return true
				},
			})
		}
		away := rapid.SampledFrom(append(slices.Clone(members), "")).Draw(t, "away")
		for range 60 {
			for _, m := range members {
				if m != away {
					b.Free("w", m)
				}
			}
			c.pass(5 * time.Second)
		}
		for id, by := range seen {
			for m, n := range by {
				if m != away && n == 0 {
					t.Fatalf("%s was never offered %s: %v", m, id, seen)
				}
			}
		}
	})
}

// TestTheOrderIsThatOfThePlaces compares what members are offered with what callers
// were told.
func TestTheOrderIsThatOfThePlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		b := queue.NewBoard(c.now)
		var got []string
		n := rapid.IntRange(1, 20).Draw(t, "calls")
		for i := range n {
			id := fmt.Sprint("c", i)
			b.Enter(queue.Entry{
				CallID: id, WorkspaceID: "w", QueueID: "q", Members: []string{"ada"}, Offer: offered(&got, id),
				Priority: rapid.IntRange(0, 2).Draw(t, "priority"), Since: c.ago(rapid.IntRange(0, 5).Draw(t, "waited")),
			})
		}
		want := make([]string, n)
		for i := range n {
			id := fmt.Sprint("c", i)
			p, ok := b.Place(id)
			if !ok || want[p.Position-1] != "" {
				t.Fatalf("place %+v of %s is taken by %s", p, id, want[p.Position-1])
			}
			want[p.Position-1] = id
		}
		lines := b.Lines("w")
		if len(lines) != 1 || !slices.Equal(lines[0].Calls, want) {
			t.Fatalf("lines %+v, want %v", lines, want)
		}
		for b.Free("w", "ada") {
			b.Leave(got[len(got)-1])
		}
		if !slices.Equal(got, want) {
			t.Fatalf("offered %v, want %v", got, want)
		}
	})
}

// TestManyAtOnce has agents take calls while callers come and go.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := queue.NewBoard(time.Now)
	const calls, agents = 400, 20
	members := make([]string, agents)
	for i := range members {
		members[i] = fmt.Sprint("m", i)
	}
	var taken [calls]atomic.Int32
	var left atomic.Int32
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			id := fmt.Sprint("c", i)
			var gone atomic.Bool
			b.Enter(queue.Entry{
				CallID: id, WorkspaceID: "w", QueueID: fmt.Sprint("q", i%3), Since: time.Now(), Members: members,
				Offer: func(m string) bool {
					if rand.IntN(4) == 0 {
						b.Passed(id, m)
						return true
					}
					if gone.Swap(true) {
						return false
					}
					taken[i].Add(1)
					left.Add(1)
					b.Leave(id)
					return true
				},
			})
			if i%5 == 0 && !gone.Swap(true) { // he hangs up
				left.Add(1)
				b.Leave(id)
			}
			b.Place(id)
		})
	}
	for _, m := range members {
		wg.Go(func() {
			for left.Load() < calls {
				if !b.Free("w", m) && !b.Free("w", members[rand.IntN(agents)]) {
					b.Waiting("w")
				}
			}
		})
	}
	wg.Wait()
	for i := range taken {
		if n := taken[i].Load(); n > 1 {
			t.Errorf("call %d was taken %d times", i, n)
		}
	}
	if w := maps.Collect(maps.All(b.Waiting("w"))); len(w) != 0 {
		t.Errorf("still in line: %v", w)
	}
}

func BenchmarkFree(b *testing.B) {
	board := queue.NewBoard(time.Now)
	members := make([]string, 999)
	for i := range members {
		members[i] = fmt.Sprint("m", i)
	}
	for i := range 100 {
		board.Enter(queue.Entry{
			CallID: fmt.Sprint("c", i), WorkspaceID: "w", QueueID: "q", Since: time.Now(), Members: members,
			Offer: func(string) bool { return true },
		})
	}
	for b.Loop() {
		board.Free("w", "m500")
	}
}
