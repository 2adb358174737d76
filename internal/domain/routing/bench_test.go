package routing_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// crowd is the largest company there is: 999 members, 1,241 numbers with a flow, and
// one that rings everybody.
func crowd() *firm {
	f := newFirm()
	for i := range 999 {
		id := fmt.Sprintf("m%03d", i)
		m := f.hire(id, id)
		m.Setting, m.Hours = member.Auto, hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: hours.Minute(480 + i%4*15), To: 1080}}}
		f.states[id] = agent.Readiness{IdleSince: f.now.Add(-time.Duration(i) * time.Second), Setting: member.Auto}
		f.give("n0000", id, number.Shared)
	}
	for i := range 1241 {
		id := fmt.Sprintf("n%04d", i)
		f.line(id, number.Classic)
		open := hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 480, To: 1200}}}}
		f.live(id, flow.Step{Hours: &flow.Hours{Schedule: open}}, ring(), voicemail())
	}
	return f
}

// BenchmarkDecision is route_decision_us: what is known, and whom to ring. It is to
// stay under 200 µs.
func BenchmarkDecision(b *testing.B) {
	f := crowd()
	s := f.service()
	facts(b, s, "n0000")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for j := range 10 { // do something else than when the call before came
			id := f.members[(i*10+j)%len(f.members)].ID
			f.states[id] = agent.Readiness{IdleSince: f.now.Add(-time.Duration(i) * time.Millisecond), Setting: member.Auto}
		}
		got, _, err := s.Facts(b.Context(), ws, "n0000")
		if err != nil {
			b.Fatal(err)
		}
		_, action, _ := flow.Next(flow.At("n0000"), got, flow.Event{Kind: flow.Started})
		if offer, ok := action.(flow.Offer); !ok || len(offer.Members) != 999 {
			b.Fatalf("decided %T", action)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "route_decision_us")
}

// BenchmarkRead is what the first call after a change waits for beside the database.
func BenchmarkRead(b *testing.B) {
	s := crowd().service()
	for b.Loop() {
		s.Changed(ws)
		facts(b, s, "n0000")
	}
}
