package signalling

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/shared/protocol"
)

func TestARepeatedCommandIsDoneOnce(t *testing.T) {
	l, key := newLedger(), tabKey{"m", "t"}
	done := 0
	command := func() *protocol.Result {
		done++
		return &protocol.Result{OK: true, Call: fmt.Sprint(done)}
	}
	if a, b := l.do(key, "1", command), l.do(key, "1", command); done != 1 || a != b {
		t.Errorf("done %d times: %v, %v", done, a, b)
	}
	l.do(key, "2", command)
	l.do(tabKey{"m", "other"}, "1", command)
	l.do(tabKey{"other", "t"}, "1", command)
	if done != 4 {
		t.Errorf("other ids, tabs and members count as repeats: done %d times", done)
	}
	l.do(key, "", command)
	l.do(key, "", command)
	if done != 6 {
		t.Errorf("a command without an id counts as a repeat: done %d times", done)
	}
}

func TestAConcurrentRepeatWaitsForTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, key := newLedger(), tabKey{"m", "t"}
		var done atomic.Int32
		var wait sync.WaitGroup
		results := make([]*protocol.Result, 8)
		for i := range results {
			wait.Go(func() {
				results[i] = l.do(key, "1", func() *protocol.Result {
					time.Sleep(time.Second) // of the bubble's clock
					done.Add(1)
					return &protocol.Result{OK: true}
				})
			})
		}
		wait.Wait()
		for _, r := range results {
			if r == nil || r != results[0] {
				t.Errorf("got %v and %v", r, results[0])
			}
		}
		if done.Load() != 1 {
			t.Errorf("done %d times", done.Load())
		}
	})
}

func TestACommandThatPanicsKeepsNobodyWaiting(t *testing.T) {
	l, key := newLedger(), tabKey{"m", "t"}
	func() {
		defer func() { _ = recover() }()
		l.do(key, "1", func() *protocol.Result { panic("a bug") })
	}()
	if r := l.do(key, "1", func() *protocol.Result { return nil }); r.OK || r.Key != "error.internal" {
		t.Errorf("got %+v", r)
	}
}

func TestTheLedgerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		nothing := func() *protocol.Result { return &protocol.Result{OK: true} }
		for i := range 10 * ledgerPerTab {
			l.do(tabKey{"m", "t"}, fmt.Sprint(i), nothing)
		}
		if n := len(l.tabs[tabKey{"m", "t"}].results); n != ledgerPerTab {
			t.Errorf("%d results of one tab", n)
		}
		time.Sleep(ledgerAge + time.Second) // of the bubble's clock
		l.do(tabKey{"m", "later"}, "1", nothing)
		if len(l.tabs) != 1 {
			t.Errorf("%d tabs after their time", len(l.tabs))
		}
	})
}
