package routing_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
)

func TestCasesAreRunAtPublish(t *testing.T) {
	t.Parallel()
	f := sales()
	s, c := f.service(), t.Context()
	fl := routing.Template(number.Classic)
	noon := time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	sc := flow.Scenario{At: noon, Caller: "06 12 34 56 78", Away: map[string]string{"ada": "on-call"}}
	story, err := s.Simulate(c, admin(), "sales", fl, sc)
	if err != nil || !slices.Equal(story.Steps, []string{"hours-1", "welcome-1", "ring-1", "voicemail-1"}) {
		t.Fatalf("the call goes %v, %v", story.Steps, err)
	}
	saved, err := s.SaveCase(c, admin(), routing.Case{NumberID: "sales", Name: " At  noon ", Scenario: sc, Expect: story.Steps})
	if err != nil || saved.ID == "" || saved.Name != "At noon" || saved.Scenario.Caller != "+33612345678" {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	d, err := s.SaveDraft(c, admin(), "sales", 0, flow.Flow{Steps: fl.Steps[:3]})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Publish(c, admin(), "sales", d.Revision, "")
	var refused routing.Refused
	if !errors.As(err, &refused) || len(refused.Failed) != 1 || refused.Failed[0].Case.ID != saved.ID {
		t.Fatalf("got %v", err)
	}
	if got := refused.Failed[0].Story.Steps; !slices.Equal(got, []string{"hours-1", "welcome-1", "ring-1"}) {
		t.Errorf("the case went %v", got)
	}
	if d, err = s.SaveDraft(c, admin(), "sales", d.Revision, fl); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(c, admin(), "sales", d.Revision, ""); err != nil {
		t.Errorf("publish what passes: %v", err)
	}
	results, err := s.RunCases(c, admin(), "sales", fl)
	if err != nil || len(results) != 1 || !results[0].Passed {
		t.Errorf("results %+v, %v", results, err)
	}
	if err := s.DeleteCase(c, admin(), "sales", saved.ID); err != nil {
		t.Error(err)
	}
	wantFault(t, s.DeleteCase(c, admin(), "sales", saved.ID), fault.NotFound, "error.not-found", "")
}

func TestCasesAreBounded(t *testing.T) {
	t.Parallel()
	f := sales()
	s := f.service()
	good := routing.Case{NumberID: "sales", Name: "x", Expect: []string{"ring"}}
	for _, c := range []struct {
		change     func(*routing.Case)
		key, field string
	}{
		{func(c *routing.Case) { c.Name = "" }, "error.name-needed", "name"},
		{func(c *routing.Case) { c.Name = strings.Repeat("x", 81) }, "error.name-invalid", "name"},
		{func(c *routing.Case) { c.Expect = nil }, "error.case-expects-nothing", "expect"},
		{func(c *routing.Case) { c.Expect = []string{strings.Repeat("x", 33)} }, "error.invalid-request", "expect"},
		{func(c *routing.Case) { c.Scenario.Keys = "12a" }, "error.scenario-keys", "keys"},
		{func(c *routing.Case) { c.Scenario.Keys = strings.Repeat("1", 51) }, "error.scenario-keys", "keys"},
	} {
		bad := good
		c.change(&bad)
		_, err := s.SaveCase(t.Context(), admin(), bad)
		wantFault(t, err, fault.Invalid, c.key, c.field)
	}
	bad := good
	bad.Scenario.Caller = "marie"
	if _, err := s.SaveCase(t.Context(), admin(), bad); fault.Of(err).Field != "caller" {
		t.Errorf("got %v", err)
	}
	bad = good
	bad.ID = "another number's"
	_, err := s.SaveCase(t.Context(), admin(), bad)
	wantFault(t, err, fault.NotFound, "error.not-found", "")
	for range 50 {
		if _, err := s.SaveCase(t.Context(), admin(), good); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.SaveCase(t.Context(), admin(), good)
	wantFault(t, err, fault.TooMany, "error.cases-too-many", "")
}

func TestCalendars(t *testing.T) {
	t.Parallel()
	f := sales()
	s, c := f.service(), t.Context()
	f.events = []hours.Event{{Name: "Inventory", From: f.now.Add(-time.Hour), To: f.now.Add(time.Hour)}}
	feed, err := s.SaveFeed(c, admin(), routing.Feed{Name: "Closing days", URL: "https://cal.example/x.ics?token=secret"})
	if err != nil || feed.ID == "" || feed.WorkspaceID != ws || !feed.FetchedAt.Equal(f.now) {
		t.Fatalf("saved %+v, %v", feed, err)
	}
	if text := strings.Join(append(f.audited, f.detail["name"]), " "); strings.Contains(text, "secret") {
		t.Errorf("audited %s", text)
	}
	closes := flow.Step{ID: "hours", Hours: &flow.Hours{Schedule: hours.Schedule{
		Mode: hours.Custom, FeedID: feed.ID,
		Hours: hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 0, To: hours.EndOfDay}}},
	}}}
	f.live("sales", closes, ring())
	s.Changed(ws)
	open := func(want bool) {
		t.Helper()
		if got, err := s.OpenNow(c, ws); err != nil || got["sales"] != want {
			t.Errorf("at %s open: %v, %v", f.now, got, err)
		}
	}
	open(false)
	f.now = f.now.Add(time.Hour)
	open(true)
	wantFault(t, s.DeleteFeed(c, admin(), feed.ID), fault.Conflict, "error.calendar-in-use", "")
	owner := member.Member{ID: "ada", WorkspaceID: ws, Role: member.User}
	if all, err := s.Feeds(c, owner); err != nil || len(all) != 1 || all[0].URL != "" || f.feeds[0].URL == "" {
		t.Errorf("an owner of a number sees %+v, %v", all, err)
	}
	for _, m := range []member.Member{owner, {ID: "bob", WorkspaceID: ws, Role: member.Supervisor}} {
		_, err := s.SaveFeed(c, m, feed)
		wantFault(t, err, fault.Forbidden, "error.not-allowed", "")
		wantFault(t, s.DeleteFeed(c, m, feed.ID), fault.Forbidden, "error.not-allowed", "")
	}
	_, err = s.Feeds(c, member.Member{ID: "bob", WorkspaceID: ws, Role: member.User})
	wantFault(t, err, fault.Forbidden, "error.not-allowed", "")
	f.live("sales", ring())
	s.Changed(ws)
	if err := s.DeleteFeed(c, admin(), feed.ID); err != nil || len(f.feeds) != 0 {
		t.Error(err)
	}
}

func TestCalendarsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := sales()
	s := f.service()
	for _, c := range []struct{ name, url, key, field string }{
		{"", "https://cal.example", "error.name-needed", "name"},
		{"x", "ftp://cal.example", "error.calendar-address", "url"},
		{"x", "cal.example", "error.calendar-address", "url"},
		{"x", "https:///path", "error.calendar-address", "url"},
		{"x", "https://cal.example/" + strings.Repeat("x", 2000), "error.calendar-address", "url"},
	} {
		_, err := s.SaveFeed(t.Context(), admin(), routing.Feed{Name: c.name, URL: c.url})
		wantFault(t, err, fault.Invalid, c.key, c.field)
	}
	f.unreachable = errors.New("no such host")
	_, err := s.SaveFeed(t.Context(), admin(), routing.Feed{Name: "x", URL: "https://cal.example"})
	wantFault(t, err, fault.Invalid, "error.calendar-unreachable", "url")
	f.unreachable = fault.New(fault.Invalid, "error.calendar-size")
	_, err = s.SaveFeed(t.Context(), admin(), routing.Feed{Name: "x", URL: "https://cal.example"})
	wantFault(t, err, fault.Invalid, "error.calendar-size", "url")
	if len(f.feeds) != 0 {
		t.Errorf("stored %+v", f.feeds)
	}
}

func TestAdminsAreWarnedOfWhatHasGone(t *testing.T) {
	t.Parallel()
	f := sales()
	f.line("good", number.Classic)
	f.line("aaa", number.Classic)
	f.hire("bob", "Bob")
	f.live("sales", ring(flow.Target{MemberID: "bob"}), voicemail())
	f.live("aaa", ring(flow.Target{MemberID: "bob"}), voicemail())
	f.live("good", ring(), voicemail())
	s := f.service()
	warned := func(m member.Member) (out []string) {
		t.Helper()
		all, err := s.Warnings(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			for _, p := range w.Problems {
				out = append(out, w.Number.ID+" "+p.StepID+" "+p.Key)
			}
		}
		return out
	}
	if got := warned(admin()); got != nil {
		t.Errorf("warned of %v", got)
	}
	f.members = f.members[:1]
	s.Changed(ws)
	if got := warned(admin()); !slices.Equal(got, []string{"aaa ring-1 error.flow-member-gone", "sales ring-1 error.flow-member-gone"}) {
		t.Errorf("warned of %v", got)
	}
	if got := warned(member.Member{ID: "ada", WorkspaceID: ws, Role: member.User}); !slices.Equal(got, []string{"sales ring-1 error.flow-member-gone"}) {
		t.Errorf("the owner of a number is warned of %v", got)
	}
	if got := warned(member.Member{ID: "x", WorkspaceID: ws, Role: member.User}); got != nil {
		t.Errorf("anybody is warned of %v", got)
	}
	// Callers fall through to the next step.
	_, action, _ := flow.Next(flow.At("sales"), facts(t, s, "sales"), flow.Event{Kind: flow.Started})
	if _, ok := action.(flow.Record); !ok {
		t.Errorf("the call goes on with %T", action)
	}
}

func TestOpenNow(t *testing.T) {
	t.Parallel()
	f := newFirm()
	for _, id := range []string{"plain", "closed", "waits"} {
		f.line(id, number.Classic)
	}
	f.numbers[2].Inactive = true
	f.live("closed", flow.Step{Hours: &flow.Hours{Schedule: hours.Schedule{Mode: hours.AlwaysClosed}}})
	got, err := f.service().OpenNow(t.Context(), ws)
	if err != nil || !got["plain"] || got["closed"] || got["waits"] {
		t.Errorf("open: %v, %v", got, err)
	}
}

func TestTemplatesWorkOnceTheMenuHasWords(t *testing.T) {
	t.Parallel()
	f := sales()
	f.line("menu", number.IVR)
	s := f.service()
	if problems, err := s.Check(t.Context(), admin(), "sales", routing.Template(number.Classic)); err != nil || problems != nil {
		t.Errorf("%v, %v", problems, err)
	}
	fl := routing.Template(number.IVR)
	fl.Steps[1].Menu.Say = flow.Sound{Prompt: flow.PromptWelcome}
	fl.Steps[1].Menu.Options = []flow.Option{{Key: "1", Label: "Sales", Steps: []flow.Step{{ID: "on", Number: &flow.Number{NumberID: "sales"}}}}}
	if problems, err := s.Check(t.Context(), admin(), "menu", fl); err != nil || problems != nil {
		t.Errorf("%v, %v", problems, err)
	}
}
