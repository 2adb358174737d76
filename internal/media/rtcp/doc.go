// Package rtcp reckons how a leg's packets fare, in both directions, and writes and
// reads the reports by which the two ends tell each other (RFC 3550 section 6).
//
// A Session is one leg's. The packet path notes each packet in it, which costs some
// additions; whoever ticks composes a report every few seconds. It has a lock of its
// own, which nothing outside the leg takes. It must not know sockets or encryption.
package rtcp

import "time"

// Interval is how often a leg reports: as often as RFC 3550 section 6.2 has two
// parties do at the least.
const Interval = 5 * time.Second

const (
	typeSender      = 200
	typeReceiver    = 201
	typeDescription = 202

	headerBytes     = 8 // with the reporter's SSRC
	senderBytes     = 20
	blockBytes      = 24
	ntpOffset       = 2208988800 // seconds from 1900 to 1970
	maxDropout      = 3000       // RFC 3550 appendix A.1, as is the next
	maxMisorder     = 100
	maxLost         = 1<<23 - 1
	canonicalName   = "parley"
	descriptionItem = 1 // CNAME
)

// Direction is how packets fared on their way in one direction.
type Direction struct {
	Packets uint64        // that arrived, or are said to have
	Lost    uint64        // that should have
	Loss    float64       // fraction of the last interval's
	Jitter  time.Duration // RFC 3550 section 6.4.1
}

// since is how packets fared from a moment on; Loss is of all of them.
func (d Direction) since(before Direction) Direction {
	d.Packets -= min(before.Packets, d.Packets)
	d.Lost -= min(before.Lost, d.Lost)
	d.Loss = 0
	if all := d.Packets + d.Lost; all > 0 {
		d.Loss = float64(d.Lost) / float64(all)
	}
	return d
}

// beside is how the packets of two sources fare together; jitter and loss are those of
// the one that fares worse.
func (d Direction) beside(other Direction) Direction {
	return Direction{
		Packets: d.Packets + other.Packets, Lost: d.Lost + other.Lost,
		Loss: max(d.Loss, other.Loss), Jitter: max(d.Jitter, other.Jitter),
	}
}

// Quality is how a leg fares.
type Quality struct {
	In, Out   Direction     // as seen by us, and by the far end
	RoundTrip time.Duration // 0: not known
}

// Since is how the leg fared from a moment on; a browser's lasts for many calls.
func (q Quality) Since(before Quality) Quality {
	q.In, q.Out = q.In.since(before.In), q.Out.since(before.Out)
	return q
}

// MOS is what people would say of how each direction sounds, with half of the round
// trip for delay (see MOS).
func (q Quality) MOS() (in, out float64) {
	return MOS(q.In.Loss, q.RoundTrip/2), MOS(q.Out.Loss, q.RoundTrip/2)
}
