package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

func TestLog(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		r := aRecord(aWorkspace(t, d).ID)
		log := someEntries(r, 1, 3)
		r.Entries = 3
		must(t, d.Append(t.Context(), log, r))
		loads(t, log)(d.Entries(t.Context(), r.WorkspaceID, r.ID))
		loads(t, r)(d.Record(t.Context(), r.WorkspaceID, r.ID))
		loads(t, []call.Record{r})(d.LiveRecords(t.Context()))

		before := r
		more := someEntries(r, 3, 5) // 3 is there already and stays as it was
		more[0].Kind = "changed"
		r.Entries, r.EndedAt, r.AnsweredAt, r.Cause, r.SIPCode, r.TagIDs = 5, at(20), at(10), "hung-up", 486, []string{"t1", "t2"}
		r.VoicemailID, r.LinedAt, r.AskedIn = id.New(), at(5), "n/q"
		must(t, d.Append(t.Context(), more, r))
		log = append(log, more[1:]...)
		loads(t, log)(d.Entries(t.Context(), r.WorkspaceID, r.ID))
		loads(t, r)(d.Record(t.Context(), r.WorkspaceID, r.ID))
		loads(t, []call.Record{})(d.LiveRecords(t.Context()))

		must(t, d.Append(t.Context(), log[:3], before)) // a late repetition
		loads(t, log)(d.Entries(t.Context(), r.WorkspaceID, r.ID))
		loads(t, r)(d.Record(t.Context(), r.WorkspaceID, r.ID))
		loads(t, []call.Record{r})(d.Records(t.Context(), r.WorkspaceID, call.Filter{TagID: "t2"}))
	})
}

func TestAppendKeepsCallsApart(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		r := aRecord(aWorkspace(t, d).ID)
		must(t, d.Append(t.Context(), nil, r))
		if d.Append(t.Context(), someEntries(aRecord(r.WorkspaceID), 1, 1), r) == nil {
			t.Error("an entry of another call was taken")
		}
		foreign := r
		foreign.WorkspaceID = aWorkspace(t, d).ID
		wantMissing(t, d.Append(t.Context(), someEntries(foreign, 1, 2), foreign))
		loads(t, []call.Entry{})(d.Entries(t.Context(), foreign.WorkspaceID, r.ID))
		loads(t, r)(d.Record(t.Context(), r.WorkspaceID, r.ID))
	})
}

func aRecord(ws string) call.Record {
	return call.Record{
		ID: id.New(), WorkspaceID: ws, NumberID: id.New(), Direction: callstate.Inbound, Web: true,
		PartyE164: "+33612345678", PartyName: "Léa", MemberID: id.New(), StartedAt: at(0),
	}
}

// someEntries makes the entries from to to.
func someEntries(r call.Record, from, to int) []call.Entry {
	var out []call.Entry
	for seq := from; seq <= to; seq++ {
		e := call.Entry{CallID: r.ID, WorkspaceID: r.WorkspaceID, Seq: seq, At: at(seq), Kind: "offered"}
		if seq > 1 {
			e.Payload = json.RawMessage(fmt.Sprintf(`{"member":"it's ? \u0000 %d"}`, seq))
		}
		out = append(out, e)
	}
	return out
}

// TestHistory compares every combination of filters, page by page, with the
// plain reading of call.Filter.
func TestHistory(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		all := someHistory(t, d, ws)
		someHistory(t, d, aWorkspace(t, d).ID) // must never show
		many := make([]string, 320)
		for i := range many {
			many[i] = fmt.Sprintf("n%d", i+2)
		}
		for _, f := range []call.Filter{
			{}, {NumberIDs: []string{"n1"}}, {NumberIDs: []string{"n1", "n2"}}, {NumberIDs: []string{"n1", "n1"}},
			{NumberIDs: []string{"none"}}, {NumberIDs: many}, {MemberIDs: []string{"m1"}}, {MemberIDs: []string{"m1", "m4"}},
			{NumberIDs: []string{"n1"}, MemberIDs: []string{"m1", "m2"}}, {NumberIDs: many, MemberIDs: []string{"m1"}},
			{NumberID: "n2"}, {MemberID: "m3"}, {NumberID: "n1", MemberID: "m1"},
			{NumberIDs: []string{"n1"}, MemberIDs: []string{"m1"}, NumberID: "n2"},
			{NumberIDs: []string{"n1"}, MemberIDs: []string{"m1"}, MemberID: "m2"},
			{MemberIDs: []string{"m1"}, NumberID: "n3", MemberID: "m2"},
		} {
			f.Limit = 7
			for _, f.Direction = range []callstate.Direction{"", callstate.Inbound, callstate.Outbound} {
				for _, f.Missed = range []bool{false, true} {
					for _, f.TagID = range []string{"", "t1"} {
						for _, f.Voicemail = range []bool{false, true} {
							pagesMatch(t, d, ws, f, all)
						}
					}
				}
			}
		}
	})
}

