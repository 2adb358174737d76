package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

const mailbox = `
- voicemail: {say: {prompt: voicemail}, limit: 1m}
`

// onlyCall is the id of the one call in the history.
func onlyCall(t *testing.T, client *testkit.Client) string {
	t.Helper()
	link := regexp.MustCompile(`/calls/([0-9A-Za-z-]{8,})`)
	var id string
	testkit.Await(t, "the call in the history", func() string {
		page := client.Get("/calls")
		found := link.FindSubmatch(page.Body)
		if found == nil {
			return page.Text()
		}
		id = string(found[1])
		return ""
	})
	return id
}

// onlyTheCustomer checks that a voicemail has the customer's voice and nothing else,
// from its beginning: the beep is not in it.
func onlyTheCustomer(t *testing.T, s *testkit.Server, w *audio.WAV) {
	t.Helper()
	if w.Channels != 1 {
		t.Fatalf("a voicemail of %d channels", w.Channels)
	}
	if spells := s.Spells(w, 0, testkit.CustomerTone); len(spells) != 1 || !spells[0].Tone || spells[0].MS < 1500 {
		t.Errorf("the voicemail has %+v", spells)
	}
	if level := audio.Level(w.PCM(0)[:audio.Rate/2], w.Rate, 880); level > testkit.Silent+10 {
		t.Errorf("the beep is in the voicemail, at %.0f dB", level)
	}
}

// TestFlowVoicemail leaves a message, ends it by #, and plays it back as people do.
func TestFlowVoicemail(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, mailbox)})
	client := s.SignIn(ada)
	agent := client.Phone(ada)
	calls(phone, s)
	greeting := prompt(t, "voicemail")
	awaitSaid(t, phone, greeting, 1)
	awaitEnded(t, phone, greeting)
	beeped(t, phone)
	spoken(t, s)
	phone.Digit('#')
	phone.Await("CALL_CLOSED")
	notRung(t, agent)
	id := onlyCall(t, client)
	onlyTheCustomer(t, s, s.Recorded(s.RecordingFile()))
	onlyTheCustomer(t, s, client.Recording(id))
	if page := client.Get("/calls/" + id); !strings.Contains(page.Text(), "left a voicemail") {
		t.Errorf("the call's page does not tell of the voicemail: %s", page.Text())
	}
}

// beeped waits until the phone has heard a beep: a quarter of a second of its tone and
// of nothing else, which no speech has.
func beeped(t *testing.T, phone *peers.Baresip) {
	t.Helper()
	const part = audio.Rate / 4
	testkit.Await(t, "the beep", func() string {
		pcm := phone.Heard()
		for at := max(len(pcm)-4*audio.Rate, 0); at+part <= len(pcm); at += audio.Rate / 50 {
			w := pcm[at : at+part]
			if tone := audio.Level(w, audio.Rate, 880); tone > -22 && audio.Loudness(w)-tone < 1 {
				return ""
			}
		}
		return fmt.Sprintf("not in %d samples", len(pcm))
	})
}

// spoken waits until two seconds of a voicemail are written.
func spoken(t *testing.T, s *testkit.Server) {
	t.Helper()
	testkit.Await(t, "two seconds of the voicemail to be written", func() string {
		files, err := filepath.Glob(s.Data("spool", "*.wav"))
		if err != nil || len(files) != 1 {
			return fmt.Sprintf("files %q, %v", files, err)
		}
		info, err := os.Stat(files[0])
		if err != nil || info.Size() < 2*audio.Rate {
			return fmt.Sprintf("%v, %v", info, err)
		}
		return ""
	})
}

// TestFlowVoicemailFromThePage leaves a message from the number's page and hangs up.
func TestFlowVoicemailFromThePage(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, mailbox)})
	caller := s.Call(number, "Zoë")
	caller.AwaitPhase(protocol.CallerVoicemail)
	caller.HearsMusic() // the greeting
	spoken(t, s)
	caller.HangUp()
	caller.AwaitPhase(protocol.CallerEnded)
	onlyTheCustomer(t, s, s.Recorded(s.RecordingFile()))
}

// TestFlowClosed calls on a day that is an exception of the hours.
func TestFlowClosed(t *testing.T) {
	t.Parallel()
	phone := outside(t)
	day := func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, `
- hours:
    slots:
      - {days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00"}
    exceptions:
      - {name: Stocktaking, from: "`+day(-1)+`", to: "`+day(1)+`"}
    closed:
      - message: {prompt: closed}
- ring: {time: 20s}
`)})
	client := s.SignIn(ada)
	agent := client.Phone(ada)
	calls(phone, s)
	awaitSaid(t, phone, prompt(t, "closed"), 1)
	phone.Await("CALL_CLOSED")
	notRung(t, agent)
	page := client.Get("/calls/" + onlyCall(t, client))
	if !strings.Contains(page.Text(), "Stocktaking") {
		t.Errorf("the story of the call does not say why: %s", page.Text())
	}
}

// TestFlowBlocked has a caller on the blacklist, by his number and by a prefix.
func TestFlowBlocked(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{`{number: "` + customer + `"}`, `{prefix: "+3361"}`} {
		phone := outside(t)
		s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, "- ring: {time: 20s}", "blocked:\n  - "+entry+"\n")})
		client := s.SignIn(ada)
		agent := client.Phone(ada)
		calls(phone, s)
		if closed := phone.Await("CALL_CLOSED"); !strings.Contains(closed.Param, "603") {
			t.Errorf("%s: the caller is told %q", entry, closed.Param)
		}
		notRung(t, agent)
		caller := s.Call(number, "Zoë") // somebody else gets through
		call := agent.Ringing()
		caller.HangUp()
		agent.AwaitGone(call.ID, callstate.CauseCustomerLeft)
	}
}
