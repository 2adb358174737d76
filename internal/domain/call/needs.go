package call

import (
	"context"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/queue"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
)

// What the engine needs of the rest, each as small as it uses it.

// Flows tells what a call's way depends on. routing.Service is it.
type Flows interface {
	// Facts returns it as it is now, with the members who may be rung by id. What it
	// returns is not changed by anybody.
	Facts(ctx context.Context, workspaceID, numberID string) (flow.Facts, map[string]member.Member, error)
	// Turn notes whom a step of a flow (flow.QueueID) has rung.
	Turn(queueID, memberID string)
}

// Blocklist knows whose calls are not taken; e164 is "" for who hides his number.
type Blocklist interface {
	Blocks(ctx context.Context, workspaceID, e164 string) (bool, error)
}

// Board keeps the lines of waiting callers. queue.Board is it.
type Board interface {
	Enter(e queue.Entry)
	Leave(callID string)
	Passed(callID, memberID string)
	Free(workspaceID, memberID string) bool
	Place(callID string) (queue.Place, bool)
}

// Agents books members for calls and stores what they owe. agent.Registry is it.
type Agents interface {
	Bookings
	// Owe stores what a member owes, again if it is there.
	Owe(ctx context.Context, owed []agent.Obligation) error
}

// Bookings says who is kept by which call.
type Bookings interface {
	// Reserve books a member whom the call is about to ring; Ring tells of it.
	Reserve(memberID, callID string) agent.Reason
	Ring(workspaceID, memberID string)
	ReserveToDial(memberID, callID string) agent.Reason
	Engage(workspaceID, memberID, callID string)
	// Release takes a member off the call, with what he owes for it.
	Release(workspaceID, memberID, callID string, owed ...agent.Obligation)
}

// Dialler places calls towards the phone network. Dial does not block on the
// network; the leg tells what becomes of it.
type Dialler interface {
	Dial(ctx context.Context, out Outgoing) (Leg, error)
}

// Outgoing is a call to place.
type Outgoing struct {
	CallID   string
	Number   number.Number // whose trunk and caller ID it goes by
	To       string        // E.164 or a short number
	CallerID string
	Leg      callstate.LegID
}

// Media opens the media plane for a call.
type Media interface {
	Open(workspaceID, callID string) Bridge
}

// Bridge is the media plane of one call, the whole seam between control and
// packets. No method blocks.
type Bridge interface {
	// Attach lets a leg's packets take part; a leg of the same id is replaced.
	Attach(leg Leg)
	// Detach takes a leg out of the call, which goes on.
	Detach(leg callstate.LegID)
	// Follow makes the plane obey s: who hears whom, who is muted.
	Follow(s callstate.State)
	// Play lets the player leg speak instead of what it played; done follows a
	// sound that ends. The zero Sound stops it.
	Play(s Sound, done func())
	// Digits sends RFC 4733 digits to a leg.
	Digits(to callstate.LegID, digits string)
	// Record starts the recorder; done is called once, from any goroutine.
	Record(spec RecordSpec, done func(RecordResult)) Recorder
	Close()
}

// Sound is something to play to a caller: the first of its parts that is set.
type Sound struct {
	Music    string     // id in the music library, looped
	Say      flow.Sound // a message of the workspace or a shipped prompt, once
	Prompts  []string   // shipped prompts, one after the other, once
	Tone     Tone
	Language string // of shipped prompts
}

// Tone is a sound that is made, not stored.
type Tone string

// The tones.
const (
	Ringback Tone = "ringback" // until another sound is played
	Beep     Tone = "beep"     // once
	// Silence is sent, so that a carrier does not take the call for dead; until another
	// sound is played.
	Silence Tone = "silence"
)

// Silent says whether there is nothing to play.
func (s Sound) Silent() bool {
	return s.Music == "" && s.Say.Silent() && len(s.Prompts) == 0 && s.Tone == ""
}

// RecordSpec says what to record where.
type RecordSpec struct {
	RecordingID string
	WorkspaceID string
	CallID      string
	Kind        recording.Kind
	Channels    []callstate.LegID
	Start       time.Time
	Alarm       func(error) // nothing more can be written; the call goes on
}

// Recorder steers a running recording. No method blocks; Pause holds from the
// moment it returns.
type Recorder interface {
	Pause()
	Resume()
	// Pass has the channel of one leg go on with what another says.
	Pass(from, to callstate.LegID)
	Stop()
}

// RecordResult is what a recording came to.
type RecordResult struct {
	BlobKey    string
	DurationMS int64
	Bytes      int64
	SHA256     string
	Markers    []recording.Marker
	Err        error
	Stored     func() // to be called once the result is stored; may be nil
}

// Recordings keeps what is known of recordings.
type Recordings interface {
	Recording(ctx context.Context, workspaceID, id string) (recording.Recording, error)
	SaveRecording(ctx context.Context, r recording.Recording) error
}

// Audience is told what happens, after it was written. Its methods must not
// block for long and must not call the engine back on the same goroutine.
type Audience interface {
	// CallChanged tells everybody concerned how the call stands: the members who
	// ring or talk, and the caller's page.
	CallChanged(v View)
	// CallGone tells one member that the call left his screen.
	CallGone(v View, memberID string, cause callstate.Cause, by string)
	// CallEnded tells that the call is over and what it came to.
	CallEnded(v View, r Record)
	// Alarm tells that something needs a person, such as a full disk.
	Alarm(v View, key string)
}

// View is a call as others may see it: a copy.
type View struct {
	ID         string
	Number     number.Number
	Web        bool
	PartyE164  string
	PartyName  string
	State      callstate.State
	Tab        string    // the agent's tab that holds the media
	StartedAt  time.Time // of a callback that a member has taken: when he did
	LinedAt    time.Time // of a callback: from when on its caller waits
	AnsweredAt time.Time
	HeldAt     time.Time
	SIPCode    int    // of the far end, once it refused
	SIPReason  string // its reason phrase
}
