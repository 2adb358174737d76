package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/tests/postbox"
	"parley/internal/tests/testkit"
)

// mailing is a company with a mail server: three members share a number, a second
// number is nobody's yet.
func mailing(t *testing.T, settings map[string]string) (*testkit.Server, *postbox.Box) {
	t.Helper()
	box := postbox.Open(t)
	all := map[string]string{"smtp-url": box.URL(), "mail-from": "Parley <parley@acme.example>"}
	for name, value := range settings {
		all[name] = value
	}
	return testkit.Start(t, program, testkit.Options{
		Document: company("") + "  - {number: \"+33199000111\", name: Direct line, web_call: true, members: []}\n",
		Settings: all,
	}), box
}

// enter signs a member in by a link in a window of its own.
func enter(w *testkit.Window, s *testkit.Server, email string) {
	w.Go(s.URL() + "/login")
	w.Authenticator()
	w.AllowMicrophone(s.URL())
	w.Go(s.SignInLink(email))
	passkey(w)
	w.Await(`location.pathname === "/"`)
}

// passkey sends the page's form that ends in a passkey.
func passkey(w *testkit.Window) { w.Click("form[data-passkey] button[type=submit]") }

// submit sends the form that goes to an address.
func submit(w *testkit.Window, action string) {
	w.Click(`form[action="` + action + `"] button[type=submit]`)
}

func any(postbox.Message) bool { return true }

// TestInvitedByMail is a new colleague's first minute: a mail in French, a passkey
// in a browser of his own, a number of his own, the microphone, and he rings.
func TestInvitedByMail(t *testing.T) {
	needBrowserProgram(t)
	s, box := mailing(t, nil)
	chromium := testkit.StartChromium(t)
	office, newcomer := chromium.Window(testkit.AgentTone), chromium.Window(testkit.AgentTone)
	enter(office, s, ada)

	office.Go(s.URL() + "/team/invite")
	office.Fill("#f-addresses", "Zoé Blanc <zoe@acme.example>, no-address, dan@acme.example")
	office.Click(`[name=role][value=member]`)
	office.Click(`[name=grant][value=pick]`)
	office.Fill("#f-language", "fr")
	submit(office, "/team/invite")
	office.Await(`document.querySelector("main").textContent.includes("no-address") && document.querySelector("main").textContent.includes("zoe@acme.example")`)

	letter := box.Await(t, "zoe@acme.example", any)
	if !strings.Contains(letter.Subject, "Acme") || !strings.Contains(letter.Text, "Ada Admin") || !strings.Contains(letter.HTML, letter.Link) {
		t.Errorf("the invitation: %q\n%s", letter.Subject, letter.Text)
	}
	box.Await(t, "dan@acme.example", any)

	newcomer.Go(s.URL() + "/login")
	newcomer.Authenticator()
	newcomer.AllowMicrophone(s.URL())
	newcomer.Go(letter.Link)
	newcomer.Await(`document.documentElement.lang === "fr" && document.querySelector("#f-name").value === "Zoé Blanc"`)
	passkey(newcomer)
	newcomer.Await(`location.pathname === "/welcome" && document.querySelector("[name=number]")`)
	newcomer.Click("[name=number]")
	submit(newcomer, "/welcome/number")
	newcomer.Await(`location.pathname === "/welcome" && !document.querySelector("[name=number]")`)
	newcomer.Click("[data-mic-ask]")
	newcomer.Await(`document.querySelector("[data-mic-heard]").checkVisibility()`) // the meter moved
	newcomer.Click("[data-mic-next]")
	newcomer.Await(`document.querySelector("[data-step=notices] .walk-body").checkVisibility()`)
	newcomer.Go(s.URL() + "/phone")
	newcomer.AwaitView("idle")
	newcomer.Await(`document.querySelector("[data-p=me-state]").dataset.state === "available"`)

	caller := s.Call("+33199000111", "Client")
	newcomer.AwaitView("incoming")
	if line := newcomer.Text("[data-p=who-line]"); line != "Direct line" {
		t.Errorf("rings on %q", line)
	}
	caller.HangUp()
	newcomer.AwaitView("idle")
	switchesLanguage(newcomer, s)
	usedLink(t, s, office, letter.Link)
}

// switchesLanguage has the member read English from now on, the phone's page too.
func switchesLanguage(w *testkit.Window, s *testkit.Server) {
	w.Go(s.URL() + "/me")
	w.Click("form[action='/me'] [name=language][value=en]")
	submit(w, "/me")
	w.Await(`document.documentElement.lang === "en"`)
	w.Go(s.URL() + "/phone")
	w.Await(`document.documentElement.lang === "en"`)
	w.AwaitView("idle")
}

