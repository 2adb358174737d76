// Package callback sees to it that callers who were promised to be called back are:
// it owns when that is tried, tried again and given up. Whose phone rings, and that
// callers in line are not overtaken, is call.Engine's to say, in whose lines a
// callback stands like a caller; here nobody is rung. What there is to do is read from
// the to-do items each time, so that a crash, another node or a call that went
// unheard leaves nothing behind: the one goroutine of Run compares and acts.
package callback

import (
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

const (
	// Attempts is how many calls may come to nothing before the callback is left to
	// people: who let it ring three times does not want a fourth.
	Attempts = 3
	// soon and later are the pauses after the first and the second call that came to
	// nothing: a line that was busy is free in minutes, somebody in a meeting later.
	soon, later = 5 * time.Minute, 15 * time.Minute
	// kept is how long after the promise the caller's place is kept. The next morning
	// a person should decide whether he still expects the call.
	kept = 12 * time.Hour
	// pause keeps what went wrong on this side, such as the limit of calls out, from
	// being tried in a circle.
	pause = time.Minute
	// sweep is how often it is looked without being told of anything.
	sweep = time.Minute
)

// expires is when the caller's place is given up.
func expires(r todo.Return) time.Time { return r.PromisedAt.Add(kept) }

// after says how a callback stands once the call that was made for it is over.
func after(r todo.Return, over call.Record) todo.Return {
	r.Trying, r.CalledAt = "", time.Time{}
	if !over.AnsweredAt.IsZero() { // todo.Watch does away with the item
		return r.Over()
	}
	switch over.Cause {
	case callstate.CauseServerStopped, callstate.CauseServerCrashed: // it takes its place again
	case callstate.CauseNobodyAvailable, callstate.CauseSettled, callstate.CauseInternal: // he was not called
		r.NextAt = over.EndedAt.Add(pause)
	case callstate.CauseInvalidNumber:
		return r.Over()
	default:
		r.Attempts++
		switch {
		case r.Attempts >= Attempts:
			return r.Over()
		case r.Attempts == 1:
			r.NextAt = over.EndedAt.Add(soon)
		default:
			r.NextAt = over.EndedAt.Add(later)
		}
	}
	return r
}
