package signalling

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
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
	another  func() bool // may a further call be placed? The first came with the socket

	mu      sync.Mutex
	greeted bool
	peer    Peer
	offer   int
	calls   int     // placed so far
	call    string  // that the page shows
	keypad  presser // of that call; nil if its leg has none
	left    string  // the call he hung up; its end may not have been told yet
	over    bool
	idle    *time.Timer
	again   *time.Timer // looks at his place in line; nil before the first
}

// maxCallers bounds the public pages open at once on this node. With the limit of
// how often one address may open one, maxIdle bounds how many of them it can hold;
// a page that is still open comes back by itself.
const (
	maxCallers = 1000
	maxIdle    = 10 * time.Minute
)

// ServeCaller is the socket of a number's public page, by the E.164 number in
// the path. Numbers whose page is off do not exist here.
func (h *Hub) ServeCaller(w http.ResponseWriter, r *http.Request) {
	if !h.AllowCaller(r) {
		errorText(w, http.StatusTooManyRequests)
		return
	}
	line, err := h.Lines.NumberByE164(r.Context(), r.PathValue("number"))
	if err != nil || !line.OnWeb() {
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
		hub:    h, line: line, language: language, another: func() bool { return h.AllowCaller(r) },
	}
	h.mu.Lock()
	if h.closing || len(h.callers) >= maxCallers {
		h.mu.Unlock()
		c.close("stopping")
		c.write()
		return
	}
	h.callers[c] = struct{}{}
	h.running.Add(1)
	h.mu.Unlock()
	defer h.leaveCaller(c)
	c.mu.Lock()
	c.idle = time.AfterFunc(h.maxIdle, c.tire)
	c.mu.Unlock()
	h.running.Go(c.write)
	c.read(c.take)
}

// tire closes a page that has not called for long.
func (c *caller) tire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.call == "" {
		c.close("stopping")
		return
	}
	c.idle.Reset(c.hub.maxIdle)
}

func (h *Hub) leaveCaller(c *caller) {
	defer h.running.Done()
	c.idle.Stop()
	c.hangUp()
	c.forget(c.callID())
	h.mu.Lock()
	delete(h.callers, c)
	h.mu.Unlock()
	c.mu.Lock()
	p := c.peer
	c.peer, c.over = nil, true
	if c.again != nil {
		c.again.Stop()
	}
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
	case *protocol.CallerDigits:
		err = c.press(m.Digits)
	case *protocol.CallerHangUp:
		c.hangUp()
	default:
		err = fault.New(fault.Invalid, "error.invalid-request")
	}
	if err != nil {
		f := fault.Of(err)
		if f.Kind == fault.Internal {
			c.log.Error("caller's command failed", obs.Err, err)
		}
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
	again := c.greeted
	c.greeted = true
	c.mu.Unlock()
	if again {
		c.close("malformed")
		return nil
	}
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
	var p Peer // set before it starts, and so before anything comes of it
	p, err := c.hub.Peers.NewPeer(PeerEvents{
		Offer: func(sdp string) {
			c.mu.Lock()
			c.offer++
			n := c.offer
			c.mu.Unlock()
			c.send(&protocol.MediaOffer{Offer: n, SDP: sdp}, "")
		},
		Candidate: func(s string) { c.send(&protocol.MediaCandidate{Candidate: s}, "") },
		Ready:     func(bool) {}, // a call may ring meanwhile
		Failed:    func() { c.drop(p) },
		Lost:      callstate.CauseCustomerLost,
		Log:       c.log,
	})
	if err != nil {
		return fmt.Errorf("make media peer: %w", err)
	}
	c.mu.Lock()
	c.peer = p
	c.mu.Unlock()
	return p.Start()
}

// drop lets go of a peer whose path will not come back; the next call asks for
// the microphone, and so for a peer, again.
func (c *caller) drop(dead Peer) {
	c.mu.Lock()
	current := c.peer == dead && dead != nil
	if current {
		c.peer = nil
	}
	c.mu.Unlock()
	if current {
		c.hub.spawnFor(c, dead.Close) // not from within its own report
	}
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