// someHistory makes calls that differ in all that can be filtered, oldest first.
func someHistory(t *testing.T, d *store.DB, ws string) []call.Record {
	t.Helper()
	var all []call.Record
	for i := range 48 {
		r := aRecord(ws)
		r.NumberID, r.MemberID = fmt.Sprintf("n%d", i%3+1), fmt.Sprintf("m%d", i%5+1)
		if i%2 == 1 {
			r.Direction = callstate.Outbound
		}
		if i%4 != 0 {
			r.AnsweredAt = at(i)
		}
		if i%7 != 0 {
			r.EndedAt = at(i + 1)
		}
		if i%5 == 0 {
			r.VoicemailID = id.New()
		}
		if i%3 == 0 {
			r.TagIDs = []string{"t1", "t2"}
		}
		must(t, d.Append(t.Context(), nil, r))
		all = append(all, r)
	}
	return all
}

// pagesMatch turns all pages of f.
func pagesMatch(t *testing.T, d *store.DB, ws string, f call.Filter, all []call.Record) {
	t.Helper()
	var want []string
	for _, r := range slices.Backward(all) {
		if fits(f, r) {
			want = append(want, r.ID)
		}
	}
	var have []string
	for {
		page, err := d.Records(t.Context(), ws, f)
		must(t, err)
		for _, r := range page {
			have = append(have, r.ID)
		}
		if len(page) < f.Limit {
			break
		}
		f.Before = page[len(page)-1].ID
	}
	if !slices.Equal(have, want) {
		t.Fatalf("filter %+v:\n got %v\nwant %v", f, have, want)
	}
}

func fits(f call.Filter, r call.Record) bool {
	scope := len(f.NumberIDs)+len(f.MemberIDs) == 0 ||
		slices.Contains(f.NumberIDs, r.NumberID) || slices.Contains(f.MemberIDs, r.MemberID)
	return scope && (f.NumberID == "" || r.NumberID == f.NumberID) && (f.MemberID == "" || r.MemberID == f.MemberID) &&
		(f.Direction == "" || r.Direction == f.Direction) &&
		(!f.Missed || r.Missed()) && (!f.Voicemail || r.VoicemailID != "") && (f.TagID == "" || slices.Contains(r.TagIDs, f.TagID))
}

func TestHistoryPageSizes(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		for range 5 {
			someHistory(t, d, ws)
		}
		for limit, want := range map[int]int{0: 50, -1: 50, 3: 3, 1000: 200} {
			page, err := d.Records(t.Context(), ws, call.Filter{Limit: limit})
			must(t, err)
			if len(page) != want {
				t.Errorf("limit %d gave %d calls, want %d", limit, len(page), want)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 3} {
		b.Run(fmt.Sprintf("sqlite/%d-entries", n), func(b *testing.B) { benchmarkAppend(b, open(b, sqliteURL(b)), n) })
		b.Run(fmt.Sprintf("postgres/%d-entries", n), func(b *testing.B) { benchmarkAppend(b, open(b, postgres.Database(b)), n) })
	}
}

func benchmarkAppend(b *testing.B, d *store.DB, n int) {
	r := aRecord(aWorkspace(b, d).ID)
	must(b, d.Append(b.Context(), nil, r))
	for b.Loop() {
		entries := someEntries(r, r.Entries+1, r.Entries+n)
		r.Entries += n
		must(b, d.Append(b.Context(), entries, r))
	}
}
