package agent

import (
	"context"
	"time"
)

// ObligationKind says what a member owes.
type ObligationKind string

// What a member can owe after a call.
const (
	OwesTag    ObligationKind = "tag"
	OwesWrapUp ObligationKind = "wrap-up" // after-call work
)

// Obligation is a stored fact: until it is met the member is offered no call
// and can start none, from any tab, after a reload, after a restart.
type Obligation struct {
	WorkspaceID string
	MemberID    string
	CallID      string
	Kind        ObligationKind
	Since       time.Time
	Length      time.Duration // of after-call work
	// Until is the end of after-call work. It is zero while a tag is due first:
	// the time runs once the tag is picked.
	Until time.Time
}

// Owed lists what a member owes for a call that has just ended: a tag, and
// after-call work of some length, none where that is 0.
func Owed(workspaceID, memberID, callID string, tag bool, work time.Duration) []Obligation {
	o := Obligation{WorkspaceID: workspaceID, MemberID: memberID, CallID: callID, Since: time.Now()}
	var owed []Obligation
	if tag {
		o.Kind = OwesTag
		owed = append(owed, o)
	}
	if work > 0 {
		o.Kind, o.Length = OwesWrapUp, work
		if !tag {
			o.Until = o.Since.Add(work)
		}
		owed = append(owed, o)
	}
	return owed
}

// Store keeps obligations. There is at most one of a kind for a member and call.
type Store interface {
	// Obligations lists those of every workspace, oldest first.
	Obligations(ctx context.Context) ([]Obligation, error)
	SaveObligation(ctx context.Context, o Obligation) error
	MeetObligation(ctx context.Context, memberID, callID string, kind ObligationKind) error
}
