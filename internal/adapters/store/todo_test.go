package store_test

import (
	"errors"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
	"parley/internal/domain/todo"
)

func aMessage(ws, name string) message.Message {
	return message.Message{
		ID: id.New(), WorkspaceID: ws, Name: name, Kind: message.Spoken, Text: "Bonjour « à tous »", Language: "fr", Voice: "fr+f2",
		DurationMS: 1234, BlobKey: ws + "/messages/x.wav", CreatedAt: at(1), CreatedBy: id.New(),
	}
}

func TestMessages(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		b, a, hidden := aMessage(ws, "bienvenue"), aMessage(ws, "Accueil"), aMessage(ws, "Ancien")
		for _, m := range []message.Message{b, a, hidden} {
			must(t, d.SaveMessage(c, m))
		}
		must(t, d.HideMessage(c, ws, hidden.ID))
		must(t, d.HideMessage(c, ws, hidden.ID))
		hidden.Hidden = true
		loads(t, []message.Message{a, b})(d.Messages(c, ws))
		loads(t, hidden)(d.Message(c, ws, hidden.ID))
		loads(t, []message.Message{a, hidden})(d.MessagesByID(c, ws, []string{hidden.ID, a.ID, id.New()}))
		loads(t, []message.Message{})(d.MessagesByID(c, ws, nil))
		wantMissing(t, d.HideMessage(c, ws, id.New()))
	})
}

func anEntryOfBlocked(ws string, kind blocklist.Kind, pattern string) blocklist.Entry {
	return blocklist.Entry{ID: id.New(), WorkspaceID: ws, Kind: kind, Pattern: pattern, Note: "Pénible", CreatedAt: at(1), CreatedBy: id.New()}
}

func TestBlocked(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		all := []blocklist.Entry{
			anEntryOfBlocked(ws, blocklist.Exact, "+33899"), anEntryOfBlocked(ws, blocklist.Prefix, "+33899"), anEntryOfBlocked(ws, blocklist.Anonymous, ""),
		}
		for _, e := range all {
			must(t, d.SaveBlocked(c, e))
			again := e
			again.ID = id.New()
			wantFault(t, d.SaveBlocked(c, again), fault.Conflict, "error.blocked-already")
		}
		must(t, d.SaveBlocked(c, anEntryOfBlocked(aWorkspace(t, d).ID, blocklist.Exact, "+33899")))
		loads(t, all)(d.Blocked(c, ws))
		must(t, d.DeleteBlocked(c, ws, all[0].ID))
		wantMissing(t, d.DeleteBlocked(c, ws, all[0].ID))
		loads(t, all[1:])(d.Blocked(c, ws))
	})
}

func anItem(ws, numberID, e164 string, n int) todo.Item {
	return todo.Item{
		ID: id.New(), WorkspaceID: ws, NumberID: numberID, CallID: id.New(), Kind: todo.Voicemail, E164: e164, Name: "Zoé",
		Calls: 2, At: at(n - 1), LatestAt: at(n),
	}
}

