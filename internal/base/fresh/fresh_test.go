package fresh_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fresh"
)

func TestWhatIsKeptIsReadOnceAChange(t *testing.T) {
	t.Parallel()
	reads := map[string]int{}
	k := fresh.New(func(_ context.Context, key string) (int, error) { reads[key]++; return reads[key], nil })
	want := func(key string, n int) {
		t.Helper()
		if got, known, err := k.Get(t.Context(), key); got != n || !known || err != nil {
			t.Errorf("%s: %d, %v, %v, want %d", key, got, known, err, n)
		}
	}
	want("a", 1)
	want("a", 1)
	want("b", 1)
	k.Drop("a")
	want("a", 2)
	want("b", 1)
	k.Drop("")
	k.Drop("c") // nobody asked for it yet
	want("a", 3)
	want("b", 2)
}

func TestAStoreThatFailsLeavesWhatWasRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	var fails error = broken
	k := fresh.New(func(context.Context, string) (string, error) { return "read", fails })
	if _, known, err := k.Get(t.Context(), "a"); known || !errors.Is(err, broken) {
		t.Errorf("nothing was read, yet %v, %v", known, err)
	}
	fails = nil
	if got, known, err := k.Get(t.Context(), "a"); got != "read" || !known || err != nil {
		t.Errorf("%q, %v, %v", got, known, err)
	}
	k.Drop("a")
	fails = broken
	for range 2 {
		if got, known, err := k.Get(t.Context(), "a"); got != "read" || !known || !errors.Is(err, broken) {
			t.Errorf("%q, %v, %v", got, known, err)
		}
	}
}

// TestNobodySeesWhatWasBeforeADrop has writers change a value and drop it while
// readers ask: what a writer gets after his Drop is never older than what he wrote.
func TestNobodySeesWhatWasBeforeADrop(t *testing.T) {
	t.Parallel()
	var stored atomic.Int64
	k := fresh.New(func(context.Context, string) (int64, error) { return stored.Load(), nil })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				mine := stored.Add(1)
				k.Drop("a")
				if got, _, err := k.Get(t.Context(), "a"); err != nil || got < mine {
					t.Errorf("wrote %d, then read %d, %v", mine, got, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestASlowStoreServesWhoWaits: a reading that takes longer than who asked for it
// waits is not begun anew by each of the others, of whom none would ever be served.
func TestASlowStoreServesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		k := fresh.New(func(ctx context.Context, _ string) (string, error) {
			reads++
			select {
			case <-time.After(3 * time.Second):
				return "read", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
		ask := func() (string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			got, _, err := k.Get(ctx, "a")
			return got, err
		}
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := ask(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the first waited for %v", err)
			}
		})
		all.Go(func() {
			time.Sleep(1500 * time.Millisecond)
			if got, err := ask(); got != "read" || err != nil {
				t.Errorf("the second got %q, %v", got, err)
			}
		})
		all.Wait()
		if got, err := ask(); got != "read" || err != nil || reads != 1 {
			t.Errorf("then %q, %v, after %d readings", got, err, reads)
		}
	})
}
