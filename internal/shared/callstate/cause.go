package callstate

// Party is who is at fault, or acted, when a call ends.
type Party string

// The parties a call's end can be laid to.
const (
	PartyCaller Party = "caller"
	PartyAgent  Party = "agent"
	PartyTrunk  Party = "trunk"
	PartyServer Party = "server"
)

// Cause says why a call, or one leg of it, ended. The set is closed: a new way
// to end is a new Cause with its Verdict, made where it happens.
type Cause string

// Every way a call or a leg can end.
const (
	CauseNone              Cause = ""
	CauseCustomerHungUp    Cause = "customer-hung-up"
	CauseAgentHungUp       Cause = "agent-hung-up"
	CauseCustomerLeft      Cause = "customer-left"      // inbound, before anybody answered
	CauseAgentCancelled    Cause = "agent-cancelled"    // outbound, before the customer answered
	CauseNoAnswer          Cause = "no-answer"          // rang out
	CauseNobodyAvailable   Cause = "nobody-available"   // nobody could be rung
	CauseDeclined          Cause = "declined"           // everybody rung has declined
	CauseAnsweredElsewhere Cause = "answered-elsewhere" // of an offer: a colleague or another tab took the call
	CauseBusy              Cause = "busy"
	CauseRejected          Cause = "rejected"
	CauseInvalidNumber     Cause = "invalid-number"
	CauseNotAssigned       Cause = "not-assigned" // the number has no member and takes no call
	CauseTrunkRefused      Cause = "trunk-refused"
	CauseTrunkUnauthorised Cause = "trunk-unauthorised"
	CauseTrunkUnreachable  Cause = "trunk-unreachable"
	CauseNoCommonCodec     Cause = "no-common-codec"
	CauseNotEncrypted      Cause = "not-encrypted"  // the trunk demands that audio is
	CauseCustomerLost      Cause = "customer-lost"  // the customer's media or connection died
	CauseAgentLost         Cause = "agent-lost"     // the agent's tab died
	CauseAgentRemoved      Cause = "agent-removed"  // the agent is no member any more
	CauseNotTakenOver      Cause = "not-taken-over" // handed over, but nobody took it
	CauseClosed            Cause = "closed"         // outside the number's hours
	CauseFlowEnded         Cause = "flow-ended"     // the number's flow hung up
	CauseVoicemailLeft     Cause = "voicemail-left" // the caller spoke a message
	CauseCallbackPromised  Cause = "callback-promised"
	CauseSettled           Cause = "settled"        // of a callback: nobody needs it any more
	CauseBlocked           Cause = "blocked"        // the caller is on the blacklist
	CauseForwardFailed     Cause = "forward-failed" // the number outside did not take the call
	CauseForwardEnded      Cause = "forward-ended"  // the number outside hung up
	CauseServerStopped     Cause = "server-stopped"
	CauseServerCrashed     Cause = "server-crashed"
	CauseInternal          Cause = "internal"
)

// Verdict is what everybody outside the call needs to know of a Cause.
type Verdict struct {
	Party   Party
	SIPCode int    // what a SIP peer is told; 0 where a BYE says it all
	TextKey string // locale key of the sentence a user reads
	Metric  string // label in parley_calls_ended_total
}

// Verdict returns the verdict of c. An unknown cause is laid to the server.
func (c Cause) Verdict() Verdict {
	party, code := PartyServer, 500
	switch c {
	case CauseNone:
		code = 0
	case CauseCustomerHungUp, CauseCustomerLost:
		party, code = PartyCaller, 0
	case CauseCustomerLeft:
		party, code = PartyCaller, 487
	case CauseBusy:
		party, code = PartyCaller, 486
	case CauseRejected:
		party, code = PartyCaller, 603
	case CauseInvalidNumber:
		party, code = PartyCaller, 404
	case CauseAgentHungUp, CauseAnsweredElsewhere, CauseAgentLost, CauseAgentRemoved, CauseNotTakenOver:
		party, code = PartyAgent, 0
	case CauseAgentCancelled:
		party, code = PartyAgent, 487
	case CauseNoAnswer, CauseNobodyAvailable:
		party, code = PartyAgent, 480
	case CauseDeclined:
		party, code = PartyAgent, 603
	case CauseClosed, CauseFlowEnded:
		party, code = PartyServer, 480
	case CauseVoicemailLeft, CauseCallbackPromised:
		party, code = PartyCaller, 0
	case CauseSettled:
		party, code = PartyServer, 0
	case CauseForwardEnded:
		party, code = PartyTrunk, 0
	case CauseBlocked:
		party, code = PartyServer, 603
	case CauseForwardFailed:
		party, code = PartyTrunk, 480
	case CauseTrunkRefused:
		party, code = PartyTrunk, 503
	case CauseTrunkUnauthorised:
		party, code = PartyTrunk, 403
	case CauseTrunkUnreachable:
		party, code = PartyTrunk, 408
	case CauseNoCommonCodec, CauseNotEncrypted:
		party, code = PartyTrunk, 488
	case CauseNotAssigned:
		party, code = PartyServer, 480
	case CauseServerStopped:
		party, code = PartyServer, 503
	case CauseServerCrashed, CauseInternal:
		party, code = PartyServer, 500
	}
	return Verdict{Party: party, SIPCode: code, TextKey: "cause." + string(c), Metric: string(c)}
}

// Causes lists every cause but CauseNone, for tests, metrics and translations.
func Causes() []Cause {
	return []Cause{
		CauseCustomerHungUp, CauseAgentHungUp, CauseCustomerLeft, CauseAgentCancelled,
		CauseNoAnswer, CauseNobodyAvailable, CauseDeclined, CauseAnsweredElsewhere, CauseBusy,
		CauseRejected, CauseInvalidNumber, CauseNotAssigned, CauseTrunkRefused,
		CauseTrunkUnauthorised, CauseTrunkUnreachable, CauseNoCommonCodec, CauseNotEncrypted, CauseCustomerLost,
		CauseAgentLost, CauseAgentRemoved, CauseNotTakenOver, CauseClosed, CauseFlowEnded, CauseVoicemailLeft, CauseCallbackPromised,
		CauseSettled,
		CauseBlocked, CauseForwardFailed, CauseForwardEnded, CauseServerStopped, CauseServerCrashed, CauseInternal,
	}
}
