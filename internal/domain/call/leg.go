package call

import "parley/internal/shared/callstate"

// Leg is one participant's connection: a browser, a SIP trunk, later a desk
// phone or a supervisor. No verb blocks; what comes of it arrives as a LegEvent.
// Verbs may be called from any goroutine and repeated without harm.
type Leg interface {
	ID() callstate.LegID
	// Listen hands the leg the function that takes its events. Events before
	// Listen are kept. Events are delivered one at a time, LegEnded last.
	Listen(func(LegEvent))
	// Ringing tells the far end that somebody is being rung (SIP 180).
	Ringing()
	// Accept answers a leg that called us (SIP 200).
	Accept()
	// HangUp ends the leg, telling the far end the cause in its own terms
	// (SIP CANCEL, BYE or a final response). LegEnded follows.
	HangUp(callstate.Cause)
}

// LegEventKind says what happened to a leg.
type LegEventKind string

// What can happen to a leg.
const (
	LegRinging    LegEventKind = "ringing"     // the far end rings
	LegEarlyMedia LegEventKind = "early-media" // the far end sends audio before it answers
	LegAnswered   LegEventKind = "answered"
	LegFlowing    LegEventKind = "flowing" // first audio packet received
	LegHeld       LegEventKind = "held"    // the far end put us on hold
	LegResumed    LegEventKind = "resumed"
	LegDigit      LegEventKind = "digit"
	LegEnded      LegEventKind = "ended"
)

// LegEvent is one thing that happened to one leg.
type LegEvent struct {
	Leg    callstate.LegID
	Kind   LegEventKind
	Digit  byte            // of LegDigit: 0-9 * # A-D
	Cause  callstate.Cause // of LegEnded
	Code   int             // of LegEnded: the SIP status the far end gave, 0 where none
	Reason string          // of LegEnded: the far end's reason phrase, bounded, for the log and the page
}
