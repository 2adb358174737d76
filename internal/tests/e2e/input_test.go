package e2e

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

func TestBadMessagesCloseTheSocketAlone(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	for name, bad := range map[string][]byte{
		"no JSON":      []byte("{{{"),
		"unknown type": []byte(`{"t":"no.such"}`),
		"wrong body":   []byte(`{"t":"call.act","d":{"on":"yes"}}`),
		"oversized":    []byte(`{"t":"ping","id":"` + strings.Repeat("x", protocol.MaxMessage) + `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			reason := "malformed"
			if len(bad) > protocol.MaxMessage {
				reason = "" // the websocket's own code 1009 says it
			}
			other := client.Open("second")
			other.Raw(bad)
			other.AwaitClosed(reason)
			agent.Raw(bad)
			agent.AwaitClosed(reason)
			caller.AwaitPhase("held")
			agent = client.Phone("desk")
			agent.Tone(testkit.AgentTone)
			caller.AwaitPhase("talking")
			talk(agent, caller)
		})
	}
	stranger := s.WebCaller(number)
	stranger.Raw([]byte(`{"t":"call.act"}`)) // an agent's command is not for callers
	stranger.Raw([]byte("nonsense"))
	stranger.AwaitClosed("malformed")
	agent.HangUp(call)
	caller.AwaitPhase("ended")
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company(nowhere)})
	s.Apply(`numbers: [{number: "+33123456700", name: Not Ada's, members: [` + ben + `]}, {number: "+33123456701", name: Nobody's, web_call: true, members: []}]`)
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	theirs := s.SignIn(ben).Phone("ben").LineNamed("Not Ada's")

	mine := agent.LineID()
	agent.Refused(&protocol.Dial{NumberID: theirs.ID, To: customer}, "error.number-not-assigned")
	agent.Refused(&protocol.Dial{NumberID: "none", To: customer}, "error.not-found")
	for _, to := range []string{"", "1", "call me", "+33 1 23", strings.Repeat("9", 40), "<script>"} {
		if r := agent.Do(&protocol.Dial{NumberID: mine, To: to}); r.Key != "error.phone-invalid" || r.Text == "" {
			t.Errorf("dialling %q: %+v", to, r)
		}
	}
	agent.Refused(&protocol.Dial{NumberID: mine, To: "+1 212 555 0123"}, "error.country-not-allowed")
	agent.Refused(&protocol.Act{Call: "none", Action: callstate.Answer}, "error.not-found")
	agent.Refused(&protocol.Keypad{Call: "none", Digits: "x"}, "error.invalid-request")
	agent.Refused(&protocol.SetAvailability{Setting: "asleep"}, "error.invalid-request")
	agent.AwaitState(protocol.LiveAvailable)
	testkit.Await(t, "the refused country in the audit", func() string {
		page := client.Get("/audit")
		if text := page.Text(); page.Status != http.StatusOK || !strings.Contains(text, "Was refused a call Ada Admin country not allowed") {
			return text
		}
		return ""
	})

	caller := s.Call("+33123456701", "Zoë")
	caller.AwaitPhase("message")
	caller.HangUp()
	if state := caller.AwaitPhase("ended"); state.Cause != callstate.CauseNotAssigned {
		t.Errorf("the caller is told %+v", state)
	}
	for _, path := range []string{"/call/+33123456700", "/call/+33999", "/ws/call/+33123456700"} {
		if page := s.Browser().Get(path); page.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, page.Status)
		}
	}
}

func TestSessionsAndLinks(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{})
	owner := s.Browser()
	setup := s.SetupLink()
	form := url.Values{
		"workspace": {"Acme"}, "name": {"Ada Admin"}, "email": {ada},
		"language": {"en"}, "country": {"FR"}, "zone": {"Europe/Paris"},
	}
	if page := owner.Register(setup, form); page.Status != http.StatusOK {
		t.Fatalf("setup: %d %s", page.Status, page.Body)
	}
	if page := owner.Get("/"); page.Status != http.StatusOK {
		t.Errorf("after setup the home page answers %d", page.Status)
	}
	signin := s.SignInLink(ada)
	if page := s.Browser().Register(signin, nil); page.Status != http.StatusOK {
		t.Errorf("sign-in link: %d %s", page.Status, page.Body)
	}
	for name, link := range map[string]string{"used setup": setup, "used sign-in": signin, "made-up sign-in": s.URL() + "/signin/made-up"} {
		page := s.Browser().Get(link)
		if page.Status == http.StatusOK || !strings.Contains(page.Text(), "Ask for a new one") {
			t.Errorf("%s link: %d %s", name, page.Status, page.Text())
		}
		if again := s.Browser().Register(link, form); again.Status == http.StatusOK || bytes.Contains(again.Body, []byte("publicKey")) {
			t.Errorf("%s link registers: %d %s", name, again.Status, again.Body)
		}
	}
	if page := s.Browser().Get("/ws/phone"); page.Status == http.StatusOK || page.Status == http.StatusSwitchingProtocols {
		t.Errorf("a websocket without a session: %d", page.Status)
	}
	tab := owner.Open("desk")
	if page := owner.Post("/logout", nil); page.Status != http.StatusSeeOther {
		t.Errorf("sign out: %d", page.Status)
	}
	tab.AwaitClosed("signed-out")
	if page := owner.Get("/"); page.Status != http.StatusSeeOther {
		t.Errorf("after signing out the home page answers %d", page.Status)
	}
}

// TestFullDisk records to a disk with room for two seconds.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("mounting a small disk needs root")
	}
	s := testkit.Start(t, program, testkit.Options{
		Document: company("    recording: {auto_inbound: true}\n"), Stopped: true,
		Tolerate: []string{"recording stopped growing", "finish recording", "no space left"},
	})
	spool := s.Data("spool")
	if err := syscall.Mount("tmpfs", spool, "tmpfs", 0, "size=40k"); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(spool, syscall.MNT_DETACH) })
	s.Launch()
	agent := s.SignIn(ada).Phone("desk")
	caller, call := connect(t, s, agent)
	agent.Await("the alarm", func(v testkit.View) string {
		for _, n := range v.Notices {
			if n.Level == "alarm" && n.Key == "alarm.recording-not-written" && n.Text != "" && n.Text != n.Key {
				return ""
			}
		}
		return v.String()
	})
	talk(agent, caller)
	if alarms := s.Metric(`parley_alarms_total{alarm="alarm.recording-not-written"}`); alarms == "0" {
		t.Error("the alarm is not counted")
	}
	agent.HangUp(call)
	caller.AwaitPhase("ended")
	agent.AwaitState(protocol.LiveAvailable)
	if r := agent.AwaitRecent(call); r.Cause != callstate.CauseAgentHungUp {
		t.Errorf("the call ended as %+v", r)
	}
}
