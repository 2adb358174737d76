package call_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/callback"
	"parley/internal/domain/flow"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/internal/domain/todo"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// bureau is a house in which what callers leave is kept, and who asked for it called
// back: the real engine, board, desks, to-do and callback, over memory.
type bureau struct {
	*house
	t      *testing.T
	watch  *todo.Watch
	runner *callback.Runner

	mu     sync.Mutex
	items  []todo.Item
	labels map[string][]string // by call
	wake   map[string]chan struct{}
	taken  []taking
	legs   []*leg // of customers who were called, in that order
	busy   func(to string) bool
}

// taking is a member's taking a call.
type taking struct {
	call.View

	at time.Time
}

func newBureau(t *testing.T, names []string, steps ...flow.Step) *bureau {
	t.Helper()
	b := &bureau{house: script(t, nil, steps...), t: t, labels: map[string][]string{}, wake: map[string]chan struct{}{}}
	log := slog.New(slog.DiscardHandler)
	b.watch = todo.NewWatch(todo.WatchNeeds{Store: b, Tags: b, Changes: b, Log: log})
	b.runner = callback.NewRunner(callback.Needs{
		Items: b, History: b.store, Numbers: b, Workspaces: b, Blocked: b.flows, Changes: b, Log: log,
	})
	for _, n := range names {
		m := person(n)
		b.store.members[n] = m
		b.desks.Connect(m, "tab-"+n)
		b.desks.SetReady(ws, n, "tab-"+n, true)
		b.wake[n] = make(chan struct{}, 1)
	}
	b.flows.wrapUp = -1
	b.flows.set("n1", names...)
	b.changed = func(who string) {
		select {
		case b.wake[who] <- struct{}{}:
		default:
		}
	}
	b.Engine = call.NewEngine(call.Deps{
		Log: b.store, Recordings: b.store, Agents: b.desks, Flows: b.flows, Blocked: b.flows, Board: b.board, Dialler: b, Media: b.media,
		Audience: b.watch.Audience(b.runner.Audience(b.audience)),
		Guard:    call.NewGuard(func(_ context.Context, _ call.Placing, f *fault.Error) { t.Error(f) }), Slog: log,
	})
	return b
}

// open has it work until the function it returns is called.
func (b *bureau) open() (closes func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	var work sync.WaitGroup
	work.Go(func() { b.watch.Run(ctx, b.Engine) })
	work.Go(func() { b.runner.Run(ctx, b.Engine) })
	for n := range b.wake {
		work.Go(func() { b.work(ctx, n) })
	}
	return func() {
		cancel()
		work.Wait()
	}
}

// work is one member: he takes what rings and ends it after a minute.
func (b *bureau) work(ctx context.Context, who string) {
	for ctx.Err() == nil {
		st := b.desks.Status(who)
		if st.State != protocol.LiveRinging {
			select {
			case <-b.wake[who]:
			case <-ctx.Done():
			}
			continue
		}
		v, _ := b.View(ws, st.Call)
		if b.Answer(ctx, ws, st.Call, who, "tab-"+who, &leg{id: callstate.AgentLeg(who)}) != nil {
			time.Sleep(time.Millisecond) // it rings in a moment, or no more
			continue
		}
		b.mu.Lock()
		b.taken = append(b.taken, taking{v, time.Now()})
		b.mu.Unlock()
		time.Sleep(time.Minute)
		_ = b.Act(ctx, ws, st.Call, who, callstate.HangUp, false) // or the customer was busy
	}
}

// Dial is the customer's phone: busy, or taken after a few seconds.
func (b *bureau) Dial(_ context.Context, out call.Outgoing) (call.Leg, error) {
	l := &leg{id: callstate.CustomerLeg}
	b.mu.Lock()
	b.legs = append(b.legs, l)
	busy := b.busy != nil && b.busy(out.To)
	b.mu.Unlock()
	time.AfterFunc(3*time.Second, func() {
		if busy {
			l.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseBusy})
		} else {
			l.report(call.LegEvent{Kind: call.LegAnswered})
		}
	})
	return l, nil
}

