// Package relayhost is Parley's media plane in a process of its own, as a relay that
// can be measured beside others: browsers by rtc, plain RTP by sip/rtp, calls joined
// by the relay and recorded by record, and nothing else.
//
// A program that may become such a process calls Serve first thing in main where Asked
// says so; Start starts it.
package relayhost

import "os"

const (
	env     = "PARLEY_RELAY_HOST"    // set, it makes the program a host
	profile = "PARLEY_RELAY_PROFILE" // names a file for a profile of its CPU time
)

// Asked says whether this process was started by Start.
func Asked() bool { return os.Getenv(env) != "" }

// ask is what Start's process asks of the host, one at a time.
type ask struct {
	Browser bool   // open a browser's leg
	Phone   string // or one of plain RTP, whose far end this is
	Leg     int    // or: this leg
	Answer  string // has answered
	Join    [2]int // or: two legs talk,
	Record  string // recorded to this file if it is named
	Inside  bool   // or: what goes on inside
}

// reply answers it.
type reply struct {
	Leg    int
	Offer  string // of a browser's leg
	Addr   string // of plain RTP
	Inside Inside
	Err    string
}
