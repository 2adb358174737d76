package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

type callRow struct {
	bun.BaseModel `bun:"table:calls,alias:calls"`

	ID          string `bun:",pk"`
	WorkspaceID string
	NumberID    string
	Direction   string
	Web         bool
	PartyE164   string `bun:"party_e164"`
	PartyName   string
	MemberID    string
	StartedAt   int64
	AnsweredAt  int64
	EndedAt     int64
	Cause       string
	SIPCode     int `bun:"sip_code"`
	Missed      bool
	TagIDs      jsonOf[[]string] `bun:"tag_ids"`
	VoicemailID string
	LinedAt     int64
	AskedIn     string
	Entries     int
}

func (r callRow) value() call.Record {
	return call.Record{
		ID: r.ID, WorkspaceID: r.WorkspaceID, NumberID: r.NumberID,
		Direction: callstate.Direction(r.Direction), Web: r.Web,
		PartyE164: r.PartyE164, PartyName: r.PartyName, MemberID: r.MemberID,
		StartedAt: moment(r.StartedAt), AnsweredAt: moment(r.AnsweredAt), EndedAt: moment(r.EndedAt),
		Cause: callstate.Cause(r.Cause), SIPCode: r.SIPCode,
		TagIDs: r.TagIDs.V, VoicemailID: r.VoicemailID, LinedAt: moment(r.LinedAt), AskedIn: r.AskedIn, Entries: r.Entries,
	}
}

func rowOfCall(r call.Record) *callRow {
	return &callRow{
		ID: r.ID, WorkspaceID: r.WorkspaceID, NumberID: r.NumberID,
		Direction: string(r.Direction), Web: r.Web,
		PartyE164: text(r.PartyE164), PartyName: text(r.PartyName), MemberID: r.MemberID,
		StartedAt: millis(r.StartedAt), AnsweredAt: millis(r.AnsweredAt), EndedAt: millis(r.EndedAt),
		Cause: string(r.Cause), SIPCode: r.SIPCode, Missed: r.Missed(),
		TagIDs: jsonOf[[]string]{r.TagIDs}, VoicemailID: r.VoicemailID, LinedAt: millis(r.LinedAt), AskedIn: r.AskedIn, Entries: r.Entries,
	}
}

type entryRow struct {
	bun.BaseModel `bun:"table:call_entries,alias:call_entries"`

	CallID      string `bun:",pk"`
	Seq         int    `bun:",pk"`
	WorkspaceID string
	At          int64
	Kind        string
	Payload     string
}

func (r entryRow) value() call.Entry {
	e := call.Entry{CallID: r.CallID, WorkspaceID: r.WorkspaceID, Seq: r.Seq, At: moment(r.At), Kind: r.Kind}
	if r.Payload != "" {
		e.Payload = json.RawMessage(r.Payload)
	}
	return e
}

type callTagRow struct {
	bun.BaseModel `bun:"table:call_tags,alias:call_tags"`

	WorkspaceID string `bun:",pk"`
	TagID       string `bun:",pk"`
	CallID      string `bun:",pk"`
}

// Append implements call.Log. A record made from a shorter log than the stored
// one is left alone too, so that a late repetition undoes nothing.
func (d *DB) Append(ctx context.Context, entries []call.Entry, r call.Record) error {
	rows := make([]entryRow, len(entries))
	for i, e := range entries {
		if e.CallID != r.ID || e.WorkspaceID != r.WorkspaceID {
			return fmt.Errorf("append to call %s: entry %d belongs to call %s", r.ID, e.Seq, e.CallID)
		}
		rows[i] = entryRow{
			CallID: e.CallID, Seq: e.Seq, WorkspaceID: e.WorkspaceID,
			At: millis(e.At), Kind: e.Kind, Payload: string(e.Payload),
		}
	}
	return d.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		fresh, err := d.saveRecord(ctx, tx, r)
		if err != nil {
			return err
		}
		for i := range rows {
			if _, err := d.hot.addEntry.exec(ctx, tx, &rows[i]); err != nil {
				return d.wrap(err, "append to the call's log")
			}
		}
		if !fresh {
			return nil
		}
		return d.tagCall(ctx, tx, r)
	})
}

// saveRecord writes the record unless the stored one knows more, and says
// whether it wrote.
func (d *DB) saveRecord(ctx context.Context, tx bun.Tx, r call.Record) (bool, error) {
	res, err := d.hot.saveCall.exec(ctx, tx, rowOfCall(r))
	if err != nil {
		return false, d.wrap(err, "save the call's record")
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return n > 0, d.wrap(err, "save the call's record")
	}
	ours, err := tx.NewSelect().Model((*callRow)(nil)).
		Where("id = ? AND workspace_id = ?", r.ID, r.WorkspaceID).Exists(ctx)
	if err == nil && !ours {
		err = missing("append to another workspace's call")
	}
	return false, d.wrap(err, "look whose call it is")
}

// tagCall makes the rows by which history is searched for a tag.
func (d *DB) tagCall(ctx context.Context, tx bun.Tx, r call.Record) error {
	if _, err := tx.Tx.StmtContext(ctx, d.hot.clearTags).ExecContext(ctx, r.ID); err != nil {
		return d.wrap(err, "clear the call's tags")
	}
	if len(r.TagIDs) == 0 {
		return nil
	}
	rows := make([]callTagRow, len(r.TagIDs))
	for i, t := range r.TagIDs {
		rows[i] = callTagRow{WorkspaceID: r.WorkspaceID, TagID: t, CallID: r.ID}
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return d.wrap(err, "tag the call")
}

// Entries implements call.Log.
func (d *DB) Entries(ctx context.Context, workspaceID, callID string) ([]call.Entry, error) {
	return list[entryRow](ctx, d, "list a call's log", "seq", "call_id = ? AND workspace_id = ?", callID, workspaceID)
}

// Record implements call.Log.
func (d *DB) Record(ctx context.Context, workspaceID, callID string) (call.Record, error) {
	return one[callRow](ctx, d, "load call", "workspace_id = ? AND id = ?", workspaceID, callID)
}

// LiveRecords implements call.Log.
func (d *DB) LiveRecords(ctx context.Context) ([]call.Record, error) {
	return list[callRow](ctx, d, "list live calls", "id", "ended_at = 0")
}
