// Package plane is the media plane as the call engine sees it: it implements
// call.Media and call.Bridge over the relay, the sound library and the recorder.
// It moves no packet itself and decides nothing: who hears whom comes from the
// call's state, who may record from the engine.
//
// The methods of bridges and recorders do not block; loading messages, opening and
// finishing recording files happens on goroutines that Close waits for.
package plane

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/datagram"
	"parley/internal/media/record"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// Blobs takes finished recordings.
type Blobs interface {
	// Move stores the file at path under key, again if it is there; the file is
	// gone afterwards.
	Move(ctx context.Context, key, path string) error
	// Has says whether something is stored under key.
	Has(ctx context.Context, key string) bool
}

// Config is what a Plane is made of.
type Config struct {
	Library *audio.Library
	Station *record.Station
	Blobs   Blobs
	Sounds  Sounds // nil: a shipped prompt is played instead of every message
	Spool   string // folder recordings are written to while calls go
	Log     *slog.Logger
}

// Plane opens bridges.
type Plane struct {
	Config
	clips     *clips
	metronome *datagram.Metronome
	work      sync.WaitGroup
}

// New returns a plane over c.
func New(c Config) *Plane {
	return &Plane{Config: c, clips: newClips(c.Sounds, maxClips), metronome: relay.NewMetronome()}
}

// Close waits until all finished recordings are stored, or ctx ends: what is not
// stored by then stays in the spool, for Recover to find.
func (p *Plane) Close(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		p.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("store finished recordings before the deadline: %w", ctx.Err())
	}
}

// Open returns the bridge of a new call.
func (p *Plane) Open(workspaceID, callID string) call.Bridge {
	return &bridge{
		plane: p, workspaceID: workspaceID, log: p.Log.With(obs.Call, callID), relay: relay.NewBridge(p.metronome),
		legs: make(map[callstate.LegID]part),
	}
}

// bridge is the media of one call.
type bridge struct {
	plane       *Plane
	workspaceID string
	log         *slog.Logger
	relay       *relay.Bridge

	mu   sync.Mutex
	stop func() // stops what the player leg plays
	turn int    // counts what it has played, so that an end is told once
	legs map[callstate.LegID]part
	tongue
}

// media is a leg with packets.
type media interface{ Port() *relay.Port }

// Attach lets a leg take part.
func (b *bridge) Attach(leg call.Leg) {
	m, ok := leg.(media)
	if !ok {
		b.log.Error("leg without media cannot take part", obs.Leg, leg.ID())
		return
	}
	b.mu.Lock()
	before, there := b.legs[leg.ID()]
	other := before.media != m
	if other {
		b.legs[leg.ID()] = newPart(m)
	}
	b.mu.Unlock()
	b.relay.Attach(leg.ID(), m.Port())
	if there && other {
		before.report(b.log, leg.ID())
	}
}

// Detach takes a leg out of the call.
func (b *bridge) Detach(id callstate.LegID) {
	b.mu.Lock()
	gone, there := b.legs[id]
	delete(b.legs, id)
	b.mu.Unlock()
	b.relay.Detach(id)
	if there {
		gone.report(b.log, id)
	}
}

// Follow makes the relay obey the state, and has all legs speak one codec.
func (b *bridge) Follow(s callstate.State) {
	table, agent := s.Hearing(), callstate.AgentLeg(s.Agent)
	if s.Muted {
		b.relay.SetMuted(agent, true) // before the table, and unmuted after it
	}
	b.relay.SetTable(table)
	b.relay.SetMuted(agent, s.Muted)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tongue.agree(b.legs, table, b.log)
}

// Digits sends RFC 4733 digits to a leg.
func (b *bridge) Digits(to callstate.LegID, digits string) { b.relay.SendDigits(to, digits) }

// Close ends the call's media; a running recording must have been stopped.
func (b *bridge) Close() {
	b.relay.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, p := range b.legs {
		p.report(b.log, id)
	}
	clear(b.legs)
}
