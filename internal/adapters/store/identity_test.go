package store_test

import (
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
)

func TestCredentials(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		m := aMember(t, d, aWorkspace(t, d).ID)
		a, b := aCredential(t, d, m), aCredential(t, d, m)
		loads(t, []identity.Credential{a, b})(d.Credentials(t.Context(), m.ID))
		a.Name, a.LastUsedAt, a.Data = "clé", at(7), []byte(`{"sign_count":2}`)
		must(t, d.SaveCredential(t.Context(), a))
		loads(t, a)(d.Credential(t.Context(), a.ID))

		thief := aMember(t, d, m.WorkspaceID)
		stolen := a
		stolen.MemberID = thief.ID
		wantMissing(t, d.SaveCredential(t.Context(), stolen))
		wantMissing(t, d.DeleteCredential(t.Context(), thief.ID, a.ID))
		loads(t, a)(d.Credential(t.Context(), a.ID))

		a.Name, a.LastUsedAt, a.Data = "key", at(8), []byte(`{"sign_count":3}`)
		must(t, d.UpdateCredential(t.Context(), a))
		loads(t, a)(d.Credential(t.Context(), a.ID))
		wantMissing(t, d.UpdateCredential(t.Context(), stolen))

		wantMissing(t, d.DeleteCredential(t.Context(), m.ID, "nothing"))
		must(t, d.DeleteCredential(t.Context(), m.ID, a.ID))
		wantMissing(t, d.UpdateCredential(t.Context(), a)) // deleted is deleted
		wantFault(t, d.DeleteCredential(t.Context(), m.ID, b.ID), fault.Conflict, "error.last-passkey")
		loads(t, []identity.Credential{b})(d.Credentials(t.Context(), m.ID))
		_, err := d.Credential(t.Context(), a.ID)
		wantMissing(t, err)
	})
}

func TestTheLastPasskeyStaysWhenAllAreDeletedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		m := aMember(t, d, aWorkspace(t, d).ID)
		a, b := aCredential(t, d, m), aCredential(t, d, m)
		results := make(chan error)
		for _, c := range []identity.Credential{a, b} {
			go func() { results <- d.DeleteCredential(t.Context(), m.ID, c.ID) }()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) {
			t.Fatalf("of two deletions not exactly one was refused: %v, %v", first, second)
		}
		left, err := d.Credentials(t.Context(), m.ID)
		must(t, err)
		if len(left) != 1 {
			t.Fatalf("%d passkeys are left, want 1", len(left))
		}
	})
}

func aCredential(t *testing.T, d *store.DB, m member.Member) identity.Credential {
	t.Helper()
	c := identity.Credential{
		ID: id.New(), MemberID: m.ID, WorkspaceID: m.WorkspaceID, Name: "laptop",
		Data: []byte{0, 1, 0xff, '\''}, CreatedAt: at(3),
	}
	must(t, d.SaveCredential(t.Context(), c))
	return c
}

func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		m := aMember(t, d, aWorkspace(t, d).ID)
		a, b := aSession(m, 10), aSession(m, 20)
		must(t, d.SaveSession(t.Context(), a))
		must(t, d.SaveSession(t.Context(), b))
		loads(t, []identity.Session{b, a})(d.SessionsOf(t.Context(), m.ID))
		a.LastSeenAt, a.Data = at(30), []byte{}
		must(t, d.SaveSession(t.Context(), a))
		loads(t, a)(d.Session(t.Context(), a.Token))
		loads(t, a)(d.SessionByID(t.Context(), a.ID))
		loads(t, []identity.Session{a, b})(d.SessionsOf(t.Context(), m.ID))
		must(t, d.SaveSession(t.Context(), b)) // seen before a was
		m.SeenAt = at(30)
		loads(t, m)(d.Member(t.Context(), m.WorkspaceID, m.ID))

		must(t, d.DeleteSession(t.Context(), a.ID))
		must(t, d.DeleteSession(t.Context(), "none"))
		wantMissing(t, d.SaveSession(t.Context(), a)) // a request under way does not bring it back
		_, err := d.Session(t.Context(), a.Token)
		wantMissing(t, err)
		_, err = d.SessionByID(t.Context(), a.ID)
		wantMissing(t, err)
		loads(t, []identity.Session{b})(d.SessionsOf(t.Context(), m.ID))

		must(t, d.DeleteExpiredSessions(t.Context(), b.ExpiresAt.Add(-time.Millisecond)))
		loads(t, b)(d.Session(t.Context(), b.Token))
		must(t, d.DeleteExpiredSessions(t.Context(), b.ExpiresAt))
		_, err = d.Session(t.Context(), b.Token)
		wantMissing(t, err)
		must(t, d.SaveSession(t.Context(), a)) // its tombstone went with its expiry
		a.ID = ""
		if d.SaveSession(t.Context(), a) == nil {
			t.Error("a session without an id was saved")
		}
	})
}

func TestATokenIsReplacedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		s := aSession(aMember(t, d, aWorkspace(t, d).ID), 10)
		must(t, d.SaveSession(t.Context(), s))
		fresh := make([]string, 8)
		for i := range fresh {
			fresh[i] = id.New()
		}
		oneWins(t, "error.not-found", func(i int) error {
			return d.RotateSession(t.Context(), s.ID, s.Token, fresh[i], at(40))
		})
		now, err := d.SessionByID(t.Context(), s.ID)
		must(t, err)
		want := s
		want.Token, want.Previous, want.RotatedAt, want.ConfirmedAt = now.Token, s.Token, at(40), at(40)
		loads(t, want)(d.Session(t.Context(), now.Token))
		loads(t, want)(d.Session(t.Context(), s.Token)) // good for a moment: the caller's business
		_, err = d.Session(t.Context(), "")
		wantMissing(t, err)

		s.LastSeenAt = at(50) // a request under way still has the old token
		must(t, d.SaveSession(t.Context(), s))
		want.LastSeenAt = at(50)
		loads(t, want)(d.SessionByID(t.Context(), s.ID))
		must(t, d.DeleteSession(t.Context(), s.ID))
		wantMissing(t, d.RotateSession(t.Context(), s.ID, want.Token, id.New(), at(60)))
		for _, token := range []string{want.Token, want.Previous} {
			_, err := d.Session(t.Context(), token)
			wantMissing(t, err)
		}
	})
}

func TestDeleteSessionsOf(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m, other := aMember(t, d, ws), aMember(t, d, ws)
		a, b, c, foreign := aSession(m, 1), aSession(m, 2), aSession(m, 3), aSession(other, 4)
		for _, s := range []identity.Session{a, b, c, foreign} {
			must(t, d.SaveSession(t.Context(), s))
		}
		must(t, d.DeleteSession(t.Context(), c.ID))
		loads(t, []string{a.ID})(d.DeleteSessionsOf(t.Context(), m.ID, b.ID))
		loads(t, []identity.Session{b})(d.SessionsOf(t.Context(), m.ID))
		loads(t, []string{b.ID})(d.DeleteSessionsOf(t.Context(), m.ID, ""))
		loads(t, []string{})(d.DeleteSessionsOf(t.Context(), m.ID, ""))
		loads(t, []identity.Session{foreign})(d.SessionsOf(t.Context(), other.ID))
	})
}

func aSession(m member.Member, seen int) identity.Session {
	return identity.Session{
		ID: id.New(), Token: id.New(), MemberID: m.ID, WorkspaceID: m.WorkspaceID, Data: []byte{0, 0xff}, CreatedAt: at(0),
		ExpiresAt: at(seen + 3600), LastSeenAt: at(seen), UserAgent: "Mozilla/5.0", Address: "2001:db8::1",
	}
}

func TestLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		l := aLink("signin", at(60))
		must(t, d.SaveLink(t.Context(), l))
		loads(t, l)(d.PeekLink(t.Context(), l.TokenHash, "signin", at(59)))
		for _, try := range []struct {
			hash, kind string
			now        time.Time
		}{{l.TokenHash, "setup", at(1)}, {l.TokenHash, "signin", at(60)}, {"unknown", "signin", at(1)}} {
			_, err := d.PeekLink(t.Context(), try.hash, try.kind, try.now)
			wantFault(t, err, fault.NotFound, "error.link-expired")
			_, err = d.TakeLink(t.Context(), try.hash, try.kind, try.now)
			wantFault(t, err, fault.NotFound, "error.link-expired")
		}
		used := l
		used.UsedAt = at(59)
		loads(t, used)(d.TakeLink(t.Context(), l.TokenHash, "signin", at(59)))
		_, err := d.PeekLink(t.Context(), l.TokenHash, "signin", at(59))
		wantFault(t, err, fault.NotFound, "error.link-expired")

		loads(t, used)(d.RememberedLink(t.Context(), l.TokenHash, "signin"))
		wantFault(t, d.SaveLink(t.Context(), l), fault.Conflict, "error.conflict")

		setup, late := aLink("setup", time.Time{}), aLink("signin", at(60))
		must(t, d.SaveLink(t.Context(), setup))
		late.CreatedAt = at(58).Add(identity.LinkMemory)
		must(t, d.SaveLink(t.Context(), late)) // forgets none
		loads(t, used)(d.RememberedLink(t.Context(), l.TokenHash, "signin"))
		later := aLink("signin", at(60))
		later.CreatedAt = at(60).Add(identity.LinkMemory)
		must(t, d.SaveLink(t.Context(), later)) // forgets l and late, not setup
		for _, hash := range []string{l.TokenHash, late.TokenHash, "unknown"} {
			_, err = d.RememberedLink(t.Context(), hash, "signin")
			wantFault(t, err, fault.NotFound, "error.link-expired")
		}
		_, err = d.RememberedLink(t.Context(), setup.TokenHash, "signin")
		wantFault(t, err, fault.NotFound, "error.link-expired")
		loads(t, setup)(d.PeekLink(t.Context(), setup.TokenHash, "setup", at(1e9)))
	})
}

func TestALinkIsTakenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		l := aLink("signin", at(60))
		must(t, d.SaveLink(t.Context(), l))
		oneWins(t, "error.link-expired", func(int) error {
			_, err := d.TakeLink(t.Context(), l.TokenHash, l.Kind, at(1))
			return err
		})
	})
}

func aLink(kind string, expires time.Time) identity.Link {
	return identity.Link{
		TokenHash: id.New(), Kind: kind, MemberID: id.New(), WorkspaceID: id.New(), Email: "a@example.org",
		Subject: id.New(), CreatedAt: at(0), ExpiresAt: expires,
	}
}
