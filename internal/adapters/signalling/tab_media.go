package signalling

import (
	"context"

	"parley/internal/base/obs"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// setMicrophone follows what became of the tab's microphone: once it is granted
// the tab gets a warm media peer.
func (t *tab) setMicrophone(state string) {
	t.mu.Lock()
	t.mic = state
	want := state == "granted" && t.peer == nil && !t.finished
	t.mu.Unlock()
	if want {
		t.startPeer()
		return
	}
	t.reportReady()
}

// startPeer makes the tab's media peer; it replaces one that died.
func (t *tab) startPeer() {
	var p Peer // set before it starts, and so before anything comes of it
	current := func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return p != nil && t.peer == p
	}
	p, err := t.hub.Peers.NewPeer(PeerEvents{
		Offer: func(sdp string) {
			if current() {
				t.sendOffer(sdp)
			}
		},
		Candidate: func(c string) {
			if current() {
				t.send(&protocol.MediaCandidate{Candidate: c}, "")
			}
		},
		Ready: func(up bool) {
			if current() {
				t.setPeerUp(up)
			}
		},
		Failed: func() {
			if current() {
				t.hub.spawn(t, t.renewPeer)
			}
		},
		Lost: callstate.CauseAgentLost,
		Log:  t.log,
	})
	if err != nil {
		t.log.Error("make media peer", obs.Err, err)
		return
	}
	t.mu.Lock()
	if t.finished || t.peer != nil {
		t.mu.Unlock()
		p.Close()
		return
	}
	t.peer = p
	t.mu.Unlock()
	if err := p.Start(); err != nil {
		t.log.Error("start media peer", obs.Err, err)
	}
}

// renewPeer replaces a peer whose path will not come back.
func (t *tab) renewPeer() {
	t.mu.Lock()
	dead := t.peer
	t.peer = nil
	again := t.mic == "granted" && !t.finished
	t.mu.Unlock()
	if dead != nil {
		dead.Close()
	}
	t.setPeerUp(false)
	if again {
		t.startPeer()
	}
}

func (t *tab) sendOffer(sdp string) {
	t.mu.Lock()
	t.offer++
	n := t.offer
	t.mu.Unlock()
	t.send(&protocol.MediaOffer{Offer: n, SDP: sdp}, "")
}

func (t *tab) takeAnswer(m *protocol.MediaAnswer) {
	t.mu.Lock()
	p, current := t.peer, t.offer == m.Offer
	t.mu.Unlock()
	if p == nil || !current {
		return // an answer to an offer that was superseded
	}
	if err := p.Answer(m.SDP); err != nil {
		t.log.Info("media answer not usable, socket closed", obs.Err, err)
		t.close("malformed")
	}
}

func (t *tab) takeCandidate(m *protocol.MediaCandidate) {
	t.mu.Lock()
	p := t.peer
	t.mu.Unlock()
	if p == nil {
		return
	}
	if err := p.Candidate(m.Candidate); err != nil {
		t.log.Debug("candidate not usable", obs.Err, err)
	}
}

// setPeerUp notes whether the media path stands.
func (t *tab) setPeerUp(up bool) {
	t.mu.Lock()
	changed := t.peerUp != up
	t.peerUp = up
	t.mu.Unlock()
	if !changed {
		return
	}
	t.reportReady()
	if up {
		t.hub.spawn(t, t.rejoin)
	}
}

// reportReady tells the desk whether this tab can ring and talk. Once the tab is
// finished it says nothing: a newer socket may speak for the same tab.
func (t *tab) reportReady() {
	t.reporting.Lock()
	defer t.reporting.Unlock()
	t.mu.Lock()
	m, id, ready := t.member, t.id, t.peerUp && t.mic == "granted"
	finished := t.finished
	t.mu.Unlock()
	if finished {
		return
	}
	t.hub.Agents.SetReady(m.WorkspaceID, m.ID, id, ready)
}

// rejoin takes the tab back into the call it, or another tab of the member, was
// lost from.
func (t *tab) rejoin() {
	t.mu.Lock()
	m, id, p := t.member, t.id, t.peer
	t.mu.Unlock()
	v, waits := t.hub.Phone.Interrupted(m)
	if !waits || p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	leg := p.Leg(callstate.AgentLeg(m.ID))
	if err := t.hub.Engine.Rejoin(ctx, m.WorkspaceID, v.ID, m.ID, id, leg); err != nil {
		leg.HangUp(callstate.CauseAnsweredElsewhere)
		t.log.Info("call not rejoined", obs.Call, v.ID, obs.Err, err)
	}
}

// finish lets go of what the tab held. After it the tab reports nothing more.
func (t *tab) finish() {
	t.reporting.Lock()
	t.mu.Lock()
	t.finished = true
	p := t.peer
	t.peer, t.peerUp = nil, false
	t.mu.Unlock()
	t.reporting.Unlock()
	if p != nil {
		p.Close()
	}
}
