package protocol

import "parley/internal/shared/callstate"

// LiveState is what a member is doing, as the server derives it.
type LiveState string

// The six states a member can be seen in.
const (
	LiveOffline   LiveState = "offline"
	LiveAvailable LiveState = "available"
	LiveRinging   LiveState = "ringing"
	LiveOnCall    LiveState = "on-call"
	LiveWrapUp    LiveState = "after-call-work"
	LiveDND       LiveState = "do-not-disturb"
)

// LiveStates lists them.
func LiveStates() []LiveState {
	return []LiveState{LiveOffline, LiveAvailable, LiveRinging, LiveOnCall, LiveWrapUp, LiveDND}
}

// Me is the member as his own tab sees him. Times are Unix milliseconds of the
// server's clock; the tab corrects for its own with Snapshot.Now.
type Me struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Setting    string    `json:"setting"`
	State      LiveState `json:"state"`
	Since      int64     `json:"since"`
	DueTag     string    `json:"due_tag,omitempty"`      // call that still needs a tag
	WrapUpEnds int64     `json:"wrap_up_ends,omitempty"` // after-call work runs until
	WrapUpMS   int64     `json:"wrap_up_ms,omitempty"`   // its whole length
	MediaReady bool      `json:"media_ready"`            // this tab's media peer is connected

	// Working hours: whether they are on, and when that changes, 0 for never.
	Open    bool  `json:"open"`
	FlipsAt int64 `json:"flips_at,omitempty"`

	DefaultLine string `json:"default_line,omitempty"` // id of the line chosen at first
	DialCountry string `json:"dial_country,omitempty"` // how bare numbers are read, "" as the line's
	RingTone    string `json:"ring_tone,omitempty"`    // "" for the first
	Notify      bool   `json:"notify,omitempty"`       // of ringing calls, by the system
}

// Line is a number the member has.
type Line struct {
	ID           string `json:"id"`
	E164         string `json:"e164"`
	Display      string `json:"display"` // national form with flag
	Name         string `json:"name"`
	Country      string `json:"country"`
	CallingCode  string `json:"calling_code"` // "+33"
	CanDial      bool   `json:"can_dial"`     // has a trunk
	MandatoryTag bool   `json:"mandatory_tag"`
}

// Tag is a label to pick.
type Tag struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Colour string `json:"colour"`
}

// Party is somebody outside the company.
type Party struct {
	Name    string `json:"name,omitempty"`
	E164    string `json:"e164,omitempty"`
	Display string `json:"display,omitempty"`
	Web     bool   `json:"web,omitempty"` // calls from the public page
}

// Call is a call that rings at, or belongs to, the member.
type Call struct {
	ID         string          `json:"id"`
	Line       Line            `json:"line"`
	Party      Party           `json:"party"`
	State      callstate.State `json:"state"`
	Here       bool            `json:"here"`               // this tab holds the call's media
	StartedAt  int64           `json:"started"`            // began to ring or was dialled
	LinedAt    int64           `json:"lined,omitempty"`    // of a callback: from when on the customer waits
	AnsweredAt int64           `json:"answered,omitempty"` // customer and agent were connected
	HeldAt     int64           `json:"held,omitempty"`
}

// Recent is a line of the member's recent calls.
type Recent struct {
	ID        string              `json:"id"`
	Line      string              `json:"line"` // its name
	LineID    string              `json:"line_id"`
	Party     Party               `json:"party"`
	Direction callstate.Direction `json:"direction"`
	Talked    bool                `json:"talked"`
	Cause     callstate.Cause     `json:"cause"`
	CauseText string              `json:"cause_text"`
	StartedAt int64               `json:"started"`
	TalkMS    int64               `json:"talk_ms"`
	Tags      []string            `json:"tags,omitempty"` // tag ids
}

// Snapshot is everything a member's tab shows.
type Snapshot struct {
	Now     int64    `json:"now"` // server's clock
	Me      Me       `json:"me"`
	Lines   []Line   `json:"lines"`
	Tags    []Tag    `json:"tags"`
	Calls   []Call   `json:"calls"`
	Recents []Recent `json:"recents"`
}

// Deltas. Each replaces the part it names.
type (
	// MeChanged replaces Snapshot.Me.
	MeChanged struct {
		Me Me `json:"me"`
	}
	// CallChanged replaces or adds one call.
	CallChanged struct {
		Call Call `json:"call"`
	}
	// CallGone takes a call off the member's screen. Text says why.
	CallGone struct {
		Call  string          `json:"call"`
		Cause callstate.Cause `json:"cause"`
		By    string          `json:"by,omitempty"` // colleague who took it
		Code  int             `json:"code,omitempty"`
		Text  string          `json:"text"`
	}
	// RecentAdded adds or replaces one recent call.
	RecentAdded struct {
		Recent Recent `json:"recent"`
	}
	// LinesChanged replaces the lines.
	LinesChanged struct {
		Lines []Line `json:"lines"`
	}
	// TagsChanged replaces the tags.
	TagsChanged struct {
		Tags []Tag `json:"tags"`
	}
)

// CallerState is all that a caller's tab on the public page is told.
type CallerState struct {
	Phase      string          `json:"phase"` // one of CallerPhases
	AnsweredAt int64           `json:"answered,omitempty"`
	Now        int64           `json:"now"`
	Agent      string          `json:"agent,omitempty"` // first name of who answered
	Recording  bool            `json:"recording,omitempty"`
	Cause      callstate.Cause `json:"cause,omitempty"`
	Text       string          `json:"text,omitempty"`
	Sounds     bool            `json:"sounds,omitempty"` // the server plays what he hears while it rings
	Keys       bool            `json:"keys,omitempty"`   // pressing keys does something
	Place      int             `json:"place,omitempty"`  // in line; 1 is next
	WaitMS     int64           `json:"wait,omitempty"`   // expected, of a Place
}

// The phases of a call as its caller sees it.
const (
	CallerReady     = "ready"
	CallerRinging   = "ringing"
	CallerTalking   = "talking"
	CallerHeld      = "held"
	CallerMessage   = "message"   // something is said to him
	CallerMenu      = "menu"      // he is to press a key
	CallerQueue     = "queue"     // he is in line
	CallerVoicemail = "voicemail" // he may leave a message, or speaks it
	CallerEnded     = "ended"
)

// CallerPhases lists them.
func CallerPhases() []string {
	return []string{
		CallerReady, CallerRinging, CallerTalking, CallerHeld, CallerMessage, CallerMenu, CallerQueue, CallerVoicemail, CallerEnded,
	}
}

func (*Snapshot) Type() string     { return "snapshot" }
func (*MeChanged) Type() string    { return "me" }
func (*CallChanged) Type() string  { return "call" }
func (*CallGone) Type() string     { return "call.gone" }
func (*RecentAdded) Type() string  { return "recent" }
func (*LinesChanged) Type() string { return "lines" }
func (*TagsChanged) Type() string  { return "tags" }
func (*CallerState) Type() string  { return "caller.state" }
