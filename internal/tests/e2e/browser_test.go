package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

func needBrowserProgram(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("../../../web/static/dist/parley.wasm"); err != nil {
		t.Fatal("the browser program is not built: go run ./internal/tools/dev browser")
	}
}

// TestFirstCallInTheBrowser is what a new user does, from the link the server
// prints to the call in the history, by the real pages and program.
func TestFirstCallInTheBrowser(t *testing.T) {
	needBrowserProgram(t)
	s := testkit.Start(t, program, testkit.Options{})
	chromium := testkit.StartChromium(t)
	office, customer := chromium.Window(testkit.AgentTone), chromium.Window(testkit.CustomerTone)

	setUp(office, s)
	addNumber(office, s)

	office.Go(s.URL() + "/phone")
	office.AwaitView("micblocked")
	office.DenyMicrophone(s.URL())
	office.Await(`document.querySelector(".mic-steps")?.checkVisibility()`) // the way to fix it
	office.AllowMicrophone(s.URL())
	office.AwaitView("idle")
	office.Await(`document.querySelector("[data-p=me-state]").dataset.state === "available"`)

	customer.AllowMicrophone(s.URL())
	customer.Go(s.URL() + "/call/" + number)
	customer.AwaitView("ready")
	customer.Fill("#caller-name", "Zoë Client")
	customer.Click(`[data-act=call]`)

	office.AwaitView("incoming")
	if who := office.Text("[data-p=who-name]"); who != "Zoë Client" {
		t.Errorf("the incoming call shows %q", who)
	}
	if line := office.Text("[data-p=who-line]"); line != "Main line" {
		t.Errorf("the incoming call shows the line %q", line)
	}
	customer.AwaitCodec("opus")
	office.AwaitCodec("opus") // by ringing alone
	office.Press(kb.Enter)
	office.AwaitView("talking")
	customer.AwaitView("talking")
	converse(office, customer)
	inTheCall(office, customer)
	afterTheCall(t, s, office, customer)
}

// setUp goes through the setup page to the home page.
func setUp(w *testkit.Window, s *testkit.Server) {
	w.Go(s.URL() + "/login")
	w.Authenticator()
	w.Go(s.SetupLink())
	w.Fill("#f-workspace", "Acme")
	w.Fill("#f-name", "Ada Admin")
	w.Fill("#f-email", ada)
	w.Fill("#f-country", "FR")
	w.Click("form[data-passkey] button[type=submit]")
	w.Await(`location.pathname === "/" && document.querySelector("a[href^='/numbers']")`)
}

// addNumber makes a number, gives it to its maker, and sets its switches.
func addNumber(w *testkit.Window, s *testkit.Server) {
	w.Go(s.URL() + "/tags/new")
	w.Fill("#f-name", "Sale")
	w.Click("main form button[type=submit]")
	w.Await(`location.pathname === "/tags"`)
	w.Go(s.URL() + "/numbers/new")
	w.Click("a[href='/numbers/new?type=classic']")
	w.Await(`document.querySelector("#f-phone")`)
	w.Fill("#f-country", "FR")
	w.Fill("#f-phone", "01 23 45 67 89")
	w.Fill("#f-name", "Main line")
	w.Await(`document.querySelector("[name=members]").checked || (document.querySelector("[name=members]").click(), true)`)
	w.Click("main form button[type=submit]")
	w.Await(`/^\/numbers\/[0-9a-f-]{36}$/.test(location.pathname) && document.querySelector("[name=web_call]")`)
	for _, name := range []string{"web_call", "auto_inbound", "agent_inbound", "mandatory_tag"} {
		w.Await(`document.querySelector("[name=` + name + `]").checked || (document.querySelector("[name=` + name + `]").click(), true)`)
	}
	w.Click("main form.form button[type=submit]")
	w.Await(`document.querySelector("a[href$='/call/` + number + `']")`)
}

// converse has both say their tone and hear the other's.
func converse(office, customer *testkit.Window) {
	office.Hears(testkit.CustomerTone)
	customer.Hears(testkit.AgentTone)
}

