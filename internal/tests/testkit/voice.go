package testkit

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"parley/internal/media/audio"
	"parley/internal/tests/softphone"
)

// Tones of the parties, in Hz. Their multiples and differences lie apart from
// each other and from the hold music's notes.
const (
	CustomerTone = 431.0
	AgentTone    = 1093.0
	OtherTone    = 1721.0
)

// Levels, in dBFS: a tone is said at -12.
const (
	Heard  = -20.0 // at least, where it must be heard
	Silent = -45.0 // at most, where it must not
)

// window is how much sound a judgement takes: 400 ms.
const window = 2 * audio.Rate / 5

// Voices says which of the tones sound in pcm, and how loud all is.
func Voices(pcm []int16) string {
	var out []string
	for _, hz := range []float64{CustomerTone, AgentTone, OtherTone} {
		out = append(out, fmt.Sprintf("%.0f Hz %.0f dB", hz, audio.Level(pcm, audio.Rate, hz)))
	}
	return fmt.Sprintf("%s, all %.0f dB", strings.Join(out, ", "), audio.Loudness(pcm))
}

// Only says why pcm is not the tone hz alone among the parties' tones, or "".
// With hz 0 none of them may sound.
func Only(pcm []int16, hz float64) string {
	for _, tone := range []float64{CustomerTone, AgentTone, OtherTone} {
		level := audio.Level(pcm, audio.Rate, tone)
		if tone == hz && level < Heard || tone != hz && level > Silent {
			return Voices(pcm)
		}
	}
	return ""
}

// voice is a party's mouth and ear.
type voice struct {
	t     testing.TB
	phone *softphone.Phone
	heard *atomic.Int64
}

func newVoice(t testing.TB) voice {
	t.Helper()
	heard := &atomic.Int64{}
	count := func(*rtp.Packet) { heard.Add(1) }
	return voice{t, softphone.New(t, softphone.Options{OnPacket: count}), heard}
}

// Packets is how many packets have come to the party's ear.
func (v voice) Packets() int64 { return v.heard.Load() }

// NextPacket waits for the next packet that comes and returns when it came.
func (v voice) NextPacket() time.Time {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), Patience)
	defer cancel()
	_, err := v.phone.Listen(ctx, 1)
	at := time.Now()
	check(v.t, "wait for a packet", err)
	return at
}

// Tone says hz from now on; 0 sends nothing.
func (v voice) Tone(hz float64) { v.phone.Tone(hz) }

// Hears waits until the party hears hz and none of the other tones.
func (v voice) Hears(hz float64) {
	v.t.Helper()
	v.listens(fmt.Sprintf("%.0f Hz alone", hz), func(pcm []int16) string { return Only(pcm, hz) })
}

// HearsMusic waits until the party hears something, and none of the tones.
func (v voice) HearsMusic() {
	v.t.Helper()
	v.listens("music", func(pcm []int16) string {
		if audio.Loudness(pcm) < Heard-20 {
			return Voices(pcm)
		}
		return Only(pcm, 0)
	})
}

func (v voice) listens(what string, why func([]int16) string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), Patience)
	defer cancel()
	for reason := "nothing"; ; {
		pcm, err := v.phone.Listen(ctx, window)
		if err != nil {
			v.t.Fatalf("waited %v to hear %s; heard %s: %v", Patience, what, reason, err)
		}
		if reason = why(pcm); reason == "" {
			return
		}
	}
}

// quietFor is how long nothing may be heard to count as quiet.
const quietFor = 400 * time.Millisecond

// HearsNobody waits until none of the tones reaches the party for a while. What
// is on its way when the call is held may still arrive.
func (v voice) HearsNobody() {
	v.t.Helper()
	deadline := time.Now().Add(Patience)
	for {
		ctx, cancel := context.WithTimeout(v.t.Context(), quietFor)
		pcm, _ := v.phone.Listen(ctx, window) // the time running out is quiet, too
		cancel()
		reason := ""
		if len(pcm) > 0 {
			reason = Only(pcm, 0)
		}
		if reason == "" {
			return
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("waited %v for quiet; heard %s", Patience, reason)
		}
	}
}
