package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
)

// told is what a story says of one step, in words.
func told(s flow.Story, step string) []string {
	var out []string
	for _, n := range s.Notes {
		if n.Note.Step == step {
			out = append(out, n.Note.What+" "+n.Note.Detail)
		}
	}
	return out
}

func wantTold(t *testing.T, s flow.Story, step string, want ...string) {
	t.Helper()
	if got := told(s, step); !slices.Equal(got, want) {
		t.Errorf("%s: told %q, want %q", step, got, want)
	}
}

func inLine(id string, q flow.Queue) flow.Step { return flow.Step{ID: id, Queue: &q} }

func TestNobodyRangIsNotUnanswered(t *testing.T) {
	t.Parallel()
	facts := office(
		ring("ring", flow.Ring{Targets: members("a"), Time: 10 * time.Second, Wait: true}),
		inLine("line", flow.Queue{Targets: members("a"), MaxWait: 10 * time.Second}),
	)
	s := flow.Simulate(facts, line, flow.Scenario{Away: map[string]string{"a": "offline"}})
	wantTold(t, s, "ring", "nobody-free ", "unanswered nobody-available")
	wantTold(t, s, "line", "entered ", "waited nobody-available")
	if s.End != callstate.CauseNobodyAvailable {
		t.Errorf("ends as %s", s.End)
	}
	// What came of an earlier attempt is what the caller lived through.
	rang := office(ring("first", flow.Ring{Targets: members("b"), Time: 10 * time.Second}),
		ring("ring", flow.Ring{Targets: members("a"), Time: 10 * time.Second, Wait: true}))
	wantTold(t, flow.Simulate(rang, line, flow.Scenario{Away: map[string]string{"a": "offline"}}), "ring",
		"nobody-free ", "unanswered no-answer")
}

// TestWhoRingsWhenTheWaitIsOverHasNotMissed: his phone fell silent too early for that.
func TestWhoRingsWhenTheWaitIsOverHasNotMissed(t *testing.T) {
	t.Parallel()
	facts := office(
		inLine("line", flow.Queue{Targets: members("a b"), RingTime: 10 * time.Second, MaxWait: 15 * time.Second}),
		ring("ring", flow.Ring{Targets: members("a b"), Time: 10 * time.Second}),
	)
	s := flow.Simulate(facts, line, flow.Scenario{})
	for _, n := range s.Notes {
		if n.Note.Step == "ring" && n.Note.What == flow.WhatEntered && (len(n.Note.Passed) != 1 || n.Note.Passed["a"] != flow.PassedMissed) {
			t.Errorf("passed over: %v", n.Note.Passed)
		}
	}
}

// TestAllAtOnceInLine: all who are free ring together, so that all have missed it.
func TestAllAtOnceInLine(t *testing.T) {
	t.Parallel()
	facts := office(
		inLine("line", flow.Queue{Targets: members("a b c"), Strategy: flow.AllAtOnce, RingTime: 10 * time.Second, MaxWait: 15 * time.Second}),
		ring("ring", flow.Ring{Targets: members("a b c"), Time: 10 * time.Second}),
	)
	wantTold(t, flow.Simulate(facts, line, flow.Scenario{}), "ring", "nobody-free ")
	s := flow.Simulate(facts, line, flow.Scenario{Takes: "c"})
	if s.TakenBy != "c" || len(s.Notes) != 1 {
		t.Errorf("told %+v", s)
	}
}

// TestNobodyCallsBackWhoHidesHisNumber: a key of his means nothing in line.
func TestNobodyCallsBackWhoHidesHisNumber(t *testing.T) {
	t.Parallel()
	facts := office(inLine("line", flow.Queue{Targets: members("a"), Callback: true, MaxWait: 10 * time.Second}))
	away := map[string]string{"a": "offline"}
	s := flow.Simulate(facts, line, flow.Scenario{Keys: "*", Caller: "+33612345678", Away: away})
	wantTold(t, s, "line", "entered ", "asked ")
	s = flow.Simulate(facts, line, flow.Scenario{Keys: "*", Away: away})
	wantTold(t, s, "line", "entered ", "waited nobody-available")
}

// rung is who rings, step by step, those at once with a plus.
func rung(s flow.Story) string {
	var out []string
	for _, r := range s.Rung {
		_, step := flow.OfQueue(r.QueueID)
		out = append(out, step+":"+strings.Join(r.Members, "+")+"@"+r.After.String())
	}
	return strings.Join(out, " ")
}

// TestWhoDeclines moves the call on at once, but where somebody else rings or is
// waited for. In line those come last who missed the call, and who declined it in line
// is spared it for a while.
func TestWhoDeclines(t *testing.T) {
	t.Parallel()
	facts := office(
		ring("all", flow.Ring{Targets: members("a b"), Time: 10 * time.Second}),
		ring("wait", flow.Ring{Targets: members("a b c"), Time: 10 * time.Second, Wait: true, Again: true}),
		ring("order", flow.Ring{Targets: members("c d e"), Strategy: flow.InOrder, Time: 10 * time.Second, Again: true}),
		inLine("line", flow.Queue{Targets: members("a e f"), RingTime: 10 * time.Second, MaxWait: 15 * time.Second}),
		flow.Step{ID: "out", Forward: &flow.Forward{To: "+33123456789"}},
	)
	facts.Countries = flow.Countries{"FR": true}
	for _, c := range []struct {
		takes    string
		declines []string
		rung     string
		end      callstate.Cause
	}{
		{"", []string{"a", "b", "c", "+33123456789"}, "all:a+b@0s wait:a+b+c@0s order:c@10s order:d@10s order:e@20s line:f@30s line:a@40s line:e@40s", callstate.CauseForwardFailed},
		{"", []string{"a"}, "all:a+b@0s wait:a+b+c@10s order:c@20s order:d@30s order:e@40s line:f@50s line:a@1m0s line:e@1m0s", callstate.CauseForwardFailed},
		{"f", []string{"a", "b", "c", "d", "e"}, "all:a+b@0s wait:a+b+c@0s order:c@10s order:d@10s order:e@10s line:f@10s", ""},
		{"+33123456789", []string{"a", "b", "c", "d", "e", "f"}, "all:a+b@0s wait:a+b+c@0s order:c@10s order:d@10s order:e@10s line:f@10s line:e@10s", ""},
	} {
		s := flow.Simulate(facts, line, flow.Scenario{Takes: c.takes, Declines: c.declines})
		if got := rung(s); got != c.rung || s.End != c.end || s.TakenBy != c.takes {
			t.Errorf("%s takes, %v decline:\n%s, %q by %q, want\n%s", c.takes, c.declines, got, s.End, s.TakenBy, c.rung)
		}
	}
	s := flow.Simulate(office(ring("all", flow.Ring{Time: 10 * time.Second})), line, flow.Scenario{Declines: []string{"a", "b"}})
	wantTold(t, s, "all", "entered ", "unanswered declined")
	if s.End != callstate.CauseDeclined {
		t.Errorf("ends as %s", s.End)
	}
}
