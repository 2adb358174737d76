package signalling

import (
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/shared/protocol"
)

// Bounds of the ledger.
const (
	ledgerPerTab = 64
	ledgerAge    = 2 * time.Minute
)

// ledger remembers the results of a tab's last commands, over reconnections, so
// that a command sent twice is done once.
type ledger struct {
	mu   sync.Mutex
	tabs map[tabKey]*ledgerPage
}

// tabKey names a tab; its id is the tab's own choice, so the member is part of it.
type tabKey struct{ member, tab string }

type ledgerPage struct {
	order   []string
	results map[string]*outcome
	used    time.Time
}

// outcome is a command under way, or done once done is closed.
type outcome struct {
	done   chan struct{}
	result *protocol.Result // of a command that panicked: that something went wrong
}

func newLedger() *ledger { return &ledger{tabs: make(map[tabKey]*ledgerPage)} }

// do runs command unless the tab has sent it before; then it waits for, or
// repeats, the result of the first time.
func (l *ledger) do(key tabKey, id string, command func() *protocol.Result) *protocol.Result {
	if id == "" {
		return command()
	}
	o, first := l.open(key, id)
	if first {
		defer close(o.done) // whatever happens: repeats must not wait for ever
		o.result = command()
		return o.result
	}
	<-o.done
	return o.result
}

func (l *ledger) open(key tabKey, id string) (o *outcome, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	page, ok := l.tabs[key]
	if !ok {
		l.sweep(now)
		page = &ledgerPage{results: make(map[string]*outcome)}
		l.tabs[key] = page
	}
	page.used = now
	if o, ok := page.results[id]; ok {
		return o, false
	}
	o = &outcome{
		done:   make(chan struct{}),
		result: &protocol.Result{Kind: string(fault.Internal), Key: "error.internal"},
	}
	page.results[id] = o
	page.order = append(page.order, id)
	if len(page.order) > ledgerPerTab {
		delete(page.results, page.order[0])
		page.order = page.order[1:]
	}
	return o, true
}

// sweep forgets tabs not heard of for long. The caller holds the lock.
func (l *ledger) sweep(now time.Time) {
	for key, page := range l.tabs {
		if now.Sub(page.used) > ledgerAge {
			delete(l.tabs, key)
		}
	}
}