// comes brings a caller in, who presses `*` after a while if he asks to be called back.
func (b *bureau) comes(n int, asks bool) string {
	customer := &leg{id: callstate.CustomerLeg}
	line := line()
	line.MandatoryTag = false
	id, err := b.Arrive(call.Incoming{Number: line, E164: fmt.Sprintf("+336%08d", n), Leg: customer})
	if err != nil {
		b.t.Error(err)
	}
	if asks {
		time.AfterFunc(20*time.Second, func() { customer.report(call.LegEvent{Kind: call.LegDigit, Digit: '*'}) })
	}
	return id
}

func (b *bureau) PendingItems(context.Context) ([]todo.Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(b.items), func(i todo.Item) bool { return !i.Open() || !i.Return.Pending() })
	slices.SortFunc(out, func(x, y todo.Item) int {
		return cmp.Or(x.Return.LinedAt.Compare(y.Return.LinedAt), cmp.Compare(x.ID, y.ID))
	})
	return out, nil
}

func (b *bureau) find(fits func(todo.Item) bool) (int, error) {
	if k := slices.IndexFunc(b.items, fits); k >= 0 {
		return k, nil
	}
	return 0, fault.New(fault.NotFound, "error.not-found")
}

func (b *bureau) Items(context.Context, string, todo.Filter) ([]todo.Item, error) { return nil, nil }

func (b *bureau) Item(_ context.Context, _, id string) (todo.Item, error) {
	return b.EditItem(b.t.Context(), ws, id, func(*todo.Item) error { return nil })
}

func (b *bureau) OpenItem(_ context.Context, _, numberID, e164 string) (todo.Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, err := b.find(func(i todo.Item) bool { return i.Open() && i.NumberID == numberID && i.E164 == e164 })
	if err != nil {
		return todo.Item{}, err
	}
	return b.items[k], nil
}

func (b *bureau) EditItem(_ context.Context, _, id string, change func(*todo.Item) error) (todo.Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, err := b.find(func(i todo.Item) bool { return i.ID == id })
	if err != nil {
		return todo.Item{}, err
	}
	edited := b.items[k]
	if err := change(&edited); err != nil {
		return edited, err
	}
	b.items[k] = edited
	return edited, nil
}

func (b *bureau) SaveItem(_ context.Context, i todo.Item) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, i)
	return nil
}

func (b *bureau) Numbers(context.Context, string) ([]number.Number, error) {
	n := line()
	n.MandatoryTag = false
	return []number.Number{n}, nil
}

func (b *bureau) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id}, nil
}

func (b *bureau) Changed(_ context.Context, workspaceID, _, _ string) { b.runner.Changed(workspaceID) }

func (b *bureau) Tags(context.Context, string) ([]tag.Tag, error) {
	return []tag.Tag{
		{ID: tag.CallbackRequest, Name: tag.CallbackRequest, System: true}, {ID: tag.CalledBack, Name: tag.CalledBack, System: true},
	}, nil
}

// TestFairCallback: of a crowd of callers, some of whom ask to be called back, whoever
// came first is served first, in person or by a call; never are more callbacks under
// way than members; and all are served.
func TestFairCallback(t *testing.T) {
	const callers = 60
	synctest.Test(t, func(t *testing.T) {
		dice := rand.New(rand.NewPCG(7, 7))
		names := []string{"ada", "bob", "cyd"}
		b := newBureau(t, names, line1(flow.Queue{Callback: true, MaxWait: 2 * time.Hour, Strategy: flow.AllAtOnce}))
		closes := b.open()
		arrived, asks := map[string]int{}, map[string]bool{}
		for n := range callers {
			e164 := fmt.Sprintf("+336%08d", n)
			arrived[e164], asks[e164] = n, dice.IntN(2) == 0
			b.comes(n, asks[e164])
			pass(time.Duration(1+dice.IntN(10)) * time.Second)
			b.underWay(len(names))
		}
		for range 90 {
			pass(time.Minute)
			b.underWay(len(names))
		}
		slices.SortFunc(b.taken, func(x, y taking) int { // of two at the same moment neither is first
			return cmp.Or(x.at.Compare(y.at), cmp.Compare(arrived[x.PartyE164], arrived[y.PartyE164]))
		})
		var order []int
		returned := 0
		for _, v := range b.taken {
			order = append(order, arrived[v.PartyE164])
			if v.State.Direction == callstate.Outbound {
				returned++
			}
		}
		if len(order) != callers || !slices.IsSorted(order) {
			t.Errorf("%d of %d callers served, in the order %v", len(order), callers, order)
		}
		if returned < callers/4 || returned != len(b.items) {
			t.Errorf("%d were called back of %d who were promised it", returned, len(b.items))
		}
		for _, i := range b.items {
			if i.Outcome != todo.CalledBack || i.Return.Pending() || i.Return.Attempts != 0 {
				t.Errorf("%+v", i)
			}
		}
		closes()
		stop(t, b.house)
		b.tagged(returned)
	})
}

