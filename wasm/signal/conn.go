// Package signal is a tab's session with the server: it says hello, keeps the
// order of deltas, repeats commands that were not answered after a new
// connection, keeps the connection known alive and comes back with patience.
// It must not know what the messages mean, nor of the browser.
//
// Run is one goroutine and owns the session's fields; Send and Nudge may be
// called by any other and never block. Events are delivered by Run's goroutine,
// in order.
package signal

import (
	"context"
	"errors"
	"time"

	"parley/internal/shared/protocol"
)

// Conn is one connection of messages.
type Conn interface {
	Send(data []byte) error
	// Receive blocks until a message is there; its error means the end.
	Receive(ctx context.Context) ([]byte, error)
	Close()
}

// Dialer opens a connection. ErrSignedOut ends the session; any other error is
// tried again.
type Dialer func(ctx context.Context) (Conn, error)

// ErrSignedOut is a dialer's finding that the server no longer knows the
// member's session.
var ErrSignedOut = errors.New("signed out")

// Reasons Run ends with; they equal those of protocol.Goodbye.
const (
	ReasonReload    = "reload"
	ReasonSignedOut = "signed-out"

	// reasonReplaced comes when another page says hello as this tab: a duplicated
	// tab has a copy of its storage.
	reasonReplaced = "replaced"
)

// KeyOffline is the locale key in the Result of a command that was not delivered.
const KeyOffline = "phone.js.error.offline"

// The session's patience.
const (
	pingEvery    = 5 * time.Second
	silenceLimit = 12 * time.Second // without any message the connection is dead
	commandLimit = 15 * time.Second // a command that waits longer has failed
	dialLimit    = 10 * time.Second
	backOffFirst = 250 * time.Millisecond
	backOffMost  = 10 * time.Second
	queueLength  = 64
	pendingMost  = 64
)

// Event is what a session reports. The set is closed.
type Event interface{ event() }

type (
	// Up follows the first snapshot (or caller state) of a connection.
	Up struct{}
	// Down is the loss of the connection; Retry is when it is tried again.
	Down struct{ Retry time.Duration }
	// Received is a message of the server: snapshots, deltas in order, offers
	// and notices.
	Received struct{ Message protocol.Message }
	// Answered is the end of a command, once for each.
	Answered struct {
		ID      string
		Command protocol.Message
		Result  protocol.Result
	}
	// Ended is the session's end: the page must reload or sign in.
	Ended struct{ Reason string }
)

func (Up) event()       {}
func (Down) event()     {}
func (Received) event() {}
func (Answered) event() {}
func (Ended) event()    {}

// lasting says whether a command is answered with Answered. The others belong to
// the connection they were sent on, and nobody waits for their results.
func lasting(m protocol.Message) bool {
	switch m.(type) {
	case *protocol.SetAvailability, *protocol.Dial, *protocol.Act, *protocol.Keypad,
		*protocol.SetTags, *protocol.EndWrapUp,
		*protocol.CallerStart, *protocol.CallerMute, *protocol.CallerHangUp:
		return true
	}
	return false
}
