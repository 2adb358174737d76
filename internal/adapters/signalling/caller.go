package signalling

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/base/text"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// caller is the socket of somebody who calls from a number's public page.
type caller struct {
	*socket
	hub      *Hub
	line     number.Number
	language string

	mu      sync.Mutex
	greeted bool
	peer    Peer
	up      bool
	offer   int
	call    string
	over    bool
}

// ServeCaller is the socket of a number's public page, by the E.164 number in
// the path. Numbers whose page is off do not exist here.
func (h *Hub) ServeCaller(w http.ResponseWriter, r *http.Request) {
	if !h.AllowCaller(r) {
		errorText(w, http.StatusTooManyRequests)
		return
	}
	line, err := h.Lines.NumberByE164(r.Context(), r.PathValue("number"))
	if err != nil || !line.WebCall {
		errorText(w, http.StatusNotFound)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.Log.Info("websocket refused", obs.Err, err)
		return
	}
	language := "en"
	if strings.HasPrefix(r.URL.Query().Get("lang"), "fr") {
		language = "fr"
	}
	c := &caller{
		socket: newSocket(conn, h.Log.With(obs.Number, line.ID, obs.Workspace, line.WorkspaceID)),
		hub:    h, line: line, language: language,
	}
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		c.close("stopping")
		c.write()
		return
	}
	h.callers[c] = struct{}{}
	h.running.Add(1)
	h.mu.Unlock()
	defer h.leaveCaller(c)
	h.running.Go(c.write)
	c.read(c.take)
}

func (h *Hub) leaveCaller(c *caller) {
	defer h.running.Done()
	h.mu.Lock()
	delete(h.callers, c)
	delete(h.byCall, c.callID())
	h.mu.Unlock()
	c.hangUp()
	c.mu.Lock()
	p := c.peer
	c.peer, c.over = nil, true
	c.mu.Unlock()
	if p != nil {
		p.Close()
	}
}

func (c *caller) take(_ context.Context, env protocol.Envelope, m protocol.Message) {
	var err error
	switch m := m.(type) {
	case *protocol.Hello:
		err = c.greet(m)
	case *protocol.Ping:
	case *protocol.Device:
		if m.Microphone == "granted" {
			err = c.startPeer()
		}
	case *protocol.MediaAnswer:
		c.takeAnswer(m)
		return
	case *protocol.MediaCandidate:
		if p := c.currentPeer(); p != nil {
			if err := p.Candidate(m.Candidate); err != nil {
				c.log.Debug("candidate not usable", obs.Err, err)
			}
		}
		return
	case *protocol.CallerStart:
		err = c.start(m.Name)
	case *protocol.CallerMute: // his own microphone is his own business
	case *protocol.CallerHangUp:
		c.hangUp()
	default:
		err = fault.New(fault.Invalid, "error.invalid-request")
	}
	if err != nil {
		f := fault.Of(err)
		c.send(&protocol.Result{Kind: string(f.Kind), Key: f.Key, Text: c.hub.Texts.sentence(c.language, f)}, env.ID)
		return
	}
	c.send(&protocol.Result{OK: true}, env.ID)
}

func (c *caller) greet(m *protocol.Hello) error {
	if m.Version != protocol.Version {
		c.close("reload")
		return nil
	}
	c.mu.Lock()
	c.greeted = true
	c.mu.Unlock()
	c.delta(&protocol.CallerState{Phase: "ready", Now: time.Now().UnixMilli()})
	return nil
}

