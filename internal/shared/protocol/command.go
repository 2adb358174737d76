package protocol

import "parley/internal/shared/callstate"

// Commands of an agent's tab. Each is answered by a Result.
type (
	// Hello opens the session. The server answers with a Snapshot.
	Hello struct {
		Version int    `json:"version"`
		Tab     string `json:"tab"` // chosen by the tab, kept over reloads (sessionStorage)
	}
	// Resync asks for a new Snapshot.
	Resync struct{}
	// Ping keeps the connection known alive.
	Ping struct{}
	// Device says what became of the microphone. "granted" starts the media peer.
	Device struct {
		Microphone string `json:"microphone"` // granted, denied, missing, unknown
	}
	// MediaAnswer is the tab's answer to a MediaOffer.
	MediaAnswer struct {
		Offer int    `json:"offer"` // MediaOffer.Offer it answers
		SDP   string `json:"sdp"`
	}
	// MediaCandidate is an ICE candidate, either way; JSON as the browser makes it.
	MediaCandidate struct {
		Candidate string `json:"candidate"`
	}
	// SetAvailability chooses the member's setting.
	SetAvailability struct {
		Setting string `json:"setting"` // available, auto, do-not-disturb
	}
	// Dial places a call from a number the member has.
	Dial struct {
		NumberID string `json:"number"`
		To       string `json:"to"` // as typed or pasted
	}
	// Act does one thing to a call: answer, decline, hang-up, mute, hold and the
	// recording actions. On is for mute and hold.
	Act struct {
		Call   string           `json:"call"`
		Action callstate.Action `json:"action"`
		On     bool             `json:"on,omitempty"`
	}
	// Keypad sends digits into the call (RFC 4733).
	Keypad struct {
		Call   string `json:"call"`
		Digits string `json:"digits"`
	}
	// SetTags puts tags on a call, instead of those it has.
	SetTags struct {
		Call string   `json:"call"`
		Tags []string `json:"tags"`
	}
	// EndWrapUp ends after-call work early.
	EndWrapUp struct{}
)

// Commands of a caller's tab on a number's public page. It says Hello and
// answers MediaOffers as an agent's tab does.
type (
	// CallerStart places the call.
	CallerStart struct {
		Name string `json:"name,omitempty"` // as the caller gives it
	}
	// CallerMute mutes the caller's own microphone.
	CallerMute struct {
		On bool `json:"on"`
	}
	// CallerDigits are keys pressed, for a menu or a queue.
	CallerDigits struct {
		Digits string `json:"digits"` // 0-9 * #
	}
	// CallerHangUp ends the call.
	CallerHangUp struct{}
)

func (*Hello) Type() string           { return "hello" }
func (*Resync) Type() string          { return "resync" }
func (*Ping) Type() string            { return "ping" }
func (*Device) Type() string          { return "device" }
func (*MediaAnswer) Type() string     { return "media.answer" }
func (*MediaCandidate) Type() string  { return "media.candidate" }
func (*SetAvailability) Type() string { return "availability.set" }
func (*Dial) Type() string            { return "call.dial" }
func (*Act) Type() string             { return "call.act" }
func (*Keypad) Type() string          { return "call.keypad" }
func (*SetTags) Type() string         { return "call.tags" }
func (*EndWrapUp) Type() string       { return "wrapup.end" }
func (*CallerStart) Type() string     { return "caller.start" }
func (*CallerMute) Type() string      { return "caller.mute" }
func (*CallerDigits) Type() string    { return "caller.digits" }
func (*CallerHangUp) Type() string    { return "caller.hangup" }
