package e2e

import (
	"testing"

	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

// connect has a caller call and the agent answer; each says a tone.
func connect(t *testing.T, s *testkit.Server, agent *testkit.Agent) (*testkit.WebCaller, string) {
	t.Helper()
	agent.Tone(testkit.AgentTone)
	caller := s.Call(number, "Zoë")
	call := agent.Ringing()
	agent.Answer(call.ID)
	caller.AwaitPhase("talking")
	return caller, call.ID
}

// talk has both say their tone and hear the other's.
func talk(agent *testkit.Agent, caller *testkit.WebCaller) {
	caller.Hears(testkit.AgentTone)
	agent.Hears(testkit.CustomerTone)
}

func TestWebCallIsHeardAndRecorded(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("    recording: {auto_inbound: true, agent_inbound: true}\n")})
	agent := s.SignIn(ada).Phone("desk")
	agent.Tone(testkit.AgentTone)
	caller := s.Call(number, "Zoë")
	rings := agent.Ringing()
	if rings.Party.Name != "Zoë" || !rings.Party.Web || rings.Line.Name != "Main line" {
		t.Errorf("rings as %+v on %+v", rings.Party, rings.Line)
	}
	agent.Answer(rings.ID)
	if state := caller.AwaitPhase("talking"); state.Agent != "Ada" || !state.Recording {
		t.Errorf("the caller is told %+v", state)
	}
	talk(agent, caller)

	agent.Act(rings.ID, callstate.PauseRecording, false)
	agent.Refused(&protocol.Act{Call: rings.ID, Action: callstate.PauseRecording}, "error.not-now")
	talk(agent, caller) // takes a while, and is not to be recorded
	talk(agent, caller)
	agent.Act(rings.ID, callstate.ResumeRecording, false)
	talk(agent, caller)
	caller.HangUp()
	agent.AwaitGone(rings.ID, callstate.CauseCustomerHungUp)
	if state := caller.AwaitPhase("ended"); state.Cause != callstate.CauseCustomerHungUp || state.Text == "" {
		t.Errorf("the caller is told %+v", state)
	}
	agent.AwaitState(protocol.LiveAvailable)
	if r := agent.AwaitRecent(rings.ID); !r.Talked || r.TalkMS < 1000 || r.CauseText == "" {
		t.Errorf("recent call %+v", r)
	}
	pausedOnce(t, s, s.Recorded(s.RecordingFile()))
	pausedOnce(t, s, agent.Client.Recording(rings.ID))
}

// pausedOnce checks that each party has its channel, and that both are silent
// in the same middle part.
func pausedOnce(t *testing.T, s *testkit.Server, w *audio.WAV) {
	t.Helper()
	customer, agent := s.Spells(w, 0, testkit.CustomerTone), s.Spells(w, 1, testkit.AgentTone)
	for _, spells := range [][]testkit.Spell{customer, agent} {
		if len(spells) != 3 || !spells[0].Tone || spells[1].Tone || !spells[2].Tone || spells[1].MS < 400 {
			t.Errorf("recorded %+v, want tone, silence, tone", spells)
			return
		}
	}
	if apart := customer[1].MS - agent[1].MS; apart < -150 || apart > 150 {
		t.Errorf("the pauses of the channels differ: %+v and %+v", customer, agent)
	}
}

func TestHoldAndMute(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("    recording: {auto_inbound: true}\n")})
	agent := s.SignIn(ada).Phone("desk")
	caller, call := connect(t, s, agent)
	talk(agent, caller)

	for _, a := range []callstate.Action{callstate.PauseRecording, callstate.StartRecording, callstate.ResumeRecording} {
		agent.Refused(&protocol.Act{Call: call, Action: a}, "error.not-now")
	}
	agent.Act(call, callstate.Mute, true)
	caller.HearsNobody()
	agent.Hears(testkit.CustomerTone)
	agent.Act(call, callstate.Mute, false)
	talk(agent, caller)

	agent.Act(call, callstate.Hold, true)
	caller.AwaitPhase("held")
	caller.HearsMusic()
	agent.HearsNobody()
	agent.Act(call, callstate.Hold, false)
	talk(agent, caller)

	agent.HangUp(call)
	caller.AwaitPhase("ended")
	agent.AwaitGone(call, callstate.CauseAgentHungUp)
	w := s.Recorded(s.RecordingFile())
	if spells := s.Spells(w, 0, testkit.CustomerTone); len(spells) != 1 {
		t.Errorf("the customer's channel has %+v, want his tone throughout", spells)
	}
}

func TestTabTakesTheCallUpAgain(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	talk(agent, caller)
	agent.Close()
	caller.AwaitPhase("held")
	caller.HearsMusic()
	again := client.Phone("desk") // as a reload does
	again.Tone(testkit.AgentTone)
	again.AwaitCall(call, "taken up again", func(st callstate.State) bool { return !st.Away })
	talk(again, caller)
	if c := again.View().Calls[call]; !c.Here {
		t.Error("the reloaded tab does not hold the call")
	}
	remote := client.Open("second") // a second tab is a remote control
	if c := remote.View().Calls[call]; c.Here || c.State.Phase != callstate.Talking {
		t.Errorf("the second tab shows %+v", c)
	}
	remote.HangUp(call)
	caller.AwaitPhase("ended")
	again.AwaitGone(call, callstate.CauseAgentHungUp)
}
