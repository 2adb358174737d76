package main

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/workspace"
	"parley/internal/tests/testkit"
)

// appending measures adding one entry to a call's log in SQLite, on which
// everything waits that is told of a call.
func appending(r *run, _ *testkit.Program) {
	const calls, entries = 100, 10
	db, err := store.Open(r.ctx, "sqlite:"+filepath.Join(r.TempDir(), "bench.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = db.Close() })
	ws := workspace.Workspace{ID: id.New(), Name: "Bench", Language: "en", TimeZone: "UTC", Country: "FR", CreatedAt: time.Now()}
	if err := db.SaveWorkspace(r.ctx, ws); err != nil {
		r.Fatal(err)
	}
	payload, err := json.Marshal(call.Facts{Member: id.New(), OffsetMS: 1234})
	if err != nil {
		r.Fatal(err)
	}
	var took []time.Duration
	for range calls {
		now := time.Now()
		record := call.Record{ID: id.New(), WorkspaceID: ws.ID, NumberID: id.New(), StartedAt: now}
		for seq := range entries {
			record.Entries = seq + 1
			entry := call.Entry{WorkspaceID: ws.ID, CallID: record.ID, Seq: seq + 1, At: now, Kind: call.EntryRing, Payload: payload}
			began := time.Now()
			if err := db.Append(r.ctx, []call.Entry{entry}, record); err != nil {
				r.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
	}
	r.figure("append_us", float64(middle(took))/float64(time.Microsecond), "us")
}
