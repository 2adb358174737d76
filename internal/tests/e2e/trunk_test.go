package e2e

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

// customer is a number outside, and the user by which a phone answers to it.
const customer = "+33612345678"

// trunkTo is the company with a trunk to a peer.
func trunkTo(peer netip.AddrPort, account string) string {
	return company(fmt.Sprintf(`    recording: {auto_inbound: true, auto_outbound: true}
    trunk: provider
trunks:
  - {name: provider, host: 127.0.0.1, port: %d, allowed: [127.0.0.1]%s}
`, peer.Port(), account))
}

// phoneHears waits until the foreign phone hears hz alone.
func phoneHears(t *testing.T, phone *peers.Baresip, what string, why func([]int16) string) {
	t.Helper()
	const window = 2 * audio.Rate / 5
	testkit.Await(t, what+" at the phone", func() string {
		pcm := phone.Heard()
		if len(pcm) < window {
			return "nothing"
		}
		return why(pcm[len(pcm)-window:])
	})
}

func agentsTone(pcm []int16) string { return testkit.Only(pcm, testkit.AgentTone) }

// recordedBoth checks that each party's tone is in its channel and nowhere else.
func recordedBoth(t *testing.T, s *testkit.Server) {
	t.Helper()
	w := s.Recorded(s.RecordingFile())
	for channel, hz := range []float64{testkit.CustomerTone, testkit.AgentTone} {
		if spells := s.Spells(w, channel, hz); len(spells) == 0 || !spells[0].Tone {
			t.Errorf("channel %d has %+v", channel, spells)
		}
	}
}

func TestPhoneCallIn(t *testing.T) {
	t.Parallel()
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: customer, Hz: testkit.CustomerTone})
	s := testkit.Start(t, program, testkit.Options{Document: trunkTo(phone.Addr(), "")})
	agent := s.SignIn(ada).Phone("desk")
	agent.Tone(testkit.AgentTone)
	phone.Dial("sip:" + number + "@" + s.SIP())
	call := agent.Ringing()
	if call.Party.E164 != customer || call.Party.Web || call.Party.Display == "" {
		t.Errorf("rings as %+v", call.Party)
	}
	phone.Await("CALL_RINGING")
	agent.Answer(call.ID)
	phone.Await("CALL_ESTABLISHED")
	agent.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent", agentsTone)
	if n := s.RTPPorts(); n != 1 {
		t.Errorf("the call has %d ports for its audio", n)
	}
	phone.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerHungUp)
	recordedBoth(t, s)

	phone.Dial("sip:" + number + "@" + s.SIP())
	call = agent.Ringing()
	phone.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerLeft)

	phone.Dial("sip:+33199999999@" + s.SIP())
	phone.Await("CALL_CLOSED")
	if calls := agent.View().Calls; len(calls) != 0 {
		t.Errorf("a call to a number the company does not have rings: %+v", calls)
	}
}

func TestPhoneCallOut(t *testing.T) {
	t.Parallel()
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: customer, Hz: testkit.CustomerTone})
	s := testkit.Start(t, program, testkit.Options{Document: trunkTo(phone.Addr(), "")})
	agent := s.SignIn(ada).Phone("desk")
	agent.Tone(testkit.AgentTone)
	id := agent.Dial("06 12 34 56 78")
	if in := phone.Await("CALL_INCOMING"); !strings.Contains(in.Peer, number) {
		t.Errorf("the phone is called by %q, want %s", in.Peer, number)
	}
	agent.AwaitCall(id, "ringing at the phone", func(st callstate.State) bool { return st.FarRings })
	phone.Answer()
	agent.AwaitTalking(id)
	agent.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent", agentsTone)

	agent.Must(&protocol.Keypad{Call: id, Digits: "4#"})
	for _, digit := range []string{"4", "#"} {
		if ev := phone.Await("CALL_DTMF_START"); ev.Param != digit {
			t.Errorf("the phone got the digit %q, want %q", ev.Param, digit)
		}
	}
	agent.Act(id, callstate.Hold, true)
	phoneHears(t, phone, "hold music", func(pcm []int16) string {
		if audio.Loudness(pcm) < testkit.Heard-20 {
			return testkit.Voices(pcm)
		}
		return testkit.Only(pcm, 0)
	})
	agent.HearsNobody()
	agent.Act(id, callstate.Hold, false)
	agent.Hears(testkit.CustomerTone)

	phone.Hold()
	agent.AwaitCall(id, "held by the phone", func(st callstate.State) bool { return st.FarHeld })
	phone.Resume()
	agent.AwaitCall(id, "taken back by the phone", func(st callstate.State) bool { return !st.FarHeld })
	agent.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent again", agentsTone)
	agent.HangUp(id)
	phone.Await("CALL_CLOSED")
	agent.AwaitGone(id, callstate.CauseAgentHungUp)
	recordedBoth(t, s)

	id = agent.Dial(customer)
	phone.Await("CALL_INCOMING")
	agent.HangUp(id)
	phone.Await("CALL_CLOSED")
	agent.AwaitGone(id, callstate.CauseAgentCancelled)
}

