package call

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/shared/callstate"
)

// Entry is one line of a call's event log. The log is append-only and the only
// source of history: everything else can be rebuilt from it.
type Entry struct {
	CallID      string
	WorkspaceID string
	Seq         int // 1, 2, 3 … within the call
	At          time.Time
	Kind        string // EntryKind…
	Payload     json.RawMessage
}

// Record is what a call's log amounts to: the row history shows. It is made by
// Fold alone.
type Record struct {
	ID          string
	WorkspaceID string
	NumberID    string
	Direction   callstate.Direction
	Web         bool   // came by the number's public page
	PartyE164   string // the customer's number, "" where unknown or hidden
	PartyName   string
	MemberID    string // who talked, or dialled
	StartedAt   time.Time
	AnsweredAt  time.Time // customer and agent were connected; zero if never
	EndedAt     time.Time // zero while it lives
	Cause       callstate.Cause
	SIPCode     int // of the far end, where it refused
	TagIDs      []string
	VoicemailID string    // the recording of what the caller said, "" where he left nothing
	LinedAt     time.Time // it began to wait in a queue; zero if it never did
	AskedIn     string    // the flow.QueueID in which the caller asked to be called back
	Entries     int       // length of the log it was made from
}

// Live says whether the call has not ended.
func (r Record) Live() bool { return r.EndedAt.IsZero() }

// Missed says whether an inbound call ended without anybody talking. Whom the
// company does not want is not missed.
func (r Record) Missed() bool {
	return r.Direction == callstate.Inbound && r.AnsweredAt.IsZero() && !r.Live() && r.Cause != callstate.CauseBlocked
}

// TalkTime is how long customer and agent were connected.
func (r Record) TalkTime() time.Duration {
	if r.AnsweredAt.IsZero() || r.EndedAt.IsZero() {
		return 0
	}
	return max(r.EndedAt.Sub(r.AnsweredAt), 0) // a clock may have been set back
}

// Filter bounds a page of history. Zero fields do not filter.
type Filter struct {
	NumberIDs []string // any of these numbers …
	MemberIDs []string // … or calls of any of these members; both empty: all
	NumberID  string   // of those, calls on this number alone
	MemberID  string   // of those, calls of this member alone
	Direction callstate.Direction
	Missed    bool
	Voicemail bool // with a voicemail
	TagID     string
	Before    string // keyset: calls older than this id
	Limit     int    // at most 200, default 50
}

// Log keeps the event log and the records made from it.
type Log interface {
	// Append writes entries and the record they lead to, in one transaction. An
	// entry that is there already is left alone, so that it can be repeated.
	Append(ctx context.Context, entries []Entry, r Record) error
	Entries(ctx context.Context, workspaceID, callID string) ([]Entry, error)
	Record(ctx context.Context, workspaceID, callID string) (Record, error)
	// Records returns a page of history, newest first.
	Records(ctx context.Context, workspaceID string, f Filter) ([]Record, error)
	// LiveRecords returns the calls of every workspace that have not ended.
	LiveRecords(ctx context.Context) ([]Record, error)
}
