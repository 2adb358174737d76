package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"parley/internal/tests/testkit"
)

const starts = 5

// size is the browser program as it travels.
func size(r *run, _ *testkit.Program) {
	info, err := os.Stat(filepath.Join("web", "static", "dist", "parley.wasm.br"))
	if err != nil {
		r.Fatalf("the browser program is not built (go run ./internal/tools/dev browser): %v", err)
	}
	r.figure("wasm_brotli_bytes", float64(info.Size()), "bytes")
}

// starting measures from starting the process to its being ready, in a new
// folder and in one that is there, and what the server then holds in memory.
func starting(r *run, program *testkit.Program) {
	var fresh, again []time.Duration
	var s *testkit.Server
	for range starts {
		s = testkit.Start(r, program, testkit.Options{
			Stopped: true, Settings: map[string]string{"log-level": "info"},
			Tolerate: []string{"setup link not made"}, // it is stopped that soon
		})
		fresh = append(fresh, launch(s))
		s.Stop()
		again = append(again, launch(s))
		if len(again) < starts {
			s.Stop()
		}
	}
	r.median("server_start_ms", again)
	r.median("server_start_fresh_ms", fresh)
	r.figure("server_idle_rss_mb", idle(r, s), "MB")
}

func launch(s *testkit.Server) time.Duration {
	began := time.Now()
	s.Launch()
	return time.Since(began)
}

// idle is the server's resident memory in MB once it has stopped changing.
func idle(r *run, s *testkit.Server) float64 {
	const still = 0.01
	last := metric(r, s, "process_resident_memory_bytes")
	for range 30 {
		r.pass(5 * time.Second)
		now := metric(r, s, "process_resident_memory_bytes")
		if change := now/last - 1; change < still && change > -still {
			return now / 1e6
		}
		last = now
	}
	r.Fatal("the server's memory does not come to rest")
	return 0
}

// metric reads a figure the server gives of itself.
func metric(r *run, s *testkit.Server, name string) float64 {
	v, err := strconv.ParseFloat(s.Metric(name), 64)
	if err != nil {
		r.Fatalf("read %s: %v", name, err)
	}
	return v
}
