package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/tests/peers"
	"parley/internal/tests/testkit"
)

// flowing is a company whose number behaves as steps say, which a phone outside can
// call by a trunk. Steps are YAML without indentation; more is added at the end.
func flowing(phone *peers.Baresip, steps string, more ...string) string {
	indented := "    flow:\n      " + strings.ReplaceAll(strings.TrimSpace(steps), "\n", "\n      ") + "\n"
	return company(indented+"    trunk: provider\n") +
		fmt.Sprintf("trunks:\n  - {name: provider, host: 127.0.0.1, port: %d, allowed: [127.0.0.1]}\n", phone.Addr().Port()) +
		strings.Join(more, "")
}

// outside is a phone of a customer, who says CustomerTone.
func outside(t *testing.T) *peers.Baresip {
	t.Helper()
	return peers.StartBaresip(t, peers.BaresipOptions{User: customer, Hz: testkit.CustomerTone, Codec: "pcma"})
}

// calls has the phone call the number.
func calls(phone *peers.Baresip, s *testkit.Server) { phone.Dial("sip:" + number + "@" + s.SIP()) }

// saying is a shipped prompt as a phone receives it.
type saying struct {
	id  string
	pcm []int16
}

// prompt is a shipped prompt in English, which the company speaks.
func prompt(t *testing.T, id string) saying {
	t.Helper()
	lib, err := audio.NewLibrary()
	if err != nil {
		t.Fatal(err)
	}
	source, ok := lib.Prompt(id, "en")
	if !ok {
		t.Fatalf("no prompt %s", id)
	}
	s := saying{id: id}
	frame, pcm := make([]byte, audio.FrameSize), make([]int16, audio.FrameSize)
	for source.Next(codec.PCMA, frame) {
		codec.Decode(codec.PCMA, pcm, frame)
		s.pcm = append(s.pcm, pcm...)
	}
	return s
}

// part is the loudest tenth of a second within a share of the prompt, from 0 to 1.
func (s saying) part(from, to float64) []byte {
	const length = audio.Rate / 10
	best, loudest := 0, audio.Quietest
	last := int(to*float64(len(s.pcm))) - length
	for at := int(from * float64(len(s.pcm))); at < last; at += audio.FrameSize {
		if l := audio.Loudness(s.pcm[at : at+length]); l > loudest {
			best, loudest = at, l
		}
	}
	return raw(s.pcm[best : best+length])
}

func raw(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		out = append(out, byte(v), byte(uint16(v)>>8))
	}
	return out
}

// begun counts how often the prompt was begun in what a phone heard, which comes
// through unchanged: nothing is transcoded on the way.
func (s saying) begun(pcm []int16) int { return bytes.Count(raw(pcm), s.part(0, 0.4)) }

// ended counts how often it was said to its end.
func (s saying) ended(pcm []int16) int { return bytes.Count(raw(pcm), s.part(0.7, 1)) }

// awaitSaid waits until the phone has heard the prompt begin so many times.
func awaitSaid(t *testing.T, phone *peers.Baresip, s saying, times int) {
	t.Helper()
	testkit.AwaitFor(t, 2*testkit.Patience, fmt.Sprintf("the phone to hear %s, %d times", s.id, times), func() string {
		pcm := phone.Heard()
		if n := s.begun(pcm); n < times {
			return fmt.Sprintf("%d times in %.1f s", n, float64(len(pcm))/audio.Rate)
		}
		return ""
	})
}

// awaitEnded waits until the phone has heard the prompt to its end.
func awaitEnded(t *testing.T, phone *peers.Baresip, s saying) {
	t.Helper()
	testkit.Await(t, "the phone to hear the end of "+s.id, func() string {
		if s.ended(phone.Heard()) == 0 {
			return "not yet"
		}
		return ""
	})
}

// hearsTone waits until the phone hears a tone of the network.
func hearsTone(t *testing.T, phone *peers.Baresip, hz float64) {
	t.Helper()
	phoneHears(t, phone, fmt.Sprintf("%.0f Hz", hz), func(pcm []int16) string {
		if level := audio.Level(pcm, audio.Rate, hz); level < -30 {
			return fmt.Sprintf("%.0f dB", level)
		}
		return ""
	})
}

// ringback is the tone while it rings, in English.
const ringback = 425.0

// notRung fails if a call is on the agent's screen.
func notRung(t *testing.T, agents ...*testkit.Agent) {
	t.Helper()
	for _, a := range agents {
		if v := a.View(); len(v.Calls) != 0 || len(v.Gone) != 0 {
			t.Errorf("%s was rung: %s", a.Tab, v)
		}
	}
}
