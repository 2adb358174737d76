package rtc

import (
	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// frame is 20 ms by the relay's clock.
const frame = relay.FrameBytes

// inClock turns the timestamps a browser sends, whose clock is that of the codec it
// speaks at the time, into the relay's. Events have the clock of the audio around them.
type inClock struct {
	rate    uint32 // ticks a second; 0: nothing has come
	wire    uint32 // last timestamp
	elapsed int64  // ticks since base
	base    uint32 // the relay's
	last    uint32 // the relay's
}

// read takes the next timestamp.
func (c *inClock) read(rate, wire uint32) uint32 {
	if rate != c.rate {
		c.rate, c.elapsed, c.base = rate, 0, c.last+frame
	} else {
		c.elapsed += int64(int32(wire - c.wire))
	}
	c.wire = wire
	c.last = c.base + uint32(c.elapsed/int64(rate/relay.ClockRate))
	return c.last
}

// outClock turns the relay's timestamps into those a browser is sent. Where the codec
// changes they go on without a jump (RFC 7160 section 4.2): one source has one line
// of time, whatever its pace.
type outClock struct {
	rate uint32 // ticks a second; 0: nothing was sent
	from uint32 // the relay's timestamp since when rate is the pace
	wire uint32 // what that was sent as
}

// write returns what the relay's timestamp t is sent as.
func (c *outClock) write(rate, t uint32) uint32 {
	if rate != c.rate {
		if c.rate != 0 {
			c.wire += (t - c.from) * (c.rate / relay.ClockRate)
		} else {
			c.wire = t
		}
		c.rate, c.from = rate, t
	}
	return c.wire + (t-c.from)*(rate/relay.ClockRate)
}

// clockOf is the clock of a packet of the codec c, or of an event (c is 0) between
// audio of the clock now.
func clockOf(c codec.Codec, now uint32) uint32 {
	if c == 0 && now != 0 {
		return now
	}
	return c.Clock()
}
