package callstate

// Effect is something the call's goroutine must do. The set is closed.
type Effect interface{ effect() }

// Timer names a timer of the call.
type Timer string

// The timers of a call.
const (
	RingTimer Timer = "ring" // how long members ring
	AwayTimer Timer = "away" // how long a lost agent is waited for
)

// Message is an announcement to the caller.
type Message string

// The announcements.
const (
	MessageUnavailable  Message = "unavailable"
	MessageNotInService Message = "not-in-service"
)

type (
	// RingMember rings one member.
	RingMember struct{ Member string }
	// Withdraw stops a member's ringing; By is the member who took the call.
	Withdraw struct {
		Member string
		Cause  Cause
		By     string
	}
	// RingCustomer tells the caller that somebody is being rung.
	RingCustomer struct{}
	// EngageAgent puts a member who was rung into the call.
	EngageAgent struct{ Member string }
	// AcceptCustomer answers the caller.
	AcceptCustomer struct{}
	// DialCustomer calls the customer.
	DialCustomer struct{}
	// HangUpCustomer ends the customer's leg.
	HangUpCustomer struct{ Cause Cause }
	// Announce plays a message to the caller; Announced follows.
	Announce struct{ Message Message }
	// StartTimer starts a timer; its event follows unless it is stopped.
	StartTimer struct{ Timer Timer }
	// StopTimer stops a timer.
	StopTimer struct{ Timer Timer }
	// Record brings the recorder into a state.
	Record struct{ To Recording }
	// ReleaseAgent takes the agent out of the call: he owes a tag where Tag is
	// set, and after-call work where Work is set.
	ReleaseAgent struct {
		Member    string
		Tag, Work bool
		Cause     Cause
	}
	// Finish closes the call.
	Finish struct{ Cause Cause }
)

func (RingMember) effect()     {}
func (Withdraw) effect()       {}
func (RingCustomer) effect()   {}
func (EngageAgent) effect()    {}
func (AcceptCustomer) effect() {}
func (DialCustomer) effect()   {}
func (HangUpCustomer) effect() {}
func (Announce) effect()       {}
func (StartTimer) effect()     {}
func (StopTimer) effect()      {}
func (Record) effect()         {}
func (ReleaseAgent) effect()   {}
func (Finish) effect()         {}
