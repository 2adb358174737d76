package e2e

import (
	"strings"
	"testing"

	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

func replaceWait(steps, wait string) string { return strings.Replace(steps, "WAIT", wait, 1) }

const line = `
- queue: {to: [` + ada + `], music: piano, position: true, callback: true, max_wait: 2m}
`

// music is sound without a party's tone.
func music(pcm []int16) string {
	if audio.Loudness(pcm) < testkit.Heard-20 {
		return testkit.Voices(pcm)
	}
	return testkit.Only(pcm, 0)
}

// TestFlowLine has two callers wait for one agent: each hears his place, then music,
// and is taken in turn.
func TestFlowLine(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, line)})
	agent := s.SignIn(ada).Phone(ada)
	agent.Tone(testkit.AgentTone)
	agent.Must(&protocol.SetAvailability{Setting: "do-not-disturb"})
	agent.AwaitState(protocol.LiveDND)

	calls(phone, s)
	awaitSaid(t, phone, prompt(t, "position-next"), 1)
	phoneHears(t, phone, "hold music", music)
	second := s.Call(number, "Zoë")
	if state := second.AwaitPhase(protocol.CallerQueue); state.Place != 2 || state.Keys { // without a number he cannot be called back
		t.Errorf("the second caller is told %+v", state)
	}
	notRung(t, agent)

	agent.Must(&protocol.SetAvailability{Setting: "available"})
	call := agent.Ringing()
	if call.Party.E164 != customer {
		t.Errorf("%+v is taken before who came first", call.Party)
	}
	agent.Answer(call.ID)
	phoneHears(t, phone, "the agent", agentsTone)
	testkit.Await(t, "the second caller to move on", func() string {
		if place := second.State().Place; place != 1 {
			return "he is told otherwise"
		}
		return ""
	})
	phone.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerHungUp)
	call = agent.Ringing()
	if call.Party.Name != "Zoë" {
		t.Errorf("rings as %+v", call.Party)
	}
	agent.Answer(call.ID)
	second.AwaitPhase(protocol.CallerTalking)
	second.HangUp()
}
