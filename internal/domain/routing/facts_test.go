package routing_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
)

func TestWhomANumberRings(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	f.line("menu", number.IVR)
	for _, id := range []string{"ada", "bob", "cyd", "dan", "eve", "gone"} {
		f.hire(id, id)
	}
	f.members[5].RemovedAt = f.now
	f.give("sales", "cyd", number.Shared)
	f.give("sales", "bob", number.OutboundOnly)
	f.give("sales", "ada", "") // as stored before there were levels
	f.give("sales", "dan", number.ReadOnly)
	f.give("sales", "eve", number.Exclusive)
	f.give("sales", "gone", number.Shared)
	f.give("menu", "ada", number.Shared)
	s := f.service()
	got := facts(t, s, "sales")
	if want := []string{"cyd", "ada", "eve"}; !slices.Equal(got.Lines["sales"].Rings, want) {
		t.Errorf("rings %v, want %v", got.Lines["sales"].Rings, want)
	}
	if _, ok := got.Lines["menu"]; ok || len(got.Members) != 3 {
		t.Errorf("facts hold what the number does not lead to: %v, %v", got.Lines, got.Members)
	}
	if got := facts(t, s, "menu"); len(got.Lines["menu"].Rings) != 0 {
		t.Errorf("a number with a menu rings %v", got.Lines["menu"].Rings)
	}
	_, people, err := s.Facts(t.Context(), ws, "sales")
	if err != nil || people["dan"].Name != "dan" || people["gone"].ID != "" {
		t.Errorf("members %v, %v", people, err)
	}
	_, _, err = s.Facts(t.Context(), ws, "elsewhere")
	wantFault(t, err, fault.NotFound, "error.not-found", "")
}

func TestTeamsRingTheirLeadsFirstThenByName(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	for id, name := range map[string]string{"1": "Zoé", "2": "Élodie", "3": "émile", "4": "Eve", "5": "Yann"} {
		f.hire(id, name)
	}
	f.teams = []team.Team{{ID: "t"}, {ID: "empty"}}
	for _, id := range []string{"1", "2", "3", "4", "5", "removed"} {
		f.memberships = append(f.memberships, team.Membership{TeamID: "t", MemberID: id, Lead: id == "1" || id == "5"})
	}
	f.live("sales", ring(flow.Target{TeamID: "t"}, flow.Target{TeamID: "empty"}))
	got := facts(t, f.service(), "sales")
	if want := []string{"5", "1", "2", "3", "4"}; !slices.Equal(got.Teams["t"], want) {
		t.Errorf("the team rings %v, want %v", got.Teams["t"], want)
	}
	if all, known := got.Teams["empty"]; !known || len(all) != 0 || len(got.Members) != 5 {
		t.Errorf("teams %v, members %v", got.Teams, got.Members)
	}
}

func TestWhyMembersAreNotRung(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	evenings := hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{2}, From: 18 * 60, To: 20 * 60}}}
	idle := f.now.Add(-time.Hour)
	want := map[string]string{}
	add := func(id string, state agent.Readiness, reason string) *member.Member {
		want[id] = reason
		f.states[id] = state
		f.give("sales", id, number.Shared)
		return f.hire(id, id)
	}
	free := agent.Readiness{IdleSince: idle, Setting: member.Available}
	add("free", free, "")
	for _, r := range []agent.Reason{
		agent.ReasonOffline, agent.ReasonDND, agent.ReasonRinging, agent.ReasonOnCall, agent.ReasonTagDue, agent.ReasonWrapUp, agent.ReasonStranger,
	} {
		add(string(r), agent.Readiness{Reason: r, IdleSince: idle, Setting: member.Available}, string(r))
	}
	muted := add("muted", free, "")
	muted.Notices.Muted = []string{"sales"}
	auto := agent.Readiness{Setting: member.Auto}
	add("closed", auto, "outside-hours").Hours = evenings
	add("always", auto, "")
	add("chose", free, "").Hours = evenings // available whatever his hours say
	never := add("never-came", agent.Readiness{Reason: agent.ReasonOffline}, "outside-hours")
	never.Hours, never.Setting = evenings, member.Auto // as stored
	got := facts(t, f.service(), "sales")
	for id, reason := range want {
		if got.Members[id].Reason != reason {
			t.Errorf("%s is passed over as %q, want %q", id, got.Members[id].Reason, reason)
		}
	}
	if m := got.Members["muted"]; !slices.Equal(m.Muted, []string{"sales"}) {
		t.Errorf("muted lines %v", m.Muted)
	}
	if m := got.Members["free"]; !m.IdleSince.Equal(idle) {
		t.Errorf("idle since %v", m.IdleSince)
	}
}

// TestHoursFlipBetweenCalls: what was read says nothing of the time.
func TestHoursFlipBetweenCalls(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	f.give("sales", "ada", number.Shared)
	ada := f.hire("ada", "Ada")
	ada.Hours = hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: []time.Weekday{2}, From: 9 * 60, To: 18 * 60}}}
	f.states["ada"] = agent.Readiness{Setting: member.Auto}
	s := f.service()
	for at, want := range map[string]string{
		"2026-03-03T07:59:59Z": "outside-hours", "2026-03-03T08:00:00Z": "", "2026-03-03T16:59:59Z": "", "2026-03-03T17:00:00Z": "outside-hours",
		"2026-03-04T10:00:00Z": "outside-hours", "2026-03-31T07:00:00Z": "", // summer time
	} {
		f.now, _ = time.Parse(time.RFC3339, at)
		if got := facts(t, s, "sales").Members["ada"].Reason; got != want {
			t.Errorf("at %s: %q, want %q", at, got, want)
		}
	}
	if f.reads != 1 {
		t.Errorf("read %d times", f.reads)
	}
}

