package store_test

import (
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/todo"
)

// routes is what a workspace has about the ways of its calls.
type routes struct {
	version routing.Version
	draft   routing.Draft
	aCase   routing.Case
	feed    routing.Feed
	message message.Message
	blocked blocklist.Entry
	item    todo.Item
}

func someRoutes(t *testing.T, d *store.DB, n number.Number) routes {
	t.Helper()
	ws, c := n.WorkspaceID, t.Context()
	r := routes{
		version: aVersion(ws, n.ID, 1), draft: aDraft(ws, n.ID, 1), aCase: aCase(ws, n.ID), feed: aFeed(ws),
		message: aMessage(ws, "Accueil"), blocked: anEntryOfBlocked(ws, blocklist.Prefix, "+3389"), item: anItem(ws, n.ID, "+331", 1),
	}
	must(t, d.Publish(c, r.version, 0))
	must(t, d.SaveDraft(c, r.draft, 0))
	must(t, d.SaveCase(c, r.aCase))
	must(t, d.SaveFeed(c, r.feed))
	must(t, d.SaveMessage(c, r.message))
	must(t, d.SaveBlocked(c, r.blocked))
	must(t, d.SaveItem(c, r.item))
	return r
}

// foreignListsOfRoutes fails unless B's lists have what is B's and nothing of A's.
func foreignListsOfRoutes(t *testing.T, d *store.DB, a, b property) {
	t.Helper()
	c := t.Context()
	loads(t, []routing.Version{b.routes.version})(d.LiveFlows(c, b.ws))
	loads(t, []routing.Version{})(d.Versions(c, b.ws, a.number.ID, 0, 0))
	loads(t, []routing.Case{})(d.Cases(c, b.ws, a.number.ID))
	loads(t, []routing.Feed{b.routes.feed})(d.Feeds(c, b.ws))
	loads(t, []message.Message{b.routes.message})(d.Messages(c, b.ws))
	loads(t, []message.Message{})(d.MessagesByID(c, b.ws, []string{a.routes.message.ID}))
	loads(t, []blocklist.Entry{b.routes.blocked})(d.Blocked(c, b.ws))
	loads(t, []todo.Item{b.routes.item})(d.Items(c, b.ws, todo.Filter{}))
	loads(t, []todo.Item{})(d.Items(c, b.ws, todo.Filter{NumberIDs: []string{a.number.ID}}))
	must(t, d.DropDraft(c, b.ws, a.number.ID))
}

// foreignRoutes adds what is done with one of them.
func foreignRoutes(t *testing.T, d *store.DB, a, b property, missing map[string]func() error) {
	c, r := t.Context(), a.routes
	for name, try := range map[string]func() error{
		"Live":    func() error { _, err := d.Live(c, b.ws, a.number.ID); return err },
		"Version": func() error { _, err := d.Version(c, b.ws, a.number.ID, 1); return err },
		"Publish": func() error { v := r.version; v.WorkspaceID, v.Version = b.ws, 2; return d.Publish(c, v, 0) },
		"Publish first": func() error {
			v := r.version
			v.WorkspaceID = b.ws
			return d.Publish(c, v, 0)
		},
		"Draft":           func() error { _, err := d.Draft(c, b.ws, a.number.ID); return err },
		"SaveDraft":       func() error { v := r.draft; v.WorkspaceID, v.Revision = b.ws, 2; return d.SaveDraft(c, v, 1) },
		"SaveDraft first": func() error { v := r.draft; v.WorkspaceID = b.ws; return d.SaveDraft(c, v, 0) },
		"SaveCase":        func() error { v := r.aCase; v.WorkspaceID = b.ws; return d.SaveCase(c, v) },
		"SaveCase here": func() error {
			v := r.aCase
			v.WorkspaceID, v.NumberID = b.ws, b.number.ID
			return d.SaveCase(c, v)
		},
		"DeleteCase":    func() error { return d.DeleteCase(c, b.ws, a.number.ID, r.aCase.ID) },
		"Feed":          func() error { _, err := d.Feed(c, b.ws, r.feed.ID); return err },
		"SaveFeed":      func() error { v := r.feed; v.WorkspaceID = b.ws; return d.SaveFeed(c, v) },
		"DeleteFeed":    func() error { return d.DeleteFeed(c, b.ws, r.feed.ID) },
		"Message":       func() error { _, err := d.Message(c, b.ws, r.message.ID); return err },
		"SaveMessage":   func() error { v := r.message; v.WorkspaceID = b.ws; return d.SaveMessage(c, v) },
		"HideMessage":   func() error { return d.HideMessage(c, b.ws, r.message.ID) },
		"DeleteBlocked": func() error { return d.DeleteBlocked(c, b.ws, r.blocked.ID) },
		"Item":          func() error { _, err := d.Item(c, b.ws, r.item.ID); return err },
		"OpenItem":      func() error { _, err := d.OpenItem(c, b.ws, a.number.ID, r.item.E164); return err },
		"SaveItem":      func() error { v := r.item; v.WorkspaceID = b.ws; return d.SaveItem(c, v) },
		"EditItem": func() error {
			_, err := d.EditItem(c, b.ws, r.item.ID, func(*todo.Item) error { return nil })
			return err
		},
	} {
		missing[name] = try
	}
	// A taken id of another workspace is as good as any: the entry there stays.
	e := r.blocked
	e.WorkspaceID, e.Pattern = b.ws, "+3388"
	if d.SaveBlocked(c, e) == nil {
		t.Error("the id of another workspace's entry was given again")
	}
}

// routesUntouched fails unless all is as it was saved.
func routesUntouched(t *testing.T, d *store.DB, p property) {
	t.Helper()
	c, r := t.Context(), p.routes
	loads(t, []routing.Version{r.version})(d.Versions(c, p.ws, p.number.ID, 0, 0))
	loads(t, r.draft)(d.Draft(c, p.ws, p.number.ID))
	loads(t, []routing.Case{r.aCase})(d.Cases(c, p.ws, p.number.ID))
	loads(t, r.feed)(d.Feed(c, p.ws, r.feed.ID))
	loads(t, []message.Message{r.message})(d.Messages(c, p.ws))
	loads(t, []blocklist.Entry{r.blocked})(d.Blocked(c, p.ws))
	loads(t, r.item)(d.OpenItem(c, p.ws, p.number.ID, r.item.E164))
}
