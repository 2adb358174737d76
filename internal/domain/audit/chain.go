package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
)

// Chain is the hash of an entry that follows one with the hash prev, "" for the
// first: SHA-256 in hexadecimal over prev and every field, the time in
// milliseconds. Hash itself is not looked at. Fields go in with their length before
// them, so that no two entries read the same; the form must never change.
func Chain(prev string, e Entry) string {
	h := sha256.New()
	writeText(h, prev)
	writeNumber(h, e.Seq)
	for _, field := range []string{e.WorkspaceID, e.ID} {
		writeText(h, field)
	}
	writeNumber(h, e.At.UnixMilli())
	for _, field := range []string{e.MemberID, e.Action, e.Subject} {
		writeText(h, field)
	}
	writeNumber(h, int64(len(e.Detail)))
	for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
		writeText(h, key)
		writeText(h, e.Detail[key])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A hash's Write never fails.

func writeText(h hash.Hash, s string) {
	writeNumber(h, int64(len(s)))
	_, _ = h.Write([]byte(s))
}

func writeNumber(h hash.Hash, n int64) {
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// ChainStore reads the chain of a workspace for verification.
type ChainStore interface {
	// AuditChain returns chained entries with a Seq above after, in their order.
	AuditChain(ctx context.Context, workspaceID string, after int64, limit int) ([]Entry, error)
	// AuditHead is the last place given and its hash; 0 and "" before the first.
	AuditHead(ctx context.Context, workspaceID string) (seq int64, hash string, err error)
}

// Damage is what is wrong with a chain.
type Damage string

// The damages. A chain whose entries and head were all made anew by somebody who
// can write the whole database shows none: keep a head elsewhere to see that.
const (
	Intact  Damage = ""
	Changed Damage = "changed" // an entry is not the one that was written
	Missing Damage = "missing" // an entry between others is gone
	CutOff  Damage = "cut-off" // the last entries are gone
	Added   Damage = "added"   // entries follow that the head does not know
)

// Report is what Verify found.
type Report struct {
	Entries int64  // how many are in order, from the first
	Head    string // hash of the last of them
	Damage  Damage
	At      int64 // place of the first entry that is wrong, 0 where all is well
}

// OK says whether the chain is whole.
func (r Report) OK() bool { return r.Damage == Intact }

const verifyPage = 500

// Verify reads the whole chain of a workspace and reports the first entry that is
// not as it was written. Entries appended meanwhile are left for the next time.
func Verify(ctx context.Context, s ChainStore, workspaceID string) (Report, error) {
	last, head, err := s.AuditHead(ctx, workspaceID)
	if err != nil {
		return Report{}, fmt.Errorf("read the head of the audit chain: %w", err)
	}
	var r Report
	for r.Entries < last {
		page, err := s.AuditChain(ctx, workspaceID, r.Entries, verifyPage)
		if err != nil {
			return Report{}, fmt.Errorf("read the audit chain: %w", err)
		}
		if len(page) == 0 {
			return r.broken(CutOff), nil
		}
		for _, e := range page {
			if r.Entries == last {
				break
			}
			if d := r.next(e, workspaceID); d != Intact {
				return r.broken(d), nil
			}
		}
	}
	if r.Head != head {
		return Report{Entries: last - 1, Damage: Changed, At: last}, nil
	}
	return r.alone(ctx, s, workspaceID)
}

// next takes the entry that follows.
func (r *Report) next(e Entry, workspaceID string) Damage {
	e.WorkspaceID = workspaceID
	switch {
	case e.Seq != r.Entries+1:
		return Missing
	case e.Hash != Chain(r.Head, e):
		return Changed
	}
	r.Entries, r.Head = e.Seq, e.Hash
	return Intact
}

func (r Report) broken(d Damage) Report {
	r.Damage, r.At = d, r.Entries+1
	return r
}

// alone looks for entries after the last. Entry and head are written together, so
// a head that is read after an entry and does not know it never will.
func (r Report) alone(ctx context.Context, s ChainStore, workspaceID string) (Report, error) {
	more, err := s.AuditChain(ctx, workspaceID, r.Entries, 1)
	if err != nil {
		return Report{}, fmt.Errorf("read the audit chain: %w", err)
	}
	last, _, err := s.AuditHead(ctx, workspaceID)
	if err != nil {
		return Report{}, fmt.Errorf("read the head of the audit chain: %w", err)
	}
	if len(more) > 0 && last < more[0].Seq {
		return r.broken(Added), nil
	}
	return r, nil
}
