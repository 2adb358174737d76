package callstate

// Event is something that happened to a call. The set is closed.
type Event interface{ kind() Kind }

// Kind names an event in the log.
type Kind string

// The kinds of event.
const (
	KindArrived          Kind = "arrived"
	KindDialled          Kind = "dialled"
	KindAnswered         Kind = "answered"
	KindDeclined         Kind = "declined"
	KindOfferLost        Kind = "offer-lost"
	KindRungOut          Kind = "rung-out"
	KindAnnounced        Kind = "announced"
	KindCustomerRinging  Kind = "customer-ringing"
	KindCustomerEarly    Kind = "customer-early-media"
	KindCustomerAnswered Kind = "customer-answered"
	KindCustomerHeld     Kind = "customer-held"
	KindCustomerGone     Kind = "customer-gone"
	KindMuted            Kind = "muted"
	KindHeld             Kind = "held"
	KindRecorded         Kind = "recording"
	KindHungUp           Kind = "hung-up"
	KindAgentLost        Kind = "agent-lost"
	KindAgentBack        Kind = "agent-back"
	KindAwayExpired      Kind = "away-expired"
	KindHandedOver       Kind = "handed-over"
	KindStopped          Kind = "stopped"
)

// KindOf returns the kind of ev.
func KindOf(ev Event) Kind { return ev.kind() }

// Arrived starts an inbound call. Candidates are the members to ring; Refused
// is why nobody is rung where there are none.
type Arrived struct {
	Candidates []string
	Refused    Cause
}

// Dialled starts an outbound call by Member.
type Dialled struct{ Member string }

// Answered is a member taking the call he was offered.
type Answered struct{ Member string }

// Declined is a member refusing the call he was offered.
type Declined struct{ Member string }

// OfferLost is a ringing member going away.
type OfferLost struct{ Member string }

// RungOut is the ring time passing.
type RungOut struct{}

// Announced is the end of the message played to the caller.
type Announced struct{}

// CustomerRinging is the customer's phone ringing (outbound).
type CustomerRinging struct{}

// CustomerEarly is audio from the customer's side before it answers (outbound).
type CustomerEarly struct{}

// CustomerAnswered is the customer answering (outbound).
type CustomerAnswered struct{}

// CustomerHeld is the customer's side putting us on hold, or taking us off it.
type CustomerHeld struct{ On bool }

// CustomerGone is the end of the customer's leg. Cause is what the leg said;
// CauseNone stands for a plain hang-up.
type CustomerGone struct{ Cause Cause }

// Muted is the agent muting or unmuting himself.
type Muted struct {
	Member string
	On     bool
}

// Held is the agent putting the customer on hold or taking him off it.
type Held struct {
	Member string
	On     bool
}

// Recorded is the agent starting, resuming (On) or pausing (Paused) recording.
type Recorded struct {
	Member string
	To     Recording
}

// HungUp is the agent hanging up, or cancelling the call he is placing.
type HungUp struct{ Member string }

// AgentLost is the agent's tab going away in a call.
type AgentLost struct{ Member string }

// AgentBack is the agent's tab rejoining the call.
type AgentBack struct{ Member string }

// AwayExpired is the agent not coming back in time.
type AwayExpired struct{}

// HandedOver takes a member out of the call for a reason, Cause, and rings To in
// his place. Without To the call ends with Cause; where Missed is set To was to
// take over and cannot be rung. From owes nothing for the call. A member who only
// rings is withdrawn.
type HandedOver struct {
	From   string
	To     string
	Missed bool
	Cause  Cause
}

// Stopped is the server ending the call: it stops, crashed or failed.
type Stopped struct{ Cause Cause }

func (Arrived) kind() Kind          { return KindArrived }
func (Dialled) kind() Kind          { return KindDialled }
func (Answered) kind() Kind         { return KindAnswered }
func (Declined) kind() Kind         { return KindDeclined }
func (OfferLost) kind() Kind        { return KindOfferLost }
func (RungOut) kind() Kind          { return KindRungOut }
func (Announced) kind() Kind        { return KindAnnounced }
func (CustomerRinging) kind() Kind  { return KindCustomerRinging }
func (CustomerEarly) kind() Kind    { return KindCustomerEarly }
func (CustomerAnswered) kind() Kind { return KindCustomerAnswered }
func (CustomerHeld) kind() Kind     { return KindCustomerHeld }
func (CustomerGone) kind() Kind     { return KindCustomerGone }
func (Muted) kind() Kind            { return KindMuted }
func (Held) kind() Kind             { return KindHeld }
func (Recorded) kind() Kind         { return KindRecorded }
func (HungUp) kind() Kind           { return KindHungUp }
func (AgentLost) kind() Kind        { return KindAgentLost }
func (AgentBack) kind() Kind        { return KindAgentBack }
func (AwayExpired) kind() Kind      { return KindAwayExpired }
func (HandedOver) kind() Kind       { return KindHandedOver }
func (Stopped) kind() Kind          { return KindStopped }
