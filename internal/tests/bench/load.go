package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"parley/internal/tests/load"
	"parley/internal/tests/load/relayhost"
)

// relayed is a relay of calls, in a process of its own.
type relayed interface {
	Browsers(f *load.Farm) error // sets up a call between two browsers
	Trunk(f *load.Farm) error    // sets up a call between a browser and plain RTP
	PID() int
}

// kind is what sort of calls a relay holds.
type kind struct {
	name string
	dial func(relayed, *load.Farm) error
}

var (
	browserCalls = kind{"webrtc_webrtc", relayed.Browsers}
	trunkCalls   = kind{"webrtc_rtp", relayed.Trunk}
)

const (
	loadSpan = 10 * time.Second
	settling = 3 * time.Second

	allocationSpan = 5 * time.Second
)

// loaded is what a relay does under a load.
type loaded struct {
	perPacket  float64       // microseconds of CPU time, user and system
	core       float64       // fraction of one
	lost       float64       // fraction of the packets that were sent
	half, most time.Duration // median and 99th percentile of the delay from mouth to ear
	rss        float64       // MB
}

// callers is calls of one kind over one relay.
type callers struct {
	r     *run
	relay relayed
	kind  kind
	farm  *load.Farm
	calls int
}

func newCallers(r *run, relay relayed, k kind) *callers {
	farm, err := load.NewFarm()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := farm.Close(); err != nil {
			r.Error(err)
		}
	})
	return &callers{r: r, relay: relay, kind: k, farm: farm}
}

// grow sets up calls until there are n, and waits until all talk.
func (c *callers) grow(n int) {
	for ; c.calls < n; c.calls++ {
		if err := c.kind.dial(c.relay, c.farm); err != nil {
			c.r.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; {
		c.farm.Reset()
		c.r.pass(time.Second)
		if s := c.farm.Score(); s.Hearing == 2*c.calls {
			break
		} else if time.Now().After(deadline) {
			c.r.Fatalf("%d of %d hear something", s.Hearing, 2*c.calls)
		}
	}
	c.r.pass(settling)
}

// measure lets the calls talk for a while.
func (c *callers) measure() loaded {
	c.farm.Reset()
	used, began := cpuTime(c.r, c.relay.PID()), time.Now()
	c.r.pass(loadSpan)
	cost, took, s := cpuTime(c.r, c.relay.PID())-used, time.Since(began), c.farm.Score()
	if s.Heard == 0 {
		c.r.Fatal("nothing was heard")
	}
	l := loaded{
		perPacket: float64(cost.Microseconds()) / float64(s.Heard), core: cost.Seconds() / took.Seconds(),
		lost: max(0, float64(s.Lost)/float64(s.Sent)), half: s.Delay(.5), most: s.Delay(.99), rss: rss(c.r, c.relay.PID()),
	}
	fmt.Fprintf(c.r.log, "         %s, %d calls: %.1f us a packet (%d packets/s), %.0f %% of a core, %.4f %% lost, delay %v and %v, %.0f MB\n",
		c.kind.name, c.calls, l.perPacket, int(float64(s.Heard)/took.Seconds()), 100*l.core, 100*l.lost,
		l.half.Round(10*time.Microsecond), l.most.Round(10*time.Microsecond), l.rss)
	return l
}

// allocations is how many a forwarded packet makes. Checks of ICE pause meanwhile.
func (c *callers) allocations(h *relayhost.Host) float64 {
	c.farm.SetChecks(false)
	defer c.farm.SetChecks(true)
	c.r.pass(time.Second) // those on their way
	c.farm.Reset()
	before := inside(c.r, h).Allocations
	c.r.pass(allocationSpan)
	return float64(inside(c.r, h).Allocations-before) / float64(c.farm.Score().Heard)
}

// cpuTime is what a process has used so far, user and system.
func cpuTime(r *run, pid int) time.Duration {
	if runtime.GOOS != "linux" {
		r.Fatal("CPU time of another process is known on Linux only")
	}
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		r.Fatal(err)
	}
	const perSecond = 100 // ticks, on every Linux
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		r.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		r.Fatal(err)
	}
	return time.Duration(user+system) * time.Second / perSecond
}

// rss is a process's resident memory in MB.
func rss(r *run, pid int) float64 {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		r.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	if err != nil {
		r.Fatal(err)
	}
	return float64(pages) * float64(os.Getpagesize()) / 1e6
}
