package signalling

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

func TestPagesThatAreNotThere(t *testing.T) {
	s := open(t)
	if status := refused(t, s, "/call/+33100000000"); status != http.StatusNotFound {
		t.Errorf("an unknown number: %d", status)
	}
	off, err := s.Numbers.Create(t.Context(), s.Owner, number.Draft{Phone: "+33199887766", Country: "FR", Name: "Off"})
	if err != nil {
		t.Fatal(err)
	}
	if status := refused(t, s, "/call/"+off.E164); status != http.StatusNotFound {
		t.Errorf("a number without a page: %d", status)
	}
	s.refuseCallers()
	if status := refused(t, s, "/call/"+line); status != http.StatusTooManyRequests {
		t.Errorf("too often: %d", status)
	}
}

func TestBadHellosOfCallers(t *testing.T) {
	s := open(t)
	c := dial(t, s, "/call/"+line)
	c.send(&protocol.Hello{Version: protocol.Version + 1})
	if reason := c.goodbye(); reason != "reload" {
		t.Errorf("goodbye %q", reason)
	}
	c = s.visitor(t)
	c.send(&protocol.Hello{Version: protocol.Version})
	if reason := c.goodbye(); reason != "malformed" {
		t.Errorf("goodbye %q", reason)
	}
}

func TestWhatACallerMayNot(t *testing.T) {
	s := open(t)
	c := s.visitor(t)
	c.fails(&protocol.CallerStart{}, "error.microphone-needed")
	c.fails(&protocol.Dial{NumberID: s.number.ID, To: "0144556677"}, "error.invalid-request")
	c.fails(&protocol.Resync{}, "error.invalid-request")
	c.microphone()
	c.fails(&protocol.CallerStart{Name: strings.Repeat("x", 81)}, "error.invalid-request")
	c.fails(&protocol.CallerStart{Name: "a\u202eb"}, "error.invalid-request")
	n := s.number
	n.WebCall = false
	if err := s.DB.SaveNumber(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	c.fails(&protocol.CallerStart{Name: "Zoë"}, "error.web-call-off")
	if s.engine.Live() != 0 {
		t.Error("a refused caller has a call")
	}
}

// talk has the member answer the caller.
func talk(t *testing.T, agent, caller *client) string {
	t.Helper()
	id := agent.ringing().ID
	agent.must(&protocol.Act{Call: id, Action: callstate.Answer})
	await(agent, "talking", func(m *protocol.CallChanged) bool { return m.Call.State.Phase == callstate.Talking && m.Call.Here })
	if told := caller.phase("talking"); told.Agent != "Max" || told.AnsweredAt == 0 {
		t.Errorf("the caller is told %+v", told)
	}
	return id
}

func TestACallFromThePage(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	bystander := s.greeted(t, s.Member, "two")
	c.must(&protocol.CallerStart{Name: "  Zoë  "})
	c.phase("ringing")
	if rings := bystander.ringing(); rings.Party.Name != "Zoë" || !rings.Party.Web || rings.Line.Name != "Sales" || rings.Here {
		t.Errorf("rings as %+v", rings)
	}
	if wide := <-s.peers.made[0].prepared; !wide {
		t.Error("the agent's peer is readied for a call of the phone network")
	}
	id := talk(t, agent, c)
	agent.must(&protocol.Act{Call: id, Action: callstate.Hold, On: true})
	c.phase("held")
	agent.must(&protocol.Act{Call: id, Action: callstate.HangUp})
	if told := c.phase("ended"); told.Text != "en:webcall.ended.talked" {
		t.Errorf("the caller is told %+v", told)
	}
	gone := await(agent, "the call to go", is[*protocol.CallGone])
	if gone.Call != id || gone.Cause != callstate.CauseAgentHungUp || !strings.HasPrefix(gone.Text, "en:") {
		t.Errorf("gone %+v", gone)
	}
	recent := await(bystander, "the recent call", is[*protocol.RecentAdded]).Recent
	if recent.ID != id || !recent.Talked || !strings.HasPrefix(recent.CauseText, "en:") {
		t.Errorf("recent %+v", recent)
	}
	agent.must(&protocol.EndWrapUp{})
	c.must(&protocol.CallerStart{Name: "Zoë"}) // once more on the same page
	c.phase("ringing")
	if next := agent.ringing(); next.ID == id {
		t.Error("the old call rings again")
	}
}

// TestKeysOfThePageReachTheLeg has them pressed without, within and after a call.
func TestKeysOfThePageReachTheLeg(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.fails(&protocol.CallerDigits{Digits: "1"}, "error.call-ended")
	c.must(&protocol.CallerStart{Name: "Zoë"})
	agent.ringing()
	for _, bad := range []string{"", "A", "1 2", "é", strings.Repeat("1", 17)} {
		c.fails(&protocol.CallerDigits{Digits: bad}, "error.invalid-request")
	}
	c.must(&protocol.CallerDigits{Digits: "0*"})
	c.must(&protocol.CallerDigits{Digits: "#"})
	if got := string(s.peers.last().legs[0].pressed); got != "0*#" {
		t.Errorf("the leg gets %q", got)
	}
	c.must(&protocol.CallerHangUp{})
	c.phase("ended")
	c.fails(&protocol.CallerDigits{Digits: "1"}, "error.call-ended")
}

func TestStartingTwiceIsOneCall(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{})
	c.must(&protocol.CallerStart{})
	agent.ringing()
	if n := s.engine.Live(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// A visitor who hangs up may call again before he is told of the end; what then
// comes of the first call must not be shown as the end of the second.
func TestHangingUpAndCallingAtOnce(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{Name: "First"})
	talk(t, agent, c)
	for range 10 {
		c.must(&protocol.CallerHangUp{})
		c.passed = nil
		c.must(&protocol.CallerStart{Name: "Next"})
	}
	await(c, "the last call", func(s *protocol.CallerState) bool { return s.Phase != "ended" })
	settled(t, "the calls before to end", func() string {
		if n := s.engine.Live(); n != 1 {
			return fmt.Sprintf("%d calls", n)
		}
		return ""
	})
	c.must(&protocol.Ping{})
	for _, r := range c.passed {
		if state, ok := r.m.(*protocol.CallerState); ok && state.Phase == "ended" {
			t.Error("the last call is shown as ended")
		}
	}
	if _, _, calls := s.sockets(); calls != 1 {
		t.Errorf("%d calls are tied to the page", calls)
	}
	c.must(&protocol.CallerHangUp{})
	c.phase("ended")
}

func TestFurtherCallsCountForTheLimit(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{})
	agent.ringing()
	c.must(&protocol.CallerHangUp{})
	c.phase("ended")
	s.refuseCallers()
	c.fails(&protocol.CallerStart{}, "error.too-many")
}

