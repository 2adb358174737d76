package rights_test

import (
	"fmt"
	"net/url"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/todo"
)

// flowOf is a request about the flow of a new number, which is live and has a case;
// owned makes the reader its owner.
func flowOf(path string, owned bool, form url.Values) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		n := c.newNumber()
		if owned {
			n = c.numberOf(v)
		}
		c.must(c.Store.Publish(c.t.Context(), routing.Version{
			NumberID: n.ID, WorkspaceID: c.ws.ID, Version: 1, Flow: flow.Default(), PublishedAt: time.Now().UTC(),
		}, 0))
		c.must(c.Store.SaveCase(c.t.Context(), routing.Case{ID: "case-" + n.ID, NumberID: n.ID, WorkspaceID: c.ws.ID, Name: "A case"}))
		c.flows.Changed(c.ws.ID) // the store was changed past it
		return request{path: fmt.Sprintf("/numbers/%s/flow", n.ID) + path, form: form}
	}
}

// withCase is a request about the case of a new number.
func withCase(owned bool) func(*company, member.Member) request {
	return func(c *company, v member.Member) request {
		q := flowOf("/cases", owned, nil)(c, v)
		var n string
		_, err := fmt.Sscanf(q.path, "/numbers/%36s", &n)
		c.must(err)
		q.path += "/case-" + n + "/delete"
		return q
	}
}

// flowRows are about the flows of numbers: admins, and whoever owns the number. An
// edit that names no revision of the draft is a conflict, but only for them.
func flowRows() []row {
	var rows []row
	for _, owned := range []bool{false, true} {
		want, asked, about := admins, "!!--", "of others"
		if owned {
			want, asked, about = all, "!!!!", "of the reader"
		}
		get := func(path string) row {
			return row{pattern: "GET /numbers/{id}/flow" + path, about: about, want: want, foreign: true, make: flowOf(path, owned, nil)}
		}
		post := func(path, real string, refusal int) row {
			return row{
				pattern: "POST /numbers/{id}/flow" + path, about: about, want: asked, refusal: refusal, foreign: true,
				make: flowOf(real, owned, url.Values{"rev": {"7"}, "at": {"0"}, "kind": {"ring"}}),
			}
		}
		version := get("/versions/{version}")
		version.make = flowOf("/versions/1", owned, nil)
		remove := row{pattern: "POST /numbers/{id}/flow/cases/{case}/delete", about: about, want: want, foreign: true, make: withCase(owned)}
		rows = append(rows,
			get(""), get("/publish"), get("/versions"), version, get("/simulate"), get("/cases"), remove,
			post("/build", "/build", 409), post("/add", "/add", 409), post("/undo", "/undo", 409),
			post("/steps/{step}", "/steps/ring", 409), post("/steps/{step}/move", "/steps/ring/move", 409),
			post("/steps/{step}/remove", "/steps/ring/remove", 409), post("/steps/{step}/keys", "/steps/ring/keys", 409),
			post("/publish", "/publish", 409), post("/cases", "/cases", 422),
			row{
				pattern: "POST /numbers/{id}/flow/discard", about: about, want: want, foreign: true, make: flowOf("/discard", owned, nil),
			},
			row{
				pattern: "POST /numbers/{id}/flow/versions/{version}/restore", about: about, want: want, foreign: true,
				make: flowOf("/versions/1/restore", owned, nil),
			},
		)
	}
	return rows
}

func (c *company) newMessage() message.Message {
	c.t.Helper()
	m := message.Message{
		ID: id.New(), WorkspaceID: c.ws.ID, Name: fmt.Sprint("Message ", c.next()), Kind: message.Uploaded, BlobKey: "m", DurationMS: 1000, CreatedAt: time.Now().UTC(),
	}
	c.must(c.Store.SaveMessage(c.t.Context(), m))
	return m
}

// ofMessage is a request about a new message.
func ofMessage(path string) func(*company, member.Member) request {
	return func(c *company, _ member.Member) request {
		return request{path: "/messages/" + c.newMessage().ID + path}
	}
}

