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
		began, finished := time.Now(), make(chan struct{})
		if err := waitFor(ctx, func() { close(finished) }, func() { <-over }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("after %v", took)
		}
		<-finished // what did not hang was waited for
		close(over)
		if err := waitFor(t.Context(), func() {}); err != nil {
			t.Error(err)
		}
	})
}