func TestItems(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws, mine := t.Context(), aWorkspace(t, d).ID, id.New()
		a, b, done, hidden := anItem(ws, "n1", "+331", 1), anItem(ws, "n2", "+331", 2), anItem(ws, "n1", "+332", 3), anItem(ws, "n1", "", 2)
		b.AssigneeID, b.AssignedAt = mine, at(5)
		done.Outcome, done.DoneAt, done.DoneBy = todo.CalledBack, at(6), mine
		for _, i := range []todo.Item{a, b, done, hidden} {
			must(t, d.SaveItem(c, i))
		}
		loads(t, a)(d.Item(c, ws, a.ID))
		for _, tc := range []struct {
			filter todo.Filter
			want   []todo.Item
		}{
			{todo.Filter{}, []todo.Item{hidden, b, a}}, // of the same time the later made first
			{todo.Filter{Limit: 1}, []todo.Item{hidden}},
			{todo.Filter{Before: hidden.LatestAt, BeforeID: hidden.ID}, []todo.Item{b, a}},
			{todo.Filter{Done: true}, []todo.Item{done}},
			{todo.Filter{NumberIDs: []string{"n1"}}, []todo.Item{hidden, a}},
			{todo.Filter{NumberIDs: []string{"n1"}, AssigneeID: mine}, []todo.Item{hidden, b, a}},
			{todo.Filter{NumberIDs: []string{}, AssigneeID: mine}, []todo.Item{b}},
			{todo.Filter{NumberIDs: []string{}}, []todo.Item{}},
		} {
			loads(t, tc.want)(d.Items(c, ws, tc.filter))
		}

		loads(t, a)(d.OpenItem(c, ws, "n1", "+331"))
		for _, none := range []string{"+332", "", "+339"} { // done, hidden, never called
			_, err := d.OpenItem(c, ws, "n1", none)
			wantMissing(t, err)
		}
		wantFault(t, d.SaveItem(c, anItem(ws, "n1", "+331", 9)), fault.Conflict, "error.conflict")
		must(t, d.SaveItem(c, anItem(ws, "n1", "+332", 9)))
		must(t, d.SaveItem(c, anItem(ws, "n1", "", 9)))
	})
}

func TestEditItem(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		i := anItem(ws, "n", "+331", 1)
		must(t, d.SaveItem(c, i))
		no := errors.New("no")
		if _, err := d.EditItem(c, ws, i.ID, func(*todo.Item) error { return no }); !errors.Is(err, no) {
			t.Errorf("got %v", err)
		}
		const together = 8
		results := make(chan error)
		for range together {
			go func() {
				_, err := d.EditItem(c, ws, i.ID, func(i *todo.Item) error { i.Calls++; i.ID, i.WorkspaceID = "x", "y"; return nil })
				results <- err
			}()
		}
		for range together {
			must(t, <-results)
		}
		i.Calls += together
		loads(t, i)(d.Item(c, ws, i.ID))
	})
}

// TestPendingItems: who came first is called back first, in whichever workspace.
func TestPendingItems(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws, other := t.Context(), aWorkspace(t, d).ID, aWorkspace(t, d).ID
		pending := func(ws, e164 string, n int) todo.Item {
			i := anItem(ws, "n", e164, 1)
			i.Kind = todo.Callback
			i.Return = todo.Return{QueueID: "n/line", LinedAt: at(n), PromisedAt: at(8), Attempts: 2, NextAt: at(9), Trying: "c" + e164, CalledAt: at(10)}
			return i
		}
		second, first, done, tried := pending(ws, "+331", 3), pending(other, "+332", 2), pending(ws, "+333", 1), pending(ws, "+334", 1)
		done.Outcome, done.DoneAt = todo.Archived, at(9)
		tried.Return.NextAt = time.Time{}
		for _, i := range []todo.Item{second, first, done, tried, anItem(ws, "n", "+335", 1)} {
			must(t, d.SaveItem(c, i))
		}
		loads(t, tried)(d.Item(c, ws, tried.ID))
		loads(t, []todo.Item{first, second})(d.PendingItems(c))
	})
}

func TestWhoLeavesHasNothingToDo(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		m := aMember(t, d, ws)
		open, done := anItem(ws, "n", "+331", 1), anItem(ws, "n", "+331", 2)
		open.AssigneeID, open.AssignedAt = m.ID, at(3)
		done.AssigneeID, done.AssignedAt, done.Outcome, done.DoneAt = m.ID, at(3), todo.Archived, at(4)
		must(t, d.SaveItem(c, open))
		must(t, d.SaveItem(c, done))
		_, err := d.Leave(c, leaving(m))
		must(t, err)
		open.AssigneeID, open.AssignedAt = "", time.Time{}
		loads(t, open)(d.Item(c, ws, open.ID))
		loads(t, done)(d.Item(c, ws, done.ID)) // what he did stays his
	})
}
