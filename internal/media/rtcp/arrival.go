package rtcp

import "time"

// arrival follows the packets of one source (RFC 3550 appendices A.1, A.3 and A.8).
type arrival struct {
	ssrc     uint32
	any      bool
	base     uint16 // first sequence number
	high     uint32 // highest, with rollovers
	received uint64
	before   struct{ expected, received uint64 } // at the last report
	clock    uint32                              // ticks a second of its timestamps
	transit  int64                               // of the last packet, in ticks
	jitter   int64                               // sixteen times, in ticks
	past     struct{ packets, lost uint64 }      // of sources before
}

// packet notes one. Another SSRC, or a jump too far for loss, is another source.
func (a *arrival) packet(ssrc uint32, seq uint16, stamp Stamp, at time.Time) {
	ahead := seq - uint16(a.high)
	behind := -ahead
	if !a.any || ssrc != a.ssrc || ahead >= maxDropout && behind > maxMisorder {
		past := a.past
		past.packets, past.lost = a.packets(), a.lost()
		*a = arrival{ssrc: ssrc, any: true, base: seq, high: uint32(seq), received: 1, clock: stamp.Clock, transit: transit(stamp, at), past: past}
		return
	}
	if ahead < maxDropout {
		a.high += uint32(ahead)
	}
	a.received++
	now := transit(stamp, at)
	if stamp.Clock != a.clock { // another codec: its timestamps do not compare
		a.jitter = a.jitter * int64(stamp.Clock) / int64(a.clock)
		a.clock, a.transit = stamp.Clock, now
		return
	}
	a.jitter += abs(now-a.transit) - (a.jitter+8)>>4
	a.transit = now
}

// transit is when a packet came less when it was made, in ticks: only differences
// mean something.
func transit(stamp Stamp, at time.Time) int64 {
	clock := int64(stamp.Clock)
	came := at.Unix()*clock + int64(at.Nanosecond())*clock/int64(time.Second)
	return int64(int32(uint32(came) - stamp.Time))
}

func abs(v int64) int64 {
	v = int64(int32(v)) // round the clock
	if v < 0 {
		return -v
	}
	return v
}

// expected counts what the current source has sent, as far as is known.
func (a *arrival) expected() uint64 {
	if !a.any {
		return 0
	}
	return uint64(a.high-uint32(a.base)) + 1
}

func (a *arrival) packets() uint64 { return a.past.packets + a.received }

func (a *arrival) lost() uint64 {
	if e := a.expected(); e > a.received {
		return a.past.lost + e - a.received
	}
	return a.past.lost // some came twice
}

// interval ends one, and returns the fraction lost in it.
func (a *arrival) interval() float64 {
	expected, received := a.expected()-a.before.expected, a.received-a.before.received
	a.before.expected, a.before.received = a.expected(), a.received
	if expected <= received {
		return 0
	}
	return float64(expected-received) / float64(expected)
}

// ticks converts from an RTP clock; before one is known, there is nothing to convert.
func ticks(n int64, clock uint32) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(max(clock, 1))
}
