package store_test

import (
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/audit"
)

func anEntry(ws, action string, n int) audit.Entry {
	return audit.Entry{
		ID: id.New(), WorkspaceID: ws, At: at(n), MemberID: id.New(), Action: action, Subject: id.New(),
		Detail: map[string]string{"name": "it's\x00"},
	}
}

func TestAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		all := make([]audit.Entry, 3)
		for i := range all {
			all[2-i] = anEntry(ws, "trunk.saved", i)
			must(t, d.AppendAudit(t.Context(), all[2-i]))
		}
		prev := ""
		for i := range all { // oldest first
			e := &all[2-i]
			e.Seq = int64(i + 1)
			e.Hash = audit.Chain(prev, *e)
			prev = e.Hash
		}
		loads(t, all)(d.AuditEntries(t.Context(), ws, "", 0))
		loads(t, all[:2])(d.AuditEntries(t.Context(), ws, "", 2))
		loads(t, all[2:])(d.AuditEntries(t.Context(), ws, all[1].ID, 2))
		loads(t, []audit.Entry{all[1], all[0]})(d.AuditChain(t.Context(), ws, 1, 10))
		loads(t, []audit.Entry{all[1]})(d.AuditChain(t.Context(), ws, 1, 0))
		wantFault(t, d.AppendAudit(t.Context(), all[0]), fault.Conflict, "error.conflict")
		seq, hash, err := d.AuditHead(t.Context(), ws)
		must(t, err)
		if seq != 3 || hash != all[0].Hash {
			t.Errorf("the head is %d %s after a refused entry", seq, hash)
		}
		seq, hash, err = d.AuditHead(t.Context(), id.New())
		must(t, err)
		if seq != 0 || hash != "" {
			t.Errorf("a workspace without entries has the head %d %q", seq, hash)
		}
	})
}

func TestAuditActions(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		for i, action := range []string{"member.role", "trunk.saved", "member.removed", "member.role"} {
			must(t, d.AppendAudit(t.Context(), anEntry(ws, action, i)))
		}
		all, err := d.AuditEntries(t.Context(), ws, "", 0)
		must(t, err)
		both := []string{"member.role", "member.removed"}
		loads(t, []audit.Entry{all[0], all[1], all[3]})(d.AuditActions(t.Context(), ws, both, 0))
		loads(t, all[:2])(d.AuditActions(t.Context(), ws, both, 2))
		loads(t, []audit.Entry{})(d.AuditActions(t.Context(), ws, nil, 0))
	})
}

// What is hashed is what is read back, whatever was handed in.
func TestTheChainHoldsForOddTexts(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		for i, odd := range []map[string]string{
			nil, {}, {"": ""}, {"a": "\x00\x01"}, {"b": "\xff\xfe"}, {"c": "<é & \u2028>"}, {"d": "🙂", "e": "?"},
		} {
			e := anEntry(ws, "x\x00y", i)
			e.Subject, e.Detail = "nul\x00", odd
			e.At = e.At.Add(987654) // below a millisecond
			must(t, d.AppendAudit(t.Context(), e))
		}
		report, err := audit.Verify(t.Context(), d, ws)
		must(t, err)
		if !report.OK() || report.Entries != 7 {
			t.Errorf("the chain is reported %+v", report)
		}
	})
}

func TestTheChainHoldsWhenManyAppendAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, other := aWorkspace(t, d).ID, aWorkspace(t, d).ID
		results := make(chan error)
		for i := range 32 {
			to := ws
			if i%4 == 0 {
				to = other
			}
			go func() { results <- d.AppendAudit(t.Context(), anEntry(to, "trunk.saved", i)) }()
		}
		for range 32 {
			must(t, <-results)
		}
		for one, want := range map[string]int64{ws: 24, other: 8} {
			report, err := audit.Verify(t.Context(), d, one)
			must(t, err)
			if !report.OK() || report.Entries != want {
				t.Errorf("the chain is reported %+v, want %d entries", report, want)
			}
		}
	})
}

func TestWhoeverTampersIsSeen(t *testing.T) {
	for sql, want := range map[string]audit.Damage{
		"UPDATE audit SET subject = 'x' WHERE seq = 2":                                  audit.Changed,
		"UPDATE audit SET detail = '{}' WHERE seq = 1":                                  audit.Changed,
		"DELETE FROM audit WHERE seq = 2":                                               audit.Missing,
		"DELETE FROM audit WHERE seq = 4":                                               audit.CutOff,
		"UPDATE audit SET seq = 5 WHERE seq = 4":                                        audit.Missing,
		"UPDATE audit_heads SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)": audit.Added,
	} {
		t.Run(sql, func(t *testing.T) {
			onBoth(t, func(t *testing.T, d *store.DB) {
				ws := aWorkspace(t, d).ID
				for i := range 4 {
					must(t, d.AppendAudit(t.Context(), anEntry(ws, "trunk.saved", i)))
				}
				must(t, store.Do(t.Context(), d, sql))
				report, err := audit.Verify(t.Context(), d, ws)
				must(t, err)
				if report.Damage != want {
					t.Errorf("the chain is reported %+v, want %s", report, want)
				}
			})
		})
	}
}
