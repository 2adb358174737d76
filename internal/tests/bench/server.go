package main

import (
	"fmt"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/tests/testkit"
)

// relaying measures what the server spends on a forwarded packet: its whole CPU
// time, user and system, over calls that all talk both ways.
func serving(r *run, program *testkit.Program) {
	const (
		calls = 50
		span  = 10 * time.Second
	)
	s := server(r, program, calls)
	ears := make([]interface{ Packets() int64 }, 0, 2*calls)
	for i := range calls {
		agent := s.SignIn(email(i)).Phone("desk")
		agent.Tone(testkit.AgentTone)
		caller := visitor(s, i, i)
		caller.Start("")
		call := agent.Ringing()
		agent.Act(call.ID, callstate.Answer, false)
		agent.AwaitTalking(call.ID)
		ears = append(ears, agent, caller)
	}
	packets := func() (n int64) {
		for _, e := range ears {
			n += e.Packets()
		}
		return n
	}
	r.pass(2 * time.Second)
	cpu, before, began := metric(r, s, "process_cpu_seconds_total"), packets(), time.Now()
	r.pass(span)
	cpu, forwarded, took := metric(r, s, "process_cpu_seconds_total")-cpu, packets()-before, time.Since(began)
	due := int64(took.Seconds() * 50 * 2 * calls)
	fmt.Fprintf(r.log, "         %d packets of %d due in %v, %.0f %% of a core\n",
		forwarded, due, took.Round(time.Millisecond), 100*cpu/took.Seconds())
	if forwarded < due*95/100 {
		r.Fatalf("only %d of %d packets were forwarded", forwarded, due)
	}
	r.figure("relay_cpu_us_per_packet", cpu*1e6/float64(forwarded), "us")
}
