// Command bench measures Parley from outside: the real server as a child
// process, agents and callers over real websockets, WebRTC and SIP, Chromium
// with the real page. It prints one JSON object a line on standard output and
// everything else on standard error. README.md says what each figure is and what
// it should be.
//
//	go run ./internal/tests/bench [NAME…]
//
// measures everything, or the groups named: size, log, start, ring,
// browser, relay, people, routing, fanout.
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

	"parley/internal/tests/testkit"
)

// group is some figures that are measured together.
type group struct {
	name    string
	measure func(*run, *testkit.Program)
}

func groups() []group {
	return []group{
		{"size", size}, {"log", appending}, {"start", starting}, {"ring", ringing}, {"browser", inBrowser}, {"relay", relaying}, {"people", people}, {"routing", deciding}, {"fanout", fanning},
	}
}

// figure is one line of the output.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func bench(ctx context.Context, names []string, out, log io.Writer) error {
	chosen := groups()
	if len(names) > 0 {
		chosen = slices.DeleteFunc(chosen, func(g group) bool { return !slices.Contains(names, g.name) })
		if len(chosen) != len(names) {
			return fmt.Errorf("there are the groups size, log, start, ring, browser, relay, people, routing and fanout, not all of %v", names)
		}
	}
	program, err := testkit.Build()
	if err != nil {
		return err
	}
	defer func() { _ = program.Remove() }() // a file in the temporary folder
	var failed []string
	for _, g := range chosen {
		fmt.Fprintf(log, "%s %-8s load average %s\n", time.Now().Format(time.TimeOnly), g.name, load())
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

// load is how busy the machine is: figures of a busy one are worth less.
func load() string {
	raw, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(raw))
	if err != nil || len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], " ")
}
