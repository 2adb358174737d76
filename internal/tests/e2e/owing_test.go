package e2e

import (
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

// nowhere is a trunk that nobody answers at; it lets a number dial.
const nowhere = `    trunk: nowhere
trunks:
  - {name: nowhere, host: 127.0.0.1, port: 9}
`

// offered checks that a call comes to nothing while the agent owes something.
func notOffered(t *testing.T, s *testkit.Server, agent *testkit.Agent) {
	t.Helper()
	caller := s.Call(number, "Second")
	caller.AwaitPhase("message")
	caller.HangUp()
	caller.AwaitPhase("ended")
	if calls := agent.View().Calls; len(calls) != 0 {
		t.Errorf("an agent who is not free was offered %+v", calls)
	}
}

func owesTag(t *testing.T, agent *testkit.Agent, call string) {
	t.Helper()
	agent.Await("the tag to be due", func(v testkit.View) string {
		if v.Me.DueTag != call || v.Me.State != protocol.LiveWrapUp {
			return v.String()
		}
		return ""
	})
	agent.Refused(&protocol.Dial{NumberID: agent.LineID(), To: "0612345678"}, "error.cannot-dial.tag-due")
	agent.Refused(&protocol.EndWrapUp{}, "error.tag-needed")
	agent.Refused(&protocol.SetTags{Call: call}, "error.tag-needed")
	agent.Refused(&protocol.SetTags{Call: call, Tags: []string{"none-such"}}, "error.tag-unknown")
}

func TestDueTagBlocksUntilItIsGiven(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("    mandatory_tag: true\n" + nowhere)})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	caller.HangUp()
	caller.AwaitPhase("ended")
	owesTag(t, agent, call)
	notOffered(t, s, agent)

	other := client.Phone("other")
	owesTag(t, other, call)
	agent.Close()
	other.Close()
	agent = client.Phone("desk")
	owesTag(t, agent, call)

	s.Kill()
	s.Launch()
	agent = client.Phone("desk")
	owesTag(t, agent, call)
	notOffered(t, s, agent)

	agent.Must(&protocol.SetTags{Call: call, Tags: []string{agent.TagID("Sale")}})
	agent.AwaitState(protocol.LiveAvailable)
	if r := agent.AwaitRecent(call); len(r.Tags) != 1 || r.Tags[0] != agent.TagID("Sale") {
		t.Errorf("the call has the tags %v", r.Tags)
	}
	caller = s.Call(number, "Third")
	next := agent.Ringing()
	agent.Must(&protocol.Act{Call: next.ID, Action: callstate.Decline})
	caller.AwaitPhase("message")
}

func TestAfterCallWorkCountsAndEnds(t *testing.T) {
	t.Parallel()
	const work = 2 * time.Second
	s := testkit.Start(t, program, testkit.Options{Document: company("") + "\n"})
	s.Apply("members: [{email: " + ada + ", name: Ada Admin, role: owner, wrap_up: 2s}]")
	agent := s.SignIn(ada).Phone("desk")
	caller, call := connect(t, s, agent)
	caller.HangUp()
	agent.AwaitGone(call, callstate.CauseCustomerHungUp)
	agent.AwaitState(protocol.LiveWrapUp)
	since := time.Now()
	me := agent.View().Me
	if me.WrapUpMS != work.Milliseconds() || me.WrapUpEnds == 0 || me.DueTag != "" {
		t.Errorf("after the call: %+v", me)
	}
	notOffered(t, s, agent)
	agent.AwaitState(protocol.LiveAvailable)
	if took := time.Since(since); took < work-500*time.Millisecond {
		t.Errorf("after-call work of %v ended after %v", work, took)
	}

	caller, _ = connect(t, s, agent)
	caller.HangUp()
	agent.AwaitState(protocol.LiveWrapUp)
	since = time.Now()
	agent.Must(&protocol.EndWrapUp{})
	agent.AwaitState(protocol.LiveAvailable)
	if took := time.Since(since); took > work-500*time.Millisecond {
		t.Errorf("ending after-call work took %v", took)
	}
}
