package call

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/shared/callstate"
)

// Answer takes the call for a member in one of his tabs. Of any number of
// concurrent answers one wins; the others get a conflict. On error the leg was
// not used.
func (e *Engine) Answer(ctx context.Context, workspaceID, callID, memberID, tab string, leg Leg) error {
	return e.send(ctx, workspaceID, callID, input{event: callstate.Answered{Member: memberID}, leg: leg, tab: tab})
}

// Rejoin brings a member's leg back into the call his tab was lost from.
func (e *Engine) Rejoin(ctx context.Context, workspaceID, callID, memberID, tab string, leg Leg) error {
	return e.send(ctx, workspaceID, callID, input{event: callstate.AgentBack{Member: memberID}, leg: leg, tab: tab})
}

// Act does one action of a member that needs no leg.
func (e *Engine) Act(ctx context.Context, workspaceID, callID, memberID string, a callstate.Action, on bool) error {
	var ev callstate.Event
	switch a {
	case callstate.Decline:
		ev = callstate.Declined{Member: memberID}
	case callstate.HangUp:
		ev = callstate.HungUp{Member: memberID}
	case callstate.Mute:
		ev = callstate.Muted{Member: memberID, On: on}
	case callstate.Hold:
		ev = callstate.Held{Member: memberID, On: on}
	case callstate.StartRecording, callstate.ResumeRecording:
		ev = callstate.Recorded{Member: memberID, To: callstate.RecordingOn}
	case callstate.PauseRecording:
		ev = callstate.Recorded{Member: memberID, To: callstate.RecordingPaused}
	case callstate.Answer, callstate.Digits:
		return fault.New(fault.Invalid, "error.invalid-request")
	default:
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	return e.send(ctx, workspaceID, callID, input{event: ev})
}

// maxDigits bounds one keypad command.
const maxDigits = 32

// Keypad sends digits to the customer's side.
func (e *Engine) Keypad(ctx context.Context, workspaceID, callID, memberID, digits string) error {
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789*#ABCD") != "" {
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	return e.send(ctx, workspaceID, callID, input{do: func(c *live) error {
		if !c.state.Can(memberID, callstate.Digits) {
			return fault.New(fault.Conflict, "error.not-now")
		}
		c.bridge.Digits(callstate.CustomerLeg, digits)
		var b batch
		c.write(&b, time.Now(), EntryDigits, Facts{Member: memberID, Count: len(digits)})
		c.commit(b)
		return nil
	}})
}

// Lose tells a ringing member's call that he has no tab left to answer with.
func (e *Engine) Lose(workspaceID, callID, memberID string) {
	if c, err := e.find(workspaceID, callID); err == nil {
		c.post(input{event: callstate.OfferLost{Member: memberID}})
	}
}

// Tag puts tags on a call instead of those it has, living or over.
func (e *Engine) Tag(ctx context.Context, workspaceID, callID, memberID string, tagIDs []string) error {
	facts := Facts{Member: memberID, Tags: tagIDs}
	if c, err := e.find(workspaceID, callID); err == nil {
		err := e.send(ctx, workspaceID, callID, input{do: func(c *live) error {
			if c.state.Agent != memberID {
				return fault.New(fault.Forbidden, "error.not-your-call")
			}
			var b batch
			c.write(&b, time.Now(), EntryTagged, facts)
			c.commit(b)
			return nil
		}})
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
		// It has just ended: what its goroutine has to write comes first.
		if err := c.journal.settled(ctx); err != nil {
			return err
		}
	}
	return e.appendAfter(ctx, workspaceID, callID, memberID, EntryTagged, facts)
}

// appendAfter adds an entry to the log of a call that is over.
func (e *Engine) appendAfter(ctx context.Context, workspaceID, callID, memberID, kind string, f Facts) error {
	e.tagging.Lock()
	defer e.tagging.Unlock()
	r, err := e.calllog.Record(ctx, workspaceID, callID)
	if err != nil {
		return fmt.Errorf("read the call to add to it: %w", err)
	}
	if r.MemberID != memberID {
		return fault.New(fault.Forbidden, "error.not-your-call")
	}
	entry, err := makeEntry(r, time.Now(), kind, f)
	if err != nil {
		return err
	}
	if r, err = Fold(r, entry); err != nil {
		return err
	}
	if err := e.calllog.Append(ctx, []Entry{entry}, r); err != nil {
		return fmt.Errorf("add to the call's log: %w", err)
	}
	return nil
}

// CallerLeft ends the customer's side of a call whose caller closed his page.
func (e *Engine) CallerLeft(workspaceID, callID string) {
	if c, err := e.find(workspaceID, callID); err == nil {
		c.post(input{event: callstate.CustomerGone{}})
	}
}
