package flow

import (
	"strings"
	"time"

	"parley/internal/domain/hours"
	"parley/internal/shared/callstate"
)

// Facts is everything the next action depends on beside the flow and the event. It
// is a snapshot: the same facts give the same action.
type Facts struct {
	At        time.Time
	Zone      string                   // of the workspace, for schedules without one
	Lines     map[string]Line          // by number id: the number called, and all its flow may lead to
	Teams     map[string][]string      // by team id: its active members, in order
	Members   map[string]Member        // by id: everybody who can be a target
	Feeds     map[string][]hours.Event // by feed id
	Sounds    map[string]bool          // messages there are, by id
	Waiting   map[string]int           // calls in line, by QueueID
	Countries Countries                // where the company calls to
	Turn      map[string]string        // of round robin: who was rung last, by QueueID
}

// Known says whether the facts were ever read: a call that came while they could not
// be has none.
func (f Facts) Known() bool { return f.Lines != nil }

// QueueID names one ring or queue step of one number.
func QueueID(numberID, stepID string) string { return numberID + "/" + stepID }

// OfQueue returns the number and the step that a QueueID names.
func OfQueue(queueID string) (numberID, stepID string) {
	numberID, stepID, _ = strings.Cut(queueID, "/")
	return numberID, stepID
}

// Line is a number as flows see it.
type Line struct {
	Flow  Flow
	Rings []string // the members whom the number rings, in order
}

// Member is a member as flows see him.
type Member struct {
	Reason    string    // why he is not rung now (agent.Reason), "" where he can be
	Muted     []string  // numbers that he does not want to ring
	IdleSince time.Time // since when nothing has kept him busy
	StandIns  []string  // rung in his place while Reason is outside-hours
}

// Position is where a call stands in a flow. It is a value; the zero Position of a
// line, At(numberID), stands before the first step.
type Position struct {
	Line   string          `json:"line"`             // whose flow it is in
	Step   string          `json:"step,omitempty"`   // "" before the first
	Hops   []string        `json:"hops,omitempty"`   // lines left for another
	Plays  int             `json:"plays,omitempty"`  // of the menu it stands in
	Told   bool            `json:"told,omitempty"`   // in a menu: the caller is being told that his key is none
	Tried  []string        `json:"tried,omitempty"`  // rung in the step it stands in
	Missed []string        `json:"missed,omitempty"` // rung in this call without taking it
	Last   callstate.Cause `json:"last,omitempty"`   // how the last attempt to reach somebody ended
}

// At is the position before the first step of a number's flow.
func At(numberID string) Position { return Position{Line: numberID} }

// Event is what became of the last action.
type Event struct {
	Kind   EventKind
	Key    string          // of Pressed
	Missed []string        // of Unanswered: who was rung and did not take it
	Cause  callstate.Cause // of Unanswered and DialFailed
}

// EventKind names an event.
type EventKind string

// The events.
const (
	Started    EventKind = "started"    // the call has come in
	Said       EventKind = "said"       // the sound is over
	Pressed    EventKind = "pressed"    // a key, in a menu
	Silent     EventKind = "silent"     // no key, in a menu
	Unanswered EventKind = "unanswered" // time is over, or nobody rings any more
	Waited     EventKind = "waited"     // the longest wait in the queue is over
	DialFailed EventKind = "dial-failed"
	Asked      EventKind = "asked" // `*` in a queue: the caller wants to be called back
)

// Action is what to do now. The set is closed.
type Action interface{ action() }

type (
	// Say plays a sound; Said follows.
	Say struct{ Sound Sound }
	// Ask plays a sound and waits for a key; a key stops it. Pressed or Silent follows.
	Ask struct {
		Sound Sound
		Wait  time.Duration // once the sound is over
	}
	// Offer rings members, all of them at once, for a time; Unanswered follows. With
	// Wait the time is waited for though nobody rings, and whoever becomes free
	// (Candidates) is rung; with OneByOne only while nobody else rings.
	Offer struct {
		Members  []string
		For      time.Duration
		Wait     bool
		OneByOne bool
		Music    string // "" is the ringing tone
	}
	// Enqueue puts the caller in line; Waited, Unanswered or Asked follows.
	Enqueue struct {
		QueueID string
		Queue   Queue
		Members []string // who serve the line, whether free or not
	}
	// Dial calls a number outside; DialFailed follows unless it answers.
	Dial struct {
		To  string
		For time.Duration
	}
	// Record takes a voicemail, which ends the call.
	Record struct {
		Sound Sound
		Limit time.Duration
	}
	// Promise notes that the caller is to be called back, says so and ends the call.
	Promise struct{ Sound Sound }
	// End says goodbye, if there is something to say, and ends the call.
	End struct {
		Sound Sound
		Cause callstate.Cause
	}
)

func (Say) action()     {}
func (Ask) action()     {}
func (Offer) action()   {}
func (Enqueue) action() {}
func (Dial) action()    {}
func (Record) action()  {}
func (Promise) action() {}
func (End) action()     {}

// Note is one line of a call's story: a step that was entered, passed or left, and why.
type Note struct {
	Line   string            `json:"line"`
	Step   string            `json:"step"`
	Kind   Kind              `json:"kind"`
	What   string            `json:"what"`             // one of the What constants
	Detail string            `json:"detail,omitempty"` // a key, a name of a holiday or exception, a seconds' count
	Passed map[string]string `json:"passed,omitempty"` // who was not rung, with the reason
}

// What a note can say.
const (
	WhatEntered     = "entered"
	WhatOpen        = "open"
	WhatClosed      = "closed" // Detail: the holiday, exception or event, if that is why
	WhatKey         = "key"
	WhatWrongKey    = "wrong-key"
	WhatNoKey       = "no-key"
	WhatNobodyFree  = "nobody-free"
	WhatUnanswered  = "unanswered"
	WhatQueueFull   = "queue-full"
	WhatWaited      = "waited"
	WhatDialFailed  = "dial-failed"
	WhatForbidden   = "forbidden"     // not dialled: a flow may not call it (Countries.Dials). Detail: its country
	WhatTargetGone  = "target-gone"   // Detail: its id
	WhatTooManyHops = "too-many-hops" // Detail: the number it does not go on to
	WhatAsked       = "asked"         // to be called back, out of a queue
	WhatEmpty       = "empty"         // a menu without options, passed
	WhatStepGone    = "step-gone"     // the flow was changed under the call, which begins it again
	WhatOver        = "over"          // the flow has no more steps
)

// Scenario is a call to imagine: who calls, when, who is there, which keys.
type Scenario struct {
	At     time.Time         `json:"at"`
	Caller string            `json:"caller,omitempty"` // E.164, "" for hidden
	Away   map[string]string `json:"away,omitempty"`   // members who are not free, with the reason; others are
	Keys   string            `json:"keys,omitempty"`   // pressed one menu after the other; when they are used up he presses none
	Takes  string            `json:"takes,omitempty"`  // the member, or the number outside, who answers when rung, "" for nobody
	// Declines are members who decline when rung, and numbers outside that refuse;
	// whoever else is rung lets it ring.
	Declines []string `json:"declines,omitempty"`
}