// One address could in time hold every place there is for callers.
func TestAPageThatDoesNotCallIsClosed(t *testing.T) {
	s := open(t)
	s.hub.maxIdle = 100 * time.Millisecond
	agent, talking := s.ready(t, s.Member, "one"), s.caller(t)
	talking.must(&protocol.CallerStart{})
	agent.ringing()
	if reason := s.visitor(t).goodbye(); reason != "stopping" {
		t.Errorf("goodbye %q", reason)
	}
	talking.must(&protocol.Ping{}) // older than that
	talking.must(&protocol.CallerHangUp{})
	if reason := talking.goodbye(); reason != "stopping" {
		t.Errorf("goodbye %q after the call", reason)
	}
}

func TestAVisitorWhoLeavesEndsHisCall(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{})
	id := agent.ringing().ID
	_ = c.conn.Close()
	gone := await(agent, "the call to go", is[*protocol.CallGone])
	if gone.Call != id || gone.Cause != callstate.CauseCustomerLeft {
		t.Errorf("gone %+v", gone)
	}
	settled(t, "everything to be let go", func() string {
		if _, callers, calls := s.sockets(); callers+calls+s.engine.Live() != 0 || s.peers.open() != 1 {
			return fmt.Sprintf("%d callers, %d calls, %d peers", callers, calls, s.peers.open())
		}
		return ""
	})
}

func TestACallersDeadPeerIsReplacedForTheNextCall(t *testing.T) {
	s := open(t)
	s.ready(t, s.Member, "one")
	c := s.caller(t)
	dead := s.peers.last()
	dead.on.Failed()
	settled(t, "the dead peer to close", func() string {
		if !dead.isClosed() {
			return "it is open"
		}
		return ""
	})
	c.fails(&protocol.CallerStart{}, "error.microphone-needed")
	c.microphone()
	c.must(&protocol.CallerStart{})
	c.phase("ringing")
}

// The agent's socket dies in a call; a new one of the same tab takes it back.
func TestAReloadedTabRejoinsItsCall(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{})
	id := talk(t, agent, c)
	_ = agent.conn.Close()
	c.phase("held")
	again := s.tab(t, s.Member)
	again.send(&protocol.Hello{Version: protocol.Version, Tab: "one"})
	snap := await(again, "the snapshot", is[*protocol.Snapshot])
	if len(snap.Calls) != 1 || snap.Calls[0].ID != id || !snap.Calls[0].State.Away {
		t.Errorf("the snapshot has the calls %+v", snap.Calls)
	}
	again.microphone()
	c.phase("talking")
	again.must(&protocol.Act{Call: id, Action: callstate.HangUp})
	c.phase("ended")
}

// A member whose only tab closes while it rings is not waited for.
func TestATabThatClosesWhileRingingIsWithdrawn(t *testing.T) {
	s := open(t)
	agent, c := s.ready(t, s.Member, "one"), s.caller(t)
	c.must(&protocol.CallerStart{})
	agent.ringing()
	_ = agent.conn.Close()
	c.phase("message")
	settled(t, "the member to be free", func() string {
		if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveOffline {
			return string(st.State)
		}
		return ""
	})
}
