package missed_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/letter"
	"parley/internal/domain/letter/missed"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
)

// firm is a workspace with its people, and the letters they get.
type firm struct {
	mu      sync.Mutex
	off     bool
	broken  error
	posted  []letter.Letter
	members []member.Member
	has     []number.Assignment
	heard   []string // calls the next audience was told of
}

func (f *firm) Assignments(context.Context, string) ([]number.Assignment, error) {
	return f.has, f.broken
}

func (f *firm) Members(context.Context, string) ([]member.Member, error) { return f.members, nil }

func (f *firm) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, TimeZone: "Europe/Paris"}, nil
}

func (f *firm) Ready() bool { return !f.off }

func (f *firm) Send(ctx context.Context, l letter.Letter) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posted = append(f.posted, l)
	return "id", ctx.Err()
}

func (f *firm) Withdraw(context.Context, string, string) error { return errors.New("not asked for") }

func (f *firm) CallChanged(call.View)                               {}
func (f *firm) CallGone(call.View, string, callstate.Cause, string) {}
func (f *firm) CallEnded(_ call.View, r call.Record)                { f.heard = append(f.heard, r.ID) }
func (f *firm) Alarm(call.View, string)                             {}
func (f *firm) add(id, language string, level number.Level, n member.Notices) {
	f.members = append(f.members, member.Member{ID: id, Name: "Name " + id, Email: id + "@acme.example", Language: language, Notices: n})
	f.has = append(f.has, number.Assignment{NumberID: "sales", MemberID: id, Level: level})
}

func (f *firm) to() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, l := range f.posted {
		out = append(out, l.To)
	}
	slices.Sort(out)
	return out
}

func (f *firm) watch() *missed.Watch {
	return missed.New(missed.Needs{
		Assignments: f, Members: f, Workspaces: f, Post: f, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		CallPage: func(id string) string { return "https://acme.example/calls/" + id },
	})
}

func line() call.View {
	return call.View{Number: number.Number{ID: "sales", Name: "Sales", Country: "FR", E164: "+33123456789"}}
}

// ended is a call to the line that nobody took.
func ended(id string) call.Record {
	at := time.Date(2026, 3, 3, 13, 5, 0, 0, time.UTC)
	return call.Record{
		ID: id, WorkspaceID: "w", NumberID: "sales", Direction: callstate.Inbound, PartyE164: "+33612345678", PartyName: "Marie",
		StartedAt: at, EndedAt: at.Add(time.Minute),
	}
}

// running runs do while the watch runs, and returns once everything settled.
func running(t *testing.T, f *firm, do func(call.Audience)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := f.watch()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.Run(ctx)
		do(w.Audience(f))
		synctest.Wait()
	})
}

func TestWhoIsWrittenTo(t *testing.T) {
	t.Parallel()
	f := &firm{}
	wants := member.Notices{MissedByMail: true}
	f.add("ada", "fr", number.Shared, wants)
	f.add("bob", "en", number.Exclusive, wants)
	f.add("not-asked", "en", number.Shared, member.Notices{Desktop: true})
	f.add("muted", "en", number.Shared, member.Notices{MissedByMail: true, Muted: []string{"sales"}})
	f.add("dials", "en", number.OutboundOnly, wants)
	f.add("reads", "en", number.ReadOnly, wants)
	f.add("gone", "en", number.Shared, wants)
	f.members[len(f.members)-1].RemovedAt = time.Now()
	f.add("elsewhere", "en", number.Shared, wants)
	f.has[len(f.has)-1].NumberID = "support"
	running(t, f, func(a call.Audience) { a.CallEnded(line(), ended("c1")) })
	if got := f.to(); !slices.Equal(got, []string{"ada@acme.example", "bob@acme.example"}) {
		t.Fatalf("written to %v", got)
	}
	want := "MissedCall w fr Name ada|Sales|+33612345678|Marie|FR|2026-03-03T13:05:00Z|Europe/Paris|https://acme.example/calls/c1"
	l := f.posted[slices.IndexFunc(f.posted, func(l letter.Letter) bool { return l.To == "ada@acme.example" })]
	var args []string
	for _, name := range []string{"name", "line", "caller", "caller_name", "country", "when", "zone", "link"} {
		args = append(args, l.Args[name])
	}
	if got := "MissedCall " + l.WorkspaceID + " " + l.Language + " " + strings.Join(args, "|"); got != want || l.Kind != letter.MissedCall {
		t.Errorf("posted %s, want %s", got, want)
	}
}

func TestOnlyMissedCallsCount(t *testing.T) {
	t.Parallel()
	f := &firm{}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	running(t, f, func(a call.Audience) {
		talked := ended("talked")
		talked.AnsweredAt = talked.StartedAt
		a.CallEnded(line(), talked)
		out := ended("out")
		out.Direction = callstate.Outbound
		a.CallEnded(line(), out)
		a.CallEnded(line(), ended("missed"))
		spoken := ended("spoken")
		spoken.VoicemailID = "v1"
		a.CallEnded(line(), spoken)
	})
	if !slices.Equal(f.heard, []string{"talked", "out", "missed", "spoken"}) {
		t.Errorf("the next audience heard %v", f.heard)
	}
	var posted []string
	for _, l := range f.posted {
		posted = append(posted, string(l.Kind)+" "+l.Args["link"])
	}
	if want := []string{"missed-call https://acme.example/calls/missed", "voicemail https://acme.example/calls/spoken"}; !slices.Equal(posted, want) {
		t.Errorf("posted %q, want %q", posted, want)
	}
}

func TestNothingIsPostedWithoutMailServer(t *testing.T) {
	t.Parallel()
	f := &firm{off: true}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	running(t, f, func(a call.Audience) { a.CallEnded(line(), ended("c1")) })
	if len(f.posted) != 0 || len(f.heard) != 1 {
		t.Errorf("posted %v, heard %v", f.posted, f.heard)
	}
}

func TestOneMailboxIsNotFilled(t *testing.T) {
	t.Parallel()
	f := &firm{}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	running(t, f, func(a call.Audience) {
		for range 70 {
			a.CallEnded(line(), ended("c"))
		}
		synctest.Wait()
		if n := len(f.posted); n != 60 {
			t.Errorf("%d mails within the hour", n)
		}
		<-time.After(time.Hour) // of the bubble's clock
		a.CallEnded(line(), ended("next"))
	})
	if n := len(f.posted); n != 61 {
		t.Errorf("%d mails in all", n)
	}
}

func TestCallsAreNotHeldUp(t *testing.T) {
	t.Parallel()
	f := &firm{}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	a := f.watch().Audience(f) // nobody takes anything from the queue
	for range 1500 {
		a.CallEnded(line(), ended("c"))
	}
	if len(f.heard) != 1500 {
		t.Errorf("%d calls ended", len(f.heard))
	}
}

func TestWhatWaitsIsWrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	f := &firm{}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	w := f.watch()
	for range 5 {
		w.Audience(f).CallEnded(line(), ended("c"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.Run(ctx)
	if len(f.posted) != 5 {
		t.Errorf("%d mails", len(f.posted))
	}
}

func TestAStoreThatFailsStopsNothing(t *testing.T) {
	t.Parallel()
	f := &firm{broken: errors.New("disk full")}
	f.add("ada", "fr", number.Shared, member.Notices{MissedByMail: true})
	running(t, f, func(a call.Audience) {
		a.CallEnded(line(), ended("c1"))
		synctest.Wait()
		f.broken = nil
		a.CallEnded(line(), ended("c2"))
	})
	if len(f.posted) != 1 {
		t.Errorf("posted %v", f.posted)
	}
}