// inTheCall pauses and resumes the recording, mutes and unmutes, holds and takes
// back, all by keys.
func inTheCall(office, customer *testkit.Window) {
	root := func(attribute, value string) string {
		return `document.querySelector("[data-p=root]").dataset.` + attribute + ` === "` + value + `"`
	}
	office.Await(root("recording", "on"))
	customer.Await(root("recording", "true"))
	for range 2 { // something has to be on the recording before it pauses
		converse(office, customer)
	}
	office.Press("r")
	office.Await(root("recording", "paused"))
	for range 3 {
		converse(office, customer)
	}
	office.Press("r")
	office.Await(root("recording", "on"))
	office.Press("m")
	office.Await(root("muted", "true"))
	customer.Hears(0)
	office.Press("m")
	office.Await(root("muted", "false"))
	converse(office, customer)
	office.Press("h")
	office.Await(root("held", "true"))
	customer.AwaitView("held")
	office.Hears(0)
	office.Press("h")
	office.Await(root("held", "false"))
	converse(office, customer)
	office.Press("E", chromedp.KeyModifiers(chromedp.ModifierShift))
}

// afterTheCall picks the tag, ends after-call work and reads the history.
func afterTheCall(t *testing.T, s *testkit.Server, office, customer *testkit.Window) {
	t.Helper()
	customer.AwaitView("ended")
	office.AwaitView("tag")
	office.Await(`[...document.querySelectorAll("[data-act=tag]")].some(b => b.textContent.includes("Sale"))`)
	office.Press("Sal")
	office.Press(kb.Enter)
	office.AwaitView("wrapup")
	office.Await(`/\d/.test(document.querySelector("[data-p=wrapup-left]").textContent)`)
	office.Press(kb.Enter)
	office.AwaitView("idle")

	client := s.SignIn(ada)
	page := client.Get("/calls")
	id := regexp.MustCompile(`/calls/([0-9a-f-]{36})`).FindSubmatch(page.Body)
	if text := page.Text(); id == nil || !strings.Contains(text, "Zoë Client") || !strings.Contains(text, "Sale") {
		t.Fatalf("the history says %s", text)
	}
	office.Go(s.URL() + "/calls/" + string(id[1]))
	office.Await(`document.querySelector("audio").duration > 3`)
	if file := s.RecordingFile(); filepath.Ext(file) != ".ogg" {
		t.Errorf("a call in Opus is recorded as %s", filepath.Base(file))
	}
	w := client.Recording(string(id[1]))
	if spells := s.Spells(w, 0, testkit.CustomerTone); len(spells) != 3 || spells[1].Tone {
		t.Errorf("the customer's channel has %+v, want tone, silence, tone", spells)
	}
	if spells := s.Spells(w, 1, testkit.AgentTone); len(spells) < 3 {
		t.Errorf("the agent's channel has %+v", spells)
	}
}

// TestDialOutInTheBrowser calls a phone by the keyboard, sends it a digit, and
// reloads the page in the middle of the call.
func TestDialOutInTheBrowser(t *testing.T) {
	needBrowserProgram(t)
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: customer, Hz: testkit.CustomerTone})
	s := testkit.Start(t, program, testkit.Options{Document: trunkTo(phone.Addr(), "")})
	office := testkit.StartChromium(t).Window(testkit.AgentTone)
	office.Go(s.URL() + "/login")
	office.Authenticator()
	office.AllowMicrophone(s.URL())
	office.Go(s.SignInLink(ada))
	office.Click("form[data-passkey] button[type=submit]")
	office.Await(`location.pathname === "/"`)
	office.Go(s.URL() + "/phone")
	office.AwaitView("idle")
	office.Await(`document.querySelector("[data-p=me-state]").dataset.state === "available"`)

	office.Press("0612345678" + kb.Enter)
	office.AwaitView("dialling")
	if in := phone.Await("CALL_INCOMING"); !strings.Contains(in.Peer, number) {
		t.Errorf("the phone is called by %q, want %s", in.Peer, number)
	}
	phone.Answer()
	office.AwaitView("talking")
	office.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent", agentsTone)
	office.Press("5")
	if ev := phone.Await("CALL_DTMF_START"); ev.Param != "5" {
		t.Errorf("the phone got the digit %q", ev.Param)
	}
	office.Go(s.URL() + "/phone")
	office.AwaitView("talking")
	office.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent after the reload", agentsTone)
	phone.HangUp()
	office.AwaitView("idle") // neither tag nor after-call work is asked for
	recordedBoth(t, s)
}
