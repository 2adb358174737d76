package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/tests/site"
)

// vanishing removes a passkey just after it was read.
type vanishing struct{ *store.DB }

func (v vanishing) Credential(ctx context.Context, id string) (identity.Credential, error) {
	c, err := v.DB.Credential(ctx, id)
	if err == nil {
		err = v.DeleteCredential(ctx, c.MemberID, c.ID)
	}
	return c, err
}

// Who holds a stolen key must not bring it back by signing in while it is removed.
func TestAPasskeyRemovedWhileItSignsInIsGone(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	other := s.Browser()
	link, err := s.Links.SignIn(t.Context(), "lea@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	if got := other.Create(other.Path(link), nil); got.Status != http.StatusOK {
		t.Fatalf("second passkey: %d %s", got.Status, got.Body)
	}
	before, err := s.Passkeys.Of(t.Context(), owner.Who().ID)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	passkeys, err := auth.NewPasskeys(auth.Config{PublicURL: s.URL}, vanishing{s.Store}, s.Sessions, s.Store,
		auth.NewTrail(s.Store, s.Clock.Now, log), s.Clock.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	begun := httptest.NewRecorder()
	options, err := passkeys.BeginLogin(begun, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login/begin", nil))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := other.Key.Get(raw)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login/finish", bytes.NewReader(signed))
	for _, c := range begun.Result().Cookies() {
		r.AddCookie(c)
	}
	if _, _, err := passkeys.FinishLogin(httptest.NewRecorder(), r); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("signed in: %v", err)
	}
	if after, err := s.Passkeys.Of(t.Context(), owner.Who().ID); err != nil || len(before) != 2 || len(after) != 1 {
		t.Errorf("%d passkeys, then %d: %v", len(before), len(after), err)
	}
}
