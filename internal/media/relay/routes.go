package relay

import (
	"slices"

	"parley/internal/shared/callstate"
)

// routes is an immutable picture of the call for the packet path.
type routes map[*Port]route

// route says where the packets of one port go.
type route struct {
	from    callstate.LegID
	streams []*stream
	first   *Port // the listener whose law a source speaks
	taps    []Tap
	ears    []*ear // mixes hear by them
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
	mixed := b.mix(heard)
	b.seat(heard)
	b.connect(next)
	for p, ears := range mixed {
		r := next[p]
		r.ears = ears
		next[p] = r
	}
	b.routes.Store(&next)
	for _, p := range b.ports {
		for i, speaker := range b.seats[p] {
			p.tracks[i].hear(b, speaker)
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

// seat gives every listener's tracks to those he hears. Who has a track keeps it.
func (b *Bridge) seat(heard map[*Port][]*Port) {
	before := b.seats
	b.seats = make(map[*Port][]*Port, len(b.ports))
	for _, listener := range b.ports {
		speakers, now := heard[listener], make([]*Port, len(listener.tracks))
		if listener.crowded(speakers) {
			speakers = []*Port{b.mixer.voice(listener)}
		}
		for i, p := range before[listener] {
			if p != nil && slices.Contains(speakers, p) {
				now[i] = p
			}
		}
		for _, p := range speakers {
			if !slices.Contains(now, p) {
				now[slices.Index(now, nil)] = p
			}
		}
		b.seats[listener] = now
	}
}

// crowded says whether a leg hears more speakers than it has tracks for.
func (p *Port) crowded(speakers []*Port) bool { return len(speakers) > len(p.tracks) }

// connect enters every listener into the routes of those who have a track of his.
func (b *Bridge) connect(next routes) {
	for _, row := range b.table {
		speaker, listener := b.voice(row.Speaker), b.ports[row.Listener]
		r, speaks := next[speaker]
		if !speaks || listener == nil {
			continue
		}
		track := slices.Index(b.seats[listener], speaker)
		if track < 0 || slices.Contains(r.streams, &listener.tracks[track]) {
			continue
		}
		if r.first == nil {
			r.first = listener
		}
		r.streams = append(r.streams, &listener.tracks[track])
		next[speaker] = r
	}
}

// mix has the mixer, if somebody needs one, follow who hears whom.
func (b *Bridge) mix(heard map[*Port][]*Port) map[*Port][]*ear {
	needed := false
	for listener, speakers := range heard {
		needed = needed || listener.crowded(speakers)
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
