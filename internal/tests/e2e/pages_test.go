package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/tests/postbox"
	"parley/internal/tests/testkit"
)

// mustSee are the pages a walk along the links has to come by.
func mustSee() []string {
	return []string{
		"/", "/phone", "/calls", "/calls/{id}", "/numbers", "/numbers/new", "/numbers/{id}", "/tags", "/tags/new", "/tags/{id}",
		"/trunks", "/trunks/new", "/trunks/{id}", "/settings", "/settings/domains", "/settings/domains/{id}", "/audit", "/review",
		"/team", "/team/invite", "/team/invite/csv", "/team/{id}", "/team/{id}/hours", "/team/{id}/numbers", "/team/{id}/remove",
		"/teams", "/teams/new", "/teams/{id}", "/numbers/{id}/access", "/me",
		"/numbers/{id}/flow", "/numbers/{id}/flow/simulate", "/numbers/{id}/flow/versions", "/numbers/{id}/flow/cases",
		"/messages", "/messages/new", "/calendars", "/blacklist", "/todo",
	}
}

// views are the states of the two pages that a program changes.
func views() map[string][]string {
	return map[string][]string{
		"/phone":      {"offline", "idle", "incoming", "dialling", "talking", "tag", "wrapup", "micblocked"},
		"/call/{tel}": {"ready", "starting", "ringing", "talking", "held", "message", "menu", "queue", "voicemail", "ended", "offline", "microphone"},
	}
}

// everyStep is a number whose flow has a step of most kinds, and comes first in lists.
const everyStep = `
blocked: [{number: "+33999999999", note: Hoaxes}]
numbers:
  - number: "+33144556699"
    name: A menu
    web_call: true
    members: [` + ada + `]
    flow:
      - hours: {slots: [{days: [mon, tue], from: "09:00", to: "18:00"}], holidays: FR, closed: [{message: {prompt: closed}}]}
      - message: {prompt: welcome}
      - menu: {say: {prompt: please-wait}, options: [{key: "1", label: Sales, steps: [{ring: {to: [` + ada + `], time: 20s}}]}]}
      - queue: {position: true, callback: true}
      - forward: {to: "+33144556677"}
      - voicemail: {}
`

// TestPagesAreAccessible walks every page in both languages, on a phone and on a
// wide screen, and has axe look at it.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := testkit.FetchAxe()
	if err != nil {
		t.Fatal(err)
	}
	box := postbox.Open(t)
	s := testkit.Start(t, program, testkit.Options{
		Document: company("    recording: {auto_inbound: true}\n"+nowhere) + "teams:\n  - {name: Sales, leads: [" + ada + "], members: [" + ben + "]}\n",
		Settings: map[string]string{"smtp-url": box.URL(), "mail-from": "parley@acme.example"},
	})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	talk(agent, caller)
	agent.HangUp(call)
	client.Recording(call)
	invitation := prepare(t, client, box)
	s.Apply(everyStep)
	menu := agent.LineNamed("A menu")
	agent.Close()

	chromium := testkit.StartChromium(t)
	stranger, member := chromium.Window(testkit.CustomerTone), chromium.Window(testkit.AgentTone)
	stranger.Go(s.URL() + "/login")
	member.Go(s.URL() + "/login")
	member.Authenticator()
	member.AllowMicrophone(s.URL())
	member.Go(s.SignInLink(ada))
	member.Click("form[data-passkey] button[type=submit]")
	member.Await(`location.pathname === "/"`)
	for _, language := range []string{"fr", "en"} {
		stranger.Speak(language)
		member.Speak(language)
		for _, path := range []string{
			"/login", "/recover", "/join", "/call/" + number, invitation, strings.TrimPrefix(s.SignInLink(ben), s.URL()), "/invite/none", "/call/+33",
		} {
			look(stranger, axe, s, language, path)
		}
		seen := walk(member, axe, s, language)
		for _, path := range mustSee() {
			if !slices.Contains(seen, path) {
				t.Errorf("no link leads to %s", path)
			}
		}
		for _, step := range []string{"hours-1", "message-1", "menu-1", "ring-1", "queue-1", "forward-1", "voicemail-1"} {
			look(member, axe, s, language, "/numbers/"+menu.ID+"/flow?open="+step)
		}
		look(member, axe, s, language, "/welcome")
		look(member, axe, s, language, "/no-such-page")
	}
}

// prepare has somebody invited and a domain claimed, so that their pages have
// something to show, and returns the invitation's path.
func prepare(t *testing.T, client *testkit.Client, box *postbox.Box) string {
	t.Helper()
	invited := client.Post("/team/invite", url.Values{"addresses": {"Dan <dan@acme.example>"}, "role": {"member"}, "grant": {"none"}, "language": {"en"}})
	if invited.Status != http.StatusOK {
		t.Fatalf("invite: %d %s", invited.Status, invited.Text())
	}
	claimed := client.Post("/settings/domains", url.Values{"domain": {"acme.example"}, "method": {"dns"}})
	if claimed.Status != http.StatusSeeOther {
		t.Fatalf("claim: %d %s", claimed.Status, claimed.Text())
	}
	link, err := url.Parse(box.Await(t, "dan@acme.example", any).Link)
	if err != nil {
		t.Fatal(err)
	}
	return link.Path
}

// soundOrFile are links that lead to no page.
var soundOrFile = regexp.MustCompile(`/recording/|/audio$|^/static/`)

// walk looks at every page that links lead to, one of each kind, and returns
// the kinds.
func walk(w *testkit.Window, axe testkit.Axe, s *testkit.Server, language string) (seen []string) {
	const most = 60
	for next := []string{"/"}; len(next) > 0 && len(seen) < most; next = next[1:] {
		path := next[0]
		if slices.Contains(seen, kindOf(path)) || soundOrFile.MatchString(path) {
			continue
		}
		seen = append(seen, kindOf(path))
		look(w, axe, s, language, path)
		next = append(next, w.Links()...)
	}
	return seen
}

// kindOf is a path with what names one thing put aside.
func kindOf(path string) string {
	path = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(path, "{id}")
	return regexp.MustCompile(`^/call/\+\d{6,}$`).ReplaceAllString(path, "/call/{tel}")
}

// look checks one page at both widths, and each of its views.
func look(w *testkit.Window, axe testkit.Axe, s *testkit.Server, language, path string) {
	w.Go(s.URL() + path)
	w.Await(`document.documentElement.lang === "` + language + `"`)
	states := views()[kindOf(path)]
	if len(states) == 0 {
		states = []string{""}
	} else {
		w.Await(`document.querySelector("[data-p=root]")?.dataset.view !== "offline"`)
	}
	for _, width := range []int64{360, 1600} {
		for _, view := range states {
			where := strings.TrimSpace(fmt.Sprintf("%s (%s, %d px) %s", kindOf(path), language, width, view))
			if view != "" {
				w.Await(`Object.assign(document.querySelector("[data-p=root]").dataset, {view: "` + view + `", microphone: "denied"})`)
			}
			w.Size(width, where)
			w.Check(axe, where)
			if width > 1000 && language == "en" { // colours know no language
				w.Scheme("dark")
				w.Check(axe, where+" dark")
				w.Scheme("light")
			}
		}
	}
}