// underWay checks that members, not callers, bound how many are called back at once.
func (b *bureau) underWay(members int) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, i := range b.items {
		v, _ := b.View(ws, i.Return.Trying)
		if i.Open() && (len(v.State.Ringers()) > 0 || v.State.Agent != "") {
			n++
		}
	}
	if n > members {
		b.t.Errorf("%d callbacks are under way of %d members", n, members)
	}
}

// tagged checks that as many calls were asked for as were returned, and say so.
func (b *bureau) tagged(want int) {
	b.t.Helper()
	count := map[string]int{}
	for _, r := range b.store.records {
		for _, label := range r.TagIDs {
			count[label]++
		}
	}
	if count[tag.CallbackRequest] != want || count[tag.CalledBack] != want {
		b.t.Errorf("tagged: %v, want %d each", count, want)
	}
}

// TestBusyCustomersAreCalledAgain: three times, then somebody has to; a waiting caller
// is not held up by it.
func TestBusyCustomersAreCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, []string{"ada"}, line1(flow.Queue{Callback: true, MaxWait: 2 * time.Hour}))
		b.busy = func(string) bool { return true }
		closes := b.open()
		b.comes(1, false) // keeps ada
		pass(time.Second)
		b.comes(2, true)
		pass(2 * time.Minute)
		tries := func() int {
			b.mu.Lock()
			defer b.mu.Unlock()
			return len(b.legs)
		}
		for want, wait := range []time.Duration{0, 5 * time.Minute, 15 * time.Minute, 24 * time.Hour} {
			pass(wait + 10*time.Second)
			if want = min(want+1, 3); tries() != want {
				t.Errorf("called %d times after %v, want %d", tries(), wait, want)
			}
		}
		b.mu.Lock()
		if i := b.items[0]; !i.Open() || i.Return.Pending() || i.Return.Attempts != 3 || len(b.items) != 1 {
			t.Errorf("%+v", b.items)
		}
		b.mu.Unlock()
		closes()
		stop(t, b.house)
	})
}

// TestWhoCallsAgainIsNotCalledBack: he stands in line himself, so that nobody stands
// there for him, and once somebody has talked to him nothing is left to do.
func TestWhoCallsAgainIsNotCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, []string{"ada"}, line1(flow.Queue{Callback: true, MaxWait: 2 * time.Hour}))
		closes := b.open()
		b.comes(1, false) // keeps ada
		pass(time.Second)
		b.comes(2, true)
		pass(30 * time.Second)
		back := b.items[0].Return.Trying
		b.phase(t, back, callstate.Waiting)
		b.comes(2, false)
		pass(time.Second)
		if r := b.record(t, back); r.Cause != callstate.CauseSettled {
			t.Errorf("his place in line ended with %q", r.Cause)
		}
		pass(3 * time.Minute)
		if i := b.items[0]; i.Outcome != todo.CalledAgain || i.DoneBy != "ada" || len(b.legs) != 0 {
			t.Errorf("called %d times: %+v", len(b.legs), i)
		}
		closes()
		stop(t, b.house)
	})
}
