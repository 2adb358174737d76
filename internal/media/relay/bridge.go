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
	mixer   *mixer // nil: nobody hears more than one
}

// tapping gives each Tap call an identity of its own.
type tapping struct{ tap Tap }

// routes is an immutable picture of the call for the packet path.
type routes map[*Port]route

// route says where the packets of one port go.
type route struct {
	from    callstate.LegID
	streams []*stream
	first   *Port // the listener whose law a source speaks
	taps    []Tap
	ear     *ear // mixes hear by it; nil: nobody hears the port in a mix
}

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
	if r.ear != nil {
		r.ear.put(p, now)
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
	p.stream.join(b)
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
	p.stream.leave(b)
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
		p.stream.sendDigits(b.metronome, digits)
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

// rebuild makes a new snapshot from the control plane's state, swaps it in and
// tells every stream who is heard on it.
func (b *Bridge) rebuild() {
	next := make(routes, len(b.ports)+len(b.players))
	taps := make([]Tap, 0, len(b.taps))
	for _, t := range b.taps {
		taps = append(taps, t.tap)
	}
	for p, id := range b.voices() {
		if !b.muted[id] {
			next[p] = route{from: id, taps: taps}
		}
	}
	heard := b.speakers(next)
	b.connect(next, heard)
	mixed := b.mix(heard)
	for p, e := range mixed {
		r := next[p]
		r.ear = e
		next[p] = r
	}
	b.routes.Store(&next)
	for _, p := range b.ports {
		switch speakers := heard[p]; len(speakers) {
		case 0:
			p.stream.hear(b, nil)
		case 1:
			p.stream.hear(b, speakers[0])
		default:
			p.stream.hear(b, b.mixer.voice(p))
		}
	}
}

// speakers are those whom each listener hears, in the table's order.
func (b *Bridge) speakers(audible routes) map[*Port][]*Port {
	heard := make(map[*Port][]*Port, len(b.ports))
	for _, row := range b.table {
		speaker, listener := b.voice(row.Speaker), b.ports[row.Listener]
		_, speaks := audible[speaker]
		if speaks && listener != nil && row.Speaker != row.Listener && !slices.Contains(heard[listener], speaker) {
			heard[listener] = append(heard[listener], speaker)
		}
	}
	return heard
}

// connect enters every listener who hears one speaker into that one's route.
func (b *Bridge) connect(next routes, heard map[*Port][]*Port) {
	for _, row := range b.table {
		listener := b.ports[row.Listener]
		if len(heard[listener]) != 1 {
			continue
		}
		speaker := heard[listener][0]
		r := next[speaker]
		if slices.Contains(r.streams, &listener.stream) {
			continue
		}
		if r.first == nil {
			r.first = listener
		}
		r.streams = append(r.streams, &listener.stream)
		next[speaker] = r
	}
}

// mix has the mixer, if somebody needs one, follow who hears whom.
func (b *Bridge) mix(heard map[*Port][]*Port) map[*Port]*ear {
	needed := false
	for _, speakers := range heard {
		needed = needed || len(speakers) > 1
	}
	switch {
	case !needed && b.mixer != nil:
		b.mixer.halt()
		b.mixer = nil
	case needed && b.mixer == nil:
		b.mixer = &mixer{}
		b.mixer.leave = b.metronome.Start(b.mixer)
	}
	if b.mixer == nil {
		return nil
	}
	return b.mixer.follow(heard)
}
