package calendar

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
)

// Every is how often calendars are fetched anew.
const Every = time.Hour

// Feeds is what the refresher needs of routing.FeedStore.
type Feeds interface {
	AllFeeds(ctx context.Context) ([]routing.Feed, error)
	Feed(ctx context.Context, workspaceID, id string) (routing.Feed, error)
	SaveFeed(ctx context.Context, f routing.Feed) error
}

// Source fetches one calendar; a Fetcher is one.
type Source interface {
	Fetch(ctx context.Context, address string) ([]hours.Event, error)
}

// Refresher fetches every calendar of the server once an hour.
type Refresher struct {
	Feeds   Feeds
	Source  Source
	Changed func(workspaceID string) // told after a calendar was stored
	Now     func() time.Time
	Log     *slog.Logger
}

// Run refreshes at once, then every hour, until ctx ends.
func (r *Refresher) Run(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		if err := r.Refresh(ctx); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "calendars not refreshed", obs.Err, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Refresh fetches the calendars that were not fetched within the last hour, one
// after the other. One that cannot be had keeps its events, and says why it failed.
func (r *Refresher) Refresh(ctx context.Context) error {
	feeds, err := r.Feeds.AllFeeds(ctx)
	if err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	var failed error
	for _, f := range feeds {
		// A tick may come a moment early.
		if r.Now().Sub(f.FetchedAt) < Every-time.Minute {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("refresh calendars: %w", err)
		}
		if err := r.one(ctx, f); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

func (r *Refresher) one(ctx context.Context, f routing.Feed) error {
	events, failure := r.Source.Fetch(ctx, f.URL)
	if ctx.Err() != nil {
		return nil // the server stops: says nothing about the calendar
	}
	// Fetching takes seconds, in which somebody may have changed or deleted it.
	now, err := r.Feeds.Feed(ctx, f.WorkspaceID, f.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("read calendar: %w", err)
	case now.URL != f.URL:
		return nil
	}
	if failure != nil {
		now.Failed = failureKey(failure)
		r.Log.WarnContext(ctx, "calendar not fetched", obs.Workspace, f.WorkspaceID, "feed", f.ID, obs.Err, failure)
	} else {
		if now, err = now.With(events); err != nil {
			return fmt.Errorf("keep calendar: %w", err)
		}
		now.FetchedAt, now.Failed = r.Now().UTC(), ""
	}
	if err := r.Feeds.SaveFeed(ctx, now); err != nil {
		return fmt.Errorf("save calendar: %w", err)
	}
	r.Changed(f.WorkspaceID)
	return nil
}

// failureKey is the key of the sentence that says why a calendar was not fetched.
func failureKey(err error) string {
	if f := fault.Of(err); f.Kind != fault.Internal {
		return f.Key
	}
	return "error.calendar-unreachable"
}
