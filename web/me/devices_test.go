package me_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/tests/site"
)

func TestPasskeysAreAddedRenamedAndRemoved(t *testing.T) {
	s := start(t)
	c := s.Owner()
	me := c.Who()
	first, err := s.Passkeys.Of(t.Context(), me.ID)
	if err != nil {
		t.Fatal(err)
	}
	old := first[0].ID
	if page := c.Get("/me"); strings.Contains(page.Body, "/remove") {
		t.Error("the only passkey can be removed in the page")
	}
	if got := c.Post("/me/passkeys/"+old+"/remove", nil); got.Status != http.StatusConflict || !strings.Contains(got.Text(), "only passkey") {
		t.Errorf("last one: %d %s", got.Status, got.Text())
	}

	onPhone := *c
	onPhone.Key = s.Browser().Key
	if done := onPhone.Create("/me/passkeys", nil); done.Status != http.StatusOK || done.Location() != "/me?done=added" {
		t.Fatalf("add: %d %s", done.Status, done.Body)
	}
	if got := c.Post("/me/passkeys/"+old+"/rename", url.Values{"name-" + old: {"Old laptop"}}); got.Status != http.StatusSeeOther {
		t.Fatalf("rename: %d", got.Status)
	}
	if got := c.Post("/me/passkeys/"+old+"/rename", url.Values{"name-" + old: {" "}}); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("no name: %d", got.Status)
	}
	if page := c.Get("/me"); !strings.Contains(page.Text(), "Old laptop") {
		t.Error("the new name is not shown")
	}
	if got := c.Post("/me/passkeys/"+old+"/remove", nil); got.Status != http.StatusSeeOther {
		t.Fatalf("remove: %d", got.Status)
	}
	lost := s.Browser()
	lost.Key = c.Key
	if got := lost.SignIn(); got.Status != http.StatusUnauthorized {
		t.Errorf("a removed passkey signs in: %d", got.Status)
	}
	kept := s.Browser()
	kept.Key = onPhone.Key
	if got := kept.SignIn(); got.Status != http.StatusOK {
		t.Errorf("the other one does not: %d %s", got.Status, got.Body)
	}
	actions := audited(t, s, me.WorkspaceID)
	for _, want := range []string{auth.ActionPasskeyAdded, auth.ActionPasskeyRemoved} {
		if !slices.Contains(actions, want) {
			t.Errorf("%s is not in the audit: %v", want, actions)
		}
	}
}

// A session that was stolen must not leave the member with a passkey he has lost.
func TestRemovingAPasskeyNeedsOne(t *testing.T) {
	s := start(t)
	c := s.Owner()
	first, err := s.Passkeys.Of(t.Context(), c.Who().ID)
	if err != nil {
		t.Fatal(err)
	}
	spare := *c
	spare.Key = s.Browser().Key
	if done := spare.Create("/me/passkeys", nil); done.Status != http.StatusOK {
		t.Fatalf("add: %d %s", done.Status, done.Body)
	}
	s.Clock.Add(6 * time.Minute)
	remove := "/me/passkeys/" + first[0].ID + "/remove"
	if got := c.Post(remove, nil); got.Status != http.StatusForbidden || !strings.Contains(got.Body, remove) {
		t.Errorf("without a passkey: %d %s", got.Status, got.Text())
	}
	if got := c.Confirm("/me"); got.Status != http.StatusOK {
		t.Fatalf("confirm: %d %s", got.Status, got.Body)
	}
	if got := c.Post(remove, nil); got.Status != http.StatusSeeOther {
		t.Errorf("with one: %d", got.Status)
	}
}

func audited(t *testing.T, s *site.Site, workspaceID string) []string {
	t.Helper()
	entries, err := s.Store.AuditEntries(t.Context(), workspaceID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Action)
	}
	return out
}

func TestSamePasskeyTwiceIsRefused(t *testing.T) {
	s := start(t)
	c := s.Owner()
	begun := c.Begin("/me/passkeys/begin", nil)
	if _, err := c.Key.Create([]byte(begun.Body)); err == nil {
		t.Error("the options do not exclude the passkey the device has")
	}
	// A careless browser sends the same new passkey in two ceremonies.
	other := s.Browser().Key
	made, err := other.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Finish("/me/passkeys/finish", made); got.Status != http.StatusOK {
		t.Fatalf("first: %d", got.Status)
	}
	if got := c.Finish("/me/passkeys/finish", made); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("second: %d", got.Status)
	}
}

