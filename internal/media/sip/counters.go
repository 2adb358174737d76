package sip

import "sync/atomic"

// Counters is what the stack has done since it was made.
type Counters struct {
	Inbound    uint64 // calls that reached the handler
	Outbound   uint64 // calls dialled
	Dropped    uint64 // datagrams and connections of strangers, left unanswered
	Challenged uint64 // strangers asked for credentials
	Refused    uint64 // INVITEs refused before the handler saw them
	Malformed  uint64 // messages refused for their form
	Restarts   uint64 // sockets opened again
	Legs       int64  // legs alive now
}

type counters struct {
	inbound, outbound, dropped, challenged, refused, malformed, restarts atomic.Uint64
	legs                                                                 atomic.Int64
}

func (c *counters) read() Counters {
	return Counters{
		Inbound: c.inbound.Load(), Outbound: c.outbound.Load(), Dropped: c.dropped.Load(),
		Challenged: c.challenged.Load(), Refused: c.refused.Load(), Malformed: c.malformed.Load(),
		Restarts: c.restarts.Load(), Legs: c.legs.Load(),
	}
}
