package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/tests/testkit"
)

// logs reads the calls' logs in the server's database, which it cannot change.
type logs struct{ db *sql.DB }

func openLogs(t *testing.T, s *testkit.Server) logs {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.Data("parley.db")+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return logs{db}
}

// account is what the log of a call amounts to.
type account struct {
	Notes   []string
	Rung    []string // members, in order
	TakenBy string
	End     callstate.Cause
}

// entries are those of a call, by who called whom, that is not one of others.
func (l logs) entries(ctx context.Context, numberID, caller string, others map[string]bool) (id string, out []call.Entry, err error) {
	rows, err := l.db.QueryContext(ctx, `SELECT e.call_id, e.seq, e.kind, e.payload FROM call_entries e JOIN calls c ON c.id = e.call_id
		WHERE c.number_id = ? AND c.party_e164 = ? AND c.direction = 'inbound' ORDER BY e.call_id DESC, e.seq`, numberID, caller)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e call.Entry
		var payload string
		if err := rows.Scan(&e.CallID, &e.Seq, &e.Kind, &payload); err != nil {
			return "", nil, err
		}
		if others[e.CallID] || id != "" && e.CallID != id {
			continue
		}
		e.Payload = json.RawMessage(payload)
		id, out = e.CallID, append(out, e)
	}
	return id, out, rows.Err()
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
