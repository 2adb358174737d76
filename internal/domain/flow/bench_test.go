package flow_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
)

// crowd is a company of n members in one team, every tenth of them busy, behind
// hours with holidays and exceptions.
func crowd(n int, s flow.Strategy) flow.Facts {
	open := hours.Schedule{
		Mode: hours.Custom, Holidays: "FR",
		Hours:      hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 540, To: 1080}}},
		Exceptions: []hours.Exception{{From: "2026-12-24", To: "2026-12-31"}},
	}
	facts := office(
		flow.Step{ID: "hours", Hours: &flow.Hours{Schedule: open}},
		ring("r", flow.Ring{Targets: []flow.Target{{TeamID: "all"}}, Strategy: s}),
	)
	var team []string
	for i := range n {
		id := fmt.Sprintf("member-%04d", i)
		m := flow.Member{Muted: []string{"elsewhere"}, IdleSince: facts.At.Add(-time.Duration(i*7919%n) * time.Second)}
		if i%10 == 0 {
			m.Reason = "on-call"
		}
		facts.Members[id] = m
		team = append(team, id)
	}
	facts.Teams["all"] = team
	facts.Turn = map[string]string{flow.QueueID(line, "r"): team[n/2]}
	return facts
}

// BenchmarkNext is one decision with 999 members: hours, then whom to ring.
func BenchmarkNext(b *testing.B) {
	for _, s := range flow.Strategies() {
		b.Run(string(s), func(b *testing.B) {
			facts := crowd(999, s)
			b.ReportAllocs()
			for b.Loop() {
				_, action, _ := flow.Next(flow.At(line), facts, flow.Event{Kind: flow.Started})
				if o, ok := action.(flow.Offer); !ok || len(o.Members) == 0 {
					b.Fatalf("%#v", action)
				}
			}
		})
	}
}