func TestRegisteredTrunk(t *testing.T) {
	t.Parallel()
	phone := peers.StartBaresip(t, peers.BaresipOptions{User: customer, Hz: testkit.CustomerTone})
	proxy := peers.StartKamailio(t, peers.KamailioOptions{User: "acct", Password: "s3cret", Network: phone.Addr()})
	s := testkit.Start(t, program, testkit.Options{
		Document: trunkTo(proxy.Addr(), ", username: acct, password: s3cret, register: true"),
	})
	testkit.Await(t, "the trunk to register", func() string {
		if n := s.Metric("parley_trunks_registered"); n != "1" {
			return n + " are"
		}
		return ""
	})
	client := s.SignIn(ada)
	if page := client.Get("/trunks"); page.Status != 200 || !strings.Contains(page.Text(), "Working") {
		t.Errorf("the page of trunks says: %s", page.Text())
	}
	agent := client.Phone("desk")
	agent.Tone(testkit.AgentTone)

	id := agent.Dial(customer)
	phone.Await("CALL_INCOMING")
	phone.Answer()
	agent.AwaitTalking(id)
	agent.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent", agentsTone)
	phone.HangUp()
	agent.AwaitGone(id, callstate.CauseCustomerHungUp)

	phone.Dial("sip:" + number + "@" + proxy.Addr().String())
	call := agent.Ringing()
	if call.Party.E164 != customer {
		t.Errorf("rings as %+v", call.Party)
	}
	agent.Answer(call.ID)
	agent.Hears(testkit.CustomerTone)
	agent.HangUp(call.ID)
	phone.Await("CALL_CLOSED")
	agent.AwaitGone(call.ID, callstate.CauseAgentHungUp)
}

// refuser is a peer that refuses every call.
func refuser(t *testing.T, code int, reason string) *peers.Sipp {
	t.Helper()
	scenario, err := os.ReadFile("testdata/refuse.xml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "refuse.xml")
	scenario = bytes.ReplaceAll(scenario, []byte("CODE REASON"), fmt.Appendf(nil, "%d %s", code, reason))
	if err := os.WriteFile(file, scenario, 0o600); err != nil {
		t.Fatal(err)
	}
	return peers.StartSipp(t, peers.SippOptions{Scenario: file, Calls: 1000, Timeout: 5 * time.Minute})
}

func TestPhoneRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		code   int
		reason string
		cause  callstate.Cause
	}{
		{486, "Busy Here", callstate.CauseBusy},
		{603, "Decline", callstate.CauseRejected},
		{404, "Not Found", callstate.CauseInvalidNumber},
		{503, "No Capacity Left", callstate.CauseTrunkRefused},
		{0, "nobody there", callstate.CauseTrunkUnreachable},
	}
	trunks, numbers := "trunks:\n", "numbers:\n"
	for i, c := range cases {
		port := uint16(9) // where nobody listens
		if c.code != 0 {
			port = refuser(t, c.code, c.reason).Addr().Port()
		}
		trunks += fmt.Sprintf("  - {name: trunk %d, host: 127.0.0.1, port: %d}\n", i, port)
		numbers += fmt.Sprintf("  - {number: \"+3312345670%d\", name: line %d, trunk: trunk %d, members: [%s]}\n", i, i, i, ada)
	}
	s := testkit.Start(t, program, testkit.Options{Document: company("") + trunks})
	s.Apply(trunks + numbers)
	agent := s.SignIn(ada).Phone("desk")
	for i, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			line := agent.LineNamed(fmt.Sprintf("line %d", i))
			id := agent.Must(&protocol.Dial{NumberID: line.ID, To: customer}).Call
			gone := agent.AwaitGone(id, c.cause)
			if gone.Code != c.code {
				t.Errorf("the code shown is %d, want %d", gone.Code, c.code)
			}
			if c.cause == callstate.CauseTrunkRefused && !strings.Contains(gone.Text, fmt.Sprintf("%d %s", c.code, c.reason)) {
				t.Errorf("the sentence %q lacks code and reason", gone.Text)
			}
			agent.AwaitState(protocol.LiveAvailable)
		})
	}
}
