package rights_test

import (
	"context"
	"sync"

	"parley/internal/adapters/signalling"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

// network is the phone network: whoever is dialled rings for ever.
type network struct{}

func (network) Dial(context.Context, call.Outgoing) (call.Leg, error) {
	return &leg{id: callstate.CustomerLeg, lost: callstate.CauseCustomerLost}, nil
}

// silence is a media plane without media.
type silence struct{}

func (silence) Open(_, _ string) call.Bridge   { return silence{} }
func (silence) Attach(call.Leg)                {}
func (silence) Detach(callstate.LegID)         {}
func (silence) Follow(callstate.State)         {}
func (silence) Play(call.Sound, func())        {}
func (silence) Digits(callstate.LegID, string) {}
func (silence) Close()                         {}

func (silence) Record(call.RecordSpec, func(call.RecordResult)) call.Recorder { return tape{} }

type tape struct{}

func (tape) Pause()                    {}
func (tape) Resume()                   {}
func (tape) Pass(_, _ callstate.LegID) {}
func (tape) Stop()                     {}

// peers connect at any answer.
type peers struct{}

func (peers) NewPeer(on signalling.PeerEvents) (signalling.Peer, error) { return &peer{on: on}, nil }

type peer struct {
	on signalling.PeerEvents

	mu   sync.Mutex
	legs []*leg
}

func (p *peer) Start() error { p.on.Offer("an offer"); return nil }

func (p *peer) Answer(string) error { go p.on.Ready(true); return nil }

func (p *peer) Candidate(string) error { return nil }
func (p *peer) Prepare(bool)           {}

func (p *peer) Leg(id callstate.LegID) call.Leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &leg{id: id, lost: p.on.Lost}
	p.legs = append(p.legs, l)
	return l
}

func (p *peer) Close() {
	p.mu.Lock()
	legs := p.legs
	p.mu.Unlock()
	for _, l := range legs {
		l.HangUp(l.lost)
	}
}

// leg reports nothing but its end.
type leg struct {
	id   callstate.LegID
	lost callstate.Cause

	mu       sync.Mutex
	listener func(call.LegEvent)
	ended    *call.LegEvent
}

func (l *leg) ID() callstate.LegID { return l.id }
func (l *leg) Ringing()            {}
func (l *leg) Accept()             {}

func (l *leg) Listen(f func(call.LegEvent)) {
	l.mu.Lock()
	l.listener = f
	ended := l.ended
	l.mu.Unlock()
	if ended != nil {
		f(*ended)
	}
}

func (l *leg) HangUp(cause callstate.Cause) {
	l.mu.Lock()
	first := l.ended == nil
	if first {
		l.ended = &call.LegEvent{Leg: l.id, Kind: call.LegEnded, Cause: cause}
	}
	f, ended := l.listener, l.ended
	l.mu.Unlock()
	if first && f != nil {
		f(*ended)
	}
}
