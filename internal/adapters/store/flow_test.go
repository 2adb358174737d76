package store_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
)

// aFlow has a step of nearly every kind; label tells it from others.
func aFlow(label string) flow.Flow {
	replays := 0
	voicemail := flow.Step{ID: "voicemail-1", Voicemail: &flow.Voicemail{Say: flow.Sound{MessageID: "m1"}, Limit: time.Minute}}
	return flow.Flow{Steps: []flow.Step{
		{ID: "hours-1", Hours: &flow.Hours{
			Schedule: hours.Schedule{
				Mode: hours.Custom, Holidays: "FR", FeedID: "f",
				Hours:      hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: []time.Weekday{1, 5}, From: 540, To: 1080}}},
				Exceptions: []hours.Exception{{Name: "Noël", From: "2026-12-24", To: "2026-12-26", Open: []hours.Span{{From: 600, To: 720}}}},
			},
			Closed: []flow.Step{voicemail},
		}},
		{ID: "menu-1", Menu: &flow.Menu{
			Say: flow.Sound{Prompt: "menu"}, Replays: &replays, Wait: 3 * time.Second,
			Options: []flow.Option{{Key: "1", Label: label, Steps: []flow.Step{
				{ID: "ring-1", Ring: &flow.Ring{Targets: []flow.Target{{TeamID: "t"}, {MemberID: "m"}}, Strategy: flow.InOrder, Time: 25 * time.Second, Wait: true}},
				{ID: "queue-1", Queue: &flow.Queue{MaxWait: time.Minute, Position: true, Comfort: flow.Sound{Prompt: "please-wait"}, Callback: true}},
			}}},
			Otherwise: []flow.Step{{ID: "forward-1", Forward: &flow.Forward{To: "+33123456789"}}},
		}},
		{ID: "hang-up-1", HangUp: &flow.HangUp{}},
	}}
}

func aVersion(ws, numberID string, n int) routing.Version {
	return routing.Version{
		NumberID: numberID, WorkspaceID: ws, Version: n, Flow: aFlow("n" + strings.Repeat("i", n)), Note: "Été",
		From: n - 1, PublishedAt: at(n), PublishedBy: id.New(),
	}
}

func aDraft(ws, numberID string, revision int) routing.Draft {
	return routing.Draft{
		NumberID: numberID, WorkspaceID: ws, Flow: aFlow("draft"), Base: 1, Revision: revision, SavedAt: at(revision), SavedBy: id.New(),
	}
}

func TestVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		n, other := aNumber(t, d, ws), aNumber(t, d, ws)
		_, err := d.Live(c, ws, n.ID)
		wantMissing(t, err)
		loads(t, []routing.Version{})(d.LiveFlows(c, ws))

		one, two, theirs := aVersion(ws, n.ID, 1), aVersion(ws, n.ID, 2), aVersion(ws, other.ID, 1)
		for _, v := range []routing.Version{one, two, theirs} {
			must(t, d.Publish(c, v, 0))
		}
		loads(t, two)(d.Live(c, ws, n.ID))
		loads(t, one)(d.Version(c, ws, n.ID, 1))
		loads(t, []routing.Version{two, one})(d.Versions(c, ws, n.ID, 0, 0))
		loads(t, []routing.Version{two})(d.Versions(c, ws, n.ID, 0, 1))
		loads(t, []routing.Version{one})(d.Versions(c, ws, n.ID, 2, 5))
		loads(t, []routing.Version{two, theirs})(d.LiveFlows(c, ws))
		for _, wrong := range []int{0, 1, 2, 4} {
			v := aVersion(ws, n.ID, 1)
			v.Version = wrong
			wantFault(t, d.Publish(c, v, 0), fault.Conflict, "error.flow-published-meanwhile")
		}

		must(t, d.DeleteNumber(c, ws, n.ID))
		loads(t, []routing.Version{theirs})(d.LiveFlows(c, ws))
		_, err = d.Version(c, ws, n.ID, 1)
		wantMissing(t, err)
	})
}

func TestOfTwoWhoPublishAtOnceOneWins(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		n := aNumber(t, d, ws)
		oneWins(t, "error.flow-published-meanwhile", func(int) error { return d.Publish(t.Context(), aVersion(ws, n.ID, 1), 0) })
	})
}

