package call

import (
	"time"

	"parley/internal/shared/callstate"
)

// ProofTime is how long the audio of an agent who took a call is waited for.
const ProofTime = 3 * time.Second

// heard is the first audio of the agent.
func (c *live) heard() error {
	if !c.state.Unproven() {
		return nil
	}
	return c.handle(input{event: callstate.Proven{Member: c.state.Agent}})
}

// unheard is no audio coming of an agent who took the call: his leg is gone, or time
// is over. The others are rung again. Where there are none, a leg that is gone is
// waited for, and one that is silent is left alone.
func (c *live) unheard(gone bool) error {
	again, passed := c.book(c.state.Beaten())
	if len(again) > 0 || c.state.Lined {
		if c.spared == nil {
			c.spared = make(map[string]time.Time)
		}
		c.spared[c.state.Agent] = time.Now()
		return c.handle(input{event: callstate.Unproven{Again: again}, passed: passed})
	}
	if !gone {
		return nil
	}
	return c.handle(input{event: callstate.AgentLost{Member: c.state.Agent}})
}
