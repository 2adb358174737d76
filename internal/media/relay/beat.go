package relay

import "time"

// maxLate is how far a beat may fall behind before it gives up catching up.
const maxLate = 200 * time.Millisecond

// beat strikes every 20 ms counted from its start, so that lateness of one
// stroke does not push back the following ones. One goroutine uses it.
type beat struct {
	due   time.Time
	timer *time.Timer
}

// newBeat starts a beat; its first stroke is due a frame from now.
func newBeat() *beat {
	return &beat{due: time.Now(), timer: time.NewTimer(time.Hour)}
}

// next returns the channel of the following stroke.
func (b *beat) next() <-chan time.Time {
	b.due = b.due.Add(frameTime)
	b.timer.Reset(time.Until(b.due))
	return b.timer.C
}

// skip moves the beat to the present if it is hopelessly late (the machine
// slept) and returns how many strokes were given up.
func (b *beat) skip() int {
	late := time.Since(b.due)
	if late < maxLate {
		return 0
	}
	n := int(late / frameTime)
	b.due = b.due.Add(time.Duration(n) * frameTime)
	return n
}

func (b *beat) stop() { b.timer.Stop() }
