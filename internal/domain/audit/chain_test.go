package audit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/domain/audit"
)

// log is a chain in memory that somebody can tamper with.
type log struct {
	entries []audit.Entry
	seq     int64
	head    string
	err     error
	// late is appended while the chain is read, as a running server does.
	late func(l *log)
}

func (l *log) append(e audit.Entry) {
	l.seq++
	e.Seq = l.seq
	l.head = audit.Chain(l.head, e)
	e.Hash = l.head
	l.entries = append(l.entries, e)
}

func (l *log) AuditHead(context.Context, string) (int64, string, error) { return l.seq, l.head, l.err }

func (l *log) AuditChain(_ context.Context, _ string, after int64, limit int) ([]audit.Entry, error) {
	if l.late != nil {
		l.late(l)
	}
	sorted := slices.SortedStableFunc(slices.Values(l.entries), func(a, b audit.Entry) int { return int(a.Seq - b.Seq) })
	var out []audit.Entry
	for _, e := range sorted {
		if e.Seq > after && len(out) < limit {
			e.Detail = maps.Clone(e.Detail)
			out = append(out, e)
		}
	}
	return out, nil
}

func entry(n int) audit.Entry {
	return audit.Entry{
		ID: fmt.Sprintf("id-%04d", n), WorkspaceID: "w", At: time.UnixMilli(int64(1_700_000_000_000 + n)),
		MemberID: "m", Action: "member.role", Subject: "s", Detail: map[string]string{"from": "member", "to": "owner"},
	}
}

func chain(n int) *log {
	l := &log{}
	for i := range n {
		l.append(entry(i))
	}
	return l
}

func TestVerify(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tamper func(l *log)
		damage audit.Damage
		at     int64
	}{
		"whole":             {func(*log) {}, audit.Intact, 0},
		"action changed":    {func(l *log) { l.entries[699].Action = "tag.created" }, audit.Changed, 700},
		"time changed":      {func(l *log) { l.entries[0].At = l.entries[0].At.Add(time.Millisecond) }, audit.Changed, 1},
		"detail added":      {func(l *log) { l.entries[3].Detail["x"] = "" }, audit.Changed, 4},
		"detail moved":      {func(l *log) { l.entries[3].Detail = map[string]string{"from": "membert", "o": "owner"} }, audit.Changed, 4},
		"fields moved":      {func(l *log) { l.entries[3].MemberID, l.entries[3].Subject = "ms", "" }, audit.Changed, 4},
		"one removed":       {func(l *log) { l.entries = slices.Delete(l.entries, 9, 10) }, audit.Missing, 10},
		"the first removed": {func(l *log) { l.entries = l.entries[1:] }, audit.Missing, 1},
		"two swapped": {func(l *log) {
			l.entries[4].Seq, l.entries[5].Seq = 6, 5
		}, audit.Changed, 5},
		"the end cut off": {func(l *log) { l.entries = l.entries[:990] }, audit.CutOff, 991},
		"all cut off":     {func(l *log) { l.entries = nil }, audit.CutOff, 1},
		"one too many": {func(l *log) {
			seq, head := l.seq, l.head
			l.append(entry(1000))
			l.seq, l.head = seq, head
		}, audit.Added, 1001},
		"changed and chained on": {func(l *log) {
			// Whoever changes an entry and its hash breaks the next one.
			l.entries[3].Action = "tag.created"
			l.entries[3].Hash = audit.Chain(l.entries[2].Hash, l.entries[3])
		}, audit.Changed, 5},
		"the last changed and chained on": {func(l *log) {
			l.entries[999].Action = "tag.created"
			l.entries[999].Hash = audit.Chain(l.entries[998].Hash, l.entries[999])
		}, audit.Changed, 1000},
	} {
		l := chain(1000)
		tc.tamper(l)
		r, err := audit.Verify(t.Context(), l, "w")
		if err != nil || r.Damage != tc.damage || r.At != tc.at || r.OK() != (tc.at == 0) {
			t.Errorf("%s: %+v, %v; want %q at %d", name, r, err, tc.damage, tc.at)
		}
		if tc.at > 0 && r.Entries != min(tc.at-1, 1000) {
			t.Errorf("%s: %d entries in order", name, r.Entries)
		}
	}
}

func TestVerifyWhileTheServerWrites(t *testing.T) {
	t.Parallel()
	l := chain(700)
	n := 700
	l.late = func(l *log) {
		for range 3 {
			l.append(entry(n))
			n++
		}
	}
	if r, err := audit.Verify(t.Context(), l, "w"); err != nil || !r.OK() || r.Entries != 700 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := audit.Verify(t.Context(), &log{}, "w"); err != nil || !r.OK() || r.Entries != 0 {
		t.Errorf("an empty chain: %+v, %v", r, err)
	}
	broken := &log{err: errors.New("disk")}
	if _, err := audit.Verify(t.Context(), broken, "w"); !errors.Is(err, broken.err) {
		t.Errorf("a broken store: %v", err)
	}
}

// An entry of another workspace does not fit into the chain.
func TestAnEntryOfAnotherWorkspaceIsSeen(t *testing.T) {
	t.Parallel()
	r, err := audit.Verify(t.Context(), chain(3), "other")
	if err != nil || r.Damage != audit.Changed || r.At != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// No two entries have the same hash, however their texts are cut.
func TestChainIsUnambiguous(t *testing.T) {
	t.Parallel()
	entries := rapid.Custom(func(t *rapid.T) audit.Entry {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00")), 0, 3, -1)
		return audit.Entry{
			ID: text.Draw(t, "id"), WorkspaceID: text.Draw(t, "workspace"), MemberID: text.Draw(t, "member"),
			Action: text.Draw(t, "action"), Subject: text.Draw(t, "subject"), Seq: rapid.Int64Range(0, 2).Draw(t, "seq"),
			At: time.UnixMilli(rapid.Int64Range(0, 2).Draw(t, "at")), Detail: rapid.MapOfN(text, text, 0, 2).Draw(t, "detail"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := entries.Draw(t, "a"), entries.Draw(t, "b")
		prev := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 2, -1)
		pa, pb := prev.Draw(t, "pa"), prev.Draw(t, "pb")
		same := pa == pb && a.ID == b.ID && a.WorkspaceID == b.WorkspaceID && a.MemberID == b.MemberID && a.Action == b.Action &&
			a.Subject == b.Subject && a.Seq == b.Seq && a.At.Equal(b.At) && maps.Equal(a.Detail, b.Detail)
		if (audit.Chain(pa, a) == audit.Chain(pb, b)) != same {
			t.Fatalf("%q %+v and %q %+v", pa, a, pb, b)
		}
	})
}

// The form never changes: a log of years ago must still verify.
func TestChainIsStable(t *testing.T) {
	t.Parallel()
	e := entry(1)
	e.Seq = 7
	const want = "58547dd8a3473ac12f4f67b13682d19c8cd07568a8b0c3c964efc7281f3a3b36"
	if got := audit.Chain("00ff", e); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
