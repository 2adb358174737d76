// Command bench measures Parley from outside: the real server as a child
// process, agents and callers over real websockets, WebRTC and SIP, Chromium
// with the real page. It prints one JSON object a line on standard output and
// everything else on standard error. README.md says what each figure is and what
// it should be.
//
//	go run ./internal/tests/bench [NAME…]
//
// measures everything, or the groups named.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"parley/internal/tests/load/relayhost"
	"parley/internal/tests/testkit"
)

// group is some figures that are measured together.
type group struct {
	name    string
	measure func(*run, *testkit.Program)
	aside   bool // it needs half an hour, or somebody else's program: measured only if named
}

func groups() []group {
	return []group{
		{name: "size", measure: size},
		{name: "log", measure: appending},
		{name: "start", measure: starting},
		{name: "ring", measure: ringing},
		{name: "browser", measure: inBrowser},
		{name: "server", measure: serving},
		{name: "relay", measure: relaying},
		{name: "people", measure: people},
		{name: "routing", measure: deciding},
		{name: "fanout", measure: fanning},
		{name: "rtpengine", measure: comparing, aside: true},
		{name: "soak", measure: soaking, aside: true},
	}
}

// choose returns the groups of the names; where there are none, all that are
// not aside.
func choose(names []string) ([]group, error) {
	known := groups()
	chosen := slices.DeleteFunc(slices.Clone(known), func(g group) bool {
		if len(names) == 0 {
			return g.aside
		}
		return !slices.Contains(names, g.name)
	})
	if len(names) > 0 && len(chosen) != len(names) {
		var all []string
		for _, g := range known {
			all = append(all, g.name)
		}
		return nil, fmt.Errorf("there are the groups %s, not all of %v", strings.Join(all, ", "), names)
	}
	return chosen, nil
}

// figure is one line of the output.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func main() {
	if relayhost.Asked() {
		if err := relayhost.Serve(os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, "relay:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func bench(ctx context.Context, names []string, out, log io.Writer) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	program, err := testkit.Build()
	if err != nil {
		return err
	}
	defer func() { _ = program.Remove() }() // a file in the temporary folder
	var failed []string
	for _, g := range chosen {
		fmt.Fprintf(log, "%s %-8s load average %s\n", time.Now().Format(time.TimeOnly), g.name, loadAverage())
		r := newRun(ctx, g.name, log)
		ok := r.do(func() { g.measure(r, program) })
		for _, f := range r.figures {
			if err := json.NewEncoder(out).Encode(f); err != nil {
				return fmt.Errorf("write a figure: %w", err)
			}
		}
		if !ok {
			failed = append(failed, g.name)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(failed, ", "))
	}
	return nil
}

// loadAverage is how busy the machine is: figures of a busy one are worth less.
func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(raw))
	if err != nil || len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], " ")
}