// callerRows are about what callers meet beside the flow. They come before the rows
// that make readers owners of numbers: those may hear and make messages.
func callerRows() []row {
	return []row{
		{pattern: "GET /messages", want: admins, make: at("/messages")},
		{pattern: "GET /messages/new", want: admins, make: at("/messages/new")},
		{pattern: "POST /messages/new", about: "without a text", want: "!!--", refusal: 422, make: at("/messages/new")},
		{pattern: "POST /messages/upload", about: "without a file", want: "!!--", refusal: 422, make: at("/messages/upload")},
		{pattern: "POST /messages/preview", about: "without a text", want: "!!--", refusal: 422, make: at("/messages/preview")},
		{pattern: "GET /messages/{id}", want: admins, foreign: true, make: ofMessage("")},
		{pattern: "GET /messages/{id}/audio", want: admins, foreign: true, make: ofMessage("/audio")},
		{pattern: "POST /messages/{id}/delete", want: admins, foreign: true, make: ofMessage("/delete")},
		{pattern: "GET /prompts/{id}/{lang}/audio", want: all, make: at("/prompts/" + flow.PromptClosed + "/en/audio")},
		{pattern: "GET /calendars", want: admins, make: at("/calendars")},
		{pattern: "POST /calendars", about: "without an address", want: "!!--", refusal: 422, make: at("/calendars")},
		{pattern: "POST /calendars/{feed}/delete", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			f := routing.Feed{ID: id.New(), WorkspaceID: c.ws.ID, Name: fmt.Sprint("Feed ", c.next()), URL: "https://example.com/a.ics", Events: []byte("[]")}
			c.must(c.Store.SaveFeed(c.t.Context(), f))
			return request{path: "/calendars/" + f.ID + "/delete"}
		}},
		{pattern: "GET /blacklist", want: admins, make: at("/blacklist")},
		{pattern: "POST /blacklist", want: admins, make: func(c *company, _ member.Member) request {
			return request{path: "/blacklist", form: url.Values{"kind": {"exact"}, "pattern": {c.phone()}}}
		}},
		{pattern: "POST /blacklist/{id}/delete", want: admins, foreign: true, make: func(c *company, _ member.Member) request {
			e := blocklist.Entry{ID: id.New(), WorkspaceID: c.ws.ID, Kind: blocklist.Exact, Pattern: c.phone(), CreatedAt: time.Now().UTC()}
			c.must(c.Store.SaveBlocked(c.t.Context(), e))
			return request{path: "/blacklist/" + e.ID + "/delete"}
		}},
	}
}

// toDo is a request about something to do on a number of everybody's.
func toDo(path string, on func(*company) number.Number) func(*company, member.Member) request {
	return func(c *company, _ member.Member) request {
		now, itemID := time.Now().UTC(), id.New()
		c.must(c.Store.SaveItem(c.t.Context(), todo.Item{
			ID: itemID, WorkspaceID: c.ws.ID, NumberID: on(c).ID, CallID: itemID, Kind: todo.Missed, E164: c.phone(), Calls: 1, At: now, LatestAt: now,
		}))
		return request{path: "/todo/" + itemID + path, form: url.Values{"member": {c.mate.ID}}}
	}
}

func his(c *company) number.Number     { return c.his }
func watched(c *company) number.Number { return c.watched }
func read(c *company) number.Number    { return c.overheard }

func todoRows() []row {
	return []row{
		{pattern: "GET /todo", want: all, make: at("/todo")},
		{pattern: "GET /todo/{id}/assign", about: "of the own number", want: all, foreign: true, make: toDo("/assign", his)},
		{pattern: "GET /todo/{id}/assign", about: "of a number not seen", want: leaders, foreign: true, make: toDo("/assign", watched)},
		{pattern: "POST /todo/{id}/assign", about: "of the own number", want: all, foreign: true, make: toDo("/assign", his)},
		{pattern: "POST /todo/{id}/archive", about: "of the own number", want: all, foreign: true, make: toDo("/archive", his)},
		{pattern: "POST /todo/{id}/archive", about: "of a number supervised", want: leaders, foreign: true, make: toDo("/archive", watched)},
		{pattern: "POST /todo/{id}/archive", about: "of a number only read", want: admins, foreign: true, make: toDo("/archive", read)},
		{pattern: "POST /todo/{id}/called-back", about: "of the own number", want: all, foreign: true, make: toDo("/called-back", his)},
	}
}
