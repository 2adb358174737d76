package callback_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/callback"
	"parley/internal/domain/number"
	"parley/internal/domain/todo"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
)

// office is what all nodes share: the items, the calls' records, the numbers.
type office struct {
	mu      sync.Mutex
	items   []todo.Item
	records map[string]call.Record
	numbers []number.Number
	blocked string
	broken  error
	nodes   []*node
}

func (o *office) PendingItems(context.Context) ([]todo.Item, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(o.items), func(i todo.Item) bool { return !i.Open() || !i.Return.Pending() })
	slices.SortFunc(out, func(a, b todo.Item) int {
		return cmp.Or(a.Return.LinedAt.Compare(b.Return.LinedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, o.broken
}

func (o *office) EditItem(_ context.Context, _, id string, change func(*todo.Item) error) (todo.Item, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for k := range o.items {
		if o.items[k].ID == id {
			i := o.items[k]
			if err := cmp.Or(o.broken, change(&i)); err != nil {
				return i, err
			}
			o.items[k] = i
			return i, nil
		}
	}
	return todo.Item{}, fault.New(fault.NotFound, "error.not-found")
}

func (o *office) Record(_ context.Context, _, id string) (call.Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, ok := o.records[id]
	if !ok {
		return r, fault.New(fault.NotFound, "error.not-found")
	}
	return r, o.broken
}

func (o *office) Numbers(context.Context, string) ([]number.Number, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.numbers, nil
}

func (o *office) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, AllowedCountries: []string{"BE"}, MaxOutboundPerHour: 7, MaxConcurrentOutbound: 3}, nil
}

func (o *office) Blocks(_ context.Context, _, e164 string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.blocked != "" && e164 == o.blocked, nil
}

// Changed tells every node.
func (o *office) Changed(_ context.Context, workspaceID, _, _ string) {
	o.mu.Lock()
	nodes := o.nodes
	o.mu.Unlock()
	for _, n := range nodes {
		n.runner.Changed(workspaceID)
	}
}

// promise has a caller asked to be called back n minutes after the bubble's beginning.
func (o *office) promise(id string, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := time.Now()
	o.items = append(o.items, todo.Item{
		ID: id, WorkspaceID: "w", NumberID: "sales", Kind: todo.Callback, E164: "+336" + id, Name: "Zoé",
		Return: todo.Return{QueueID: "sales/line", LinedAt: at.Add(time.Duration(n) * time.Minute), PromisedAt: at, NextAt: at},
	})
}

func (o *office) item(id string) todo.Item {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.items[slices.IndexFunc(o.items, func(i todo.Item) bool { return i.ID == id })]
}

// archive is what a person does.
func (o *office) archive(t *testing.T, id string) {
	t.Helper()
	_, err := o.EditItem(t.Context(), "w", id, func(i *todo.Item) error { i.Outcome, i.DoneAt = todo.Archived, time.Now(); return nil })
	if err != nil {
		t.Fatal(err)
	}
	o.Changed(t.Context(), "w", "todo", id)
}

// unmark takes back that the caller was just being called.
func (o *office) unmark(t *testing.T, id string) {
	t.Helper()
	if _, err := o.EditItem(t.Context(), "w", id, func(i *todo.Item) error { i.Return.CalledAt = time.Time{}; return nil }); err != nil {
		t.Fatal(err)
	}
}

func (o *office) fails(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken = err
}

func (n *node) refuses(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refuse = err
}

// node is a server with its calls.
type node struct {
	t      *testing.T
	name   string
	office *office
	runner *callback.Runner
	stop   func()

	mu      sync.Mutex
	made    []call.Returning
	live    map[string]call.Returning
	settled []string
	refuse  error
	heard   int
}

func newOffice() *office {
	return &office{records: map[string]call.Record{}, numbers: []number.Number{{ID: "sales", WorkspaceID: "w", Country: "FR", TrunkID: "t"}}}
}

// start runs a node's Runner until the test ends, or stop is called.
func (o *office) start(t *testing.T, name string) *node {
	t.Helper()
	n := &node{t: t, name: name, office: o, live: map[string]call.Returning{}}
	n.runner = callback.NewRunner(callback.Needs{
		Items: o, History: o, Numbers: o, Workspaces: o, Blocked: o, Changes: o, Log: slog.New(slog.DiscardHandler),
	})
	o.mu.Lock()
	o.nodes = append(o.nodes, n)
	o.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { n.runner.Run(ctx, n) })
	n.stop = func() {
		cancel()
		done.Wait()
	}
	synctest.Wait()
	return n
}

func (n *node) Return(_ context.Context, r call.Returning) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuse != nil {
		return "", n.refuse
	}
	n.made = append(n.made, r)
	id := fmt.Sprintf("%s%d", n.name, len(n.made))
	n.live[id] = r
	n.office.mu.Lock()
	n.office.records[id] = call.Record{ID: id, WorkspaceID: "w", Direction: callstate.Outbound, StartedAt: time.Now()}
	n.office.mu.Unlock()
	return id, nil
}

func (n *node) View(_, callID string) (call.View, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ok := n.live[callID]
	return call.View{State: callstate.State{Phase: callstate.Waiting}}, ok
}

func (n *node) Settle(_, callID string) {
	n.mu.Lock()
	_, ok := n.live[callID]
	n.settled = append(n.settled, callID)
	n.mu.Unlock()
	if ok {
		n.over(callID, callstate.CauseSettled)
	}
}

// wanted asks what the engine asks before it calls the customer.
func (n *node) wanted(callID string) bool {
	n.mu.Lock()
	r := n.live[callID]
	n.mu.Unlock()
	return r.Wanted != nil && r.Wanted(n.t.Context(), callID)
}

// end ends a call and waits for what comes of it.
func (n *node) end(callID string, c callstate.Cause) {
	n.over(callID, c)
	synctest.Wait()
}

// over ends a call, as the engine tells of it.
func (n *node) over(callID string, c callstate.Cause) {
	n.mu.Lock()
	delete(n.live, callID)
	n.mu.Unlock()
	n.office.mu.Lock()
	r := n.office.records[callID]
	r.EndedAt, r.Cause = time.Now(), c
	if c == callstate.CauseAgentHungUp || c == callstate.CauseCustomerHungUp {
		r.AnsweredAt = time.Now()
	}
	n.office.records[callID] = r
	n.office.mu.Unlock()
	n.runner.Audience(n).CallEnded(call.View{}, r)
}

func (n *node) CallChanged(call.View)                               {}
func (n *node) CallGone(call.View, string, callstate.Cause, string) {}
func (n *node) Alarm(call.View, string)                             {}

func (n *node) CallEnded(call.View, call.Record) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard++
}

func (n *node) nth(i int) call.Returning {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.made[i]
}

// lined is who stands in line, in the order of their calls.
func (n *node) lined() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for _, r := range n.made {
		out = append(out, r.To)
	}
	return out
}

var errDown = errors.New("disk full")
