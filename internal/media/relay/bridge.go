package relay

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/media/datagram"
	"parley/internal/shared/callstate"
)

// Tap gets what each leg sent, whatever the table says, except of muted legs.
// Packet runs on the packet path: it must not block, keep p or call the relay.
type Tap interface {
	Packet(from callstate.LegID, p *Packet, at time.Time)
}

// Bridge joins the legs of one call. All methods may be called from any
// goroutine; what a method forbids has stopped when it returns.
type Bridge struct {
	routes    atomic.Pointer[routes] // what the packet path reads; never changed once stored
	metronome *datagram.Metronome

	mu      sync.Mutex
	closed  bool
	ports   map[callstate.LegID]*Port
	players map[callstate.LegID]*player
	muted   map[callstate.LegID]bool
	taps    []*tapping
	table   callstate.Table
	mixer   *mixer            // nil: nobody hears more than he has tracks for
	seats   map[*Port][]*Port // by listener: the speaker on each of his tracks, or nil
}

// tapping gives each Tap call an identity of its own.
type tapping struct{ tap Tap }

// NewBridge returns the bridge of a call without legs, which plays by a metronome.
func NewBridge(m *datagram.Metronome) *Bridge {
	b := &Bridge{
		metronome: m,
		ports:     map[callstate.LegID]*Port{},
		players:   map[callstate.LegID]*player{},
		muted:     map[callstate.LegID]bool{},
	}
	b.routes.Store(&routes{})
	return b
}

// forward hands a packet of from to its taps and listeners.
func (b *Bridge) forward(from *Port, p *Packet, now time.Time) {
	r, ok := (*b.routes.Load())[from]
	if !ok {
		return
	}
	for _, t := range r.taps {
		t.Packet(r.from, p, now)
	}
	for _, s := range r.streams {
		s.forward(from, p, now)
	}
	for _, e := range r.ears {
		e.put(p, now)
	}
}

// Attach makes p the media of leg id, in place of any it had. A port takes part
// in one call at a time: attaching takes it from another bridge.
func (b *Bridge) Attach(id callstate.LegID, p *Port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.ports[id] == p && p.bridge.Load() == b {
		return
	}
	if old := b.ports[id]; old != nil && old != p {
		b.release(old)
	}
	maps.DeleteFunc(b.ports, func(_ callstate.LegID, q *Port) bool { return q == p })
	b.ports[id] = p
	p.bridge.Store(b)
	for i := range p.tracks {
		p.tracks[i].join(b)
	}
	b.rebuild()
	p.settle()
}

// Detach takes leg id out of the call.
func (b *Bridge) Detach(id callstate.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.ports[id]
	if p == nil {
		return
	}
	delete(b.ports, id)
	b.release(p)
	b.rebuild()
	p.settle()
}

func (b *Bridge) release(p *Port) {
	p.bridge.CompareAndSwap(b, nil)
	for i := range p.tracks {
		p.tracks[i].leave(b)
	}
}

// SetTable sets who hears whom. Rows may name legs not attached yet.
func (b *Bridge) SetTable(t callstate.Table) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.table = slices.Clone(t)
	b.rebuild()
}

// SetMuted makes what leg id sends go nowhere, not even to taps.
func (b *Bridge) SetMuted(id callstate.LegID, muted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if muted {
		b.muted[id] = true
	} else {
		delete(b.muted, id)
	}
	b.rebuild()
	if p := b.voice(id); p != nil {
		p.settle()
	}
}

// Tap adds a tap and returns what removes it.
func (b *Bridge) Tap(t Tap) (remove func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	entry := &tapping{tap: t}
	b.taps = append(b.taps, entry)
	b.rebuild()
	return func() { b.untap(entry) }
}

func (b *Bridge) untap(entry *tapping) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taps = slices.DeleteFunc(b.taps, func(t *tapping) bool { return t == entry })
	b.rebuild()
	for p := range b.voices() {
		p.settle()
	}
}

// SendDigits keys digits (0-9 * # A-D) to leg to as RFC 4733 events of 100 ms
// with gaps of 60 ms. What the leg would hear meanwhile is dropped. Digits sent
// while others are keyed queue behind them.
func (b *Bridge) SendDigits(to callstate.LegID, digits string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.ports[to]; p != nil {
		p.tracks[0].sendDigits(b.metronome, digits)
	}
}

// Close ends the call's media: sources stop, ports are free for other calls.
func (b *Bridge) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	ports := slices.Collect(maps.Values(b.ports))
	for _, pl := range b.players {
		pl.halt()
	}
	clear(b.players)
	clear(b.ports)
	b.taps = nil
	b.rebuild()
	for _, p := range ports {
		b.release(p)
		p.settle()
	}
}

// voice is the port that speaks for id: a source playing in its name, else the
// leg itself.
func (b *Bridge) voice(id callstate.LegID) *Port {
	if pl := b.players[id]; pl != nil {
		return pl.port
	}
	return b.ports[id]
}

// voices are the ports that may speak, with the leg each speaks for.
func (b *Bridge) voices() map[*Port]callstate.LegID {
	all := make(map[*Port]callstate.LegID, len(b.ports)+len(b.players))
	for id := range b.ports {
		all[b.voice(id)] = id
	}
	for id, pl := range b.players {
		all[pl.port] = id
	}
	return all
}
