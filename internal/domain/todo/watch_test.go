package todo_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

const (
	marie = "+33611111111"
	paul  = "+33622222222"
)

func TestWhatCallsLeaveToDo(t *testing.T) {
	t.Parallel()
	voicemail := missed(2, marie)
	voicemail.Cause, voicemail.VoicemailID, voicemail.PartyName = callstate.CauseVoicemailLeft, "r1", "Marie"
	promised := missed(3, paul)
	promised.Cause = callstate.CauseCallbackPromised
	blocked := missed(4, "+33899")
	blocked.Cause = callstate.CauseBlocked
	out := missed(5, marie)
	out.Direction = callstate.Outbound // nobody answered: she still has to be called back
	s := &shelf{}
	after(t, s, missed(1, marie), voicemail, promised, blocked, out, missed(6, ""), missed(7, ""))
	want := []string{
		"c1 voicemail " + marie + " x2 last c2", "c3 callback " + paul + " x1 last c3", "c6 missed  x1 last c6", "c7 missed  x1 last c7",
	}
	if got := s.told(); !slices.Equal(got, want) {
		t.Errorf("to do: %s", strings.Join(got, "\n"))
	}
	if s.items[0].Name != "Marie" || !slices.Equal(s.labels, []string{"c3 request"}) || len(s.heard) != 7 || s.changed != 5 {
		t.Errorf("name %q, labels %v, heard %v, told %d times", s.items[0].Name, s.labels, s.heard, s.changed)
	}
}

func TestACallBackClosesTheItemAndIsTagged(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	elsewhere := talked(3, marie, "ada", callstate.Outbound)
	elsewhere.NumberID = "support"
	after(t, s, missed(1, marie), missed(2, paul), elsewhere,
		talked(4, marie, "ada", callstate.Outbound), // tagged
		talked(5, paul, "bob", callstate.Inbound),   // he called again himself
		talked(6, marie, "ada", callstate.Outbound), // nothing was left to be done
		missed(7, marie)) // and there is again
	want := []string{
		"c1 missed " + marie + ` x1 last c1 called-back by "ada"`, "c2 missed " + paul + ` x1 last c2 called-again by "bob"`, "c7 missed " + marie + " x1 last c7",
	}
	if got := s.told(); !slices.Equal(got, want) {
		t.Errorf("to do: %s", strings.Join(got, "\n"))
	}
	if !slices.Equal(s.labels, []string{"c4 back"}) || s.items[0].DoneAt != at(4).Add(30*time.Second) {
		t.Errorf("labels %v, items %+v", s.labels, s.items)
	}
}

func TestTheSameCallTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	after(t, s, missed(1, marie), missed(1, marie))
	if got := s.told(); !slices.Equal(got, []string{"c1 missed " + marie + " x1 last c1"}) {
		t.Errorf("to do: %v", got)
	}
}

func TestTwoNodesAtOnce(t *testing.T) {
	t.Parallel()
	s := &shelf{raced: &todo.Item{ID: "c0", WorkspaceID: "w", NumberID: "sales", CallID: "c0", Kind: todo.Missed, E164: marie, Calls: 1}}
	after(t, s, missed(1, marie))
	if got := s.told(); !slices.Equal(got, []string{"c0 missed " + marie + " x2 last c1"}) {
		t.Errorf("to do: %v", got)
	}
}

func TestAStoreThatFailsStopsNothing(t *testing.T) {
	t.Parallel()
	s := &shelf{broken: errors.New("disk full")}
	after(t, s, missed(1, marie))
	s.broken = nil
	after(t, s, missed(2, marie))
	if got := s.told(); !slices.Equal(got, []string{"c2 missed " + marie + " x1 last c2"}) || len(s.heard) != 2 {
		t.Errorf("to do: %v", got)
	}
}

func TestCallsAreNotHeldUpAndWhatWaitsIsKeptAtTheEnd(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	w := todo.NewWatch(todo.WatchNeeds{Store: s, Tags: s, Changes: s, Log: slog.New(slog.DiscardHandler)})
	for i := range 1500 {
		w.Audience(s).CallEnded(call.View{}, missed(i, ""))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.Run(ctx, s)
	if len(s.heard) != 1500 || len(s.items) != 1000 {
		t.Errorf("%d calls ended, %d items kept", len(s.heard), len(s.items))
	}
}

// pages is a history newest first.
type pages []call.Record

func (p pages) Records(_ context.Context, _ string, f call.Filter) ([]call.Record, error) {
	from := 0
	if f.Before != "" {
		from = 1 + slices.IndexFunc(p, func(r call.Record) bool { return r.ID == f.Before })
	}
	return p[from:min(from+f.Limit, len(p))], nil
}

// TestRebuildGivesWhatTheWatchKept: items made anew from the log are the ones that
// the watch kept as the calls ended.
func TestRebuildGivesWhatTheWatchKept(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var calls []call.Record
	for n := range 500 {
		who := []string{marie, paul, "", "+33633333333"}[rng.IntN(4)]
		r := missed(n, who)
		switch rng.IntN(4) {
		case 0:
			r = talked(n, who, "ada", callstate.Outbound)
		case 1:
			r = talked(n, who, "bob", callstate.Inbound)
		case 2:
			r.VoicemailID = "v"
		}
		calls = append(calls, r)
	}
	kept := &shelf{}
	for part := range slices.Chunk(calls, 100) {
		after(t, kept, part...)
	}
	reversed := slices.Clone(calls)
	slices.Reverse(reversed)
	anew := &shelf{}
	n, err := todo.Rebuild(t.Context(), pages(reversed), anew, "w", time.Time{})
	if err != nil || n != len(kept.items) || n == 0 {
		t.Fatalf("%d items stored, %v", n, err)
	}
	if !slices.Equal(anew.told(), kept.told()) {
		t.Errorf("made anew:\n%s\nkept:\n%s", strings.Join(anew.told(), "\n"), strings.Join(kept.told(), "\n"))
	}
	if n, err := todo.Rebuild(t.Context(), pages(reversed), kept, "w", time.Time{}); n != 0 || err != nil {
		t.Errorf("%d items changed, %v", n, err)
	}
}

func TestRebuildKeepsWhatPeopleDid(t *testing.T) {
	t.Parallel()
	calls := pages{missed(9, marie), missed(3, paul), missed(2, marie), missed(1, marie)}
	s := &shelf{}
	after(t, s, calls[3], calls[2], calls[1])
	s.items[0].Outcome, s.items[0].DoneAt, s.items[0].DoneBy = todo.Archived, at(5), "ada"
	s.items[1].AssigneeID, s.items[1].AssignedAt = "bob", at(6)
	if n, err := todo.Rebuild(t.Context(), calls, s, "w", at(0)); n != 1 || err != nil {
		t.Errorf("%d items changed, %v", n, err)
	}
	want := []string{
		"c1 missed " + marie + ` x2 last c2 archived by "ada"`, "c3 missed " + paul + " x1 last c3", "c9 missed " + marie + " x1 last c9",
	}
	if got := s.told(); !slices.Equal(got, want) || s.items[1].AssigneeID != "bob" {
		t.Errorf("to do: %s", strings.Join(got, "\n"))
	}
	older := &shelf{}
	if n, err := todo.Rebuild(t.Context(), calls, older, "w", at(3)); n != 2 || err != nil {
		t.Errorf("%d items since the third call, %v", n, err)
	}
}
