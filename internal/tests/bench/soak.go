package main

import (
	"fmt"
	"time"

	"parley/internal/tests/testkit"
)

const (
	soakCalls = 300
	soakTime  = 30 * time.Minute
	soakStep  = time.Minute
)

// soaking holds recorded calls for half an hour and tells what has grown since its
// first minute, and what was lost.
func soaking(r *run, _ *testkit.Program) {
	h := ours(r, true)
	c := newCallers(r, h, trunkCalls)
	c.grow(soakCalls)
	goroutines := func() int {
		return inside(r, h).Goroutines
	}
	r.pass(soakStep)
	memory, running := rss(r, h.PID()), goroutines()
	c.farm.Reset()
	for begun := time.Now(); time.Since(begun) < soakTime; {
		r.pass(soakStep)
		fmt.Fprintf(r.log, "         %v: %.1f MB, %d goroutines, %d lost\n",
			time.Since(begun).Round(time.Second), rss(r, h.PID()), goroutines(), c.farm.Score().Lost)
	}
	s := c.farm.Score()
	r.figure("relay_soak_rss_growth_mb", rss(r, h.PID())-memory, "MB")
	r.figure("relay_soak_goroutines_growth", float64(goroutines()-running), "goroutines")
	r.figure("relay_soak_lost", 100*max(0, float64(s.Lost)/float64(s.Sent)), "%")
}
