package sip

import (
	"sync"

	"parley/internal/domain/call"
)

// mailbox hands work to the one goroutine that owns a leg. Posting never blocks.
type mailbox struct {
	mu     sync.Mutex
	queue  []func()
	closed bool
	wake   chan struct{}
}

// maxMail bounds what the network may pile up in front of a leg.
const maxMail = 128

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post queues f; false means that the owner has gone and f will not run.
func (m *mailbox) post(f func()) bool { return m.put(f, 1<<30) }

// offer is post for what comes from the network: false also when too much waits.
func (m *mailbox) offer(f func()) bool { return m.put(f, maxMail) }

func (m *mailbox) put(f func(), limit int) bool {
	m.mu.Lock()
	if m.closed || len(m.queue) >= limit {
		m.mu.Unlock()
		return false
	}
	m.queue = append(m.queue, f)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return true
}

// run executes what is posted, in order, until over says that the owner has
// nothing left to wait for.
func (m *mailbox) run(over func() bool) {
	for !over() {
		<-m.wake
		for f := m.pop(); f != nil; f = m.pop() {
			f()
		}
	}
	m.mu.Lock()
	m.closed = true
	rest := m.queue
	m.queue = nil
	m.mu.Unlock()
	for _, f := range rest { // posted before the door was shut: somebody may wait for it
		f()
	}
}

func (m *mailbox) pop() func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return nil
	}
	f := m.queue[0]
	m.queue = m.queue[1:]
	return f
}

// maxKept bounds the events kept for a listener that has not come yet.
const maxKept = 256

// outbox delivers a leg's events one at a time and in order, also to a listener
// that comes late, even after the leg's goroutine has gone.
type outbox struct {
	mu     sync.Mutex
	listen func(call.LegEvent)
	queue  []call.LegEvent
	busy   bool
}

func (o *outbox) push(e call.LegEvent) {
	o.mu.Lock()
	if len(o.queue) < maxKept || e.Kind == call.LegEnded {
		o.queue = append(o.queue, e)
	}
	o.mu.Unlock()
	o.deliver()
}

func (o *outbox) to(f func(call.LegEvent)) {
	o.mu.Lock()
	o.listen = f
	o.mu.Unlock()
	o.deliver()
}

func (o *outbox) deliver() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.busy && o.listen != nil && len(o.queue) > 0 {
		e, f := o.queue[0], o.listen
		o.queue = o.queue[1:]
		o.busy = true
		o.mu.Unlock()
		f(e)
		o.mu.Lock()
		o.busy = false
	}
}
