package document

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
	"parley/internal/domain/routing"
)

// messages speaks what is to be said and is not spoken yet.
func (r *run) messages(ctx context.Context) error {
	for _, p := range r.plan.messages {
		if p.old == "" {
			made, err := r.needs.Speaker.Speak(ctx, r.server(), p.Name, p.Text, p.Language, p.Voice)
			if err != nil {
				return fmt.Errorf("message %q: %w", p.Name, err)
			}
			r.have.messages = append(r.have.messages, made)
			r.sum.note(Created, "message", made.Name)
			continue
		}
		made, err := r.needs.Speaker.Replace(ctx, r.server(), p.old, p.Draft)
		if err != nil {
			return fmt.Errorf("message %q: %w", p.Name, err)
		}
		for i := range r.have.messages {
			r.have.messages[i].Hidden = r.have.messages[i].Hidden || r.have.messages[i].ID == p.old
		}
		r.have.messages = append(r.have.messages, made)
		r.sum.note(Changed, "message", made.Name)
	}
	return nil
}

// calendars stores those that are new or moved; they are fetched by who refreshes
// all.
func (r *run) calendars(ctx context.Context) error {
	for _, f := range r.plan.feeds {
		if err := r.needs.Feeds.SaveFeed(ctx, f); err != nil {
			return fmt.Errorf("calendar %q: %w", f.Name, err)
		}
		i := slices.IndexFunc(r.have.feeds, func(old routing.Feed) bool { return old.ID == f.ID })
		if i < 0 {
			r.have.feeds = append(r.have.feeds, f)
		} else {
			r.have.feeds[i] = f
		}
		r.needs.Changes.Changed(ctx, r.plan.ws.ID, changedFlow, f.ID)
		r.needs.Audit.Record(ctx, r.plan.ws.ID, "", routing.ActionFeedSaved, f.ID, "name", f.Name)
		r.sum.note(done(i < 0), "calendar", f.Name)
	}
	return nil
}

func done(created bool) Action {
	if created {
		return Created
	}
	return Changed
}

// blocked adds to the blacklist; an entry with another note takes the place of the
// old one.
func (r *run) blocked(ctx context.Context) error {
	for _, e := range r.plan.blocked {
		old, known := find(r.have.blocked, func(o blocklist.Entry) bool { return o.Kind == e.Kind && o.Pattern == e.Pattern })
		if known && old.Note == e.Note {
			continue
		}
		if known {
			if err := r.needs.Blocker.Remove(ctx, r.server(), old.ID); err != nil {
				return fmt.Errorf("replace a blocked caller: %w", err)
			}
		}
		if _, err := r.needs.Blocker.Add(ctx, r.server(), blocklist.Draft{Kind: e.Kind, Pattern: e.Pattern, Note: e.Note}); err != nil {
			return fmt.Errorf("block a caller: %w", err)
		}
		r.sum.note(done(!known), "blocked", blockedName(e))
	}
	return nil
}

func blockedName(e blocklist.Entry) string {
	switch e.Kind {
	case blocklist.Exact:
	case blocklist.Prefix:
		return e.Pattern + "…"
	case blocklist.Anonymous:
		return string(e.Kind)
	}
	return e.Pattern
}

func (r *run) pruneMessages(ctx context.Context) error {
	for _, id := range r.plan.prune.messages {
		m, _ := find(r.have.messages, func(m message.Message) bool { return m.ID == id })
		if err := r.needs.Speaker.Hide(ctx, r.server(), id); err != nil {
			return fmt.Errorf("prune message %q: %w", m.Name, err)
		}
		r.sum.note(Deleted, "message", m.Name)
	}
	return nil
}

func (r *run) pruneCalendars(ctx context.Context) error {
	for _, id := range r.plan.prune.feeds {
		f, _ := find(r.have.feeds, func(f routing.Feed) bool { return f.ID == id })
		if err := r.needs.Feeds.DeleteFeed(ctx, r.plan.ws.ID, id); err != nil {
			return fmt.Errorf("prune calendar %q: %w", f.Name, err)
		}
		r.needs.Changes.Changed(ctx, r.plan.ws.ID, changedFlow, id)
		r.needs.Audit.Record(ctx, r.plan.ws.ID, "", routing.ActionFeedDeleted, id, "name", f.Name)
		r.sum.note(Deleted, "calendar", f.Name)
	}
	return nil
}

func (r *run) pruneBlocked(ctx context.Context) error {
	for _, id := range r.plan.prune.blocked {
		e, _ := find(r.have.blocked, func(e blocklist.Entry) bool { return e.ID == id })
		if err := r.needs.Blocker.Remove(ctx, r.server(), id); err != nil {
			return fmt.Errorf("prune a blocked caller: %w", err)
		}
		r.sum.note(Deleted, "blocked", blockedName(e))
	}
	return nil
}
