// Package browser is the program's footing in the browser: one loop that owns
// all state, callbacks that survive their own panics, and promises that can be
// waited for. It must not know what any of it is used for.
//
// JavaScript calls back on goroutines of its own, one at a time. Such a callback
// does what must be done at once (preventing a default) and posts the rest to
// the loop. Await blocks, so it is for other goroutines than these.
package browser

import (
	"fmt"
	"syscall/js"
)

// Loop runs posted functions one after another.
type Loop struct {
	inbox   chan func()
	crashed func(reason string)
}

// inboxLength is far beyond what one turn of the browser's own loop can bring.
const inboxLength = 1024

// NewLoop returns a loop. crashed is told of panics; it runs where they happen.
func NewLoop(crashed func(reason string)) *Loop {
	return &Loop{inbox: make(chan func(), inboxLength), crashed: crashed}
}

// Run runs the loop for ever.
func (l *Loop) Run() {
	for f := range l.inbox {
		l.Guard(f)
	}
}

// Post queues f. It never blocks.
func (l *Loop) Post(f func()) {
	select {
	case l.inbox <- f:
	default:
		l.Go(func() { l.inbox <- f })
	}
}

// Go runs f on a goroutine of its own.
func (l *Loop) Go(f func()) { go l.Guard(f) }

// Guard runs f and turns a panic, which would end the program, into a report.
func (l *Loop) Guard(f func()) {
	defer func() {
		if r := recover(); r != nil {
			l.crashed(fmt.Sprint(r))
		}
	}()
	f()
}

// Func is a guarded callback; the caller owns and releases it.
func (l *Loop) Func(f func(args []js.Value)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		l.Guard(func() { f(args) })
		return nil
	})
}

// Listen adds a guarded listener for the life of the page, or until the
// returned function is called.
func (l *Loop) Listen(target js.Value, event string, f func(ev js.Value)) (stop func()) {
	fn := l.Func(func(args []js.Value) { f(args[0]) })
	target.Call("addEventListener", event, fn)
	return func() {
		target.Call("removeEventListener", event, fn)
		fn.Release()
	}
}
