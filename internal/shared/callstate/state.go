// Package callstate is the life of a call as a value: Next takes a state and an
// event and gives the next state with the effects to perform. It has no clock,
// does no I/O and takes no lock, and it is compiled into the browser too, which
// greys out buttons from the same table by which the server refuses commands.
//
// What it owns: phases, offers, who talks, hold, mute, recording, the cause of
// the end, and the table of who hears whom (Hearing). What it must not do: know
// of SIP, WebRTC, time or storage.
package callstate

import "slices"

// Direction is the way the first leg went.
type Direction string

// The two directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// Phase is the coarse state of a call.
type Phase string

// The phases. Ended is final.
const (
	New        Phase = "new"
	Routing    Phase = "routing"    // inbound: the flow is asked what comes next, for a moment
	Announcing Phase = "announcing" // inbound: the caller hears a message, which may ask for a key or be the last
	Ringing    Phase = "ringing"    // inbound: members are being rung
	Waiting    Phase = "waiting"    // the caller, or his place, is in line; members who are free are rung
	Forwarding Phase = "forwarding" // inbound: a number outside is being called
	Forwarded  Phase = "forwarded"  // inbound: the caller talks with a number outside
	Voicemail  Phase = "voicemail"  // inbound: the caller hears the greeting, then leaves a message
	Dialling   Phase = "dialling"   // outbound: the customer is being called
	Talking    Phase = "talking"    // customer and agent are connected, maybe held
	Passing    Phase = "passing"    // the agent has left: another member is rung, the customer hears music
	Ended      Phase = "ended"
)

// Outcome is what became of an offer to one member.
type Outcome string

// The outcomes of an offer.
const (
	OfferRinging   Outcome = "ringing"
	OfferAnswered  Outcome = "answered"
	OfferDeclined  Outcome = "declined"
	OfferGone      Outcome = "gone"      // the member went away while ringing, or his audio never came
	OfferMissed    Outcome = "missed"    // rung out
	OfferBeaten    Outcome = "beaten"    // another took the call
	OfferWithdrawn Outcome = "withdrawn" // the caller left, or goes on elsewhere
	OfferHandedOn  Outcome = "handed-on" // answered, then the call was handed over
)

// Offer is one member being rung.
type Offer struct {
	Member  string  `json:"member"`
	Outcome Outcome `json:"outcome"`
}

// Recording is what the recorder is doing.
type Recording string

// The recorder's states.
const (
	RecordingOff    Recording = "off"
	RecordingOn     Recording = "on"
	RecordingPaused Recording = "paused"
)

// Policy is what the number demands of a call, fixed when the call starts.
type Policy struct {
	RecordAuto  bool `json:"record_auto"`  // recording starts by itself
	RecordAgent bool `json:"record_agent"` // the agent may start, pause and resume it
	DemandTag   bool `json:"demand_tag"`
}

// State is a call. It is a value: Next never changes the one it is given.
type State struct {
	Phase     Phase     `json:"phase"`
	Direction Direction `json:"direction"`
	Policy    Policy    `json:"policy"`
	Offers    []Offer   `json:"offers,omitempty"`   // of the step the call is in
	Agent     string    `json:"agent,omitempty"`    // the member in the call
	Accepted  bool      `json:"accepted,omitempty"` // inbound: the caller's leg was answered
	Asking    bool      `json:"asking,omitempty"`   // a key of the caller means something
	Awaiting  bool      `json:"awaiting,omitempty"` // a key is waited for once the message is over
	Lined     bool      `json:"lined,omitempty"`    // who becomes free is rung, too
	Before    Phase     `json:"before,omitempty"`   // where the call goes back to if the agent's audio never comes
	Talked    bool      `json:"talked"`             // the customer was connected with somebody
	Away      bool      `json:"away"`               // the agent's tab is gone; the call waits for it
	Muted     bool      `json:"muted"`              // by the agent
	Held      bool      `json:"held"`               // by the agent
	FarHeld   bool      `json:"far_held"`           // by the customer's side
	Early     bool      `json:"early"`              // the customer's side sends audio before it answers
	FarRings  bool      `json:"far_rings"`          // the customer's phone rings
	Recording Recording `json:"recording"`
	Cause     Cause     `json:"cause,omitempty"`
}

