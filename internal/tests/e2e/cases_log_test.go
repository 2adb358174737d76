package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/tests/testkit"
)

// logs follows the calls' logs in the server's database, which it cannot change. One
// goroutine reads it for all who ask: a reader a call would leave the server no time.
type logs struct {
	db *sql.DB

	mu    sync.Mutex
	calls map[string]*calllog // by id
}

// calllog is an inbound call as far as it was read.
type calllog struct {
	numberID string
	caller   string
	entries  []call.Entry
}

// followLogs reads on until the test is over.
func followLogs(t *testing.T, s *testkit.Server) *logs {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.Data("parley.db")+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	l := &logs{db: db, calls: make(map[string]*calllog)}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var reading sync.WaitGroup
	reading.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if err := l.read(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("read the calls' logs: %v", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	t.Cleanup(func() {
		stop()
		reading.Wait()
		_ = db.Close()
	})
	return l
}

// read adds what was written since the last time.
func (l *logs) read(ctx context.Context) error {
	rows, err := l.db.QueryContext(ctx, "SELECT id, number_id, party_e164, entries FROM calls WHERE direction = 'inbound'")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	grown := make(map[string]*calllog)
	for rows.Next() {
		var id string
		var now calllog
		var entries int
		if err := rows.Scan(&id, &now.numberID, &now.caller, &entries); err != nil {
			return err
		}
		if known := l.calls[id]; known != nil {
			now.entries = known.entries
		}
		if entries > len(now.entries) {
			grown[id] = &now
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, now := range grown {
		if now.entries, err = l.after(ctx, id, now.entries); err != nil {
			return err
		}
		l.mu.Lock()
		l.calls[id] = now
		l.mu.Unlock()
	}
	return nil
}

// after is a call's log with what was written after the part that is known.
func (l *logs) after(ctx context.Context, id string, known []call.Entry) ([]call.Entry, error) {
	rows, err := l.db.QueryContext(ctx, "SELECT seq, kind, payload FROM call_entries WHERE call_id = ? ORDER BY seq LIMIT -1 OFFSET ?", id, len(known))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := slices.Clip(known) // others read it
	for rows.Next() {
		e := call.Entry{CallID: id}
		var payload string
		if err := rows.Scan(&e.Seq, &e.Kind, &payload); err != nil {
			return nil, err
		}
		e.Payload = json.RawMessage(payload)
		out = append(out, e)
	}
	return out, rows.Err()
}

// of finds the latest call by who called whom that is not one of others.
func (l *logs) of(numberID, caller string, others map[string]bool) (id string, entries []call.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for one, c := range l.calls {
		if c.numberID == numberID && c.caller == caller && !others[one] && one > id {
			id, entries = one, c.entries
		}
	}
	return id, entries
}

// account is what the log of a call amounts to.
type account struct {
	Notes   []string
	Rung    []string // members, in order
	TakenBy string
	End     callstate.Cause
}

// has says whether a log has an entry of a kind.
func has(entries []call.Entry, kind string) bool {
	for _, e := range entries {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

func kindsOf(entries []call.Entry) (kinds []string) {
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// rings counts whose phones rang.
func rings(entries []call.Entry) (n int) {
	for _, e := range entries {
		if f, err := call.ReadFacts(e); err == nil && e.Kind == call.EntryRing {
			n += len(f.Whom())
		}
	}
	return n
}

// accountOf reads a call's log.
func accountOf(facts flow.Facts, entries []call.Entry) (account, error) {
	var a account
	var last flow.Note
	for _, e := range entries {
		f, err := call.ReadFacts(e)
		if err != nil {
			return a, err
		}
		switch e.Kind {
		case call.EntryStep:
			last = *f.Step
			a.Notes = append(a.Notes, noteText(last))
		case call.EntryRing:
			a.Rung = append(a.Rung, f.Whom()...)
		case call.EntryNotRung:
			a.Notes = append(a.Notes, "not rung: "+f.Member+" "+f.Reason)
		case string(callstate.KindAnswered):
			a.TakenBy = f.Member
		case string(callstate.KindExternalAnswered):
			a.TakenBy = stepOf(facts, last).Forward.To
		case call.EntryEnded:
			a.End = f.Cause
		}
	}
	return a, nil
}

// expected is what the log of a call is to amount to that went as imagined.
func expected(s flow.Story) account {
	a := account{TakenBy: s.TakenBy, End: s.End}
	for _, n := range s.Notes {
		a.Notes = append(a.Notes, noteText(n.Note))
	}
	for _, r := range s.Rung {
		a.Rung = append(a.Rung, r.Members...)
	}
	if s.TakenBy != "" {
		a.End = hungUpBy
	}
	return a
}

func noteText(n flow.Note) string {
	passed, _ := json.Marshal(n.Passed) // of texts, in order
	if len(n.Passed) == 0 {
		passed = nil
	}
	return fmt.Sprintf("%s %s %s %s %q %s", n.Line, n.Step, n.Kind, n.What, n.Detail, passed)
}

// String is for people who look for a difference.
func (a account) String() string {
	return fmt.Sprintf("  %s\n  rung %v\n  taken by %q, ends as %q", strings.Join(a.Notes, "\n  "), a.Rung, a.TakenBy, a.End)
}
