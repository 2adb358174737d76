package e2e

import (
	"strings"
	"testing"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

// asksToBeCalledBack has the phone call the number, wait in line and press `*`.
func asksToBeCalledBack(t *testing.T, phone *peers.Baresip, s *testkit.Server) {
	t.Helper()
	calls(phone, s)
	awaitSaid(t, phone, prompt(t, "position-next"), 1)
	phone.Digit('*')
	awaitSaid(t, phone, prompt(t, "callback-promise"), 1)
	phone.Await("CALL_CLOSED")
}

// awaitToDo waits until the to-do page shows each text.
func awaitToDo(t *testing.T, client *testkit.Client, path string, texts ...string) {
	t.Helper()
	testkit.Await(t, "to-do to say "+strings.Join(texts, ", "), func() string {
		page := client.Get(path)
		read := strings.ReplaceAll(page.Text(), "\u00a0", " ")
		for _, text := range texts {
			if !strings.Contains(read, text) {
				return read
			}
		}
		return ""
	})
}

// TestFlowCallback has a caller in line ask to be called back while the one agent
// talks: once she is free her phone rings for him, she takes it, and his phone rings.
func TestFlowCallback(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, line)})
	client := s.SignIn(ada)
	agent := client.Phone(ada)
	agent.Tone(testkit.AgentTone)
	other := s.Call(number, "Zoë")
	first := agent.Ringing()
	agent.Answer(first.ID)
	asksToBeCalledBack(t, phone, s)
	awaitToDo(t, client, "/todo", "6 12 34 56 78", "In line to be called back automatically, attempt 1 of 3")
	if v := agent.View(); len(v.Calls) != 1 {
		t.Errorf("a callback rings who talks: %s", v)
	}

	other.HangUp()
	agent.AwaitGone(first.ID, callstate.CauseCustomerHungUp)
	back := agent.Ringing()
	if back.State.Direction != callstate.Outbound || back.Party.E164 != customer || back.LinedAt == 0 || back.LinedAt > back.StartedAt {
		t.Errorf("rings as %+v", back)
	}
	agent.Act(back.ID, callstate.Answer, false)
	if in := phone.Await("CALL_INCOMING"); !strings.Contains(in.Peer, number) {
		t.Errorf("the phone is called by %q, want %s", in.Peer, number)
	}
	agent.AwaitCall(back.ID, "ringing at the phone", func(st callstate.State) bool { return st.Phase == callstate.Dialling && st.FarRings })
	awaitToDo(t, client, "/todo", "Being called back now")
	phone.Answer()
	agent.AwaitTalking(back.ID)
	agent.Hears(testkit.CustomerTone)
	phoneHears(t, phone, "the agent", agentsTone)
	phone.HangUp()
	agent.AwaitGone(back.ID, callstate.CauseCustomerHungUp)

	awaitToDo(t, client, "/todo?view=done", "6 12 34 56 78", "Called back", "Ada Admin")
	awaitToDo(t, client, "/todo", "All done")
	awaitToDo(t, client, "/calls/"+back.ID, "in place of", "Ada Admin answered", "Called Back")
	// The call he asked in is the one before.
	list := client.Get("/calls").Text()
	for _, want := range []string{"Callback Request", "Called Back"} {
		if strings.Count(list, want) < 2 { // as a filter, and on a call
			t.Errorf("no call is tagged %s: %s", want, list)
		}
	}
}

// TestCallbackOutlivesTheServer: a crash costs nobody his place; a phone that is busy
// is called again later; and who is done with is not.
func TestCallbackOutlivesTheServer(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, line)})
	client := s.SignIn(ada)
	asksToBeCalledBack(t, phone, s)
	awaitToDo(t, client, "/todo", "In line to be called back automatically, attempt 1 of 3")
	s.Kill()
	s.Launch()
	agent := client.Phone(ada)
	back := agent.Ringing()
	agent.Act(back.ID, callstate.Answer, false)
	phone.Await("CALL_INCOMING")
	phone.HangUp()
	agent.AwaitGone(back.ID, callstate.CauseBusy)
	agent.AwaitState(protocol.LiveAvailable)
	awaitToDo(t, client, "/todo", "Not reached. Next attempt at", "(2 of 3)")

	agent.Must(&protocol.SetAvailability{Setting: "do-not-disturb"})
	agent.AwaitState(protocol.LiveDND)
	asksToBeCalledBack(t, phone, s) // once more: he is in line at once
	awaitToDo(t, client, "/todo", "In line to be called back automatically, attempt 1 of 3", "2 calls")
	agent.Must(&protocol.SetAvailability{Setting: "available"})
	back = agent.Ringing()
	agent.Act(back.ID, callstate.Decline, false)
	agent.AwaitGone(back.ID, callstate.CauseDeclined)
	page := client.Get("/todo")
	_, rest, found := strings.Cut(string(page.Body), `action="/todo/`)
	id, _, _ := strings.Cut(rest, "/")
	if !found {
		t.Fatalf("nothing to archive: %s", page.Text())
	}
	client.Post("/todo/"+id+"/archive", nil)
	awaitToDo(t, client, "/calls", "The callback was not needed any more.")
	notRungBy(t, agent, back.ID)
}

// notRungBy fails if a call other than the given ones has been on the agent's screen.
func notRungBy(t *testing.T, a *testkit.Agent, known ...string) {
	t.Helper()
	for _, c := range a.View().Calls {
		t.Errorf("%s is rung by %s after %v", a.Tab, c.ID, known)
	}
}
