package auth_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/tests/site"
)

// confirm steps the session of the cookie up and returns its new cookie.
func (f *fixture) confirm(t *testing.T, c *http.Cookie, who auth.Who) (*http.Cookie, error) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.AddCookie(c)
	if err := f.sessions.Confirm(w, r, who); err != nil {
		return nil, err
	}
	return w.Result().Cookies()[0], nil
}

func TestTheIDStaysWhenTheTokenChanges(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	first := f.start(t)
	who, _ := f.who(t, first)
	ended := false
	f.sessions.OnRevoked(func(_, _ string) { ended = true })
	f.now = f.now.Add(10 * time.Minute)
	second, err := f.confirm(t, first, who)
	if err != nil {
		t.Fatal(err)
	}
	again, ok := f.who(t, second)
	if !ok || again.SessionID != who.SessionID || !again.Confirmed(f.now) || ended {
		t.Errorf("after: %+v %v, ended %v", again, ok, ended)
	}
	if valid, err := f.sessions.Valid(t.Context(), who.SessionID); err != nil || valid.Member.ID != f.member.ID {
		t.Errorf("a socket of before: %v", err)
	}
	old, ok := f.who(t, first)
	if !ok || old.Confirmed(f.now) {
		t.Errorf("a request under way: %+v %v", old, ok)
	}
	if _, err := f.confirm(t, first, old); fault.KindOf(err) != fault.Invalid {
		t.Errorf("the old token steps up: %v", err)
	}
	f.now = f.now.Add(31 * time.Second)
	if _, ok := f.who(t, first); ok {
		t.Error("the old token outlives its moment")
	}
	if _, ok := f.who(t, second); !ok {
		t.Error("the new token does not work")
	}
}

// A request that read the session before a step-up notes its use after it: the old
// token must not come back, nor the new one go.
func TestATouchDoesNotUndoARotation(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	first := f.start(t)
	who, _ := f.who(t, first)
	stale, err := f.db.SessionByID(t.Context(), who.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.confirm(t, first, who)
	if err != nil {
		t.Fatal(err)
	}
	stale.LastSeenAt = f.now.Add(2 * time.Minute)
	if err := f.db.SaveSession(t.Context(), stale); err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(31 * time.Second)
	if _, ok := f.who(t, first); ok {
		t.Error("the old token is back")
	}
	if again, ok := f.who(t, second); !ok || !again.Confirmed(f.now) {
		t.Errorf("the new token: %+v %v", again, ok)
	}
}

// Of step-ups in several tabs at once each browser ends with a token that works.
func TestStepUpsAtOnce(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	first := f.start(t)
	who, _ := f.who(t, first)
	made := make([]*http.Cookie, 6)
	var run sync.WaitGroup
	for i := range made {
		run.Go(func() { made[i], _ = f.confirm(t, first, who) })
	}
	run.Wait()
	won := slices.DeleteFunc(made, func(c *http.Cookie) bool { return c == nil })
	if len(won) != 1 {
		t.Fatalf("%d tokens were given", len(won))
	}
	f.now = f.now.Add(time.Minute)
	if _, ok := f.who(t, won[0]); !ok {
		t.Error("it does not work")
	}
}

func TestSigningInAnewEndsTheSessionBefore(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	first := f.start(t)
	who, _ := f.who(t, first)
	var ended []string
	f.sessions.OnRevoked(func(workspaceID, id string) { ended = append(ended, workspaceID+" "+id) })
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.AddCookie(first)
	if err := f.sessions.Start(w, r, f.member, f.passkey.ID); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ended, []string{f.member.WorkspaceID + " " + who.SessionID}) {
		t.Errorf("ended %v", ended)
	}
	if _, ok := f.who(t, first); ok {
		t.Error("the token of before works")
	}
}

func TestOthersAreSignedOut(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	mine, _ := f.who(t, f.start(t))
	f.start(t)
	f.start(t)
	ended := 0
	f.sessions.OnRevoked(func(_, id string) {
		if id != mine.SessionID {
			ended++
		}
	})
	n, err := f.sessions.RevokeOthers(t.Context(), mine)
	if err != nil || n != 2 || ended != 2 {
		t.Errorf("%d ended, %d told: %v", n, ended, err)
	}
	left, err := f.sessions.Of(t.Context(), f.member.ID)
	if err != nil || len(left) != 1 || left[0].ID != mine.SessionID {
		t.Errorf("left %+v: %v", left, err)
	}
}

// A passkey that is removed between its use and the session it begins begins none.
func TestARemovedPasskeyBeginsNoSession(t *testing.T) {
	f := newFixture(t, "http://localhost:8080")
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if err := f.sessions.Start(w, r, f.member, "gone"); fault.Of(err).Key != "error.passkey-unknown" {
		t.Errorf("started: %v", err)
	}
	left, err := f.sessions.Of(t.Context(), f.member.ID)
	if err != nil || len(left) != 0 || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d sessions, cookies %v: %v", len(left), w.Result().Cookies(), err)
	}
}

// Removing a lost passkey signs out who came in by it, and nobody else.
func TestRemovingAPasskeyEndsItsSessions(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	colleague := s.Join(owner, member.User, "tom@atelier.example")
	lost := s.Browser()
	link, err := s.Links.SignIn(t.Context(), "lea@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	if got := lost.Create(lost.Path(link), nil); got.Status != http.StatusOK {
		t.Fatalf("second passkey: %d", got.Status)
	}
	keys, err := s.Passkeys.Of(t.Context(), owner.Who().ID)
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d passkeys: %v", len(keys), err)
	}
	sessions, err := s.Sessions.Of(t.Context(), owner.Who().ID)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions: %v", len(sessions), err)
	}
	oldest := slices.MinFunc(sessions, func(a, b identity.Session) int { return a.CreatedAt.Compare(b.CreatedAt) })
	mine, err := s.Sessions.Valid(t.Context(), oldest.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Passkeys.Remove(t.Context(), mine, keys[1].ID); err != nil {
		t.Fatal(err)
	}
	if lost.Get("/").Status != http.StatusSeeOther {
		t.Error("the lost device is still signed in")
	}
	if owner.Get("/").Status != http.StatusOK || colleague.Get("/").Status != http.StatusOK {
		t.Error("somebody else is signed out")
	}
}

// Where no page can ask, an unconfirmed request is refused.
func TestAGateThatCannotAskRefuses(t *testing.T) {
	var denied error
	gate := auth.NewGate(func(_ http.ResponseWriter, _ *http.Request, err error) { denied = err })
	passed := 0
	h := gate.Confirmed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	for _, ago := range []time.Duration{time.Minute, time.Hour} {
		who := auth.Who{Member: member.Member{ID: "m"}, ConfirmedAt: time.Now().Add(-ago)}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(auth.With(t.Context(), who), http.MethodPost, "/", nil))
	}
	if passed != 1 || fault.Of(denied).Key != "error.confirm-needed" || fault.KindOf(denied) != fault.Forbidden {
		t.Errorf("%d passed, then %v", passed, denied)
	}
}
