package rtc

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/media/datagram"
	"parley/internal/media/rtc/ice"
)

// PeerState is how a browser's connection is.
type PeerState string

// The states of a Peer. Disconnected may recover by itself or by Restart, Failed by
// Restart; Failed and Closed are final for the Legs it had, Closed for the Peer.
const (
	PeerNew          PeerState = "new"
	PeerConnecting   PeerState = "connecting"
	PeerConnected    PeerState = "connected"
	PeerDisconnected PeerState = "disconnected"
	PeerFailed       PeerState = "failed"
	PeerClosed       PeerState = "closed"
)

// link is how a Peer's connection comes about, is lost and ends: ICE, the handshake
// and the silence between.
type link struct {
	peer *Peer
	life context.Context
	end  context.CancelFunc

	last atomic.Int64 // when something authentic was heard last, in nanoseconds

	mu      sync.Mutex
	state   PeerState
	answer  *answer
	shaking bool // the handshake has begun
	secured bool // it is through
	timer   *time.Timer
	told    []PeerState // to be reported
	telling bool
}

func (l *link) init(p *Peer) {
	l.peer, l.state = p, PeerNew
	l.life, l.end = context.WithCancel(context.Background())
}

func (l *link) closed() bool { return l.life.Err() != nil }

// begin takes the answer: from now on the browser has time to connect. Repeating it does
// no harm.
func (l *link) begin(a *answer) {
	l.mu.Lock()
	if l.answer != nil {
		l.mu.Unlock()
		return
	}
	l.answer = a
	l.last.Store(time.Now().UnixNano())
	l.enter(PeerConnecting)
	l.watch()
	l.shake()
	l.mu.Unlock()
	l.tell()
}

// found notes that there is a path.
func (l *link) found() {
	l.mu.Lock()
	l.shake()
	l.mu.Unlock()
}

// shake begins the handshake once there are an answer and a path. It is called with
// l.mu held.
func (l *link) shake() {
	if l.shaking || l.answer == nil || l.peer.path.Load() == nil || l.closed() {
		return
	}
	l.shaking = true
	a := *l.answer
	l.peer.engine.work.Go(func() { l.run(a) })
}

// run is the Peer's goroutine: the handshake, then the wait for the browser's end.
func (l *link) run(a answer) {
	p := l.peer
	conn, k, err := p.engine.shake(l.life, p.tunnel, a)
	if err != nil {
		if !l.closed() {
			p.cfg.Log.Info("browser not connected", "err", err)
		}
		l.change(PeerFailed)
		return
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(l.life, func() { _ = conn.Close() })
	defer stop()
	p.tunnel.secure()
	p.media.secure(k)
	defer p.engine.reports.Start(&p.media)()
	l.mu.Lock()
	l.secured = true
	l.mu.Unlock()
	l.change(PeerConnected)
	var nothing [1]byte
	for {
		if _, err := conn.Read(nothing[:]); errors.Is(err, io.EOF) {
			break // the browser says that it ends, or we have; else it is but a warning
		}
	}
	l.change(PeerFailed)
}

// heard notes something authentic of the browser.
func (p *Peer) heard(now time.Time) {
	p.link.last.Store(now.UnixNano())
}

// checked verifies and answers a check of ICE that came by a path, and follows the
// browser there, unless the address is not its own.
func (p *Peer) checked(t *datagram.Turn, c *ice.Check, w *path) (authentic bool) {
	n, nominated, err := p.agent.Answer(c, w.addr, t.Buffer())
	if err != nil {
		return false
	}
	w.send(t, n)
	p.heard(t.Now())
	if w.tcp != nil || p.engine.peers.settle(w, t.Now()) {
		p.follow(w, nominated, t.Now())
	}
	p.link.awaken()
	return true
}

// follow notes that the browser is heard by a path, and uses it if it is the first or
// nominated, or if the one in use is silent: a single check can name the address of a
// bystander, whose consent to what is sent there ends with his silence (RFC 7675).
func (p *Peer) follow(w *path, nominated bool, now time.Time) {
	w.last.Store(now.UnixNano())
	used := p.path.Load()
	if used == w || used != nil && !nominated && !used.silent(now, p.engine.silence[0]) {
		return
	}
	if !p.path.CompareAndSwap(used, w) {
		p.follow(w, nominated, now) // another connection's turn changed it meanwhile
	} else if used == nil {
		p.link.found()
	}
}

// awaken ends a silence.
func (l *link) awaken() {
	l.mu.Lock()
	back := l.secured && (l.state == PeerDisconnected || l.state == PeerFailed)
	if back {
		l.enter(PeerConnected)
		l.watch()
	}
	l.mu.Unlock()
	if back {
		l.peer.engine.work.Go(l.tell) // whoever is told may take his time
	}
}

// watch sets the timer for the moment at which silence will have changed the state.
// It is called with l.mu held.
func (l *link) watch() {
	if l.timer != nil {
		l.timer.Stop()
	}
	patience := l.peer.engine.silence
	wait := patience[0]
	switch l.state {
	case PeerConnecting, PeerDisconnected:
		wait += patience[1]
	case PeerConnected:
	default:
		return
	}
	due := time.Unix(0, l.last.Load()).Add(wait)
	l.timer = time.AfterFunc(time.Until(due), l.silent)
}

// silent looks whether the browser was silent for too long.
func (l *link) silent() {
	l.mu.Lock()
	patience := l.peer.engine.silence
	quiet := time.Since(time.Unix(0, l.last.Load()))
	switch {
	case l.state == PeerConnected && quiet >= patience[0]:
		l.enter(PeerDisconnected)
	case l.state == PeerConnecting && quiet >= patience[0]+patience[1], l.state == PeerDisconnected && quiet >= patience[0]+patience[1]:
		l.enter(PeerFailed)
	case l.state == PeerDisconnected && quiet < patience[0]: // by a packet, not a check
		l.enter(PeerConnected)
	}
	l.watch()
	l.mu.Unlock()
	l.tell()
}

// change enters a state and reports it.
func (l *link) change(s PeerState) {
	l.mu.Lock()
	l.enter(s)
	l.watch()
	l.mu.Unlock()
	l.tell()
}

// enter changes the state. It is called with l.mu held.
func (l *link) enter(s PeerState) {
	if l.state == s || l.state == PeerClosed {
		return
	}
	l.state = s
	l.told = append(l.told, s)
}

// tell reports the states entered, in order, one at a time.
func (l *link) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.telling {
		return
	}
	l.telling = true
	for len(l.told) > 0 {
		s := l.told[0]
		l.told = l.told[1:]
		l.mu.Unlock()
		l.peer.stateChanged(s)
		l.mu.Lock()
	}
	l.telling = false
}

func (p *Peer) stateChanged(s PeerState) {
	p.cfg.Log.Debug("browser connection", "state", s)
	if s == PeerFailed || s == PeerClosed {
		p.legs.lost(p.cfg.Lost, s == PeerClosed)
	}
	if p.cfg.State != nil {
		p.cfg.State(s)
	}
}

// close ends everything. Repeating it does no harm.
func (l *link) close() {
	p := l.peer
	l.mu.Lock()
	l.end()
	l.enter(PeerClosed)
	l.watch()
	l.mu.Unlock()
	p.engine.peers.forget(p)
	_ = p.tunnel.Close()
	p.conns.close()
	l.tell()
}

// say sends a message of DTLS.
func (p *Peer) say(b []byte) {
	w := p.path.Load()
	if w == nil {
		return
	}
	p.engine.aside.do(func(t *datagram.Turn) { w.send(t, copy(t.Buffer(), b)) })
}