// An authenticator may claim any id: that of a known passkey must not be
// replaced by a key somebody else holds.
func TestClaimedPasskeyIDIsRefused(t *testing.T) {
	s := start(t)
	owner := s.Owner()
	keys, err := s.Passkeys.Of(t.Context(), owner.Who().ID)
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := base64.RawURLEncoding.DecodeString(keys[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	thief := s.Join(owner, member.User, "tom@atelier.example")
	thief.Key = s.Browser().Key
	thief.Key.ForcedID = claimed
	if got := thief.Create("/me/passkeys", nil); got.Status != http.StatusConflict || !strings.Contains(got.Body, "already registered") {
		t.Errorf("another member's: %d %s", got.Status, got.Body)
	}
	again := *owner
	again.Key = s.Browser().Key
	again.Key.ForcedID = claimed
	options := again.Begin("/me/passkeys/begin", nil)
	made, err := again.Key.Create([]byte(strings.ReplaceAll(options.Body, keys[0].ID, "AAAA"))) // blind to the exclusion
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Finish("/me/passkeys/finish", made); got.Status != http.StatusConflict {
		t.Errorf("one's own: %d %s", got.Status, got.Body)
	}
	if got := owner.SignIn(); got.Status != http.StatusOK {
		t.Errorf("the real passkey no longer signs in: %d", got.Status)
	}
}

func TestOthersPasskeysAndSessionsAreOutOfReach(t *testing.T) {
	s := start(t)
	owner := s.Owner()
	tom := s.Join(owner, member.Admin, "tom@atelier.example")
	keys, err := s.Passkeys.Of(t.Context(), owner.Who().ID)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := s.Sessions.Of(t.Context(), owner.Who().ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/me/passkeys/" + keys[0].ID + "/remove", "/me/passkeys/" + keys[0].ID + "/rename",
		"/me/sessions/" + sessions[0].ID + "/revoke", "/me/passkeys/none/remove", "/me/sessions/none/revoke",
	} {
		if got := tom.Post(path, url.Values{"name-" + keys[0].ID: {"Mine now"}}); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if owner.Get("/me").Status != http.StatusOK {
		t.Error("the owner was signed out")
	}
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	s := start(t)
	c := s.Owner()
	phone := s.Browser()
	phone.Key = c.Key
	phone.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")
	if phone.SignIn().Status != http.StatusOK {
		t.Fatal("sign-in failed")
	}
	page := c.Get("/me").Text()
	for _, want := range []string{"Safari, iPhone", "Chrome, Linux This one", "127.0.0.1"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	sessions, err := s.Sessions.Of(t.Context(), c.Who().ID)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions: %v", len(sessions), err)
	}
	var theirs string
	for _, row := range sessions {
		if strings.Contains(row.UserAgent, "iPhone") {
			theirs = row.ID
		}
	}
	if strings.Contains(c.Get("/me").Body, phone.Cookie("parley_session")) {
		t.Error("the page shows a token")
	}
	ended := make(chan string, 1)
	stop := s.Sessions.OnRevoked(func(_, id string) { ended <- id })
	defer stop()
	if got := c.Post("/me/sessions/"+theirs+"/revoke", nil); got.Status != http.StatusSeeOther {
		t.Fatalf("revoke: %d", got.Status)
	}
	if id := <-ended; id != theirs {
		t.Errorf("revoked %s, not %s", id, theirs)
	}
	if got := phone.Get("/me"); got.Status != http.StatusSeeOther {
		t.Errorf("the revoked browser still gets the page: %d", got.Status)
	}
	if got := phone.Post("/me", url.Values{}); got.Status != http.StatusUnauthorized {
		t.Errorf("the revoked browser posts: %d", got.Status)
	}
	if _, err := s.Sessions.Valid(t.Context(), theirs); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("still valid: %v", err)
	}
	if !slices.Contains(audited(t, s, c.Who().WorkspaceID), auth.ActionSessionRevoked) {
		t.Error("not in the audit")
	}
}

func TestSignOutEverywhereElse(t *testing.T) {
	s := start(t)
	c := s.Owner()
	if page := c.Get("/me"); strings.Contains(page.Body, "/me/sessions/others/revoke") {
		t.Error("there is nowhere else to sign out")
	}
	var elsewhere []*site.Client
	for range 2 {
		b := s.Browser()
		b.Key = c.Key
		if b.SignIn().Status != http.StatusOK {
			t.Fatal("sign-in failed")
		}
		elsewhere = append(elsewhere, b)
	}
	tom := s.Join(c, member.User, "tom@atelier.example")
	want(t, c.Get("/me"), http.StatusOK, "Sign out everywhere else")
	done := c.Post("/me/sessions/others/revoke", nil)
	want(t, done, http.StatusSeeOther)
	want(t, c.Get(done.Location()), http.StatusOK, "You are signed in here only.")
	for i, b := range elsewhere {
		if got := b.Get("/me"); got.Status != http.StatusSeeOther {
			t.Errorf("browser %d still gets the page: %d", i, got.Status)
		}
	}
	want(t, tom.Get("/me"), http.StatusOK) // somebody else's is none of one's own
}
