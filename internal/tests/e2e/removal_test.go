package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/tests/pgtest"
	"parley/internal/tests/testkit"
)

// atOnce is how soon somebody who was removed is out.
const atOnce = time.Second

// remove takes a member out and fails unless cut, which waits for his tab's end,
// returns at once.
func remove(t *testing.T, by *testkit.Client, email string, form url.Values, cut func()) {
	t.Helper()
	id := memberID(t, by, email)
	began := time.Now()
	if done := by.Post("/team/"+id+"/remove", form); done.Status != http.StatusSeeOther {
		t.Fatalf("remove %s: %d %s", email, done.Status, done.Text())
	}
	cut()
	if took := time.Since(began); took > atOnce {
		t.Errorf("%s was out after %v, want %v", email, took, atOnce)
	}
}

// TestRemovalCutsALiveTab removes a member whose softphone is open in a browser.
func TestRemovalCutsALiveTab(t *testing.T) {
	needBrowserProgram(t)
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	admin := s.SignIn(ada)
	victim := testkit.StartChromium(t).Window(testkit.AgentTone)
	enter(victim, s, ben)
	victim.Go(s.URL() + "/phone")
	victim.AwaitView("idle")
	remove(t, admin, ben, nil, func() {
		victim.Await(`location.pathname === "/login" || document.querySelector("[data-p=root]")?.dataset.view === "signedout"`)
	})
	victim.Go(s.URL() + "/calls")
	victim.Await(`location.pathname === "/login"`)
}

// TestALiveCallOfWhoIsRemovedGoesOn removes a member in the middle of a call: the
// colleague named rings, answers, and the call is one in the history.
func TestALiveCallOfWhoIsRemovedGoesOn(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("    recording: {auto_inbound: true}\n")})
	admin := s.SignIn(ada)
	victim := s.SignIn(ben).Phone("desk")
	caller, call := connect(t, s, victim)
	talk(victim, caller)
	heir := s.SignIn(cyd).Phone("desk")
	heir.Tone(testkit.OtherTone)
	remove(t, admin, ben, url.Values{"heir": {"Cyd Cole · " + cyd}}, func() { victim.AwaitClosed("signed-out") })
	if rings := heir.Ringing(); rings.ID != call {
		t.Fatalf("call %s rings at the heir, want %s", rings.ID, call)
	}
	heir.Answer(call)
	heir.AwaitTalking(call)
	caller.Hears(testkit.OtherTone)
	heir.Hears(testkit.CustomerTone)
	heir.HangUp(call)
	heir.AwaitRecent(call)
	page := admin.Get("/calls/" + call)
	if text := page.Text(); page.Status != http.StatusOK || !strings.Contains(text, "Ben Brown") || !strings.Contains(text, "Cyd Cole") {
		t.Errorf("the call's story: %d %s", page.Status, text)
	}
	w := admin.Recording(call)
	for _, voices := range [][2]float64{{testkit.AgentTone, testkit.OtherTone}, {testkit.OtherTone, testkit.AgentTone}} {
		if spells := s.Spells(w, 1, voices[0], voices[1]); len(spells) != 1 {
			t.Errorf("the agents' channel has %+v of %v Hz, want one spell", spells, voices[0])
		}
	}
}

// TestALiveCallOfWhoIsRemovedEnds removes a member in a call without an heir.
func TestALiveCallOfWhoIsRemovedEnds(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	admin := s.SignIn(ada)
	victim := s.SignIn(ben).Phone("desk")
	caller, call := connect(t, s, victim)
	talk(victim, caller)
	remove(t, admin, ben, nil, func() { victim.AwaitClosed("signed-out") })
	caller.AwaitPhase(string(callstate.Ended))
	if page := admin.Get("/calls/" + call); page.Status != http.StatusOK || !strings.Contains(page.Text(), "Ben Brown") {
		t.Errorf("the call in the history: %d %s", page.Status, page.Text())
	}
}

// TestRemovalReachesOtherNodes removes on one node somebody whose tab is on another.
func TestRemovalReachesOtherNodes(t *testing.T) {
	t.Parallel()
	pg, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	shared := map[string]string{"database-url": pg.Database(t), "nats-url": natsServer(t)}
	one := testkit.Start(t, program, testkit.Options{Document: company(""), Settings: shared})
	two := testkit.Start(t, program, testkit.Options{Settings: shared})
	admin := one.SignIn(ada)
	victim := two.SignIn(ben)
	tab := victim.Phone("desk")
	remove(t, admin, ben, nil, func() { tab.AwaitClosed("signed-out") })
	if page := victim.Get("/calls"); page.Status != http.StatusSeeOther {
		t.Errorf("he still gets pages: %d", page.Status)
	}
}

// TestARoleActsOnTheNextRequest demotes an admin who stays signed in.
func TestARoleActsOnTheNextRequest(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: strings.Replace(company(""), "Ben Brown, role: member", "Ben Brown, role: admin", 1)})
	owner, admin := s.SignIn(ada), s.SignIn(ben)
	if page := admin.Get("/team/invite"); page.Status != http.StatusOK {
		t.Fatalf("an admin may not invite: %d", page.Status)
	}
	if done := owner.Post("/team/"+memberID(t, owner, ben)+"/role", url.Values{"role": {"member"}}); done.Status != http.StatusSeeOther {
		t.Fatalf("demote: %d %s", done.Status, done.Text())
	}
	if page := admin.Get("/team/invite"); page.Status != http.StatusForbidden {
		t.Errorf("who was demoted gets %d", page.Status)
	}
}

// TestTheAuditLogShowsTampering deletes an entry behind the server's back.
func TestTheAuditLogShowsTampering(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	s.SignIn(ada).Get("/")
	s.SignIn(ben).Get("/")
	if out := s.Run("", "audit", "verify"); !strings.Contains(out, "in order") {
		t.Errorf("an untouched log: %s", out)
	}
	s.SQL(`DELETE FROM audit WHERE seq = 2`)
	out, err := s.Try("", "audit", "verify")
	if err == nil || !strings.Contains(out, "missing at entry 2") {
		t.Errorf("a deleted entry: %v %s", err, out)
	}
}