func TestDrafts(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		n := aNumber(t, d, ws)
		_, err := d.Draft(c, ws, n.ID)
		wantMissing(t, err)
		const meanwhile = "error.draft-saved-meanwhile"
		wantFault(t, d.SaveDraft(c, aDraft(ws, n.ID, 2), 1), fault.Conflict, meanwhile) // there is none to follow
		must(t, d.SaveDraft(c, aDraft(ws, n.ID, 1), 0))
		wantFault(t, d.SaveDraft(c, aDraft(ws, n.ID, 1), 0), fault.Conflict, meanwhile)
		wantFault(t, d.SaveDraft(c, aDraft(ws, n.ID, 3), 2), fault.Conflict, meanwhile)
		second := aDraft(ws, n.ID, 2)
		must(t, d.SaveDraft(c, second, 1))
		loads(t, second)(d.Draft(c, ws, n.ID))
		oneWins(t, meanwhile, func(int) error { return d.SaveDraft(c, aDraft(ws, n.ID, 3), 2) })

		wantFault(t, d.Publish(c, aVersion(ws, n.ID, 1), 2), fault.Conflict, meanwhile) // not what was read
		_, err = d.Live(c, ws, n.ID)
		wantMissing(t, err)
		must(t, d.Publish(c, aVersion(ws, n.ID, 1), 0)) // made from no draft
		loads(t, 3)(revision(d.Draft(c, ws, n.ID)))
		must(t, d.Publish(c, aVersion(ws, n.ID, 2), 3))
		_, err = d.Draft(c, ws, n.ID) // it is live now
		wantMissing(t, err)
		must(t, d.SaveDraft(c, aDraft(ws, n.ID, 1), 0))
		wantFault(t, d.Publish(c, aVersion(ws, n.ID, 1), 0), fault.Conflict, "error.flow-published-meanwhile")
		loads(t, 1)(revision(d.Draft(c, ws, n.ID))) // a refused one leaves the draft
		must(t, d.DropDraft(c, ws, n.ID))
		must(t, d.DropDraft(c, ws, n.ID))
		_, err = d.Draft(c, ws, n.ID)
		wantMissing(t, err)
		wantMissing(t, d.SaveDraft(c, aDraft(ws, id.New(), 1), 0))
	})
}

func revision(d routing.Draft, err error) (int, error) { return d.Revision, err }

func aCase(ws, numberID string) routing.Case {
	return routing.Case{
		ID: id.New(), NumberID: numberID, WorkspaceID: ws, Name: "Dimanche",
		Scenario: flow.Scenario{At: at(0), Caller: "+33123456789", Away: map[string]string{"m": "on-call"}, Keys: "1*", Takes: "m"},
		Expect:   []string{"hours-1", "voicemail-1"},
	}
}

func TestCases(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		n, other := aNumber(t, d, ws), aNumber(t, d, ws)
		a, b := aCase(ws, n.ID), aCase(ws, n.ID)
		must(t, d.SaveCase(c, a))
		must(t, d.SaveCase(c, b))
		a.Name, a.Expect = "Lundi", nil
		must(t, d.SaveCase(c, a))
		loads(t, []routing.Case{a, b})(d.Cases(c, ws, n.ID))
		loads(t, []routing.Case{})(d.Cases(c, ws, other.ID))
		moved := a
		moved.NumberID = other.ID
		wantMissing(t, d.SaveCase(c, moved))
		wantMissing(t, d.DeleteCase(c, ws, other.ID, a.ID))
		must(t, d.DeleteCase(c, ws, n.ID, a.ID))
		loads(t, []routing.Case{b})(d.Cases(c, ws, n.ID))
	})
}

func aFeed(ws string) routing.Feed {
	return routing.Feed{
		ID: id.New(), WorkspaceID: ws, Name: "Congés", URL: "https://example.org/a.ics",
		Events: []byte(`[{"name":"Pont"}]`), FetchedAt: at(1), Failed: "error.calendar-unreachable",
	}
}

func TestFeeds(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		c, ws := t.Context(), aWorkspace(t, d).ID
		a, b, theirs := aFeed(ws), aFeed(ws), aFeed(aWorkspace(t, d).ID)
		for _, f := range []routing.Feed{a, b, theirs} {
			must(t, d.SaveFeed(c, f))
		}
		b.Events, b.FetchedAt, b.Failed = nil, time.Time{}, ""
		must(t, d.SaveFeed(c, b))
		loads(t, b)(d.Feed(c, ws, b.ID))
		loads(t, []routing.Feed{a, b})(d.Feeds(c, ws))
		loads(t, []routing.Feed{a, b, theirs})(d.AllFeeds(c))
		must(t, d.DeleteFeed(c, ws, a.ID))
		wantMissing(t, d.DeleteFeed(c, ws, a.ID))
	})
}
