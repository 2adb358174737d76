package main

import (
	"fmt"
	"slices"

	"parley/internal/tests/load/relayhost"
	"parley/internal/tests/load/rtpengine"
	"parley/internal/tests/testkit"
)

// relaying measures what the media plane spends on a forwarded packet, as calls grow:
// between browsers, between browsers and plain RTP, and these recorded.
func relaying(r *run, _ *testkit.Program) {
	for _, load := range []struct {
		kind   kind
		record bool
		calls  []int
	}{
		{browserCalls, false, []int{10, 50, 100, 300}},
		{trunkCalls, false, []int{10, 50, 100, 300, 600}},
		{trunkCalls, true, []int{50, 300}},
	} {
		name := "relay_" + load.kind.name
		if load.record {
			name += "_recorded"
		}
		h := ours(r, load.record)
		c := newCallers(r, h, load.kind)
		for _, n := range load.calls {
			c.grow(n)
			l := c.measure()
			as := fmt.Sprintf("%s_%d", name, n)
			r.figure(as+"_us_per_packet", l.perPacket, "us")
			r.figure(as+"_allocs_per_packet", c.allocations(h), "allocations")
			r.figure(as+"_core", l.core, "cores")
			r.figure(as+"_lost", 100*l.lost, "%")
			r.figure(as+"_delay_p50_ms", 1e3*l.half.Seconds(), "ms")
			r.figure(as+"_delay_p99_ms", 1e3*l.most.Seconds(), "ms")
			r.figure(as+"_rss_mb", l.rss, "MB")
		}
		r.reset()
	}
}

// inside is what goes on inside Parley's media plane.
func inside(r *run, h *relayhost.Host) relayhost.Inside {
	i, err := h.Inside()
	if err != nil {
		r.Fatal(err)
	}
	return i
}

// ours is Parley's media plane in a process of its own.
func ours(r *run, record bool) *relayhost.Host {
	folder := ""
	if record {
		folder = r.TempDir() // is there longer than the relay
	}
	h, err := relayhost.Start(r.ctx, r.log)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := h.Close(); err != nil {
			r.Error(err)
		}
	})
	h.Record = folder
	return h
}

const (
	rivalRounds = 3
	rivalPorts  = 30000 // up to rivalPorts + 9999
)

// comparing measures Parley's media plane and rtpengine by turns under the same load.
func comparing(r *run, _ *testkit.Program) {
	if !rtpengine.Installed() {
		r.Fatal("rtpengine is missing: apt-get install --no-install-recommends rtpengine-daemon")
	}
	for _, k := range []kind{browserCalls, trunkCalls} {
		for _, n := range []int{50, 300} {
			var ratios []float64
			for range rivalRounds {
				a := only(r, ours(r, false), k, n)
				b := only(r, theirs(r), k, n)
				ratios = append(ratios, a.perPacket/b.perPacket)
			}
			slices.Sort(ratios)
			fmt.Fprintf(r.log, "         ratios %.2f\n", ratios)
			r.figure(fmt.Sprintf("relay_vs_rtpengine_%s_%d", k.name, n), ratios[len(ratios)/2], "ratio")
		}
	}
}

// only measures a relay that holds n calls, and ends it.
func only(r *run, relay relayed, k kind, n int) loaded {
	defer r.reset()
	c := newCallers(r, relay, k)
	c.grow(n)
	return c.measure()
}

func theirs(r *run) *rtpengine.Engine {
	e, err := rtpengine.Start(r.ctx, rivalPorts, rivalPorts+9999, r.log)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := e.Close(); err != nil {
			r.Error(err)
		}
	})
	return e
}
