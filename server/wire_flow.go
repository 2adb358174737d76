package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/blob"
	"parley/internal/adapters/calendar"
	"parley/internal/adapters/event"
	"parley/internal/adapters/speech"
	"parley/internal/adapters/store"
	"parley/internal/base/obs"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/callback"
	"parley/internal/domain/message"
	"parley/internal/domain/todo"
	"parley/internal/media/clip"
)

// reception is what callers meet beside the flow of the number: what is said to
// them, who is turned away, the calendars that close numbers, what they leave to do,
// and that they are called back.
type reception struct {
	messages  *message.Service
	blocklist *blocklist.Service
	calendars *calendar.Fetcher
	left      *todo.Watch
	todo      *todo.Service
	callbacks *callback.Runner
}

func (p *parley) wireReception() error {
	db, r := p.kept.db, &p.reception
	voices, err := newVoices(p.cfg, p.log)
	if err != nil {
		return err
	}
	r.messages = newMessages(db, p.kept.blobs, voices, p.identity.trail, p.changes)
	r.blocklist = blocklist.NewService(blocklist.Needs{
		Store: db, Workspaces: db, Audit: p.identity.trail, Changes: p.changes, Now: time.Now, Log: p.log,
	})
	p.changes.near.tell(r.blocklist.Changed, event.Blacklist)
	r.calendars = calendar.NewFetcher(calendar.Options{Private: p.cfg.PrivateCalendars, Now: time.Now})
	r.left = todo.NewWatch(todo.WatchNeeds{Store: db, Tags: db, Changes: p.changes, Log: p.log})
	r.todo = todo.NewService(todo.Needs{Store: db, Members: db, Access: db, Changes: p.changes, Now: time.Now})
	r.callbacks = callback.NewRunner(callback.Needs{
		Items: db, History: db, Numbers: db, Workspaces: db, Blocked: r.blocklist, Changes: p.changes, Log: p.log,
	})
	p.changes.near.tell(r.callbacks.Changed, event.Todo)
	return nil
}

// newMessages is the same for the server and for admin commands.
func newMessages(db *store.DB, blobs blob.Store, voices message.Speech, trail *auth.Trail, ch message.Changes) *message.Service {
	return message.NewService(message.Needs{
		Messages: db, Blobs: files{blobs}, Studio: clip.Studio{}, Speech: voices, Access: db, Audit: trail, Changes: ch, Now: time.Now,
	})
}

// newVoices are the synthetic voices of this server: espeak-ng where it is
// installed, and the endpoint where one is set.
func newVoices(cfg *Config, log *slog.Logger) (*speech.Several, error) {
	voices := speech.NewSeveral(log)
	if cfg.SpeechURL != "" {
		endpoint, err := speech.NewEndpoint(cfg.speech())
		if err != nil {
			return nil, fmt.Errorf("settings speech-…: %w", err)
		}
		voices.With("endpoint", endpoint)
	}
	if espeak, ok := speech.NewEspeak(""); ok {
		voices.With("espeak", espeak)
	}
	return voices, nil
}

// rebuilt is how far back a start looks for calls that left something to do and were
// not noted, because a crash came between.
const rebuilt = 7 * 24 * time.Hour

// rebuildToDo notes what calls have left to do that nobody noted.
func (p *parley) rebuildToDo(ctx context.Context) {
	all, err := p.kept.db.Workspaces(ctx)
	if err != nil {
		p.log.ErrorContext(ctx, "workspaces not listed to note what is to be done", obs.Err, err)
		return
	}
	for _, ws := range all {
		if _, err := todo.Rebuild(ctx, p.kept.db, p.kept.db, ws.ID, time.Now().Add(-rebuilt)); err != nil && ctx.Err() == nil {
			p.log.ErrorContext(ctx, "what is to be done not noted anew", obs.Workspace, ws.ID, obs.Err, err)
		}
	}
}

// runReception starts what goes on beside the calls.
func (p *parley) runReception(ctx context.Context, background *sync.WaitGroup) {
	background.Go(func() {
		p.rebuildToDo(ctx)
		background.Go(func() { p.reception.callbacks.Run(ctx, p.voice.engine) })
		p.reception.left.Run(ctx, p.voice.engine)
	})
	refresher := &calendar.Refresher{
		Feeds: p.kept.db, Source: p.reception.calendars, Changed: p.voice.flows.Changed, Now: time.Now, Log: p.log,
	}
	background.Go(func() { refresher.Run(ctx) })
}
