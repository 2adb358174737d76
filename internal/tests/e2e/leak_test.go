package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

// leftBehind are the figures that must come back to what they were.
func leftBehind(s *testkit.Server) map[string]float64 {
	figures := make(map[string]float64)
	for _, name := range []string{"go_goroutines", "parley_calls_live"} {
		figures[name], _ = strconv.ParseFloat(s.Metric(name), 64)
	}
	figures["ports of trunks' audio"] = float64(s.RTPPorts())
	return figures
}

// TestNothingIsLeftOfManyCalls places 200 short calls.
func TestNothingIsLeftOfManyCalls(t *testing.T) {
	t.Parallel()
	const each, slack = 100, 3
	peer := refuser(t, 486, "Busy Here")
	s := testkit.Start(t, program, testkit.Options{
		Document: trunkTo(peer.Addr(), ""), Settings: map[string]string{"log-level": "info", "trusted-proxies": "127.0.0.1"},
	})
	agent := s.SignIn(ada).Phone("desk")
	webCalls(s, agent, 2)
	phoneCalls(t, s, agent, 2)
	before := leftBehind(s)
	webCalls(s, agent, each)
	phoneCalls(t, s, agent, each)
	testkit.Await(t, "everything to be given back", func() string {
		after := leftBehind(s)
		for name, n := range after {
			if n > before[name]+slack || name != "go_goroutines" && n != 0 {
				return fmt.Sprintf("before %v, after %v", before, after)
			}
		}
		return ""
	})
}

// webCalls has n calls come from public pages, each page of another address:
// one address may not call that often.
func webCalls(s *testkit.Server, agent *testkit.Agent, n int) {
	const ofOnePage = 5
	for i := 0; i < n; i += ofOnePage {
		caller := s.WebCallerFrom(fmt.Sprintf("192.0.2.%d", 1+i/ofOnePage), number)
		for range min(ofOnePage, n-i) {
			caller.Start("")
			call := agent.Ringing()
			agent.Answer(call.ID)
			caller.AwaitPhase("talking")
			caller.HangUp()
			caller.AwaitPhase("ended")
			agent.AwaitState(protocol.LiveAvailable)
		}
		caller.Leave()
	}
}

// phoneCalls has n calls come from the trunk; the agent answers what rings.
func phoneCalls(t *testing.T, s *testkit.Server, agent *testkit.Agent, n int) {
	t.Helper()
	calling := peers.StartSipp(t, peers.SippOptions{
		Scenario: "testdata/uac.xml", Remote: s.SIPAddr(), Service: number, Calls: n, Timeout: 2 * time.Minute,
	})
	answered := 0
	for !calling.Ended() {
		v := agent.View()
		for id, c := range v.Calls {
			if c.State.Offered(v.Me.ID) && agent.Do(&protocol.Act{Call: id, Action: callstate.Answer}).OK {
				answered++
			}
		}
		agent.NextNews(100 * time.Millisecond)
	}
	calling.Wait()
	if answered < n/10 { // who comes while the agent talks is not
		t.Errorf("of %d calls only %d could be answered", n, answered)
	}
	agent.AwaitState(protocol.LiveAvailable)
}
