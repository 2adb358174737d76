package call

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/base/obs"
)

// journal writes a call's entries in order and only then lets the world know:
// each job is a batch of entries with what to tell after. It has one goroutine
// of its own, so that a slow disk delays news but neither the call nor its audio.
//
// If the store fails, the news still goes out (the call lives on), the entries
// are kept and written with the next batch, and at the end until patience runs out.
type journal struct {
	log   Log
	slog  *slog.Logger
	alarm func()
	jobs  *mailbox[job]
	done  chan struct{}
}

type job struct {
	entries []Entry
	record  Record
	after   []func()
}

const (
	journalTimeout  = 3 * time.Second
	journalPatience = 20 // attempts to write the last entries
)

func openJournal(l Log, log *slog.Logger, alarm func()) *journal {
	j := &journal{log: l, slog: log, alarm: alarm, jobs: newMailbox[job](), done: make(chan struct{})}
	go j.run()
	return j
}

func (j *journal) run() {
	defer close(j.done)
	var unwritten []Entry
	var record Record
	for range j.jobs.wake {
		batch, closed := j.jobs.take()
		for _, b := range batch {
			unwritten = append(unwritten, b.entries...)
			record = b.record
			if len(b.entries) > 0 && j.write(unwritten, record) {
				unwritten = nil
			}
			for _, f := range b.after {
				f()
			}
		}
		if closed {
			j.insist(unwritten, record)
			return
		}
	}
}

// write appends and says whether it worked.
func (j *journal) write(entries []Entry, r Record) bool {
	if len(entries) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	if err := j.log.Append(ctx, entries, r); err != nil {
		j.slog.Error("call log not written, kept for the next try", "entries", len(entries), obs.Err, err)
		j.alarm()
		return false
	}
	return true
}

// insist tries to write what is left when the call is over.
func (j *journal) insist(entries []Entry, r Record) {
	for try := 1; len(entries) > 0 && try <= journalPatience; try++ {
		if j.write(entries, r) {
			return
		}
		time.Sleep(min(time.Duration(try)*100*time.Millisecond, 2*time.Second))
	}
	if len(entries) > 0 {
		j.slog.Error("call log lost: the store did not take it", "entries", len(entries))
	}
}
