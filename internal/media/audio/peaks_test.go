package audio_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/ogg"
	"parley/internal/media/opus"
	"parley/internal/tests/opustest"
)

func TestPeaks(t *testing.T) {
	t.Parallel()
	// A minute in A-law: the customer speaks in the first half, the agent, half as
	// loud, in the second.
	const frames = 60 * 8000
	speak := func(level int16) byte {
		var b [1]byte
		codec.Encode(codec.PCMA, b[:], []int16{level})
		return b[0]
	}
	w := audio.WAV{Encoding: audio.ALaw, Rate: 8000, Channels: 2}
	for i := range frames {
		customer, agent := speak(0), speak(0)
		if i < frames/2 {
			customer = speak(30000)
		} else {
			agent = speak(7500)
		}
		w.Data = append(w.Data, customer, agent)
	}
	got, err := audio.Peaks(bytes.NewReader(w.Bytes()), 100)
	if err != nil || len(got) != 2 || len(got[0]) != 100 {
		t.Fatalf("%d channels, %v", len(got), err)
	}
	for i := range 100 {
		customer, agent := got[0][i], got[1][i]
		first := i < 50
		if first != (customer > 0.9) || first == (agent > 0.4 && agent < 0.55) || !first && customer > 0.05 || first && agent > 0.05 {
			t.Errorf("at %d of 100: customer %v, agent %v", i, customer, agent)
		}
	}
}

// TestPeaksOfAnOgg has the customer speak in the first third of a minute, and the agent,
// half as loud, in the last.
func TestPeaksOfAnOgg(t *testing.T) {
	t.Parallel()
	const slots = 3000
	voice, softer := opustest.Tone(t, 440, 2*time.Second), opustest.Tone(t, 440, 2*time.Second, "-af", "volume=0.5")
	quiet := opus.AppendSilence(nil)
	w := ogg.NewWriter(2)
	file := bytes.Clone(w.Header())
	for slot := range slots {
		if slot%10 == 0 {
			w.Begin()
		}
		customer, agent := quiet, quiet
		if slot < slots/3 {
			customer = voice[slot%len(voice)]
		} else if slot >= 2*slots/3 {
			agent = softer[slot%len(softer)]
		}
		w.Add([][]byte{customer, agent})
		if slot%10 == 9 {
			file = append(file, w.Page(int64(slot+1)*opus.Frame, slot == slots-1)...)
			w.Written()
		}
	}
	for name, part := range map[string][]byte{"whole": file, "under way": file[:len(file)-100]} {
		got, err := audio.Peaks(bytes.NewReader(part), 90)
		if err != nil || len(got) != 2 || len(got[0]) != 90 {
			t.Fatalf("%s: %d channels, %v", name, len(got), err)
		}
		for i := range 89 {
			wantCustomer, wantAgent := 0.0, 0.0
			switch {
			case i == 30: // where the customer's last packet fades away
				continue
			case i < 30:
				wantCustomer = 0.35 // the root of an eighth
			case i >= 60:
				wantAgent = 0.25
			}
			if customer, agent := got[0][i], got[1][i]; math.Abs(customer-wantCustomer) > 0.06 || math.Abs(agent-wantAgent) > 0.06 {
				t.Errorf("%s, at %d of 90: customer %v, agent %v", name, i, customer, agent)
			}
		}
	}
	for _, broken := range [][]byte{file[:80], append([]byte("OggS"), make([]byte, 500)...)} {
		if _, err := audio.Peaks(bytes.NewReader(broken), 50); !errors.Is(err, ogg.ErrOgg) {
			t.Errorf("%d bytes: %v", len(broken), err)
		}
	}
}

func TestPeaksOfShortAndBrokenFiles(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 159, 161} {
		w := audio.WAV{Encoding: audio.MuLaw, Rate: 8000, Channels: 1, Data: make([]byte, n)}
		got, err := audio.Peaks(bytes.NewReader(w.Bytes()), 50)
		if err != nil || len(got) != 1 || len(got[0]) != 50 {
			t.Errorf("%d samples: %v, %v", n, got, err)
		}
	}
	for _, broken := range [][]byte{nil, []byte("RIFF"), bytes.Repeat([]byte("x"), 500)} {
		if _, err := audio.Peaks(bytes.NewReader(broken), 50); !errors.Is(err, audio.ErrWAV) {
			t.Errorf("%.10q: %v", broken, err)
		}
	}
}