// Fresh is a call nothing has happened to yet.
func Fresh(d Direction, p Policy) State {
	return State{Phase: New, Direction: d, Policy: p, Recording: RecordingOff}
}

// Offered returns the member's offer that is still open.
func (s State) Offered(member string) bool {
	for _, o := range s.Offers {
		if o.Member == member {
			return o.Outcome == OfferRinging
		}
	}
	return false
}

// Ringers lists the members whose phones ring.
func (s State) Ringers() []string {
	var out []string
	for _, o := range s.Offers {
		if o.Outcome == OfferRinging {
			out = append(out, o.Member)
		}
	}
	return out
}

// Beaten lists who was rung when the agent took the call.
func (s State) Beaten() []string {
	var out []string
	for _, o := range s.Offers {
		if o.Outcome == OfferBeaten {
			out = append(out, o.Member)
		}
	}
	return out
}

// Missed lists who was rung and did not take the call, in the step it is in.
func (s State) Missed() []string {
	var out []string
	for _, o := range s.Offers {
		if o.Outcome == OfferMissed || o.Outcome == OfferDeclined {
			out = append(out, o.Member)
		}
	}
	return out
}

// Unproven says whether the agent has taken the call, but nothing was heard of him
// yet: until then his answer does not count.
func (s State) Unproven() bool { return s.Before != "" }

// withOffer returns a copy of s in which member's offer has the given outcome.
func (s State) withOffer(member string, outcome Outcome) State {
	offers := make([]Offer, len(s.Offers))
	copy(offers, s.Offers)
	for i := range offers {
		if offers[i].Member == member {
			offers[i].Outcome = outcome
		}
	}
	s.Offers = offers
	return s
}

// settle returns a copy of s in which every open offer has the given outcome, and
// whose those were.
func (s State) settle(outcome Outcome) (State, []string) {
	ringers := s.Ringers()
	offers := slices.Clone(s.Offers)
	for i := range offers {
		if offers[i].Outcome == OfferRinging {
			offers[i].Outcome = outcome
		}
	}
	s.Offers = offers
	return s, ringers
}

// offer returns a copy of s in which member is being rung, maybe once more.
func (s State) offer(member string) State {
	if s = s.withOffer(member, OfferRinging); !s.Offered(member) {
		s.Offers = append(s.Offers, Offer{Member: member, Outcome: OfferRinging})
	}
	return s
}

// Waits says whether the customer hears music instead of an agent.
func (s State) Waits() bool { return s.Phase == Passing || s.Phase == Talking && (s.Held || s.Away) }

// Hearing is the table of who hears whom in s.
func (s State) Hearing() Table {
	agent := AgentLeg(s.Agent)
	switch s.Phase {
	case Announcing, Passing:
		return Table{{CustomerLeg, PlayerLeg}}
	case Waiting:
		if s.Direction == Inbound { // else his place alone waits
			return Table{{CustomerLeg, PlayerLeg}}
		}
	case Routing, Ringing, Forwarding:
		if s.Accepted {
			return Table{{CustomerLeg, PlayerLeg}}
		}
	case Voicemail:
		if s.Recording == RecordingOff {
			return Table{{CustomerLeg, PlayerLeg}}
		}
	case Forwarded:
		return Table{{CustomerLeg, ExternalLeg}, {ExternalLeg, CustomerLeg}}
	case Dialling:
		if s.Early && !s.Away {
			return Table{{agent, CustomerLeg}}
		}
	case Talking:
		if s.Waits() {
			return Table{{CustomerLeg, PlayerLeg}}
		}
		t := Table{{agent, CustomerLeg}}
		if !s.Muted && !s.FarHeld {
			t = append(t, Row{CustomerLeg, agent})
		}
		return t
	case New, Ended:
	}
	return nil
}