// usedLink opens the link once more: it says that it was used, and lets nobody in.
func usedLink(t *testing.T, s *testkit.Server, w *testkit.Window, link string) {
	t.Helper()
	again := s.Browser().Get(link)
	if again.Status != http.StatusNotFound || strings.Contains(string(again.Body), "data-passkey") {
		t.Errorf("a used link: %d %s", again.Status, again.Text())
	}
	w.Go(s.URL() + "/team?q=zoe")
	w.Await(`document.querySelector("main").textContent.includes("zoe@acme.example")`)
}

// TestJoinByDomain claims the company's domain by a mail to it, and somebody who
// has an address there joins without an invitation.
func TestJoinByDomain(t *testing.T) {
	s, box := mailing(t, nil)
	chromium := testkit.StartChromium(t)
	office, joiner := chromium.Window(testkit.AgentTone), chromium.Window(testkit.AgentTone)
	enter(office, s, ada)

	ask := func(email string) { // at the door, before and after
		joiner.Go(s.URL() + "/join")
		joiner.Fill("#f-email", email)
		submit(joiner, "/join")
		joiner.Await(`!document.querySelector("#f-email")`)
	}
	joiner.Go(s.URL() + "/login")
	joiner.Authenticator()
	ask("eve@acme.example") // too early: no mail comes, and the page does not say so

	office.Go(s.URL() + "/settings/domains")
	office.Fill("#f-domain", "acme.example")
	office.Click(`[name=method][value=mail]`)
	office.Fill("#f-address", "postmaster@acme.example")
	submit(office, "/settings/domains")
	proof := box.Await(t, "postmaster@acme.example", any)
	office.Go(proof.Link)
	office.Await(`document.querySelector("main form[method=post] button[type=submit]")`)
	office.Click("main form[method=post] button[type=submit]")
	office.Await(`location.pathname.startsWith("/settings/domains")`)

	ask("eve@acme.example")
	letter := box.Await(t, "eve@acme.example", any)
	if box.Count("eve@acme.example") != 1 {
		t.Error("an unclaimed domain had a link sent")
	}
	joiner.Go(letter.Link)
	joiner.Await(`document.body.textContent.includes("Acme")`)
	joiner.Fill("#f-name", "Eve Easy")
	passkey(joiner)
	joiner.Await(`location.pathname === "/welcome"`)
	ada := s.SignIn(ada)
	if page := ada.Get("/team?q=eve"); !strings.Contains(page.Text(), "eve@acme.example") {
		t.Errorf("the team has no Eve: %s", page.Text())
	}
	joiner.Go(s.URL() + "/team/invite")
	joiner.Await(`document.body.textContent.includes("403") || !document.querySelector("#f-addresses")`)
}

// TestRecoveryByMail is the way back without a passkey: one mail, one use, and
// everybody whom it concerns is told.
func TestRecoveryByMail(t *testing.T) {
	s, box := mailing(t, nil)
	lost := testkit.StartChromium(t).Window(testkit.AgentTone)
	lost.Go(s.URL() + "/login")
	lost.Authenticator()
	lost.Click(`a[href="/recover"]`)
	lost.Await(`document.querySelector("#f-email")`)
	lost.Fill("#f-email", ben)
	submit(lost, "/recover")
	lost.Await(`!document.querySelector("#f-email")`)
	letter := box.Await(t, ben, any)
	lost.Go(letter.Link)
	lost.Await(`document.querySelector("form[data-passkey]")`)
	passkey(lost)
	lost.Await(`!location.pathname.startsWith("/recover/") || !document.querySelector("form[data-passkey]")`)
	told := func(m postbox.Message) bool { return m.Subject != letter.Subject }
	box.Await(t, ben, told)
	box.Await(t, ada, told)
	if again := s.Browser().Get(letter.Link); again.Status != http.StatusNotFound {
		t.Errorf("the link works again: %d", again.Status)
	}
	lost.Go(s.URL() + "/me")
	lost.Await(`location.pathname === "/me"`)

	stranger := s.Browser()
	stranger.Post("/recover", url.Values{"email": {"nobody@acme.example"}})
	stranger.Post("/recover", url.Values{"email": {cyd}})
	box.Await(t, cyd, any) // the one before it was dealt with
	if box.Count("nobody@acme.example") != 0 {
		t.Error("a stranger gets mail")
	}
}

// memberID finds a member's page by his address.
func memberID(t *testing.T, c *testkit.Client, email string) string {
	t.Helper()
	page := c.Get("/team?q=" + url.QueryEscape(email))
	id := regexp.MustCompile(`/team/([0-9a-f]{8}-[0-9a-f-]{27})`).FindSubmatch(page.Body)
	if id == nil {
		t.Fatalf("%s is not in the team: %s", email, page.Text())
	}
	return string(id[1])
}
