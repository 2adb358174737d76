package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

func TestPowerCutInARecordedCall(t *testing.T) {
	t.Parallel()
	const mayMiss = time.Second
	s := testkit.Start(t, program, testkit.Options{
		Document: company("    mandatory_tag: true\n    recording: {auto_inbound: true}\n" + nowhere),
		Tolerate: []string{"recording lost in a crash"},
	})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	answered := time.Now()
	for range 3 {
		talk(agent, caller)
	}
	talked := time.Since(answered)
	s.Kill()
	s.Launch()

	file := s.RecordingFile()
	if out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0", file).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "2" {
		t.Errorf("ffprobe (Debian's ffmpeg): %v: %s", err, out)
	}
	w := s.Recorded(file)
	for channel, hz := range []float64{testkit.CustomerTone, testkit.AgentTone} {
		if spells := s.Spells(w, channel, hz); len(spells) == 0 {
			t.Errorf("channel %d has nothing", channel)
		}
		if has := time.Duration(len(w.PCM(channel))) * time.Second / audio.Rate; has < talked-mayMiss {
			t.Errorf("of %v, %v were kept", talked, has)
		}
	}
	agent = client.Phone("desk")
	owesTag(t, agent, call)
	r := agent.AwaitRecent(call)
	if r.Cause != callstate.CauseServerCrashed || r.CauseText == "" || !r.Talked {
		t.Errorf("the call ended as %+v", r)
	}
	if lasted := time.Duration(r.TalkMS) * time.Millisecond; lasted < talked-mayMiss-200*time.Millisecond || lasted > talked+mayMiss {
		t.Errorf("a call of %v is said to have lasted %v", talked, lasted)
	}
	if kept := client.Recording(call); len(kept.Data) != len(w.Data) {
		t.Errorf("the page plays %d bytes of %d", len(kept.Data), len(w.Data))
	}
	agent.Must(&protocol.SetTags{Call: call, Tags: []string{agent.TagID("Sale")}})
	agent.AwaitState(protocol.LiveAvailable)
}

func TestStopInARecordedCall(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("    recording: {auto_inbound: true}\n")})
	client := s.SignIn(ada)
	agent := client.Phone("desk")
	caller, call := connect(t, s, agent)
	talk(agent, caller)
	s.Stop()
	agent.AwaitGone(call, callstate.CauseServerStopped)
	agent.AwaitClosed("stopping")
	if state := caller.AwaitPhase("ended"); state.Cause != callstate.CauseServerStopped || state.Text == "" {
		t.Errorf("the caller is told %+v", state)
	}
	caller.AwaitClosed("stopping")
	w := s.Recorded(s.RecordingFile())
	if spells := s.Spells(w, 0, testkit.CustomerTone); len(spells) == 0 {
		t.Error("the recording has nothing")
	}
	s.Launch()
	agent = client.Phone("desk")
	if r := agent.AwaitRecent(call); r.Cause != callstate.CauseServerStopped || !r.Talked {
		t.Errorf("the call ended as %+v", r)
	}
	agent.AwaitState(protocol.LiveAvailable)
}
