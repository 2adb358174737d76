package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestStoppingIsBounded: what hangs does not keep the program from ending.
func TestStoppingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		over := make(chan struct{})
		began, finished := time.Now(), false
		if err := waitFor(ctx, func() { finished = true }, func() { <-over }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		if took := time.Since(began); took != time.Second || !finished {
			t.Errorf("after %v, the first work done: %v", took, finished)
		}
		close(over)
		if err := waitFor(t.Context(), func() {}); err != nil {
			t.Error(err)
		}
	})
}
