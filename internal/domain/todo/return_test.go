package todo_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
)

// promised is the nth call, whose caller asked in line to be called back.
func promised(n int, e164, queueID string) call.Record {
	r := missed(n, e164)
	r.Cause, r.AskedIn, r.LinedAt = callstate.CauseCallbackPromised, queueID, r.StartedAt.Add(5*time.Second)
	return r
}

// TestWhoIsCalledBackByItself: who asked in line and can be called; who has no number,
// a short one, or was promised it outside a line has to be called by somebody.
func TestWhoIsCalledBackByItself(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		r    call.Record
		want todo.Return
	}{
		"in line": {promised(1, marie, "n/line"), todo.Return{
			QueueID: "n/line", LinedAt: at(1).Add(5 * time.Second), PromisedAt: at(1).Add(30 * time.Second), NextAt: at(1).Add(30 * time.Second),
		}},
		"by a step":      {promised(1, marie, ""), todo.Return{}},
		"hidden":         {promised(1, "", "n/line"), todo.Return{}},
		"emergency":      {promised(1, "112", "n/line"), todo.Return{}},
		"premium":        {promised(1, "+33899123456", "n/line"), todo.Return{}},
		"service number": {promised(1, "118712", "n/line"), todo.Return{}},
		"only waited":    {func() call.Record { r := promised(1, marie, "n/line"); r.Cause = callstate.CauseCustomerLeft; return r }(), todo.Return{}},
		"left a voicemail": {func() call.Record {
			r := promised(1, marie, "")
			r.Cause = callstate.CauseVoicemailLeft
			r.VoicemailID = "v"
			return r
		}(), todo.Return{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{}
			after(t, s, tc.r)
			if got := s.items[0].Return; got != tc.want || got.Pending() != (name == "in line") {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestWhoIsPromisedItAgain keeps his place, with as many attempts as at first; in
// another line he has another.
func TestWhoIsPromisedItAgain(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	after(t, s, missed(0, marie), promised(1, marie, "n/line"))
	s.items[0].Return.Attempts, s.items[0].Return.Trying, s.items[0].Return.CalledAt = 2, "back", at(2)
	after(t, s, promised(3, marie, "n/line"), missed(4, marie))
	want := todo.Return{
		QueueID: "n/line", LinedAt: at(1).Add(5 * time.Second), PromisedAt: at(3).Add(30 * time.Second), NextAt: at(3).Add(30 * time.Second),
		Trying: "back", CalledAt: at(2),
	}
	if got := s.items[0]; got.Return != want || got.Calls != 4 || got.Kind != todo.Callback {
		t.Errorf("again: %+v", got)
	}
	after(t, s, promised(5, marie, "n/other"))
	if got := s.items[0].Return; got.QueueID != "n/other" || !got.LinedAt.Equal(at(5).Add(5*time.Second)) || got.Trying != "" || !got.CalledAt.IsZero() {
		t.Errorf("in another line: %+v", got)
	}
	s.items[0].Return = s.items[0].Return.Over()
	after(t, s, promised(6, marie, "n/other"))
	if got := s.items[0].Return; !got.LinedAt.Equal(at(6).Add(5*time.Second)) || !got.Pending() {
		t.Errorf("after it was given up: %+v", got)
	}
}

// TestDoneIsNotCalledBack: by a call, by hand, or archived.
func TestDoneIsNotCalledBack(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*shelf, *todo.Service) error{
		"by a call": func(s *shelf, _ *todo.Service) error {
			after(t, s, talked(2, marie, "ada", callstate.Outbound))
			return nil
		},
		"called again": func(s *shelf, _ *todo.Service) error {
			after(t, s, talked(2, marie, "ada", callstate.Inbound))
			return nil
		},
		"by hand":  func(_ *shelf, v *todo.Service) error { return second(v.CalledBack(t.Context(), person("admin"), "c1")) },
		"archived": func(_ *shelf, v *todo.Service) error { return second(v.Archive(t.Context(), person("admin"), "c1")) },
	} {
		s, service, _ := office()
		s.items = nil
		after(t, s, promised(1, marie, "n/line"))
		s.items[0].Return.Trying, s.items[0].Return.Attempts = "back", 1
		if err := do(s, service); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := s.items[0]; got.Open() || got.Return.Pending() || got.Return.Trying != "" || got.Return.Attempts != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestRebuildKeepsWhatCameOfCallbacks, and finds the promise that a crash kept from
// being noted.
func TestRebuildKeepsWhatCameOfCallbacks(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	after(t, s, promised(1, marie, "n/line"))
	s.items[0].Return.Attempts, s.items[0].Return.NextAt = 2, at(50)
	after(t, s, promised(2, paul, "n/line"))
	s.items[1].Return = s.items[1].Return.Over()
	given := s.items[1]
	calls := pages{promised(2, paul, "n/line"), promised(1, marie, "n/line")}
	kept := slices.Clone(s.items)
	if n, err := todo.Rebuild(t.Context(), calls, s, "w", time.Time{}); n != 0 || err != nil || !slices.Equal(s.items, kept) {
		t.Errorf("%d items changed, %v: %+v", n, err, s.items)
	}
	lost := promised(4, marie, "n/line")
	calls = append(pages{promised(5, "+33633333333", "n/line"), lost}, calls...)
	if n, err := todo.Rebuild(t.Context(), calls, s, "w", time.Time{}); n != 2 || err != nil {
		t.Errorf("%d items changed, %v", n, err)
	}
	if got := s.items[0].Return; got.Attempts != 0 || !got.NextAt.Equal(lost.EndedAt) || !got.LinedAt.Equal(at(1).Add(5*time.Second)) {
		t.Errorf("promised again: %+v", got)
	}
	if got := s.items[2].Return; s.items[1] != given || !got.Pending() || got.QueueID != "n/line" {
		t.Errorf("found: %+v", s.items)
	}
	if n, err := todo.Rebuild(t.Context(), calls, s, "w", time.Time{}); n != 0 || err != nil {
		t.Errorf("once more: %d items changed, %v", n, err)
	}
}
