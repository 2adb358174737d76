package e2e

import (
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

const twoKeys = `
- message: {prompt: welcome}
- menu:
    say: {prompt: please-wait}
    wait: 2s
    options:
      - key: "1"
        steps:
          - ring: {to: [` + ada + `], time: 30s}
      - key: "2"
        steps:
          - ring: {to: [` + ben + `], time: 30s}
    otherwise:
      - hang_up: {say: {prompt: goodbye}}
`

// TestFlowMenuByKey hears the welcome to its end and stops the menu with a key.
func TestFlowMenuByKey(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, twoKeys)})
	first, second := s.SignIn(ada).Phone(ada), s.SignIn(ben).Phone(ben)
	second.Tone(testkit.AgentTone)
	welcome, menu := prompt(t, "welcome"), prompt(t, "please-wait")

	calls(phone, s)
	phone.Await("CALL_ESTABLISHED")
	awaitSaid(t, phone, welcome, 1)
	awaitSaid(t, phone, menu, 1)
	phone.Digit('2')
	call := second.Ringing()
	hearsTone(t, phone, ringback)
	pcm := phone.Heard()
	if welcome.ended(pcm) != 1 {
		t.Error("the welcome was not said to its end")
	}
	if menu.ended(pcm) != 0 {
		t.Error("the key does not stop the prompt")
	}
	second.Answer(call.ID)
	phoneHears(t, phone, "the agent", agentsTone)
	second.Hears(testkit.CustomerTone)
	notRung(t, first)
	phone.HangUp()
	second.AwaitGone(call.ID, callstate.CauseCustomerHungUp)
}

// TestFlowMenuReplaysOnce presses no key.
func TestFlowMenuReplaysOnce(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, twoKeys)})
	calls(phone, s)
	awaitSaid(t, phone, prompt(t, "goodbye"), 1)
	phone.Await("CALL_CLOSED")
	pcm := phone.Heard()
	if n := prompt(t, "please-wait").ended(pcm); n != 2 {
		t.Errorf("the menu was played %d times, want 2", n)
	}
	if n := prompt(t, "wrong-key").begun(pcm); n != 0 {
		t.Error("pressing nothing counts as a wrong key")
	}
}

// TestFlowMenuWrongKey presses one that leads nowhere, then one that does.
func TestFlowMenuWrongKey(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, twoKeys)})
	agent := s.SignIn(ada).Phone(ada)
	menu := prompt(t, "please-wait")
	calls(phone, s)
	awaitSaid(t, phone, menu, 1)
	phone.Digit('9')
	awaitSaid(t, phone, prompt(t, "wrong-key"), 1)
	awaitSaid(t, phone, menu, 2)
	phone.Digit('1')
	call := agent.Ringing()
	phone.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerLeft)
}

// TestFlowMenuByInfo has a far end that tells keys in INFO requests.
func TestFlowMenuByInfo(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, twoKeys)})
	agent := s.SignIn(ada).Phone(ada)
	far := peers.StartSipp(t, peers.SippOptions{Scenario: "testdata/info.xml", Remote: s.SIPAddr(), Service: number, Timeout: time.Minute})
	call := agent.Ringing()
	agent.Answer(call.ID)
	agent.HangUp(call.ID)
	far.Wait()
}

// TestFlowMenuFromThePage has a caller press a key on the number's page.
func TestFlowMenuFromThePage(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, twoKeys)})
	agent := s.SignIn(ada).Phone(ada)
	agent.Tone(testkit.AgentTone)
	caller := s.Call(number, "Zoë")
	caller.AwaitPhase(protocol.CallerMessage)
	if state := caller.AwaitPhase(protocol.CallerMenu); !state.Keys {
		t.Errorf("no keypad: %+v", state)
	}
	caller.HearsMusic() // somebody speaks
	caller.Must(&protocol.CallerDigits{Digits: "1"})
	call := agent.Ringing()
	if state := caller.AwaitPhase(protocol.CallerRinging); state.Keys || !state.Sounds {
		t.Errorf("while it rings the page is told %+v", state)
	}
	agent.Answer(call.ID)
	caller.AwaitPhase(protocol.CallerTalking)
	talk(agent, caller)
	caller.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerHungUp)
}
