package callstate

// Effect is something the call's goroutine must do. The set is closed.
type Effect interface{ effect() }

// Timer names a timer of the call.
type Timer string

// The timers of a call.
const (
	RingTimer  Timer = "ring"  // how long members ring; in line, one of them
	LineTimer  Timer = "line"  // how long a caller waits in line
	KeyTimer   Timer = "key"   // how long a key is waited for
	DialTimer  Timer = "dial"  // how long a number outside rings
	SpeakTimer Timer = "speak" // how long a voicemail may be
	ProofTimer Timer = "proof" // how long an agent's audio is waited for
	AwayTimer  Timer = "away"  // how long a lost agent is waited for
)

// Result is how the last step of a flow came out; what the flow has next is asked
// with it.
type Result string

// The results. The words are those of flow's events.
const (
	ResultStarted    Result = "started"
	ResultSaid       Result = "said"
	ResultPressed    Result = "pressed"
	ResultSilent     Result = "silent"
	ResultUnanswered Result = "unanswered"
	ResultWaited     Result = "waited"
	ResultDialFailed Result = "dial-failed"
	ResultAsked      Result = "asked"
)

type (
	// Advance asks the flow what comes next; Routed follows.
	Advance struct {
		Result Result
		Key    string   // of ResultPressed
		Missed []string // who was rung and did not take the call
		Cause  Cause    // of ResultUnanswered and ResultDialFailed
	}
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
	// Announce plays to the caller what the step says; Announced follows.
	Announce struct{}
	// Apologise tells the caller that nobody is there; Announced follows.
	Apologise struct{}
	// EnterLine has whoever becomes free rung; LeaveLine ends that.
	EnterLine struct{}
	// LeaveLine takes the call out of its line.
	LeaveLine struct{}
	// Seek looks for a member who is free and has not been asked.
	Seek struct{}
	// DialExternal calls the number outside.
	DialExternal struct{}
	// HangUpExternal ends that leg.
	HangUpExternal struct{ Cause Cause }
	// StartTimer starts a timer; its event follows unless it is stopped. Member is
	// whose it is, "" where it is the call's.
	StartTimer struct {
		Timer  Timer
		Member string
	}
	// StopTimer stops a timer, if it runs.
	StopTimer struct {
		Timer  Timer
		Member string
	}
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

func (Advance) effect()        {}
func (EnterLine) effect()      {}
func (LeaveLine) effect()      {}
func (Seek) effect()           {}
func (DialExternal) effect()   {}
func (HangUpExternal) effect() {}
func (Apologise) effect()      {}
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
