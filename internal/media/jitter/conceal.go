package jitter

// Pitch periods looked for, and how speech continues that is not there.
const (
	shortest = 40  // samples of a period: 200 Hz
	longest  = 120 // 66 Hz
	overlap  = 20  // samples over which one wave goes over into another: 2.5 ms
	history  = 3*longest + overlap
	compared = 160 // samples by which periods are told
	fadeFrom = block
	fadeTo   = 6 * block // silence from 60 ms on
)

// concealer continues a wave (ITU-T G.711 appendix I): it repeats the last period,
// goes over softly into it and out of it, and fades away, since what is repeated for
// long sounds like a machine.
type concealer struct {
	past   [history]int16 // what was heard last, concealed or not
	period int            // of what is repeated, 0: nothing is concealed
	made   int            // samples since the loss
	wave   [longest + overlap]int16
}

// hear notes samples that are there, and goes over into them from what was made up
// before; b is changed.
func (c *concealer) hear(b []int16) {
	if c.period > 0 {
		var tail [overlap]int16
		c.generate(tail[:min(overlap, len(b))])
		for i := range min(overlap, len(b)) {
			b[i] = blend(tail[i], b[i], i)
		}
		c.period, c.made = 0, 0
	}
	c.remember(b)
}

// conceal makes up what is not there.
func (c *concealer) conceal(b []int16) {
	if c.period == 0 {
		c.begin()
	}
	c.generate(b)
	c.remember(b)
}

// leave has what comes next begin as the wave goes on, since samples between are left
// out.
func (c *concealer) leave() {
	if c.period == 0 {
		c.begin()
	}
}

// begin finds the last period, with an overlap before it so that its end goes over
// into its beginning.
func (c *concealer) begin() {
	c.period, c.made = c.pitch(), 0
	last := c.past[history-c.period-overlap:]
	copy(c.wave[:], last[overlap:]) // the period
	for i := range overlap {        // its end becomes what came before its beginning
		at := c.period - overlap + i
		c.wave[at] = blend(c.wave[at], last[i], i)
	}
}

// generate continues the period.
func (c *concealer) generate(b []int16) {
	for i := range b {
		v := c.wave[c.made%c.period]
		switch {
		case c.made >= fadeTo:
			v = 0
		case c.made > fadeFrom:
			v = int16(int(v) * (fadeTo - c.made) / (fadeTo - fadeFrom))
		}
		b[i] = v
		c.made++
	}
}

// pitch is the distance at which the last samples are most like those before.
func (c *concealer) pitch() int {
	recent := c.past[history-compared:]
	best, like := shortest, -1.0
	for lag := shortest; lag <= longest; lag++ {
		before := c.past[history-compared-lag:]
		var cross, energy float64
		for i := 0; i < compared; i++ {
			cross += float64(recent[i]) * float64(before[i])
			energy += float64(before[i]) * float64(before[i])
		}
		if energy == 0 || cross <= 0 {
			continue
		}
		if score := cross * cross / energy; score > like*1.001 { // the shorter one of two equals
			best, like = lag, score
		}
	}
	return best
}

func (c *concealer) remember(b []int16) {
	if len(b) >= history {
		copy(c.past[:], b[len(b)-history:])
		return
	}
	copy(c.past[:], c.past[len(b):])
	copy(c.past[history-len(b):], b)
}

// blend goes over from a to b within overlap.
func blend(a, b int16, i int) int16 {
	return int16((int(a)*(overlap-i) + int(b)*i) / overlap)
}
