package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
)

const (
	maxFeeds    = 50
	maxFeedName = 80 // letters
	maxFeedURL  = 2000
)

// Feeds lists the calendars of the actor's workspace, for who manages numbers or
// owns one. Their addresses, which may be secrets, are for the former alone.
func (s *Service) Feeds(ctx context.Context, actor member.Member) ([]Feed, error) {
	if err := s.readsFeeds(ctx, actor); err != nil {
		return nil, err
	}
	all, err := s.needs.Feeds.Feeds(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list calendars: %w", err)
	}
	all = slices.Clone(all)
	for i := range all {
		if !manages(actor) {
			all[i].URL = ""
		}
	}
	return all, nil
}

func (s *Service) readsFeeds(ctx context.Context, actor member.Member) error {
	if manages(actor) {
		return nil
	}
	snap, err := s.snapshot(ctx, actor.WorkspaceID)
	if err != nil {
		return fmt.Errorf("look for the actor's numbers: %w", err)
	}
	for _, n := range snap.numbers {
		if actor.ID != "" && n.OwnerID == actor.ID {
			return nil
		}
	}
	return notAllowed()
}

// SaveFeed fetches a calendar and stores it with its events; a new one has no ID.
// What cannot be fetched is not stored. Faults: Invalid with the field name or url,
// TooMany error.calendars-too-many, Forbidden, NotFound.
func (s *Service) SaveFeed(ctx context.Context, actor member.Member, f Feed) (Feed, error) {
	if !manages(actor) {
		return Feed{}, notAllowed()
	}
	f, err := cleanFeed(f)
	if err != nil {
		return Feed{}, err
	}
	f.WorkspaceID = actor.WorkspaceID
	if f.ID == "" {
		all, err := s.needs.Feeds.Feeds(ctx, actor.WorkspaceID)
		if err != nil {
			return Feed{}, fmt.Errorf("list calendars: %w", err)
		}
		if len(all) >= maxFeeds {
			return Feed{}, fault.New(fault.TooMany, "error.calendars-too-many").With("limit", strconv.Itoa(maxFeeds))
		}
		f.ID = id.New()
	} else if _, err := s.needs.Feeds.Feed(ctx, actor.WorkspaceID, f.ID); err != nil {
		return Feed{}, fmt.Errorf("find the calendar: %w", err)
	}
	events, err := s.needs.Calendar.Fetch(ctx, f.URL)
	if err != nil {
		return Feed{}, unfetched(err)
	}
	if f, err = f.With(events); err != nil {
		return Feed{}, err
	}
	f.FetchedAt, f.Failed = s.needs.Now().UTC(), ""
	if err := s.needs.Feeds.SaveFeed(ctx, f); err != nil {
		return Feed{}, fmt.Errorf("save the calendar: %w", err)
	}
	s.fed(ctx, actor, f, ActionFeedSaved)
	return f, nil
}

// With returns the feed with other events.
func (f Feed) With(events []hours.Event) (Feed, error) {
	raw, err := json.Marshal(events)
	if err != nil {
		return f, fmt.Errorf("write the events of a calendar: %w", err)
	}
	f.Events = raw
	return f, nil
}

// unfetched lays what went wrong to the address.
func unfetched(err error) error {
	key := "error.calendar-unreachable"
	if f := fault.Of(err); f.Kind != fault.Internal {
		key = f.Key
	}
	return fault.OnField("url", key).Because(err)
}

func cleanFeed(f Feed) (Feed, error) {
	name, ok := text.Line(f.Name, maxFeedName)
	switch {
	case !ok:
		return f, fault.OnField("name", "error.name-invalid")
	case name == "":
		return f, fault.OnField("name", "error.name-needed")
	}
	f.Name = name
	u, err := url.Parse(f.URL)
	schemes := []string{"https", "http", "webcal", "webcals"}
	if err != nil || len(f.URL) > maxFeedURL || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return f, fault.OnField("url", "error.calendar-address")
	}
	return f, nil
}

// DeleteFeed forgets a calendar. Faults: Conflict error.calendar-in-use where a
// live flow closes by it, Forbidden, NotFound.
func (s *Service) DeleteFeed(ctx context.Context, actor member.Member, feedID string) error {
	if !manages(actor) {
		return notAllowed()
	}
	f, err := s.needs.Feeds.Feed(ctx, actor.WorkspaceID, feedID)
	if err != nil {
		return fmt.Errorf("find the calendar: %w", err)
	}
	snap, err := s.snapshot(ctx, actor.WorkspaceID)
	if err != nil {
		return fmt.Errorf("look for flows that use the calendar: %w", err)
	}
	for numberID, v := range snap.live {
		if !v.Flow.Walk(func(step flow.Step) bool { return step.Hours == nil || step.Hours.Schedule.FeedID != feedID }) {
			return fault.New(fault.Conflict, "error.calendar-in-use").With("name", snap.numbers[numberID].Name)
		}
	}
	if err := s.needs.Feeds.DeleteFeed(ctx, actor.WorkspaceID, feedID); err != nil {
		return fmt.Errorf("delete the calendar: %w", err)
	}
	s.fed(ctx, actor, f, ActionFeedDeleted)
	return nil
}

// fed tells of a calendar that was changed. Its address stays untold.
func (s *Service) fed(ctx context.Context, actor member.Member, f Feed, action string) {
	s.Changed(f.WorkspaceID)
	s.needs.Changes.Changed(ctx, f.WorkspaceID, changeFlow, f.ID)
	s.needs.Audit.Record(ctx, f.WorkspaceID, actor.ID, action, f.ID, "name", f.Name)
}
