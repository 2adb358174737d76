package call

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/shared/callstate"
)

// makeEntry is the next entry of the log that led to r.
func makeEntry(r Record, at time.Time, kind string, f Facts) (Entry, error) {
	payload, err := json.Marshal(f)
	if err != nil {
		return Entry{}, fmt.Errorf("encode %s entry: %w", kind, err)
	}
	return Entry{
		CallID: r.ID, WorkspaceID: r.WorkspaceID, Seq: r.Entries + 1, At: at, Kind: kind, Payload: payload,
	}, nil
}

// Recover ends the calls that a crash cut off, as of the last thing known of
// them, and stores what the policy says their agents owe. Call it before any
// call can arrive, after recordings were mended and before the desks are loaded.
// lastSeen gives the moment up to which a call's recording reaches, zero where it has none.
func (e *Engine) Recover(ctx context.Context, lastSeen func(Record) time.Time) error {
	records, err := e.calllog.LiveRecords(ctx)
	if err != nil {
		return fmt.Errorf("list calls cut off by a crash: %w", err)
	}
	for _, r := range records {
		if err := e.recoverOne(ctx, r, lastSeen(r)); err != nil {
			return fmt.Errorf("end call %s cut off by a crash: %w", r.ID, err)
		}
	}
	return nil
}

func (e *Engine) recoverOne(ctx context.Context, r Record, lastSeen time.Time) error {
	entries, err := e.calllog.Entries(ctx, r.WorkspaceID, r.ID)
	if err != nil {
		return err
	}
	var opening Facts
	at, left := lastSeen, false
	for i, entry := range entries {
		if i == 0 {
			if opening, err = ReadFacts(entry); err != nil {
				return err
			}
		}
		if entry.At.After(at) {
			at = entry.At
		}
		switch entry.Kind {
		case string(callstate.KindHandedOver):
			left = true
		case string(callstate.KindAnswered):
			left = false
		}
	}
	cause := callstate.CauseServerCrashed
	entry, err := makeEntry(r, at, EntryEnded, Facts{Cause: cause})
	if err != nil {
		return err
	}
	ended, err := Fold(r, entry)
	if err != nil {
		return err
	}
	talked := !r.AnsweredAt.IsZero() && r.MemberID != "" // else it was forwarded
	if talked && !left {                                 // who handed the call over owes nothing for it
		// Owing is written before the end: a second crash between them must not
		// lose the debt.
		tag := opening.Policy != nil && opening.Policy.DemandTag && len(r.TagIDs) == 0
		if err := e.agents.Owe(ctx, agent.Owed(r.WorkspaceID, r.MemberID, r.ID, tag, 0)); err != nil {
			return err
		}
	}
	e.slog.Warn("call cut off by a crash has ended", obs.Call, r.ID, obs.Workspace, r.WorkspaceID, "talked", talked)
	return e.calllog.Append(ctx, []Entry{entry}, ended)
}
