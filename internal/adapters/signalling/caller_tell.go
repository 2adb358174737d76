package signalling

import (
	"strings"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/queue"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Board tells where calls stand in line. queue.Board is it.
type Board interface {
	Place(callID string) (queue.Place, bool)
}

// placeEvery is how often a caller in line is told his place anew.
const placeEvery = 5 * time.Second

// tellCaller tells the caller's page how his call stands.
func (h *Hub) tellCaller(v call.View) {
	h.mu.Lock()
	c := h.byCall[v.ID]
	if v.State.Phase == callstate.Ended {
		delete(h.byCall, v.ID)
	}
	h.mu.Unlock()
	if c == nil || v.State.Phase == callstate.Routing { // over in a moment
		return
	}
	state := &protocol.CallerState{
		Phase: callerPhase(v.State), Now: time.Now().UnixMilli(),
		Recording: v.State.Recording == callstate.RecordingOn,
		Sounds:    v.State.Accepted, Keys: callerKeys(v.State),
	}
	if !v.AnsweredAt.IsZero() {
		state.AnsweredAt = v.AnsweredAt.UnixMilli()
	}
	if !v.AnsweredAt.IsZero() && v.State.Agent != "" { // who answers outside has no name
		state.Agent, _, _ = strings.Cut(h.nameOf(v.Number.WorkspaceID, v.State.Agent), " ")
	}
	switch state.Phase {
	case protocol.CallerQueue:
		if place, ok := h.placeOf(v.ID); ok {
			state.Place = place.Position
			if place.Known {
				state.WaitMS = max(place.Wait.Milliseconds(), 1)
			}
		}
		c.later(func() { h.tellPlace(v.Number.WorkspaceID, v.ID) })
	case protocol.CallerEnded:
		state.Cause = v.State.Cause
		state.Text = h.Texts(c.language, "webcall.ended."+callerCause(v.State), nil)
	}
	c.tell(v.ID, state)
}

// later has the caller's place looked at again, once however often he is told of it
// meanwhile.
func (c *caller) later(look func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again != nil {
		c.again.Stop()
	}
	if !c.over {
		c.again = time.AfterFunc(placeEvery, look)
	}
}

func (h *Hub) placeOf(callID string) (queue.Place, bool) {
	if h.Board == nil {
		return queue.Place{}, false
	}
	return h.Board.Place(callID)
}

// tellPlace tells a caller who is still in line how he has moved on.
func (h *Hub) tellPlace(workspaceID, callID string) {
	if v, ok := h.Engine.View(workspaceID, callID); ok && v.State.Phase == callstate.Waiting {
		h.tellCaller(v)
	}
}

func callerPhase(s callstate.State) string {
	switch s.Phase {
	case callstate.Talking:
		if s.Waits() {
			return protocol.CallerHeld
		}
		return protocol.CallerTalking
	case callstate.Forwarded:
		return protocol.CallerTalking
	case callstate.Passing:
		return protocol.CallerHeld
	case callstate.Announcing:
		if s.Asking {
			return protocol.CallerMenu
		}
		return protocol.CallerMessage
	case callstate.Waiting:
		return protocol.CallerQueue
	case callstate.Voicemail:
		return protocol.CallerVoicemail
	case callstate.Ended:
		return protocol.CallerEnded
	case callstate.New, callstate.Routing, callstate.Ringing, callstate.Dialling, callstate.Forwarding:
	}
	return protocol.CallerRinging
}

// callerKeys says whether keys of the caller mean something. That # ends a voicemail
// needs no keypad on a page with a button to hang up.
func callerKeys(s callstate.State) bool {
	return s.Asking && (s.Phase == callstate.Announcing || s.Phase == callstate.Waiting)
}

// callerCause folds the causes into what a caller is told: the company's inner
// affairs are not his.
func callerCause(s callstate.State) string {
	switch {
	case s.Talked && s.Cause == callstate.CauseCustomerLost:
		return "lost"
	case s.Talked:
		return "talked"
	}
	switch s.Cause {
	case callstate.CauseCustomerLeft, callstate.CauseCustomerHungUp:
		return "left"
	case callstate.CauseVoicemailLeft:
		return "voicemail"
	case callstate.CauseCallbackPromised:
		return "callback"
	case callstate.CauseClosed:
		return "closed"
	}
	return "unavailable"
}
