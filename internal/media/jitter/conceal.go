package jitter

// Pitch periods looked for, and how speech continues that is not there.
const (
	shortest = 40  // samples of a period: 200 Hz
	longest  = 120 // 66 Hz
	compared = 160 // samples by which periods are told
	fadeFrom = block
	fadeTo   = 6 * block // silence from 60 ms on
)

// What concealment needs to know, in samples.
const (
	Overlap = 20                  // over which one wave goes over into another: 2.5 ms
	History = 3*longest + Overlap // of what was heard last
)

// Concealer continues a wave (ITU-T G.711 appendix I): it repeats the last period,
// goes over softly into it and out of it, and fades away, since what is repeated for
// long sounds like a machine.
type Concealer struct {
	past   [History]int16 // what was heard last, concealed or not
	period int            // of what is repeated, 0: nothing is concealed
	made   int            // samples since the loss
	wave   [longest + Overlap]int16
}

// Hear notes samples that are there, and goes over into them from what was made up
// before; b is changed.
func (c *Concealer) Hear(b []int16) {
	if c.period > 0 {
		var tail [Overlap]int16
		c.generate(tail[:min(Overlap, len(b))])
		for i := range min(Overlap, len(b)) {
			b[i] = blend(tail[i], b[i], i)
		}
		c.period, c.made = 0, 0
	}
	c.remember(b)
}

// Conceal makes up what is not there.
func (c *Concealer) Conceal(b []int16) {
	if c.period == 0 {
		c.begin()
	}
	c.generate(b)
	c.remember(b)
}

// leave has what comes next begin as the wave goes on, since samples between are left
// out.
func (c *Concealer) leave() {
	if c.period == 0 {
		c.begin()
	}
}

// begin finds the last period, with an overlap before it so that its end goes over
// into its beginning.
func (c *Concealer) begin() {
	c.period, c.made = c.pitch(), 0
	last := c.past[History-c.period-Overlap:]
	copy(c.wave[:], last[Overlap:]) // the period
	for i := range Overlap {        // its end becomes what came before its beginning
		at := c.period - Overlap + i
		c.wave[at] = blend(c.wave[at], last[i], i)
	}
}

// generate continues the period.
func (c *Concealer) generate(b []int16) {
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
func (c *Concealer) pitch() int {
	recent := c.past[History-compared:]
	best, like := shortest, -1.0
	for lag := shortest; lag <= longest; lag++ {
		before := c.past[History-compared-lag:]
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

func (c *Concealer) remember(b []int16) {
	if len(b) >= History {
		copy(c.past[:], b[len(b)-History:])
		return
	}
	copy(c.past[:], c.past[len(b):])
	copy(c.past[History-len(b):], b)
}

// blend goes over from a to b within Overlap.
func blend(a, b int16, i int) int16 {
	return int16((int(a)*(Overlap-i) + int(b)*i) / Overlap)
}
