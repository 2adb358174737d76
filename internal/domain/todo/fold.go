package todo

import (
	"time"

	"parley/internal/base/phone"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

// opens says what a call that is over leaves to do, "" for nothing.
func opens(r call.Record) Kind {
	switch {
	case r.Direction != callstate.Inbound || r.Live():
		return ""
	case r.Cause == callstate.CauseCallbackPromised:
		return Callback
	case r.VoicemailID != "":
		return Voicemail
	case r.Missed():
		return Missed
	}
	return ""
}

// closes says with which outcome a call that is over does away with what was to be
// done for its party, "" for none: somebody talked to him.
func closes(r call.Record) Outcome {
	switch {
	case r.Live() || r.AnsweredAt.IsZero() || r.PartyE164 == "":
		return ""
	case r.Direction == callstate.Outbound:
		return CalledBack
	}
	return CalledAgain
}

// begin is the item of a call.
func begin(r call.Record, k Kind) Item {
	i := Item{
		ID: r.ID, WorkspaceID: r.WorkspaceID, NumberID: r.NumberID, CallID: r.ID, Kind: k, E164: r.PartyE164,
		Name: r.PartyName, Calls: 1, At: r.StartedAt, LatestAt: r.StartedAt,
	}
	return i.promised(r, k)
}

// join adds another call of the same caller. A promise weighs more than a message,
// and that more than a call nobody took.
func (i Item) join(r call.Record, k Kind) Item {
	i.CallID, i.LatestAt, i.Calls = r.ID, r.StartedAt, i.Calls+1
	if weight(k) > weight(i.Kind) {
		i.Kind = k
	}
	if r.PartyName != "" {
		i.Name = r.PartyName
	}
	return i.promised(r, k)
}

// calledUnasked says whether Parley may call a number by itself. Short and premium
// numbers people alone call: whoever forges his number must have no emergency service
// called, and nobody paid.
func calledUnasked(e164 string) bool {
	return e164 != "" && !phone.Short(e164) && !phone.Premium(e164)
}

// promised has Parley call back by itself who asked for it in line. Who is promised it
// again keeps the place he has.
func (i Item) promised(r call.Record, k Kind) Item {
	was := i.Return
	if k != Callback || !i.Open() || r.AskedIn == "" || !calledUnasked(r.PartyE164) || !r.EndedAt.After(was.PromisedAt) {
		return i
	}
	i.Return = Return{QueueID: r.AskedIn, LinedAt: r.LinedAt, PromisedAt: r.EndedAt, NextAt: r.EndedAt}
	if was.Pending() && was.QueueID == r.AskedIn {
		i.Return.LinedAt, i.Return.Trying, i.Return.CalledAt = was.LinedAt, was.Trying, was.CalledAt
	}
	return i
}

func weight(k Kind) int {
	switch k {
	case Callback:
		return 2
	case Voicemail:
		return 1
	}
	return 0
}

// Open says whether the item is still to do.
func (i Item) Open() bool { return i.Outcome == "" }

// done closes the item. Nobody is called back for it any more.
func (i Item) done(o Outcome, at time.Time, by string) Item {
	i.Outcome, i.DoneAt, i.DoneBy = o, at, by
	i.Return = i.Return.Over()
	return i
}

// Handling is how long the item waited until somebody did something about it, 0
// while nobody has (CB-05).
func (i Item) Handling() time.Duration {
	first := i.DoneAt
	if !i.AssignedAt.IsZero() && (first.IsZero() || i.AssignedAt.Before(first)) {
		first = i.AssignedAt
	}
	if first.IsZero() {
		return 0
	}
	return max(first.Sub(i.At), 0)
}
