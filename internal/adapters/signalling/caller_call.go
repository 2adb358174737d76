package signalling

import (
	"context"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/base/text"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// start places the caller's call. Media may still be connecting: ringing takes
// longer than that.
func (c *caller) start(name string) error {
	p := c.currentPeer()
	if p == nil {
		return fault.New(fault.Conflict, "error.microphone-needed")
	}
	if again, err := c.further(); again || err != nil {
		return err
	}
	shown, ok := text.Line(name, 80)
	if !ok {
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	// The switch may have been turned, or the number lost its members, since the
	// page was opened.
	line, err := c.hub.Lines.NumberByE164(ctx, c.line.E164)
	if err != nil || !line.OnWeb() {
		return fault.New(fault.NotFound, "error.web-call-off")
	}
	leg := p.Leg(callstate.CustomerLeg)
	keypad, _ := leg.(presser)
	c.mu.Lock()
	c.keypad = keypad
	c.mu.Unlock()
	id, err := c.hub.Engine.Arrive(call.Incoming{
		Number: line, Name: shown, Web: true, Leg: leg,
		Entered: func(id string) { c.entered(id) },
	})
	if err != nil {
		return err
	}
	c.log.Debug("web call placed", obs.Call, id)
	return nil
}

// further decides about a call asked for: again says that it is the one under
// way, asked for twice. After a call that he hung up he may call at once, though
// its end may not have been told yet.
func (c *caller) further() (again bool, err error) {
	c.mu.Lock()
	id, left, calls := c.call, c.left, c.calls
	c.mu.Unlock()
	if id != "" && id != left {
		return true, nil
	}
	if calls > 0 && !c.another() {
		return false, fault.New(fault.TooMany, "error.too-many")
	}
	c.forget(id)
	return false, nil
}

// entered ties the call to this page, before anything of it is told.
func (c *caller) entered(id string) {
	c.hub.mu.Lock()
	c.hub.byCall[id] = c
	c.hub.mu.Unlock()
	c.mu.Lock()
	c.call = id
	c.calls++
	c.mu.Unlock()
}

// forget unties a call from this page: what becomes of it is not shown any more.
func (c *caller) forget(id string) {
	c.mu.Lock()
	if c.call == id {
		c.call = ""
	}
	c.mu.Unlock()
	c.hub.mu.Lock()
	delete(c.hub.byCall, id)
	c.hub.mu.Unlock()
}

// presser is a leg whose keys are pressed elsewhere than in its media.
type presser interface{ Press(digit byte) }

// maxDigits bounds the keys of one message.
const maxDigits = 16

// press passes on keys pressed on the page, as if they came with the media.
func (c *caller) press(digits string) error {
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789*#") != "" {
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	c.mu.Lock()
	keypad, there := c.keypad, c.call != ""
	c.mu.Unlock()
	if keypad == nil || !there {
		return fault.New(fault.Conflict, "error.call-ended")
	}
	for _, d := range []byte(digits) {
		keypad.Press(d)
	}
	return nil
}

func (c *caller) hangUp() {
	c.mu.Lock()
	id := c.call
	c.left = id
	c.mu.Unlock()
	if id != "" {
		c.hub.Engine.CallerLeft(c.line.WorkspaceID, id)
	}
}

// tell shows how the call stands, unless the page has gone on to another.
func (c *caller) tell(callID string, state *protocol.CallerState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.call != callID {
		return
	}
	if state.Phase == "ended" {
		c.call = ""
	}
	c.delta(state)
}
