package rtc

import (
	"slices"
	"sync"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
	"parley/internal/shared/callstate"
)

// Leg is a browser's part in one call, over its warm Peer. It implements
// call.Leg. That it rings and is answered, the tab learns by its socket: here
// those verbs do nothing.
type Leg struct {
	id   callstate.LegID
	peer *Peer

	mu     sync.Mutex
	listen func(call.LegEvent)
	queue  []call.LegEvent
	busy   bool // a goroutine delivers
	ended  bool
}

// Leg makes the browser a leg of a call. Its port serves one call at a time: the
// flow and digits of the port are reported by the Leg that was listened to last, so
// that one which a call refuses takes them from none.
func (p *Peer) Leg(id callstate.LegID) *Leg {
	l := &Leg{id: id, peer: p}
	if !p.legs.add(l) {
		l.end(p.cfg.Lost)
	}
	return l
}

// ID names the leg within its call.
func (l *Leg) ID() callstate.LegID { return l.id }

// Port is the leg's port to the relay.
func (l *Leg) Port() *relay.Port { return l.peer.media.port }

// Quality is how the browser's packets fare, both ways, since it is connected.
func (l *Leg) Quality() rtcp.Quality { return l.peer.Quality() }

// Listen takes the leg's events from now on, beginning with those kept.
func (l *Leg) Listen(f func(call.LegEvent)) {
	l.peer.media.port.OnDigit(func(d byte) { l.post(call.LegEvent{Kind: call.LegDigit, Digit: d}) })
	l.peer.media.port.OnFirst(func() { l.post(call.LegEvent{Kind: call.LegFlowing}) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listen = f
	l.deliver()
}

// Press makes the browser press a key, which it told by its socket: pages have a
// keypad of their own.
func (l *Leg) Press(digit byte) { l.post(call.LegEvent{Kind: call.LegDigit, Digit: digit}) }

// Prefer has the browser send c from now on (see Peer.Prefer).
func (l *Leg) Prefer(c codec.Codec) error { return l.peer.Prefer(c) }

// Speaks says whether the browser understands c.
func (l *Leg) Speaks(c codec.Codec) bool { return l.peer.Speaks(c) }

// Ringing does nothing: the tab knows.
func (l *Leg) Ringing() {}

// Accept does nothing: the connection is warm.
func (l *Leg) Accept() {}

// HangUp ends the leg and keeps the browser's connection.
func (l *Leg) HangUp(cause callstate.Cause) {
	l.peer.legs.remove(l)
	l.end(cause)
}

func (l *Leg) end(cause callstate.Cause) {
	l.post(call.LegEvent{Kind: call.LegEnded, Cause: cause})
}

// post queues an event, unless the leg has ended.
func (l *Leg) post(e call.LegEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = e.Kind == call.LegEnded
	e.Leg = l.id
	l.queue = append(l.queue, e)
	l.deliver()
}

// deliver sees to it that a goroutine hands the queue over; verbs must not
// block on their caller's own inbox. It is called with l.mu held.
func (l *Leg) deliver() {
	if l.busy || l.listen == nil || len(l.queue) == 0 {
		return
	}
	l.busy = true
	go func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for len(l.queue) > 0 {
			e, listen := l.queue[0], l.listen
			l.queue = l.queue[1:]
			l.mu.Unlock()
			listen(e)
			l.mu.Lock()
		}
		l.busy = false
	}()
}

// legs are those of a Peer that have not ended.
type legs struct {
	mu   sync.Mutex
	all  []*Leg
	gone bool // the connection is closed: no leg can be
}

func (s *legs) add(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.all = append(s.all, l)
	}
	return !s.gone
}

func (s *legs) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all) > 0
}

func (s *legs) remove(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(other *Leg) bool { return other == l })
}

// lost ends all legs; if closed, those to come too.
func (s *legs) lost(cause callstate.Cause, closed bool) {
	s.mu.Lock()
	all := s.all
	s.all = nil
	s.gone = s.gone || closed
	s.mu.Unlock()
	for _, l := range all {
		l.end(cause)
	}
}
