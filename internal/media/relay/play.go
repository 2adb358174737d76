package relay

import (
	"sync"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/shared/callstate"
)

// FrameBytes is the length of one 20 ms frame of G.711.
const FrameBytes = frameSamples

// Source gives audio: a prompt, music. Next fills frame with the following
// 20 ms in law, and returns false, without touching frame, at the end. It
// runs on the playing goroutine and must not block.
type Source interface {
	Next(law codec.Codec, frame []byte) bool
}

// player sends a source into a call as if a leg spoke. It beats on the metronome's
// goroutine.
type player struct {
	bridge *Bridge
	id     callstate.LegID
	port   *Port
	src    Source
	done   func()

	mu     sync.Mutex // held over a frame, so that halt returns after the last
	leave  func()     // leaves the metronome
	halted bool
	packet Packet
	frame  [FrameBytes]byte
}

// Play speaks src in the name of leg id, usually callstate.PlayerLeg: the table
// says who hears it. If id is an attached leg, its own packets go nowhere
// meanwhile. A source already playing for id is stopped. done, if not nil, is
// called once, on a goroutine of its own, when src ended by itself; not when it
// was stopped. After stop returns no frame follows.
func (b *Bridge) Play(id callstate.LegID, src Source, done func()) (stop func()) {
	pl := &player{bridge: b, id: id, port: NewPort(nil), src: src, done: done}
	pl.packet.Marker = true
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return func() {}
	}
	if old := b.players[id]; old != nil {
		old.halt()
	}
	b.players[id] = pl
	pl.port.bridge.Store(b)
	b.rebuild()
	pl.mu.Lock()
	pl.leave = b.metronome.Start(pl)
	pl.mu.Unlock()
	return func() { b.stopPlaying(id, pl) }
}

func (b *Bridge) stopPlaying(id callstate.LegID, pl *player) {
	pl.halt()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.players[id] == pl {
		delete(b.players, id)
		b.rebuild()
	}
}

// halt stops the player. Repeating it does no harm.
func (pl *player) halt() {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.halted = true
	pl.leave()
}

// Miss lets frames of time go by unplayed.
func (pl *player) Miss(frames int) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.packet.Timestamp += uint32(frames) * frameSamples
}

// Beat plays a frame.
func (pl *player) Beat(t *datagram.Turn) (more bool) {
	law := pl.bridge.lawFor(pl.port)
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.halted {
		return false
	}
	if !pl.src.Next(law, pl.frame[:]) {
		go pl.ended()
		return false
	}
	pl.packet.Codec, pl.packet.Payload, pl.packet.Turn = law, pl.frame[:], t
	pl.port.Receive(&pl.packet)
	pl.packet.Marker = false
	pl.packet.Sequence++
	pl.packet.Timestamp += frameSamples
	return true
}

func (pl *player) ended() {
	pl.bridge.stopPlaying(pl.id, pl)
	if pl.done != nil {
		pl.done()
	}
}

// lawFor is the law the first listener of a source would rather be sent: nothing
// plays in Opus.
func (b *Bridge) lawFor(speaker *Port) codec.Codec {
	if first := (*b.routes.Load())[speaker].first; first != nil {
		return first.Codec().Law()
	}
	return codec.PCMA
}
