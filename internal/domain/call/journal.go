package call

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"parley/internal/base/obs"
)

// journal writes a call's entries in order and only then lets the world know:
// each job is a batch of entries with what to tell after. It has one goroutine
// of its own, so that a slow disk delays news but neither the call nor its audio.
// What came while a write was under way goes into the next one together.
//
// If the store fails, the news still goes out (the call lives on), the entries
// are kept and written with the next batch, and at the end until patience runs out.
type journal struct {
	log   Log
	slog  *slog.Logger
	alarm func()
	jobs  *mailbox[job]
	done  chan struct{} // closed when all is written, or given up
	left  job           // what the store has not taken yet; after is not used
}

type job struct {
	// owe stores what must be there before the entries, nil for nothing: a crash
	// in between must not forgive a debt.
	owe     func(context.Context) error
	entries []Entry
	record  Record
	after   []func()
}

const (
	journalTimeout  = 3 * time.Second
	journalPatience = 20 // attempts to write the last entries
)

// pauseAfter is how long the store is left alone after an attempt that failed.
func pauseAfter(try int) time.Duration {
	return min(time.Duration(try)*100*time.Millisecond, 2*time.Second)
}

func openJournal(l Log, log *slog.Logger, alarm func()) *journal {
	j := &journal{log: l, slog: log, alarm: alarm, jobs: newMailbox[job](), done: make(chan struct{})}
	go j.run()
	return j
}

func (j *journal) run() {
	defer close(j.done)
	for range j.jobs.wake {
		batch, closed := j.jobs.take()
		for _, b := range batch {
			j.keep(b)
		}
		j.write()
		for _, b := range batch {
			for _, f := range b.after {
				f()
			}
		}
		if closed {
			j.insist()
			return
		}
	}
}

// keep adds a job to what is to be written.
func (j *journal) keep(b job) {
	if b.owe != nil { // at most one in the life of a call: its agent's
		j.left.owe = b.owe
	}
	j.left.entries = append(j.left.entries, b.entries...)
	j.left.record = b.record
}

// write stores what is left and says whether it worked.
func (j *journal) write() bool {
	if len(j.left.entries) == 0 {
		return true
	}
	if err := j.store(); err != nil {
		j.slog.Error("call log not written, kept for the next try", "entries", len(j.left.entries), obs.Err, err)
		j.alarm()
		return false
	}
	j.left = job{}
	return true
}

func (j *journal) store() error {
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	if j.left.owe != nil {
		if err := j.left.owe(ctx); err != nil {
			return err
		}
		j.left.owe = nil
	}
	return j.log.Append(ctx, j.left.entries, j.left.record)
}

// insist tries to write what is left when the call is over.
func (j *journal) insist() {
	for try := 1; try <= journalPatience; try++ {
		if j.write() {
			return
		}
		time.Sleep(pauseAfter(try))
	}
	j.slog.Error("call log lost: the store did not take it", "entries", len(j.left.entries))
}

// settled waits until all of a call that is over is written, or given up.
func (j *journal) settled(ctx context.Context) error {
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the call's log: %w", ctx.Err())
	}
}
