package relayhost

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/tests/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestBadLinks has calls go over links that lose, double, delay and reorder, both
// ways, at once: recordings are as long as the calls were, and hold what came.
func TestBadLinks(t *testing.T) {
	h, err := newHost(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	farm, err := load.NewFarm()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := farm.Close(); err != nil {
			t.Error(err)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	links := []load.Link{
		{}, {Loss: .01}, {Loss: .05}, {Loss: .2}, {Twice: .2},
		{Jitter: 60 * time.Millisecond}, {Jitter: 300 * time.Millisecond}, {Loss: .2, Twice: .1, Jitter: 300 * time.Millisecond},
	}
	dir := t.TempDir()
	for i, l := range links {
		call(t, h, farm, l, filepath.Join(dir, fmt.Sprintf("%d.wav", i)))
	}
	const talk = 8 * time.Second
	for farm.Score().Hearing < 2*len(links) {
		<-time.After(10 * time.Millisecond)
	}
	<-time.After(talk)
	for i, w := range h.writers {
		asked := time.Now()
		r, err := w.Stop()
		if err != nil {
			t.Fatal(err)
		}
		const off = 40 * time.Millisecond
		lasts := time.Duration(r.DurationMS) * time.Millisecond
		if least, most := asked.Sub(r.Start)-off, time.Since(r.Start)+off; lasts < least || lasts > most {
			t.Errorf("%+v: the recording lasts %v, not %v to %v", links[i], lasts, least, most)
		}
		for channel := range 2 {
			if share := spoken(t, r.Path, channel, talk); share < .97-links[i].Loss-.04 {
				t.Errorf("%+v: %.1f %% of what channel %d said is there", links[i], 100*share, channel)
			}
		}
	}
}

// call sets up a recorded call between a browser and a phone.
func call(t *testing.T, h *host, f *load.Farm, l load.Link, path string) {
	t.Helper()
	offered, err := h.browser()
	if err != nil {
		t.Fatal(err)
	}
	browser, answer, err := f.Answer(offered.Offer)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := f.Phone()
	if err != nil {
		t.Fatal(err)
	}
	browser.Over(l)
	phone.Over(l)
	heard, err := h.phone(phone.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	phone.Speak(netip.MustParseAddrPort(heard.Addr))
	if err := h.legs[offered.Leg].peer.Answer(answer); err != nil {
		t.Fatal(err)
	}
	if err := h.join([2]int{offered.Leg, heard.Leg}, path); err != nil {
		t.Fatal(err)
	}
}

// spoken is how much of the last while of a recording's channel is not silence.
func spoken(t *testing.T, path string, channel int, last time.Duration) float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const most = 1 << 20 // bytes
	w, err := audio.ReadWAV(f, most)
	if err != nil {
		t.Fatal(err)
	}
	pcm := w.PCM(channel)
	pcm = pcm[max(0, len(pcm)-int(last.Seconds()*audio.Rate)):]
	code := make([]byte, len(pcm))
	codec.Encode(codec.PCMA, code, pcm)
	there := 0
	for frame := range len(code) / audio.FrameSize {
		if b := code[frame*audio.FrameSize:][:audio.FrameSize]; bytes.Count(b, []byte{codec.Silence(codec.PCMA)}) < len(b) {
			there++
		}
	}
	return float64(there) / float64(len(code)/audio.FrameSize)
}
