package protocol

// Messages of the server that are not deltas.
type (
	// Result answers a command. Text is the sentence to show, in the member's
	// language, where OK is false.
	Result struct {
		OK    bool   `json:"ok"`
		Kind  string `json:"kind,omitempty"` // fault kind
		Key   string `json:"key,omitempty"`  // locale key, for tests and logic
		Text  string `json:"text,omitempty"`
		Call  string `json:"call,omitempty"`  // of Dial: the call placed
		Value string `json:"value,omitempty"` // of Dial: the number as understood, E.164
	}
	// MediaOffer is the server's SDP offer; only the server offers.
	MediaOffer struct {
		Offer int    `json:"offer"`
		SDP   string `json:"sdp"`
	}
	// Notice is a sentence for the tab: an alarm, or news that needs no state.
	Notice struct {
		Level string `json:"level"` // info, warn, alarm
		Key   string `json:"key"`
		Text  string `json:"text"`
	}
	// Goodbye is sent before the server closes the socket.
	Goodbye struct {
		Reason string `json:"reason"` // reload (other version), signed-out, stopping, malformed
	}
)

func (*Result) Type() string     { return "result" }
func (*MediaOffer) Type() string { return "media.offer" }
func (*Notice) Type() string     { return "notice" }
func (*Goodbye) Type() string    { return "goodbye" }
