package relay

import (
	"sync"

	"parley/internal/media/codec"
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

// player sends a source into a call as if a leg spoke. run is its goroutine.
type player struct {
	port *Port
	src  Source
	quit chan struct{}

	mu     sync.Mutex // held over a frame, so that halt returns after the last
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
	pl := &player{port: NewPort(nil), src: src, quit: make(chan struct{})}
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
	go func() {
		ended := pl.run(b)
		b.stopPlaying(id, pl)
		if ended && done != nil {
			done()
		}
	}()
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
	if !pl.halted {
		pl.halted = true
		close(pl.quit)
	}
}

// run plays until the source ends (true) or the player is halted (false).
func (pl *player) run(b *Bridge) bool {
	beat := newBeat()
	defer beat.stop()
	for {
		if more, halted := pl.tick(b.lawFor(pl.port)); !more {
			return !halted
		}
		select {
		case <-pl.quit:
			return false
		case <-beat.next():
		}
		pl.pass(beat.skip())
	}
}

// pass lets frames of time go by unplayed.
func (pl *player) pass(frames int) {
	pl.packet.Timestamp += uint32(frames) * frameSamples
}

func (pl *player) tick(law codec.Codec) (more, halted bool) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.halted {
		return false, true
	}
	if !pl.src.Next(law, pl.frame[:]) {
		return false, false
	}
	pl.packet.Codec = law
	pl.packet.Payload = pl.frame[:]
	pl.port.Receive(&pl.packet)
	pl.packet.Marker = false
	pl.packet.Sequence++
	pl.packet.Timestamp += frameSamples
	return true, false
}

// lawFor is the law the first listener of a source would rather be sent.
func (b *Bridge) lawFor(speaker *Port) codec.Codec {
	if first := (*b.routes.Load())[speaker].first; first != nil {
		return first.Codec()
	}
	return codec.PCMA
}
