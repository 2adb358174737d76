package callstate

// Event is something that happened to a call. The set is closed.
type Event interface{ kind() Kind }

// Kind names an event in the log.
type Kind string

// The kinds of event.
const (
	KindArrived          Kind = "arrived"
	KindBlocked          Kind = "blocked"
	KindRouted           Kind = "routed"
	KindRung             Kind = "rung"
	KindPressed          Kind = "pressed"
	KindKeyAwaited       Kind = "no-key"
	KindWaited           Kind = "waited"
	KindExternalAnswered Kind = "external-answered"
	KindExternalGone     Kind = "external-gone"
	KindDialExpired      Kind = "dial-expired"
	KindSpoken           Kind = "spoken"
	KindProven           Kind = "agent-heard"
	KindUnproven         Kind = "agent-unheard"
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
	KindReturning        Kind = "returning"
	KindStopped          Kind = "stopped"
)

// KindOf returns the kind of ev.
func KindOf(ev Event) Kind { return ev.kind() }

// Arrived starts an inbound call.
type Arrived struct{}

// Blocked is the caller being on the blacklist.
type Blocked struct{}

// Step names what a flow has next for the caller.
type Step string

// The steps.
const (
	StepSay     Step = "say"
	StepAsk     Step = "ask"
	StepRing    Step = "ring"
	StepLine    Step = "line" // a queue
	StepForward Step = "forward"
	StepRecord  Step = "record" // a voicemail
	StepLast    Step = "last"   // a message, then the end
	StepHangUp  Step = "hang-up"
)

// Routed is what the flow has next.
type Routed struct {
	Do      Step
	Members []string // of StepRing: who is rung at once; they are booked
	Lined   bool     // of StepRing: who becomes free is rung, too, and it lasts its time though nobody rings
	Accept  bool     // of StepRing and StepForward: the caller is answered first, and hears a player ring
	Asking  bool     // of StepSay: a key breaks it off; of StepLine: `*` means something
	Cause   Cause    // of StepLast and StepHangUp
}

// Rung is one more member being rung, who has become free. He is booked.
type Rung struct{ Member string }

// Pressed is the caller pressing a key.
type Pressed struct{ Key string }

// KeyAwaited is no key coming in time.
type KeyAwaited struct{}

// Waited is the longest wait in line being over.
type Waited struct{}

// ExternalAnswered is the number outside taking the call.
type ExternalAnswered struct{}

// ExternalGone is the end of its leg.
type ExternalGone struct{ Cause Cause }

// DialExpired is the number outside not answering in time.
type DialExpired struct{}

// Spoken is a voicemail reaching its limit.
type Spoken struct{}

// Proven is the first audio of the agent who took the call.
type Proven struct{ Member string }

// Unproven is no audio coming of him: the call goes on as if he had not answered,
// and rings Again, who are booked.
type Unproven struct{ Again []string }

// Dialled starts an outbound call by Member.
type Dialled struct{ Member string }

// Answered is a member taking the call he was offered.
type Answered struct{ Member string }

// Declined is a member refusing the call he was offered.
type Declined struct{ Member string }

// OfferLost is a ringing member going away.
type OfferLost struct{ Member string }

// RungOut is the ring time passing: of Member, or, where it is empty, of all.
type RungOut struct{ Member string }

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

// Returning starts an outbound call that keeps a caller's place in line: the member
// who takes it calls him back.
type Returning struct{}

// Stopped is the server ending the call: it stops, crashed or failed.
type Stopped struct{ Cause Cause }

func (Arrived) kind() Kind          { return KindArrived }
func (Blocked) kind() Kind          { return KindBlocked }
func (Routed) kind() Kind           { return KindRouted }
func (Rung) kind() Kind             { return KindRung }
func (Pressed) kind() Kind          { return KindPressed }
func (KeyAwaited) kind() Kind       { return KindKeyAwaited }
func (Waited) kind() Kind           { return KindWaited }
func (ExternalAnswered) kind() Kind { return KindExternalAnswered }
func (ExternalGone) kind() Kind     { return KindExternalGone }
func (DialExpired) kind() Kind      { return KindDialExpired }
func (Spoken) kind() Kind           { return KindSpoken }
func (Proven) kind() Kind           { return KindProven }
func (Unproven) kind() Kind         { return KindUnproven }
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
func (Returning) kind() Kind        { return KindReturning }
func (Stopped) kind() Kind          { return KindStopped }
