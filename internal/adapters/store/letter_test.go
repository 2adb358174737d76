package store_test

import (
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter"
)

// aLetter is due n seconds into the day.
func aLetter(ws string, n int) letter.Posted {
	return letter.Posted{
		ID: id.New(), WorkspaceID: ws, Kind: letter.Invitation, To: "léa@example.org", Subject: "Étoile d'Or vous attend",
		Text: "a link?", HTML: "<p>a link</p>", State: letter.Waiting, NextAt: at(n), CreatedAt: at(0),
	}
}

func TestLetters(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		now, later, nobodys := aLetter(ws, 10), aLetter(ws, 20), aLetter("", 10)
		for _, l := range []letter.Posted{now, later, nobodys} {
			must(t, d.SaveLetter(t.Context(), l))
		}
		claims := func(moment, limit int, want ...letter.Posted) {
			t.Helper()
			for i := range want {
				want[i].NextAt = at(moment + 60)
			}
			loads(t, append([]letter.Posted{}, want...))(d.ClaimLetters(t.Context(), at(moment), at(moment+60), limit))
		}
		claims(9, 10)
		claims(10, 1, now)
		claims(10, 10, nobodys)
		claims(30, 10, later)
		claims(69, 10)

		later.Attempts, later.Problem, later.NextAt = 1, "451 try again", at(99)
		must(t, d.SettleLetter(t.Context(), later))
		claims(99, 1, now) // due longest
		now.State, now.Attempts, now.DoneAt, now.NextAt = letter.Sent, 1, at(100), at(100)
		must(t, d.SettleLetter(t.Context(), now))
		wantMissing(t, d.SettleLetter(t.Context(), now)) // settled already

		bare := func(l letter.Posted) letter.Posted { l.Text, l.HTML = "", ""; return l }
		loads(t, []letter.Posted{bare(now), bare(later)})(d.Letters(t.Context(), ws, []string{later.ID, now.ID, nobodys.ID}))
		loads(t, []letter.Posted{})(d.Letters(t.Context(), ws, nil))
		kept, err := store.Strings(t.Context(), d, "SELECT plain || html FROM letters WHERE id = ?", now.ID)
		must(t, err)
		if kept[0] != "" {
			t.Errorf("of a letter that was sent %q is kept", kept[0])
		}
		must(t, d.DeleteLetters(t.Context(), at(100)))
		loads(t, []letter.Posted{bare(now)})(d.Letters(t.Context(), ws, []string{now.ID}))
		must(t, d.DeleteLetters(t.Context(), at(101)))
		loads(t, []letter.Posted{bare(later)})(d.Letters(t.Context(), ws, []string{now.ID, later.ID}))
	})
}

func TestALetterIsClaimedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		for range 40 {
			must(t, d.SaveLetter(t.Context(), aLetter("", 1)))
		}
		results := make(chan []letter.Posted)
		for range 8 {
			go func() {
				got, err := d.ClaimLetters(t.Context(), at(2), at(60), 5)
				if err != nil {
					t.Error(err)
				}
				results <- got
			}()
		}
		seen := map[string]bool{}
		for range 8 {
			for _, l := range <-results {
				if seen[l.ID] {
					t.Errorf("letter %s was claimed twice", l.ID)
				}
				seen[l.ID] = true
			}
		}
		rest, err := d.ClaimLetters(t.Context(), at(2), at(60), 100)
		must(t, err)
		if len(seen)+len(rest) != 40 {
			t.Errorf("%d of 40 letters were claimed", len(seen)+len(rest))
		}
	})
}

func aClaim(ws, domain string) claim.Claim {
	return claim.Claim{
		ID: id.New(), WorkspaceID: ws, Domain: domain, Method: claim.ByDNS, Record: "parley=x", ClaimedBy: id.New(), CreatedAt: at(1),
	}
}

func TestClaims(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a, rival := aClaim(ws, "acme.fr"), aClaim(aWorkspace(t, d).ID, "acme.fr")
		must(t, d.SaveClaim(t.Context(), a))
		must(t, d.SaveClaim(t.Context(), rival))
		_, err := d.OpenClaim(t.Context(), "acme.fr") // nobody proved it
		wantMissing(t, err)
		a.VerifiedAt, a.Address = at(2), "it@acme.fr"
		must(t, d.SaveClaim(t.Context(), a))
		loads(t, a)(d.OpenClaim(t.Context(), "acme.fr"))
		loads(t, a)(d.Claim(t.Context(), ws, a.ID))
		loads(t, []claim.Claim{a})(d.Claims(t.Context(), ws))

		rival.VerifiedAt = at(3)
		wantFault(t, d.SaveClaim(t.Context(), rival), fault.Conflict, "error.domain-taken")
		a.DisabledAt = at(4)
		must(t, d.SaveClaim(t.Context(), a))
		must(t, d.SaveClaim(t.Context(), rival))
		loads(t, rival)(d.OpenClaim(t.Context(), "acme.fr"))
		a.DisabledAt = time.Time{}
		wantFault(t, d.SaveClaim(t.Context(), a), fault.Conflict, "error.domain-taken")
		must(t, d.DeleteClaim(t.Context(), rival.WorkspaceID, rival.ID))
		must(t, d.SaveClaim(t.Context(), a))
		wantMissing(t, d.DeleteClaim(t.Context(), rival.WorkspaceID, rival.ID))
	})
}

func TestADomainIsOpenedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		var all []claim.Claim
		for range 8 {
			c := aClaim(aWorkspace(t, d).ID, "acme.fr")
			c.VerifiedAt = at(2)
			all = append(all, c)
		}
		oneWins(t, "error.domain-taken", func(i int) error { return d.SaveClaim(t.Context(), all[i]) })
	})
}
