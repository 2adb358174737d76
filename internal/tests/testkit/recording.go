package testkit

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"parley/internal/media/audio"
)

const maxRecording = 64 << 20

// RecordingFile is the one recording the server keeps, once it is finished.
func (s *Server) RecordingFile() string {
	s.t.Helper()
	var file string
	Await(s.t, "the recording", func() string {
		samples, err := filepath.Glob(s.Data("blobs", "*", "recordings", "*.wav"))
		check(s.t, "look for recordings", err)
		packets, err := filepath.Glob(s.Data("blobs", "*", "recordings", "*.ogg"))
		check(s.t, "look for recordings", err)
		files := slices.Concat(samples, packets)
		if len(files) != 1 {
			return fmt.Sprintf("found %q", files)
		}
		file = files[0]
		return ""
	})
	return file
}

// Recorded reads a recording from its file.
func (s *Server) Recorded(file string) *audio.WAV {
	s.t.Helper()
	raw, err := os.ReadFile(file)
	check(s.t, "read the recording", err)
	return s.decoded(raw)
}

// decoded is what a recording holds, in Opus or G.711, by the reading of another
// program than Parley.
func (s *Server) decoded(raw []byte) *audio.WAV {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "recording.wav")
	cmd := exec.CommandContext(s.t.Context(), "ffmpeg", "-v", "error", "-i", "-", "-ar", "8000", "-c:a", "pcm_alaw", file)
	cmd.Stdin = bytes.NewReader(raw)
	if complaints, err := cmd.CombinedOutput(); err != nil || len(complaints) > 0 {
		s.t.Fatalf("ffmpeg cannot read the recording: %v %s", err, complaints)
	}
	wav, err := os.ReadFile(file)
	check(s.t, "read what ffmpeg made of the recording", err)
	w, err := audio.ReadWAV(bytes.NewReader(wav), maxRecording)
	check(s.t, "read the recording", err)
	return w
}

// Recording plays the recording of a call as its page does.
func (c *Client) Recording(callID string) *audio.WAV {
	t := c.Server.t
	t.Helper()
	link := regexp.MustCompile(`/calls/` + regexp.QuoteMeta(callID) + `/recording/[0-9A-Za-z-]+`)
	var src string
	Await(t, "the call's page to offer its recording", func() string {
		page := c.Get("/calls/" + callID)
		if src = string(link.Find(page.Body)); src == "" {
			return fmt.Sprintf("%d %s", page.Status, page.Text())
		}
		return ""
	})
	sound := c.Do(http.MethodGet, src, "", "audio/*", nil)
	if sound.Status != http.StatusOK || !strings.HasPrefix(sound.Header.Get("Content-Type"), "audio/") {
		t.Fatalf("play %s: %d %s", src, sound.Status, sound.Header.Get("Content-Type"))
	}
	return c.Server.decoded(sound.Body)
}

// Spells divides one channel of a recording into spells in which hz sounds
// and does not, and says how long each is. Silence before the first tone and
// after the last is left out; spells under 350 ms, which a busy machine makes,
// are taken for part of what is around them. It fails the test where any other
// party's tone sounds but those of beside: a channel has several agents' voices
// where one took over from another.
func (s *Server) Spells(w *audio.WAV, channel int, hz float64, beside ...float64) []Spell {
	s.t.Helper()
	pcm := w.PCM(channel)
	const step, shortest = audio.Rate / 20, 350 // 50 ms
	var spells []Spell
	for at := 0; at+step <= len(pcm); at += step {
		part := pcm[at : at+step]
		for _, other := range []float64{CustomerTone, AgentTone, OtherTone} {
			if level := audio.Level(part, w.Rate, other); other != hz && !slices.Contains(beside, other) && level > Silent+10 {
				s.t.Errorf("channel %d has %.0f Hz at %.0f dB, %d ms in", channel, other, level, at*1000/w.Rate)
				return nil
			}
		}
		tone := audio.Level(part, w.Rate, hz) > Heard
		if n := len(spells); n > 0 && spells[n-1].Tone == tone {
			spells[n-1].MS += 50
		} else {
			spells = append(spells, Spell{Tone: tone, MS: 50})
		}
	}
	spells = merge(spells, shortest)
	if len(spells) > 0 && !spells[0].Tone {
		spells = spells[1:]
	}
	if n := len(spells); n > 0 && !spells[n-1].Tone {
		spells = spells[:n-1]
	}
	return spells
}

// Spell is a part of a recording.
type Spell struct {
	Tone bool
	MS   int
}

// merge drops spells that are too short and joins their neighbours.
func merge(spells []Spell, shortest int) []Spell {
	var out []Spell
	for _, sp := range spells {
		n := len(out)
		switch {
		case n > 0 && (sp.MS < shortest || out[n-1].Tone == sp.Tone):
			out[n-1].MS += sp.MS
		case n > 0 && out[n-1].MS < shortest:
			sp.MS += out[n-1].MS
			out[n-1] = sp
		default:
			out = append(out, sp)
		}
	}
	return out
}