func TestStandIns(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	f.line("main", number.Classic)
	for _, id := range []string{"ada", "bob", "cyd", "dan", "eve", "fay"} {
		f.hire(id, id)
	}
	f.members[0].Closed = member.Closed{Do: member.ToColleague, MemberID: "bob"}
	f.members[1].Closed = member.Closed{Do: member.ToLine, NumberID: "main"}
	f.members[2].Closed = member.Closed{Do: member.ToColleague, MemberID: "removed"}
	f.members[4].Notices.Muted = []string{"main"}
	f.members[5].Closed = member.Closed{Do: member.ToColleague, MemberID: "fay"}
	for _, id := range []string{"ada", "cyd", "fay"} {
		f.give("sales", id, number.Shared)
	}
	for _, id := range []string{"dan", "eve", "bob"} {
		f.give("main", id, number.Shared)
	}
	got := facts(t, f.service(), "sales")
	for id, want := range map[string][]string{"ada": {"bob"}, "bob": {"dan"}, "cyd": nil, "fay": nil} {
		if !slices.Equal(got.Members[id].StandIns, want) {
			t.Errorf("for %s stand in %v, want %v", id, got.Members[id].StandIns, want)
		}
	}
	if !slices.Equal(got.Lines["sales"].Rings, []string{"ada", "cyd", "fay"}) {
		t.Errorf("who stands in counts among those rung: %v", got.Lines["sales"].Rings)
	}
}

func TestFactsHoldAllThatTheFlowMayLeadTo(t *testing.T) {
	t.Parallel()
	f := newFirm()
	for _, id := range []string{"a", "b", "c", "d"} {
		f.line(id, number.Classic)
		f.hire("of-"+id, id)
		f.give(id, "of-"+id, number.Shared)
	}
	f.hire("direct", "direct")
	f.messages = []message.Message{{ID: "hello"}}
	f.feeds = []routing.Feed{{ID: "feed", Events: []byte(`[{"name":"Works","from":"2026-03-01T00:00:00Z","to":"2026-03-09T00:00:00Z"}]`)}, {ID: "broken", Events: []byte("{")}}
	say := flow.Step{Message: &flow.Message{Say: flow.Sound{MessageID: "hello"}}}
	f.live("a", say, flow.Step{ID: "menu", Menu: &flow.Menu{Options: []flow.Option{
		{Key: "1", Steps: []flow.Step{{Number: &flow.Number{NumberID: "b"}}}},
		{Key: "2", Steps: []flow.Step{ring(flow.Target{MemberID: "direct"}, flow.Target{MemberID: "gone"})}},
	}, Otherwise: []flow.Step{{Number: &flow.Number{NumberID: "removed"}}}}})
	f.live("b", flow.Step{Number: &flow.Number{NumberID: "c"}}, flow.Step{ID: "line", Queue: &flow.Queue{}}, flow.Step{Number: &flow.Number{NumberID: "a"}})
	f.waiting = map[string]int{"b/line": 3}
	s := f.service()
	s.Turn("b/line", "of-b")
	s.Turn("d/ring", "of-d")
	got := facts(t, s, "a")
	if lines := slices.Sorted(maps.Keys(got.Lines)); !slices.Equal(lines, []string{"a", "b", "c"}) {
		t.Errorf("lines %v", lines)
	}
	if people := slices.Sorted(maps.Keys(got.Members)); !slices.Equal(people, []string{"direct", "of-b", "of-c"}) {
		t.Errorf("members %v", people)
	}
	if !got.Sounds["hello"] || len(got.Feeds["feed"]) != 1 || got.Waiting["b/line"] != 3 || got.Zone != "UTC" || !got.At.Equal(f.now) {
		t.Errorf("facts %+v", got)
	}
	if !maps.Equal(got.Turn, map[string]string{"b/line": "of-b"}) {
		t.Errorf("turns %v", got.Turn)
	}
	if def := got.Lines["c"].Flow; def.Steps[0].ID != flow.Default().Steps[0].ID {
		t.Errorf("a number without flow has %+v", def)
	}
}

func TestCallsFollowWhatWasReadWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	f.broken = errors.New("disk full")
	s := f.service()
	if _, _, err := s.Facts(t.Context(), ws, "sales"); !errors.Is(err, f.broken) {
		t.Errorf("got %v", err)
	}
	f.broken = nil
	facts(t, s, "sales")
	f.live("sales", voicemail())
	f.broken = errors.New("disk full")
	s.Changed("")
	if got := facts(t, s, "sales").Lines["sales"].Flow; got.Steps[0].Ring == nil {
		t.Errorf("follows %+v", got)
	}
	f.broken = nil
	if got := facts(t, s, "sales").Lines["sales"].Flow; got.Steps[0].Voicemail == nil {
		t.Errorf("follows %+v once the store is back", got)
	}
}

func TestWhatChangedIsSeenByTheNextCall(t *testing.T) {
	t.Parallel()
	f := newFirm()
	f.line("sales", number.Classic)
	f.hire("ada", "Ada")
	s := f.service()
	facts(t, s, "sales")
	f.give("sales", "ada", number.Shared)
	s.Changed("another workspace")
	if got := facts(t, s, "sales").Lines["sales"].Rings; len(got) != 0 {
		t.Errorf("rings %v", got)
	}
	s.Changed(ws)
	if got := facts(t, s, "sales").Lines["sales"].Rings; !slices.Equal(got, []string{"ada"}) {
		t.Errorf("rings %v", got)
	}
}
