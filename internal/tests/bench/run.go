package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// run stands in for a test: testkit's helpers take a testing.TB, which cannot be
// implemented but by embedding one. What is not overridden here is not used by
// them. Its methods may be called from any goroutine but Fatal and Fatalf, which
// end the group's.
type run struct {
	testing.TB

	ctx     context.Context
	name    string
	log     io.Writer
	figures []figure

	mu       sync.Mutex
	failed   bool
	cleanups []func()
}

// failure is what Fatal panics with.
type failure struct{}

func newRun(ctx context.Context, name string, log io.Writer) *run {
	return &run{ctx: ctx, name: name, log: log}
}

// do runs f, then what was to be cleaned up, last first. It says whether all
// went well.
func (r *run) do(f func()) bool {
	r.guarded(f)
	r.reset()
	return !r.Failed()
}

// reset cleans up now what was to be cleaned up, last first.
func (r *run) reset() {
	for {
		r.mu.Lock()
		n := len(r.cleanups)
		if n == 0 {
			r.mu.Unlock()
			return
		}
		last := r.cleanups[n-1]
		r.cleanups = r.cleanups[:n-1]
		r.mu.Unlock()
		r.guarded(last)
	}
}

func (r *run) guarded(f func()) {
	defer func() {
		if v := recover(); v != nil {
			if _, ours := v.(failure); !ours {
				panic(v)
			}
		}
	}()
	f()
}

// aside runs f on a goroutine of its own; the channel is closed without a value
// where f failed.
func aside[T any](r *run, f func() T) <-chan T {
	out := make(chan T, 1)
	go func() {
		defer close(out)
		r.guarded(func() { out <- f() })
	}()
	return out
}

// must takes the value of aside.
func must[T any](r *run, from <-chan T) T {
	v, ok := <-from
	if !ok {
		r.Fatal("what was waited for did not come")
	}
	return v
}

// median notes the median of times in milliseconds as a figure.
func (r *run) median(name string, times []time.Duration) {
	r.figure(name, float64(middle(times))/float64(time.Millisecond), "ms")
	slices.Sort(times)
	fmt.Fprintf(r.log, "         %s of %d: least %v, most %v\n", name, len(times),
		times[0].Round(10*time.Microsecond), times[len(times)-1].Round(10*time.Microsecond))
}

func middle(times []time.Duration) time.Duration {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// figure notes one, to three digits behind the point.
func (r *run) figure(name string, value float64, unit string) {
	r.figures = append(r.figures, figure{name, math.Round(value*1000) / 1000, unit})
}

// pass lets time pass, for what is measured over a while.
func (r *run) pass(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.ctx.Done():
		r.Fatal("interrupted")
	}
}

// Context implements testing.TB.
func (r *run) Context() context.Context { return r.ctx }

// Name implements testing.TB.
func (r *run) Name() string { return r.name }

// Helper implements testing.TB.
func (r *run) Helper() {}

// Cleanup implements testing.TB.
func (r *run) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// TempDir implements testing.TB.
func (r *run) TempDir() string {
	dir, err := os.MkdirTemp("", "parley-bench")
	if err != nil {
		r.Fatalf("make a folder: %v", err)
	}
	r.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Failed implements testing.TB.
func (r *run) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// Log implements testing.TB.
func (r *run) Log(args ...any) { fmt.Fprintln(r.log, args...) }

// Logf implements testing.TB.
func (r *run) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

// Error implements testing.TB.
func (r *run) Error(args ...any) {
	r.mu.Lock()
	r.failed = true
	r.mu.Unlock()
	r.Log(args...)
}

// Errorf implements testing.TB.
func (r *run) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }

// Fatal implements testing.TB.
func (r *run) Fatal(args ...any) {
	r.Error(args...)
	panic(failure{})
}

// Fatalf implements testing.TB.
func (r *run) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }
