package call

import (
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
)

// Kinds of entries beside those of callstate's events.
const (
	EntryStep             = "step"     // what the flow did, with who was passed over and why
	EntryRing             = "ring"     // members' phones ring
	EntryNotRung          = "not-rung" // a member was to be rung and could not be booked, with the reason
	EntryWithdrawn        = "withdrawn"
	EntryRecordingStarted = "recording-started"
	EntryRecordingPaused  = "recording-paused"
	EntryRecordingResumed = "recording-resumed"
	EntryRecordingStopped = "recording-stopped"
	EntryTagged           = "tagged"
	EntryDigits           = "digits"
	EntryEnded            = "ended"
)

// Facts is the payload of entries. One shape serves them all, so that a reader
// of the log needs no table of types; each kind fills what it has.
type Facts struct {
	NumberID  string              `json:"number,omitempty"`
	Direction callstate.Direction `json:"direction,omitempty"`
	Policy    *callstate.Policy   `json:"policy,omitempty"`
	WorkMS    int64               `json:"work_ms,omitempty"` // after-call work of the member
	Web       bool                `json:"web,omitempty"`
	E164      string              `json:"e164,omitempty"`
	Name      string              `json:"name,omitempty"`
	Member    string              `json:"member,omitempty"`
	Members   []string            `json:"members,omitempty"` // instead of Member, where there are several
	Step      *flow.Note          `json:"step,omitempty"`
	By        string              `json:"by,omitempty"`
	Reason    string              `json:"reason,omitempty"`
	On        *bool               `json:"on,omitempty"`
	To        string              `json:"to,omitempty"`
	Recording string              `json:"recording,omitempty"`
	Kind      recording.Kind      `json:"kind,omitempty"`      // of the recording, "" is of the call
	OffsetMS  int64               `json:"offset_ms,omitempty"` // in the recording
	Count     int                 `json:"count,omitempty"`     // digits sent, never which
	Tags      []string            `json:"tags,omitempty"`
	Cause     callstate.Cause     `json:"cause,omitempty"`
	Code      int                 `json:"code,omitempty"`
}

// Whom lists the members that the entry is about.
func (f Facts) Whom() []string {
	if f.Member != "" {
		return []string{f.Member}
	}
	return f.Members
}

// of returns f about members.
func (f Facts) of(members []string) Facts {
	if len(members) == 1 {
		f.Member = members[0]
	} else {
		f.Members = members
	}
	return f
}

// ReadFacts reads an entry's payload.
func ReadFacts(e Entry) (Facts, error) {
	var f Facts
	if len(e.Payload) == 0 {
		return f, nil
	}
	if err := json.Unmarshal(e.Payload, &f); err != nil {
		return f, fmt.Errorf("read payload of entry %d of call %s: %w", e.Seq, e.CallID, err)
	}
	return f, nil
}

// LeastVoicemail is how long somebody speaks to have left a message: who heard the
// greeting out and hangs up at the beep has not.
const LeastVoicemail = time.Second

// Fold adds one entry to what a call's log amounts to so far. Folding a log from
// the zero Record gives the call's Record.
func Fold(r Record, e Entry) (Record, error) {
	f, err := ReadFacts(e)
	if err != nil {
		return r, err
	}
	return fold(r, e, f), nil
}

func fold(r Record, e Entry, f Facts) Record {
	r.Entries = e.Seq
	switch e.Kind {
	case string(callstate.KindArrived), string(callstate.KindDialled), string(callstate.KindReturning):
		r.ID, r.WorkspaceID, r.StartedAt = e.CallID, e.WorkspaceID, e.At
		r.NumberID, r.Direction, r.Web = f.NumberID, f.Direction, f.Web
		r.PartyE164, r.PartyName, r.MemberID = f.E164, f.Name, f.Member
	case string(callstate.KindAnswered):
		// Else he has taken over, or is about to call the customer back.
		if r.MemberID = f.Member; r.AnsweredAt.IsZero() && r.Direction == callstate.Inbound {
			r.AnsweredAt = e.At
		}
	case string(callstate.KindUnproven): // his answer did not count
		r.MemberID, r.AnsweredAt = "", time.Time{}
	case string(callstate.KindCustomerAnswered), string(callstate.KindExternalAnswered):
		r.AnsweredAt = e.At
	case EntryStep:
		r = r.lined(e.At, f.Step)
	case EntryRecordingStarted:
		if f.Kind == recording.Voicemail {
			r.VoicemailID = f.Recording
		}
	case EntryRecordingStopped:
		if f.Recording == r.VoicemailID && time.Duration(f.OffsetMS)*time.Millisecond < LeastVoicemail {
			r.VoicemailID = ""
		}
	case EntryTagged:
		r.TagIDs = f.Tags
	case EntryEnded:
		r.EndedAt, r.Cause, r.SIPCode = e.At, f.Cause, f.Code
		if r.Cause == callstate.CauseVoicemailLeft && r.VoicemailID == "" {
			r.Cause = callstate.CauseCustomerLeft
		}
	}
	return r
}

// lined follows a caller into lines and out of them.
func (r Record) lined(at time.Time, n *flow.Note) Record {
	switch {
	case n == nil || n.Kind != flow.KindQueue:
	case n.What == flow.WhatEntered:
		r.LinedAt, r.AskedIn = at, ""
	case n.What == flow.WhatAsked:
		r.AskedIn = flow.QueueID(n.Line, n.Step)
	}
	return r
}

// quiet says whether an event has no entry of its own: what the flow tells of it,
// or who rings, says more.
func quiet(k callstate.Kind) bool {
	switch k {
	case callstate.KindRouted, callstate.KindRung, callstate.KindPressed, callstate.KindKeyAwaited,
		callstate.KindWaited, callstate.KindDialExpired, callstate.KindProven:
		return true
	default:
		return false
	}
}

// factsOf returns what the log keeps of an event.
func factsOf(ev callstate.Event) Facts {
	flag := func(on bool) *bool { return &on }
	switch e := ev.(type) {
	case callstate.RungOut:
		return Facts{Member: e.Member}
	case callstate.ExternalGone:
		return Facts{Cause: e.Cause}
	case callstate.Unproven:
		return Facts{Members: e.Again}
	case callstate.Dialled:
		return Facts{Member: e.Member}
	case callstate.Answered:
		return Facts{Member: e.Member}
	case callstate.Declined:
		return Facts{Member: e.Member}
	case callstate.OfferLost:
		return Facts{Member: e.Member}
	case callstate.CustomerHeld:
		return Facts{On: flag(e.On)}
	case callstate.CustomerGone:
		return Facts{Cause: e.Cause}
	case callstate.Muted:
		return Facts{Member: e.Member, On: flag(e.On)}
	case callstate.Held:
		return Facts{Member: e.Member, On: flag(e.On)}
	case callstate.Recorded:
		return Facts{Member: e.Member, To: string(e.To)}
	case callstate.HungUp:
		return Facts{Member: e.Member}
	case callstate.AgentLost:
		return Facts{Member: e.Member}
	case callstate.AgentBack:
		return Facts{Member: e.Member}
	case callstate.HandedOver:
		return Facts{Member: e.From, To: e.To, Cause: e.Cause}
	case callstate.Stopped:
		return Facts{Cause: e.Cause}
	}
	return Facts{}
}
