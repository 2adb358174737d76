package testkit

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen. It is long: where
// time is of the essence a test measures it.
const Patience = 20 * time.Second

// Await waits until why returns "", looking every few milliseconds, and fails
// the test with what it last returned.
func Await(t testing.TB, what string, why func() string) {
	t.Helper()
	AwaitFor(t, Patience, what, why)
}

// AwaitFor is Await with a patience of its own, for what takes its time.
func AwaitFor(t testing.TB, patience time.Duration, what string, why func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		reason := why()
		if reason == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s: %s", patience, what, reason)
		}
		<-tick.C
	}
}

// check fails the test on an error.
func check(t testing.TB, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}