func (c *caller) startPeer() error {
	c.mu.Lock()
	ready := c.greeted && c.peer == nil && !c.over
	c.mu.Unlock()
	if !ready {
		return nil
	}
	p, err := c.hub.Peers.NewPeer(PeerEvents{
		Offer: func(sdp string) {
			c.mu.Lock()
			c.offer++
			n := c.offer
			c.mu.Unlock()
			c.send(&protocol.MediaOffer{Offer: n, SDP: sdp}, "")
		},
		Candidate: func(s string) { c.send(&protocol.MediaCandidate{Candidate: s}, "") },
		Ready: func(up bool) {
			c.mu.Lock()
			c.up = up
			c.mu.Unlock()
		},
		Failed: func() {},
		Lost:   callstate.CauseCustomerLost,
		Log:    c.log,
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.peer = p
	c.mu.Unlock()
	return p.Start()
}

func (c *caller) takeAnswer(m *protocol.MediaAnswer) {
	c.mu.Lock()
	p, current := c.peer, c.offer == m.Offer
	c.mu.Unlock()
	if p == nil || !current {
		return
	}
	if err := p.Answer(m.SDP); err != nil {
		c.log.Info("media answer not usable, socket closed", obs.Err, err)
		c.close("malformed")
	}
}

// start places the caller's call. Media may still be connecting: ringing takes
// longer than that.
func (c *caller) start(name string) error {
	p := c.currentPeer()
	if p == nil {
		return fault.New(fault.Conflict, "error.microphone-needed")
	}
	if c.callID() != "" {
		return nil
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
	if err != nil || !line.WebCall {
		return fault.New(fault.NotFound, "error.web-call-off")
	}
	assigned, err := c.hub.Phone.Assigned(ctx, line)
	if err != nil {
		return err
	}
	leg := p.Leg(callstate.CustomerLeg)
	id, err := c.hub.Engine.Arrive(call.Incoming{
		Number: line, Assigned: assigned, Name: shown, Web: true, Leg: leg,
		Entered: func(id string) { c.entered(id) },
	})
	if err != nil {
		return err
	}
	c.log.Debug("web call placed", obs.Call, id)
	return nil
}

// entered ties the call to this page, before anything of it is told.
func (c *caller) entered(id string) {
	c.mu.Lock()
	c.call = id
	c.mu.Unlock()
	c.hub.mu.Lock()
	c.hub.byCall[id] = c
	c.hub.mu.Unlock()
}

func (c *caller) hangUp() {
	if id := c.callID(); id != "" {
		c.hub.Engine.CallerLeft(c.line.WorkspaceID, id)
	}
}

func (c *caller) callID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call
}

func (c *caller) currentPeer() Peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peer
}

// tellCaller tells the caller's page how his call stands.
func (h *Hub) tellCaller(v call.View) {
	h.mu.Lock()
	c := h.byCall[v.ID]
	if v.State.Phase == callstate.Ended {
		delete(h.byCall, v.ID)
	}
	h.mu.Unlock()
	if c == nil {
		return
	}
	state := &protocol.CallerState{
		Phase: callerPhase(v.State), Now: time.Now().UnixMilli(),
		Recording: v.State.Recording == callstate.RecordingOn,
	}
	if !v.AnsweredAt.IsZero() {
		state.AnsweredAt = v.AnsweredAt.UnixMilli()
		first, _, _ := strings.Cut(h.nameOf(v.Number.WorkspaceID, v.State.Agent), " ")
		state.Agent = first
	}
	if v.State.Phase == callstate.Ended {
		state.Cause = v.State.Cause
		state.Text = h.Texts(c.language, "webcall.ended."+callerCause(v.State), nil)
		c.mu.Lock()
		c.call = ""
		c.mu.Unlock()
	}
	c.delta(state)
}

func callerPhase(s callstate.State) string {
	switch s.Phase {
	case callstate.Talking:
		if s.Held || s.Away {
			return "held"
		}
		return "talking"
	case callstate.Announcing:
		return "message"
	case callstate.Ended:
		return "ended"
	case callstate.New, callstate.Ringing, callstate.Dialling:
	}
	return "ringing"
}

// callerCause folds the causes into what a caller is told: the company's inner
// affairs are not his.
func callerCause(s callstate.State) string {
	switch {
	case s.Talked && s.Cause == callstate.CauseCustomerLost:
		return "lost"
	case s.Talked:
		return "talked"
	case s.Cause == callstate.CauseCustomerLeft || s.Cause == callstate.CauseCustomerHungUp:
		return "left"
	}
	return "unavailable"
}
