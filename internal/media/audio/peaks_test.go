package audio_test

import (
	"bytes"
	"errors"
	"testing"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
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
